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
  std::string announcement;   // that the call is recorded; "" = nothing is to be said of that
  std::string words;          // spoken after those
  std::string audio_url;      // played instead of words; what it says includes the disclosure
  std::string dial;           // put through to this number at the end
  std::string dial_from;      // the caller id shown to it
  std::string dial_done_url;  // asked when that leg has ended
  std::string callee_url;     // see callee_url_for; "" = nothing is to be said to who is dialled
  std::string system_prompt;  // for the conversation
  std::string voice;
  std::string language;  // BCP 47
  bool recorded = false;
};

std::string encode_script(const CallScript& script);
/// internal when the text does not decode: it was written by encode_script.
Result<CallScript> decode_script(std::string_view json);

/// Everything that is said, as one text: for the content rules, and for what is spoken once. The
/// disclosure comes first, and not again when the words have it already.
std::string spoken_text(const CallScript& script);

/// What `provider` asks before the one who is dialled is joined. The URL names it, so that the
/// answer is in its words even when nothing else can be found out. It is added when the provider is
/// told, for the script was stored when another one was to place the call. "" of "".
std::string callee_url_for(std::string callee_url, std::string_view provider);

/// The script as instructions for `provider`.
std::vector<plugin::CallVerb> call_verbs(const CallScript& script, std::string_view provider);

/// What the one who is put through hears before they are joined: that the call is recorded, and
/// nothing else. Without words for it they must not be joined, and are hung up on.
std::vector<plugin::CallVerb> callee_verbs(const CallScript& script);

}  // namespace commsd::voice
