#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plugin/provider_types.h"

// What mission code says about calls, in the host's own types; see provider_types.h.

namespace commsd::plugin {

struct OutboundCall {
  std::string from;
  std::string to;
  std::string answer_url;
  std::string status_url;
  std::string client_reference;
  std::uint32_t ring_ms = 30000;
  std::uint32_t longest_ms = 0;  // the vendor ends the call then; 0 = the vendor's own limit
  bool detect_machine = false;
  bool record = false;
};

/// What a vendor says of a call. The state is in `receipt.status` (see ProviderEvent::status), the
/// cost known once it is billed.
struct CallReport {
  Receipt receipt;
  std::optional<std::int64_t> duration_ms;
};

/// Where a live call goes: either `to`, dialled and bridged after `announce` was said to the
/// caller, or `answer_url`, which is asked for new instructions.
struct CallTransfer {
  std::string call_id;  // the vendor's
  std::string to;       // E.164
  std::string from;     // the caller id shown to `to`
  std::string announce;
  std::string answer_url;
  std::string status_url;
  std::string callee_url = {};  // with `to`: see TelephonyProvider::asks_callee_url
};

enum class CallVerbKind {
  say = 1,   // text, voice, language
  play,      // url
  gather,    // text = prompt, url = where the digits go, max_digits, finish_key, timeout_ms, speech
  dial,      // number, from = caller id, url = asked when it ended, timeout_ms, callee_url
  record,    // url = told when it ended, max_length_ms, finish_key, timeout_ms = silence, beep,
             // transcribe
  stream,    // url = wss media stream, params
  pause,     // timeout_ms
  redirect,  // url
  reject,    // text = busy | rejected
  hang_up,
  native,  // text = what VoiceProvider::connect_verb gave
};

/// One thing a call shall do, in neutral terms.
struct CallVerb {
  CallVerbKind kind = CallVerbKind::hang_up;
  std::string text;
  std::string url;
  std::string number;
  std::string from;
  std::string voice;
  std::string language;  // BCP 47
  std::string finish_key;
  std::uint32_t timeout_ms = 0;  // these three: 0 = the vendor's own
  std::uint32_t max_digits = 0;
  std::uint32_t max_length_ms = 0;
  bool speech = false;      // gather: listen for words too
  bool transcribe = false;  // record: also as text
  bool beep = false;        // record: beep first
  KeyValues params;
  std::string callee_url;  // dial: see TelephonyProvider::asks_callee_url
};

/// Instructions in the vendor's language: the answer to its request.
struct CallInstructions {
  std::string content_type;
  std::string body;
};

}  // namespace commsd::plugin
