#include "listening.h"

#include <cmath>

#include "failure.h"

namespace deepgram {

namespace {

/// Deepgram closes after ten seconds without audio or KeepAlive, and advises three to five.
constexpr int keep_alive_ticks = 4;

std::uint32_t milliseconds(double seconds) {
  if (!(seconds > 0) || seconds > 4e6) return 0;
  return static_cast<std::uint32_t>(std::llround(seconds * 1000));
}

/// Hears what Deepgram says.
class Ear final : public comms::SocketHandler {
 public:
  Ear(const comms::Host& host, std::shared_ptr<Session> session)
      : host_(host), session_(std::move(session)) {}

  comms::Status frame(comms::Socket, bool is_text, std::string_view message) override {
    if (!is_text || !session_->listening) return COMMS_PENDING;
    const comms::Json said(host_, message);
    const std::string type = said["type"].text();
    if (type == "Results") results(said);
    if (type == "SpeechStarted") {
      tell(COMMS_STT_SPEECH_START, milliseconds(said["timestamp"].number()));
    }
    if (type == "UtteranceEnd") end_utterance(milliseconds(said["last_word_end"].number()));
    if (type == "Error") error_ = said["description"].text(said["message"].text());
    return COMMS_PENDING;  // other types may come with a newer Deepgram
  }

  comms::Status closed(const comms_ws_close& how) override {
    if (session_->finishing && how.transport == COMMS_OK &&
        (how.code == 1000 || how.code == 1005)) {
      session_->end();
      return COMMS_OK;
    }
    comms::Error error(COMMS_UNAVAILABLE);
    try {
      error = failure(how);
      if (!error_.empty()) error.message += ": " + error_.substr(0, 200);
    } catch (const std::bad_alloc&) {  // that it ended is told in any case
    }
    session_->end(&error);
    return COMMS_OK;
  }

 private:
  void results(const comms::Json& said) {
    const comms::JsonNode best = said.at("/channel/alternatives/0");
    const std::string text = best["transcript"].text();
    const std::string language = best.at("/languages/0").text();
    const bool final = said["is_final"].boolean();
    comms::SttEvent event;
    event.kind = final ? COMMS_STT_FINAL : COMMS_STT_PARTIAL;
    event.text = text;
    event.language = language;
    if (best["confidence"]) event.confidence = best["confidence"].number();
    event.start_ms = milliseconds(said["start"].number());
    event.end_ms = milliseconds(said["start"].number() + said["duration"].number());
    // Silence has results too, without words.
    if (!text.empty() && (final || session_->partials)) session_->emit.event(event);
    if (final && !text.empty()) session_->in_utterance = true;
    if (said["speech_final"].boolean()) end_utterance(event.end_ms);
  }

  /// speech_final and UtteranceEnd both tell of the same end when both are on.
  void end_utterance(std::uint32_t at_ms) {
    if (!session_->in_utterance) return;
    session_->in_utterance = false;
    tell(COMMS_STT_UTTERANCE_END, at_ms);
  }

  void tell(std::int32_t kind, std::uint32_t at_ms) {
    comms::SttEvent event;
    event.kind = kind;
    event.start_ms = at_ms;
    event.end_ms = at_ms;
    session_->emit.event(event);
  }

  comms::Host host_;
  std::shared_ptr<Session> session_;
  std::string error_;
};

}  // namespace

void Session::end(const comms::Error* error) {
  if (ended || !listening) return;
  ended = true;
  emit.ended(error);
}

Stream::Stream(const comms::Host& host, comms_session* owner, const comms::SocketRequest& request,
               bool partials, comms::SttEmitter emit)
    : session_(std::make_shared<Session>(emit)),
      socket_(std::make_unique<comms::Socket>(nullptr, nullptr)) {
  session_->partials = partials;
  const comms::Status status = comms::SocketOwner::connect(
      host, nullptr, owner, request, std::make_unique<Ear>(host, session_), socket_.get());
  if (status != COMMS_PENDING) {
    throw comms::Error(status, "the host did not open the live session");
  }
}

Stream::~Stream() {
  session_->listening = false;
  if (!session_->ended) socket_->close();
}

comms::Status Stream::audio(std::string_view samples) {
  if (session_->ended) return COMMS_UNAVAILABLE;
  if (samples.empty()) return COMMS_OK;  // an empty frame would end the session
  const comms::Status status = socket_->send_binary(samples);
  if (status == COMMS_OK) quiet_ticks_ = 0;
  return status;
}

void Stream::tick() {
  if (session_->ended) return;
  if (session_->finishing) {
    say_finished();
  } else if (++quiet_ticks_ >= keep_alive_ticks) {
    if (socket_->send_text(R"({"type":"KeepAlive"})") == COMMS_OK) quiet_ticks_ = 0;
  }
}

comms::Status Stream::finish() {
  if (session_->ended) return COMMS_OK;
  session_->finishing = true;
  say_finished();
  return COMMS_OK;
}

/// Finalize first: it turns what was heard so far into final results; CloseStream then ends the
/// session behind them. What finds no room waits for the next tick.
void Stream::say_finished() {
  if (said_ == 0 && socket_->send_text(R"({"type":"Finalize"})") == COMMS_OK) said_ = 1;
  if (said_ == 1 && socket_->send_text(R"({"type":"CloseStream"})") == COMMS_OK) said_ = 2;
}

}  // namespace deepgram
