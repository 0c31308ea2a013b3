#include "plugin/facades/call_verbs.h"

#include "plugin/facades/abi_values.h"

namespace commsd::plugin {
namespace {

std::int32_t to_abi_kind(CallVerbKind kind) {
  switch (kind) {
    case CallVerbKind::say:
      return COMMS_VERB_SAY;
    case CallVerbKind::play:
      return COMMS_VERB_PLAY;
    case CallVerbKind::gather:
      return COMMS_VERB_GATHER;
    case CallVerbKind::dial:
      return COMMS_VERB_DIAL;
    case CallVerbKind::record:
      return COMMS_VERB_RECORD;
    case CallVerbKind::stream:
      return COMMS_VERB_STREAM;
    case CallVerbKind::pause:
      return COMMS_VERB_PAUSE;
    case CallVerbKind::redirect:
      return COMMS_VERB_REDIRECT;
    case CallVerbKind::reject:
      return COMMS_VERB_REJECT;
    case CallVerbKind::hang_up:
      return COMMS_VERB_HANGUP;
    case CallVerbKind::native:
      return COMMS_VERB_NATIVE;
  }
  return 0;
}

}  // namespace

CallVerbs::CallVerbs(const std::vector<CallVerb>& verbs) {
  params_.reserve(verbs.size());
  verbs_.reserve(verbs.size());
  for (const CallVerb& verb : verbs) {
    const std::vector<comms_kv>& params = params_.emplace_back(to_abi(verb.params));
    comms_verb& wire = verbs_.emplace_back();
    wire.size = sizeof wire;
    wire.kind = to_abi_kind(verb.kind);
    wire.text = to_str(verb.text);
    wire.url = to_str(verb.url);
    wire.number = to_str(verb.number);
    wire.from = to_str(verb.from);
    wire.voice = to_str(verb.voice);
    wire.language = to_str(verb.language);
    wire.finish_key = to_str(verb.finish_key);
    wire.timeout_ms = verb.timeout_ms;
    wire.max_digits = verb.max_digits;
    wire.max_length_ms = verb.max_length_ms;
    if (verb.speech) wire.flags |= COMMS_VERB_SPEECH;
    if (verb.transcribe) wire.flags |= COMMS_VERB_TRANSCRIBE;
    if (verb.beep) wire.flags |= COMMS_VERB_BEEP;
    wire.params = params.data();
    wire.param_count = params.size();
    wire.callee_url = to_str(verb.callee_url);
  }
}

}  // namespace commsd::plugin
