#include <comms/cpp/plugin.hpp>
#include <comms/cpp/stt.hpp>

namespace {

/// What a live session and its socket share: either may end first.
struct Session {
  explicit Session(comms::SttEmitter to) : emit(to) {}

  comms::SttEmitter emit;
  bool listened_to = true;  // the host has not closed the stream
  bool connected = true;    // the socket's handle is valid
  bool ended = false;

  void end(const comms::Error* error = nullptr) {
    if (listened_to && !ended) emit.ended(error);
    ended = true;
  }
};

/// An invented live API: audio as binary frames, JSON text frames back.
class Listener final : public comms::SocketHandler {
 public:
  Listener(const comms::Host& host, std::shared_ptr<Session> session)
      : host_(host), session_(std::move(session)) {}
  ~Listener() override { session_->connected = false; }

  comms::Status frame(comms::Socket, bool is_text, std::string_view message) override {
    comms::Json body(host_, message);
    if (!is_text || !body || !session_->listened_to || session_->ended) return COMMS_OK;
    comms::SttEvent event;
    event.kind = kind_of(body["type"].text());
    const std::string text = body["text"].text();
    event.text = text;
    event.confidence = body["confidence"].number(-1);
    event.start_ms = static_cast<std::uint32_t>(body["start_ms"].integer());
    event.end_ms = static_cast<std::uint32_t>(body["end_ms"].integer());
    if (event.kind) session_->emit.event(event);
    return COMMS_OK;
  }

  comms::Status closed(const comms_ws_close& how) override {
    comms::Error error(how.transport == COMMS_OK ? Status{COMMS_UNAVAILABLE} : how.transport);
    try {
      error.message = "the vendor ended the live session, code " + std::to_string(how.code);
    } catch (const std::bad_alloc&) {  // the end is told in any case
    }
    session_->end(how.transport == COMMS_OK && how.code == 1000 ? nullptr : &error);
    return COMMS_OK;
  }

 private:
  using Status = comms::Status;
  static std::int32_t kind_of(std::string_view type) {
    if (type == "partial") return COMMS_STT_PARTIAL;
    if (type == "final") return COMMS_STT_FINAL;
    if (type == "speech_start") return COMMS_STT_SPEECH_START;
    return type == "utterance_end" ? COMMS_STT_UTTERANCE_END : 0;
  }

  comms::Host host_;
  std::shared_ptr<Session> session_;
};

class Stream final : public comms::SttStream {
 public:
  Stream(comms::Socket socket, std::shared_ptr<Session> session)
      : socket_(socket), session_(std::move(session)) {}
  ~Stream() override {
    session_->listened_to = false;
    if (session_->connected) socket_.close();
  }

  comms::Status audio(std::string_view samples) override {
    if (!session_->connected || session_->ended) return COMMS_UNAVAILABLE;
    return socket_.send_binary(samples);
  }
  void tick() override {
    if (!session_->connected || session_->ended) return;
    if (finishing_) {
      say_finished();
    } else {
      socket_.send_text(R"({"type":"keep_alive"})");
    }
  }
  comms::Status finish() override {
    finishing_ = true;
    if (session_->connected && !session_->ended) say_finished();
    return COMMS_OK;
  }

 private:
  /// The vendor answers, then closes. What finds no room waits for the next tick.
  void say_finished() {
    if (!told_) told_ = socket_.send_text(R"({"type":"finish"})") == COMMS_OK;
  }

  comms::Socket socket_;
  std::shared_ptr<Session> session_;
  bool finishing_ = false, told_ = false;
};

/// An invented vendor, to be replaced call by call.
class Acme final : public comms::SttProvider {
 public:
  Acme(const comms::Host& host, const comms::Config& config)
      : host_(host),
        key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")),
        stream_(config.url("stream_url", "wss://api.example.com")) {}

  /// The health check: the cheapest request that proves the credentials.
  comms::Outcome<comms::Done> probe() {
    return comms::get(base_ + "/v1/account")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

  std::unique_ptr<comms::SttStream> open(comms_session* owner, const comms::SttConfig& config,
                                         comms::SttEmitter emit) override {
    comms::Form query;
    query.add("encoding", config.encoding).add("rate", std::to_string(config.sample_rate));
    query.add_nonempty("language", config.language).add_nonempty("model", config.model);
    query.add("partials", config.partials() ? "1" : "0");
    comms::SocketRequest request{stream_ + "/v1/listen?" + query.text(),
                                 {{"Authorization", "Bearer " + key_}}};
    auto session = std::make_shared<Session>(emit);
    comms::Socket socket(nullptr, nullptr);
    comms::Status status = comms::SocketOwner::connect(
        host_, nullptr, owner, request, std::make_unique<Listener>(host_, session), &socket);
    if (status != COMMS_PENDING) throw comms::Error(status, "the host did not open the socket");
    return std::make_unique<Stream>(socket, session);
  }

  comms::Outcome<comms::Fields> transcribe(const comms::SttConfig& config,
                                           std::string_view recording) override {
    std::string url = base_ + "/v1/transcribe";
    if (!config.language.empty()) url += "?language=" + comms::percent_encode(config.language);
    return comms::post(url)
        .bearer(key_)
        .idempotent()  // nothing is kept or sent: once more costs money, but does no harm
        .body(std::string(config.encoding), std::string(recording))
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Fields> {
          comms::Json answer = r.json();
          if (!r.ok() || !answer["text"]) return r.error("/code", "/message");
          return comms::Fields{{"text", answer["text"].text()},
                               {"language", answer["language"].text()},
                               {"duration_ms", answer["duration_ms"].text()}};
        });
  }

 private:
  comms::Host host_;
  std::string key_, base_, stream_;
};

}  // namespace

COMMS_PLUGIN(Acme)
