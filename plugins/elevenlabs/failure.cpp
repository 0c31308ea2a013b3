#include "failure.h"

#include <array>

namespace elevenlabs {

namespace {

struct Known {
  std::string_view code;
  comms::Status status;
  const char* remedy;
};

/// The codes of https://help.elevenlabs.io/hc/en-us/articles/19572237925521 (400 and 401) and
/// /19571824571921 (429). A quota that is used up comes as 401, which must not be taken for a key
/// that is wrong.
constexpr std::array<Known, 10> known = {{
    {"invalid_api_key", COMMS_UNAUTHENTICATED,
     "make a new key in the ElevenLabs dashboard and set api_key"},
    {"needs_authorization", COMMS_UNAUTHENTICATED, "set api_key in the speech provider's settings"},
    {"missing_permissions", COMMS_DENIED, "give the API key access to text to speech and voices"},
    {"quota_exceeded", COMMS_DENIED, "buy credits, or allow usage-based billing at ElevenLabs"},
    {"detected_unusual_activity", COMMS_DENIED, "ask ElevenLabs, or take a paid plan"},
    {"voice_not_found", COMMS_UNSUPPORTED, "take a voice id of the list of voices"},
    {"model_not_found", COMMS_UNSUPPORTED, "set model_id to a model of ElevenLabs"},
    {"max_character_limit_exceeded", COMMS_REJECTED, "speak it in several parts"},
    {"too_many_concurrent_requests", COMMS_RATE_LIMITED,
     "nothing: it is tried again by itself; a larger plan allows more at a time"},
    {"system_busy", COMMS_RATE_LIMITED, "nothing: it is tried again by itself"},
}};

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  const comms::Json answer = response.json();
  const comms::JsonNode detail = answer["detail"];
  // {"detail": {"status", "message"}}, or of the validator {"detail": [{"loc", "msg", "type"}]}.
  error.vendor_code = detail["status"].text(detail["code"].text(detail.at("/0/type").text()));
  const std::string said = detail["message"].text(detail.at("/0/msg").text(detail.text()));
  if (!said.empty()) error.message += ": " + said;
  for (const Known& one : known) {
    if (error.vendor_code != one.code) continue;
    error.status = one.status;
    error.remedy = one.remedy;
  }
  return error;
}

}  // namespace elevenlabs
