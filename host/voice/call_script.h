#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plugin/call_types.h"

namespace commsd::voice {

/// What a call says and does once somebody answers; kept beside the call until it is over.
struct CallScript {
  std::string disclosure;     // that a machine speaks; "" = none wanted
  std::string announcement;   // that the call is recorded; "" = it is not
  std::string words;          // spoken after those
  std::string audio_url;      // played instead of words; what it says includes the disclosure
  std::string dial;           // put through to this number at the end
  std::string dial_from;      // the caller id shown to it
  std::string dial_done_url;  // asked when that leg has ended
  std::string system_prompt;  // for the conversation
  std::string voice;
  std::string language;  // BCP 47
};

std::string encode_script(const CallScript& script);
/// internal when the text does not decode: it was written by encode_script.
Result<CallScript> decode_script(std::string_view json);

/// Everything that is said, as one text: for the content rules, and for what is spoken once. The
/// disclosure comes first, and not again when the words have it already.
std::string spoken_text(const CallScript& script);

/// The script as instructions for the vendor.
std::vector<plugin::CallVerb> call_verbs(const CallScript& script);

}  // namespace commsd::voice
