#include "deepgram.h"

#include <cmath>
#include <cstdio>

#include "failure.h"
#include "listening.h"

namespace deepgram {

namespace {

std::string live_address(const comms::Config& config, const std::string& base) {
  const std::string live = config.url("live_url");
  if (!live.empty()) return live;
  return base.rfind("http", 0) == 0 ? "ws" + base.substr(4) : base;  // http to ws, https to wss
}

std::string decimal(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.4f", value);
  return digits;
}

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// Bare samples in a RIFF WAVE of one channel, which says what they are: the document has a
/// parameter for their encoding and none for their rate. Format 1 is PCM, 7 mu-law.
std::string with_header(std::string_view samples, bool mulaw, std::uint32_t rate) {
  const std::uint32_t width = mulaw ? 1 : 2;
  const auto bytes = static_cast<std::uint32_t>(samples.size());
  std::string out = "RIFF";
  put(out, 36 + bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);
  put(out, mulaw ? 7 : 1, 2);
  put(out, 1, 2);
  put(out, rate, 4);
  put(out, rate * width, 4);
  put(out, width, 2);
  put(out, width * 8, 2);
  out += "data";
  put(out, bytes, 4);
  out += samples;
  return out;
}

}  // namespace

Deepgram::Deepgram(const comms::Host& host, const comms::Config& config)
    : host_(host),
      authorization_("Token " + config.required("api_key")),
      base_(config.url("base_url", "https://api.deepgram.com")),
      live_(live_address(config, base_)),
      defaults_{config.text("model", "nova-3"), config.text("language"),
                config.integer("utterance_end_ms", 1000), config.boolean("no_training")} {}

comms::Outcome<comms::Done> Deepgram::probe() {
  return comms::get(base_ + "/v1/projects")
      .header("Authorization", authorization_)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok() || !response.json()["projects"]) return failure(response);
        return comms::Done{};
      });
}

std::unique_ptr<comms::SttStream> Deepgram::open(comms_session* session,
                                                 const comms::SttConfig& config,
                                                 comms::SttEmitter emit) {
  comms::SocketRequest request;
  request.url = live_ + "/v1/listen?" + live_query(config, defaults_);
  request.headers = {{"Authorization", authorization_}};
  return std::make_unique<Stream>(host_, session, request, config.partials(), emit);
}

comms::Outcome<comms::Fields> Deepgram::transcribe(const comms::SttConfig& config,
                                                   std::string_view recording) {
  if (recording.empty()) return comms::Error(COMMS_INVALID, "the recording is empty");
  std::string type(config.encoding.empty() ? "application/octet-stream" : config.encoding);
  std::string audio(recording);
  const bool mulaw = type == "audio/basic";
  if (mulaw || type == "audio/pcm") {
    const std::uint32_t rate = mulaw && config.sample_rate == 0 ? 8000 : config.sample_rate;
    if (rate == 0)
      return comms::Error(COMMS_INVALID, "the sample rate of audio/pcm has to be named");
    audio = with_header(recording, mulaw, rate);
    type = "audio/wav";
  }
  // Each one costs money and none has an idempotency key.
  return comms::post(base_ + "/v1/listen?" + recording_query(config, defaults_))
      .header("Authorization", authorization_)
      .body(type, std::move(audio))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        const comms::JsonNode channel = answer.at("/results/channels/0");
        const comms::JsonNode best = channel.at("/alternatives/0");
        if (!best["transcript"]) return failure(response);
        const std::string language =
            channel["detected_language"].text(best.at("/languages/0").text());
        const double seconds = answer.at("/metadata/duration").number();
        const bool sane = seconds >= 0 && seconds < 4e6;
        return comms::Fields{
            {"text", best["transcript"].text()},
            {"language", language},
            {"confidence", decimal(best["confidence"].number())},
            {"duration_ms", std::to_string(sane ? std::llround(seconds * 1000) : 0)}};
      });
}

}  // namespace deepgram
