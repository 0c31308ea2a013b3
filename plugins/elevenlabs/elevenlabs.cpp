#include "elevenlabs.h"

#include "download.h"
#include "failure.h"
#include "speech.h"

namespace elevenlabs {

namespace {

constexpr int most_pages = 20;  // of 100 voices; a server that says "more" for ever ends here

comms::JsonObject voice_settings(const comms::Config& config) {
  comms::JsonObject settings;
  for (const char* name : {"stability", "similarity_boost", "speed"}) {
    if (config[name]) settings.put(name, config[name].number());
  }
  return settings;
}

void add_voice(comms::Fields& fields, comms::JsonNode voice) {
  const std::string id = voice["voice_id"].text();
  if (id.empty()) return;
  fields.emplace_back("voice_id", id);
  fields.emplace_back("name", voice["name"].text());
  const comms::JsonNode verified = voice.at("/verified_languages/0");
  const std::string language = verified["locale"].text(verified["language"].text());
  fields.emplace_back("language",
                      language.empty() ? voice.at("/labels/language").text() : language);
  fields.emplace_back("gender", voice.at("/labels/gender").text());
}

}  // namespace

ElevenLabs::ElevenLabs(const comms::Host&, const comms::Config& config)
    : key_(config.required("api_key")),
      voice_(config.text("voice_id", "21m00Tcm4TlvDq8ikWAM")),
      model_(config.text("model_id", "eleven_flash_v2_5")),
      base_(config.url("base_url", "https://api.elevenlabs.io")),
      voice_settings_(voice_settings(config)),
      zero_retention_(config.boolean("zero_retention")) {}

comms::Request ElevenLabs::ask(std::string method, const std::string& path) const {
  return comms::Request(std::move(method), base_ + path).header("xi-api-key", key_);
}

comms::Outcome<comms::Done> ElevenLabs::probe() {
  return ask("GET", "/v2/voices?page_size=1")
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (response.ok() && response.json()["voices"]) return comms::Done{};
        comms::Error error = failure(response);
        // The key is right, and need not be one that may read voices.
        if (error.vendor_code == "missing_permissions") return comms::Done{};
        return error;
      });
}

comms::Outcome<comms::Blob> ElevenLabs::synthesize(const comms::TtsRequest& request) {
  if (request.text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return comms::Error(COMMS_INVALID, "there is no text to speak");
  }
  const Audio audio = audio_for(request.format, request.sample_rate);
  const std::string model(request.model.empty() ? std::string_view(model_) : request.model);
  comms::JsonObject body;
  body.put("text", request.text).put("model_id", model);
  body.put_nonempty("language_code", language_code(request.language, model));
  if (!voice_settings_.empty()) body.put("voice_settings", voice_settings_);
  std::string path = "/v1/text-to-speech/" +
                     comms::percent_encode(request.voice.empty() ? voice_ : request.voice) +
                     "/stream?output_format=" + audio.output_format;
  if (zero_retention_) path += "&enable_logging=false";
  return comms::Outcome<comms::Blob>(
      std::make_unique<Download>(ask("POST", path).json(body), audio));
}

comms::Outcome<comms::Fields> ElevenLabs::list_voices() {
  return voices_from("", std::make_shared<comms::Fields>(), most_pages);
}

comms::Outcome<comms::Fields> ElevenLabs::voices_from(const std::string& page,
                                                      std::shared_ptr<comms::Fields> found,
                                                      int pages_left) const {
  std::string path = "/v2/voices?page_size=100&include_total_count=false";
  if (!page.empty()) path += "&next_page_token=" + comms::percent_encode(page);
  return ask("GET", path)
      .then([this, found,
             pages_left](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        if (!answer["voices"]) return failure(response);
        for (comms::JsonNode voice : answer["voices"]) add_voice(*found, voice);
        const std::string next = answer["next_page_token"].text();
        if (next.empty() || !answer["has_more"].boolean() || pages_left <= 1) return *found;
        return voices_from(next, found, pages_left - 1);
      });
}

}  // namespace elevenlabs
