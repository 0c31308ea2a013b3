#include "ncco.h"

#include <comms/cpp/e164.hpp>
#include <comms/cpp/seconds.hpp>

namespace vonage {

namespace {

std::string_view needed(std::string_view value, const char* what) {
  if (value.empty()) throw comms::Error(COMMS_INVALID, what);
  return value;
}

comms::JsonArray one(std::string_view text) {
  return comms::JsonArray().add(text);
}

comms::JsonObject action(const char* name) {
  return comms::JsonObject().put("action", name);
}

/// `url` is told with POST: only what is in a body is signed.
comms::JsonObject& told(comms::JsonObject& object, std::string_view url) {
  if (url.empty()) return object;
  return object.put("eventUrl", one(url)).put("eventMethod", "POST");
}

/// A style of the Text-to-Speech voices is a number at Vonage; names of other vendors' voices say
/// nothing here.
bool is_style(std::string_view voice) {
  return !voice.empty() && voice.size() < 4 &&
         voice.find_first_not_of("0123456789") == std::string_view::npos;
}

comms::JsonObject talk(std::string_view text, std::string_view voice, std::string_view language) {
  comms::JsonObject object = action("talk");
  object.put("text", needed(text, "a say verb needs text")).put_nonempty("language", language);
  if (is_style(voice)) object.put("style", std::stoi(std::string(voice)));
  return object;
}

void gather(comms::JsonArray& actions, const comms::Verb& verb) {
  if (!verb.finish_key.empty() && verb.finish_key != "#") {
    throw comms::Error(COMMS_UNSUPPORTED, "at Vonage only # ends what a caller types");
  }
  if (!verb.text.empty()) {
    actions.add(talk(verb.text, verb.voice, verb.language).put("bargeIn", true));
  }
  comms::JsonObject object = action("input"), dtmf;
  comms::JsonArray kinds = one("dtmf");
  if (verb.timeout_ms) dtmf.put("timeOut", comms::whole_seconds(verb.timeout_ms, 1, 10));
  if (verb.max_digits) dtmf.put("maxDigits", std::min(verb.max_digits, 20u));
  dtmf.put("submitOnHash", verb.finish_key == "#");
  if (verb.flags & COMMS_VERB_SPEECH) {
    comms::JsonObject speech;
    speech.put_nonempty("language", verb.language);
    if (verb.timeout_ms) speech.put("startTimeout", comms::whole_seconds(verb.timeout_ms, 1, 60));
    kinds.add("speech");
    object.put("speech", speech);
  }
  object.put("type", kinds).put("dtmf", dtmf);
  actions.add(told(object, verb.url));
}

comms::JsonObject dial(const comms::Verb& verb) {
  comms::JsonObject object = action("connect"), phone;
  phone.put("type", "phone")
      .put("number", comms::without_plus(needed(verb.number, "a dial verb needs a number")));
  object.put_nonempty("from", comms::without_plus(verb.from));
  object.put("endpoint", comms::JsonArray().add(phone));
  if (verb.timeout_ms) object.put("timeout", comms::whole_seconds(verb.timeout_ms, 1, 120));
  if (verb.url.empty()) return object;
  // Synchronous: when nobody answered, the reply says how the call goes on.
  object.put("eventType", "synchronous");
  const char* joint = verb.url.find('?') == std::string_view::npos ? "?" : "&";
  return told(object, std::string(verb.url) + joint + std::string(leg_mark) + "=1");
}

comms::JsonObject record(const comms::Verb& verb) {
  comms::JsonObject object = action("record");
  object.put("format", "wav").put("beepStart", (verb.flags & COMMS_VERB_BEEP) != 0);
  // One of these three makes the call wait until the recording is over.
  object.put("timeOut",
             verb.max_length_ms ? comms::whole_seconds(verb.max_length_ms, 3, 7200) : 7200u);
  if (verb.timeout_ms) object.put("endOnSilence", comms::whole_seconds(verb.timeout_ms, 3, 10));
  if (!verb.finish_key.empty()) object.put("endOnKey", verb.finish_key.substr(0, 1));
  if (verb.flags & COMMS_VERB_TRANSCRIBE) {
    comms::JsonObject transcription;
    transcription.put("language", verb.language.empty() ? "en-US" : verb.language);
    object.put("transcription", told(transcription, verb.url));
  }
  return told(object, verb.url);
}

comms::JsonObject stream(const comms::Verb& verb) {
  comms::JsonObject socket, headers;
  for (const comms::Pair parameter : verb.params) headers.put(parameter.key, parameter.value);
  socket.put("type", "websocket")
      .put("uri", needed(verb.url, "a stream verb needs a URL"))
      .put("content-type", "audio/l16;rate=8000")
      .put("headers", headers);
  return action("connect").put("endpoint", comms::JsonArray().add(socket));
}

/// NCCO has no action that waits: silence is spoken.
comms::JsonObject pause(const comms::Verb& verb) {
  const std::string length = std::to_string(std::max(verb.timeout_ms, 1u));
  return action("talk").put("text", "<speak><break time='" + length + "ms'/></speak>");
}

/// The answer to a notification replaces the rest of the instructions.
comms::JsonObject redirect(const comms::Verb& verb) {
  comms::JsonObject object = action("notify"), payload;
  object.put("payload", payload.put("reason", "redirect"));
  return told(object, needed(verb.url, "a redirect verb needs a URL"));
}

}  // namespace

std::string ncco(const comms::Verbs& verbs) {
  comms::JsonArray actions;
  for (const comms::Verb& verb : verbs) {
    switch (verb.kind) {
      case COMMS_VERB_SAY:
        actions.add(talk(verb.text, verb.voice, verb.language));
        break;
      case COMMS_VERB_PLAY:
        actions.add(
            action("stream").put("streamUrl", one(needed(verb.url, "a play verb needs a URL"))));
        break;
      case COMMS_VERB_GATHER:
        gather(actions, verb);
        break;
      case COMMS_VERB_DIAL:
        actions.add(dial(verb));
        break;
      case COMMS_VERB_RECORD:
        actions.add(record(verb));
        break;
      case COMMS_VERB_STREAM:
        actions.add(stream(verb));
        break;
      case COMMS_VERB_PAUSE:
        actions.add(pause(verb));
        break;
      case COMMS_VERB_REDIRECT:
        actions.add(redirect(verb));
        break;
      // The end of the instructions is the end of the call; an incoming call that gets none at all
      // is not taken.
      case COMMS_VERB_REJECT:
      case COMMS_VERB_HANGUP:
        return actions.text();
      default:
        // Also NATIVE: no voice codec speaks NCCO.
        throw comms::Error(COMMS_UNSUPPORTED, "Vonage has no action for this verb");
    }
  }
  return actions.text();
}

std::string transfer_ncco(const comms::Transfer& transfer) {
  comms::JsonArray actions;
  if (!transfer.announce.empty()) actions.add(talk(transfer.announce, {}, {}));
  comms::JsonObject connect = action("connect"), phone;
  phone.put("type", "phone").put("number", comms::without_plus(transfer.to));
  connect.put_nonempty("from", comms::without_plus(transfer.from))
      .put("endpoint", comms::JsonArray().add(phone));
  return actions.add(told(connect, transfer.status_url)).text();
}

}  // namespace vonage
