#include <charconv>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <comms/slot/stt.h>

#include "plugin/facades/abi_values.h"
#include "plugin/facades/facades.h"
#include "plugin/facades/listening.h"

namespace commsd::plugin {
namespace {

/// A ListenRequest with the views the plugin reads.
struct Config {
  explicit Config(ListenRequest wanted) : request(std::move(wanted)) {
    wire.size = sizeof wire;
    wire.sample_rate = request.sample_rate;
    wire.encoding = to_str(request.encoding);
    wire.language = to_str(request.language);
    wire.model = to_str(request.model);
    wire.hints = to_str(request.hints);
    wire.endpointing_ms = request.endpointing_ms;
    if (request.partials) wire.flags |= COMMS_STT_PARTIALS;
  }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;

  const ListenRequest request;
  comms_stt_config wire{};
};

class SttFacade final : public SttProvider {
 public:
  SttFacade(std::string name, std::shared_ptr<Generation> generation)
      : name_(std::move(name)),
        generation_(std::move(generation)),
        table_(generation_->table<comms_stt>(COMMS_SLOT_STT)) {}

  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return generation_->manifest().status == "sandbox"; }

  Result<std::shared_ptr<SttSession>> open(ListenRequest wanted, SttListener listener) override {
    if (!offers("open") || !offers("audio") || !offers("finish") || !offers("close")) {
      return fail(not_offered(name_, "listen live"));
    }
    auto session = std::make_shared<Listening>(name_, generation_, table_, std::move(listener));
    const Config config(std::move(wanted));
    if (const Result<void> opened = session->open(config.wire); !opened) {
      return fail(opened.error());
    }
    return session;
  }

  Task<Result<Transcript>> transcribe(ListenRequest wanted, std::string recording,
                                      std::chrono::milliseconds limit) override {
    if (!offers("transcribe")) co_return fail(not_offered(name_, "transcribe recordings"));
    struct Call {
      Call(ListenRequest wanted, std::string audio)
          : config(std::move(wanted)), recording(std::move(audio)) {}
      const Config config;
      const std::string recording;
    };
    auto call = std::make_shared<const Call>(std::move(wanted), std::move(recording));
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->transcribe(self, op, &call->config.wire, to_bytes(call->recording));
    };
    const OpOutcome outcome = co_await generation_->run(COMMS_SLOT_STT, std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    Transcript transcript;
    transcript.text = field(outcome, "text");
    transcript.language = field(outcome, "language");
    const std::string confidence = field(outcome, "confidence");
    double value = 0;
    const auto [end, error] =
        std::from_chars(confidence.data(), confidence.data() + confidence.size(), value);
    if (error == std::errc() && end != confidence.data()) transcript.confidence = value;
    const std::string duration = field(outcome, "duration_ms");
    std::from_chars(duration.data(), duration.data() + duration.size(), transcript.duration_ms);
    co_return transcript;
  }

 private:
  bool offers(std::string_view op) const { return generation_->offers(COMMS_SLOT_STT, op); }

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_stt* const table_;
};

}  // namespace

std::shared_ptr<SttProvider> make_stt(std::string name, std::shared_ptr<Generation> generation) {
  return std::make_shared<SttFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
