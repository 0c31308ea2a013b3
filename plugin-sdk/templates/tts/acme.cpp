#include <comms/cpp/plugin.hpp>
#include <comms/cpp/tts.hpp>

namespace {

/// An invented vendor, to be replaced call by call: JSON in, audio out as it is made.
class Acme final : public comms::TtsProvider {
 public:
  Acme(const comms::Host&, const comms::Config& config)
      : key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")) {}

  /// The health check: the cheapest request that proves the credentials.
  comms::Outcome<comms::Done> probe() {
    return comms::get(base_ + "/v1/account")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

  comms::Outcome<comms::Blob> synthesize(const comms::TtsRequest& r) override {
    const std::string format(r.format.empty() ? "mulaw" : r.format);
    if (format != "mulaw" && format != "pcm_s16le") {
      return comms::Error(COMMS_UNSUPPORTED, "speech comes as mulaw or pcm_s16le");
    }
    const std::uint32_t rate = r.sample_rate ? r.sample_rate : 8000;
    comms::JsonObject body;
    body.put("text", r.text).put("format", format).put("sample_rate", rate);
    body.put_nonempty("voice", r.voice).put_nonempty("language", r.language);
    body.put_nonempty("model", r.model);
    // Each piece reaches the caller's ear as it arrives; nothing waits for the whole.
    return comms::post(base_ + "/v1/speech")
        .bearer(key_)
        .json(body)
        .download(format == "mulaw" ? "audio/basic" : "audio/l16", rate);
  }

  comms::Outcome<comms::Fields> list_voices() override {
    return comms::get(base_ + "/v1/voices")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Fields> {
          comms::Json answer = r.json();
          if (!r.ok() || answer["voices"].type() != COMMS_JSON_ARRAY) {
            return r.error("/code", "/message");
          }
          comms::Fields fields;
          for (comms::JsonNode voice : answer["voices"]) {
            fields.emplace_back("voice_id", voice["id"].text());
            fields.emplace_back("name", voice["name"].text());
            fields.emplace_back("language", voice["language"].text());
          }
          return fields;
        });
  }

 private:
  std::string key_, base_;
};

}  // namespace

COMMS_PLUGIN(Acme)
