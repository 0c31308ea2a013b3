#include "plugin/facades/listening.h"

#include <optional>
#include <string>
#include <utility>

#include "plugin/facades/abi_values.h"
#include "plugin/report.h"
#include "telemetry/log.h"

namespace commsd::plugin {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr std::size_t kMostWaiting = 256 * 1024;

std::optional<HeardKind> kind_of(std::int32_t kind) {
  switch (kind) {
    case COMMS_STT_PARTIAL:
      return HeardKind::partial;
    case COMMS_STT_FINAL:
      return HeardKind::final;
    case COMMS_STT_SPEECH_START:
      return HeardKind::speech_start;
    case COMMS_STT_UTTERANCE_END:
      return HeardKind::utterance_end;
    default:
      return std::nullopt;
  }
}

Result<void> how_it_ended(const comms_stt_event& event, const std::string& provider) {
  if (event.status == COMMS_OK) return {};
  OpOutcome outcome;
  outcome.status = event.status;
  if (event.error) {
    outcome.error =
        OpError{copy(event.error->vendor_code), copy(event.error->message),
                copy(event.error->remedy), std::chrono::milliseconds(event.error->retry_after_ms)};
  }
  return fail(outcome.to_error(provider));
}

Error session_is_over(const std::string& provider) {
  return make_error(ErrorCode::unavailable, provider + ": the listening session is over",
                    "open another one");
}

}  // namespace

Listening::Listening(std::string name, std::shared_ptr<Generation> generation,
                     const comms_stt* table, SttListener listener)
    : name_(std::move(name)),
      generation_(std::move(generation)),
      table_(table),
      listener_(std::move(listener)),
      executor_(Executor::current()),
      session_(Session::create(generation_)) {}

Listening::~Listening() {
  close();
}

Result<void> Listening::open(const comms_stt_config& config) {
  emit_ = {this, &Listening::on_event};
  Report report;
  const comms_report said = report.handle();
  const comms_status status = generation_->timed("open", [&] {
    return table_->open(generation_->self(), session_->handle(), &config, &emit_, &said, &stream_);
  });
  if (status == COMMS_OK && stream_) {
    start_tick();
    return {};
  }
  stream_ = nullptr;
  close();
  Error error = std::move(report.error);
  error.code = status == COMMS_OK ? ErrorCode::internal : to_error_code(status);
  error.message =
      name_ + ": " + (error.message.empty() ? "the listening session did not open" : error.message);
  return fail(std::move(error));
}

Result<void> Listening::audio(std::string_view samples) {
  if (!stream_ || finishing_ || ending_) return fail(session_is_over(name_));
  if (waiting_.empty()) return offer(samples);
  if (samples.size() > kMostWaiting - waiting_.size()) {
    return fail(ErrorCode::rate_limited,
                name_ + ": the provider takes audio more slowly than it comes");
  }
  waiting_ += samples;
  return {};
}

/// Hands audio to the plugin; what it does not take now waits for the next tick.
Result<void> Listening::offer(std::string_view samples) {
  const comms_status status =
      generation_->timed("audio", [&] { return table_->audio(stream_, to_bytes(samples)); });
  if (status == COMMS_OK) return {};
  if (status == COMMS_BACKPRESSURE) {
    if (samples.size() > kMostWaiting) {
      return fail(ErrorCode::rate_limited,
                  name_ + ": the provider takes audio more slowly than it comes");
    }
    waiting_ = samples;
    return {};
  }
  if (status == COMMS_UNAVAILABLE) return fail(session_is_over(name_));
  return fail(to_error_code(status), name_ + ": the audio was not taken",
              "audio gave status " + std::to_string(status));
}

void Listening::finish(std::chrono::milliseconds limit) {
  if (!stream_ || finishing_) return;
  finishing_ = true;
  deadline_ = executor_->start_timer(limit, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->deadline_ = 0;
    self->end(fail(ErrorCode::timeout, self->name_ + ": the last words were not heard in time"));
  });
  if (waiting_.empty()) tell_plugin_finished();
}

void Listening::tell_plugin_finished() {
  told_ = true;
  const comms_status status = generation_->timed("finish", [&] { return table_->finish(stream_); });
  if (status == COMMS_OK || ending_) return;
  executor_->post([weak = weak_from_this(), status] {
    const auto self = weak.lock();
    if (!self) return;
    self->end(fail(to_error_code(status), self->name_ + ": the session could not be ended well",
                   "finish gave status " + std::to_string(status)));
  });
}

void Listening::start_tick() {
  tick_ = executor_->start_timer(kTick, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->tick();
  });
}

void Listening::tick() {
  tick_ = 0;
  if (!stream_) return;
  start_tick();
  if (generation_->offers(COMMS_SLOT_STT, "tick") && table_->tick) {
    generation_->timed("tick", [&] {
      table_->tick(stream_);
      return 0;
    });
  }
  if (!waiting_.empty()) {
    const std::string samples = std::exchange(waiting_, {});
    if (const Result<void> taken = offer(samples); !taken) {
      log::warn("stt_audio_lost", {{"provider", name_}, {"code", to_string(taken.error().code)}});
    }
  }
  if (finishing_ && !told_ && waiting_.empty()) tell_plugin_finished();
}

void Listening::on_event(void* ctx, const comms_stt_event* event) {
  auto& self = *static_cast<Listening*>(ctx);
  // Everything up to `status` is in version 1; a shorter struct is not a comms_stt_event at all.
  if (!COMMS_HAS(comms_stt_event, event, status) || self.ending_) return;
  const std::weak_ptr<Listening> weak = self.weak_from_this();
  if (event->kind == COMMS_STT_ENDED) {
    self.ending_ = true;
    self.executor_->post([weak, how = how_it_ended(*event, self.name_)] {
      if (const auto session = weak.lock()) session->end(how);
    });
    return;
  }
  const std::optional<HeardKind> kind = kind_of(event->kind);
  if (!kind) return;
  Heard heard;
  heard.kind = *kind;
  heard.text = copy(event->text);
  heard.language = copy(event->language);
  if (event->confidence >= 0) heard.confidence = event->confidence;
  heard.start_ms = event->start_ms;
  heard.end_ms = event->end_ms;
  self.executor_->post([weak, heard = std::move(heard)] {
    const auto session = weak.lock();
    if (session && session->stream_ && session->listener_.heard) session->listener_.heard(heard);
  });
}

/// The listener's last call. Nothing is heard afterwards, as the stream is closed.
void Listening::end(Result<void> how) {
  if (!stream_) return;
  close();
  if (listener_.ended) listener_.ended(std::move(how));
}

void Listening::close() {
  if (tick_ != 0) executor_->cancel_timer(std::exchange(tick_, 0));
  if (deadline_ != 0) executor_->cancel_timer(std::exchange(deadline_, 0));
  if (stream_) table_->close(std::exchange(stream_, nullptr));
  session_->close();
}

}  // namespace commsd::plugin
