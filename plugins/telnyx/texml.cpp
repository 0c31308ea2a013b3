#include "texml.h"

#include <comms/cpp/seconds.hpp>
#include <comms/cpp/xml_element.hpp>

namespace telnyx {

namespace {

using Element = comms::XmlElement;
using comms::needed;

std::string seconds(std::uint32_t ms, std::uint32_t least, std::uint32_t most) {
  return std::to_string(comms::whole_seconds(ms, least, most));
}

Element say(const comms::Verb& verb) {
  Element element("Say");
  element.attribute("voice", verb.voice).attribute("language", verb.language).text(verb.text);
  return element;
}

Element gather(const comms::Verb& verb) {
  const bool speech = (verb.flags & COMMS_VERB_SPEECH) != 0;
  Element element("Gather");
  element.attribute("input", speech ? "dtmf speech" : "dtmf").action(verb.url);
  if (verb.max_digits) element.attribute("numDigits", std::to_string(verb.max_digits));
  element.attribute("finishOnKey", verb.finish_key);
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms, 1, 120));
  if (speech) element.attribute("language", verb.language);
  if (!verb.text.empty()) element.child(say(verb));
  return element;
}

Element dial(const comms::Verb& verb) {
  Element element("Dial");
  element.attribute("callerId", verb.from).action(verb.url);
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms, 5, 120));
  Element number("Number");
  number.text(needed(verb.number, "a dial verb needs a number"));
  return element.child(number);
}

Element record(const comms::Verb& verb) {
  Element element("Record");
  element.action(verb.url);
  if (verb.max_length_ms) element.attribute("maxLength", seconds(verb.max_length_ms, 1, 14'400));
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms, 1, 3'600));
  element.attribute("finishOnKey", verb.finish_key);
  element.attribute("playBeep", verb.flags & COMMS_VERB_BEEP ? "true" : "false");
  if (verb.flags & COMMS_VERB_TRANSCRIBE) {
    // The words come to the address of the recording too, in a webhook of their own.
    element.attribute("transcription", "true").attribute("transcriptionCallback", verb.url);
  }
  return element;
}

Element stream(const comms::Verb& verb) {
  Element target("Stream");
  target.attribute("url", needed(verb.url, "a stream verb needs a URL"));
  target.attribute("bidirectionalMode", "rtp");
  for (const comms::Pair parameter : verb.params) {
    Element element("Parameter");
    element.attribute("name", parameter.key).attribute("value", parameter.value);
    target.child(element);
  }
  return Element("Connect").child(target);
}

std::string render(const comms::Verb& verb) {
  switch (verb.kind) {
    case COMMS_VERB_SAY:
      return say(verb).str();
    case COMMS_VERB_PLAY:
      return Element("Play").text(needed(verb.url, "a play verb needs a URL")).str();
    case COMMS_VERB_GATHER:
      return gather(verb).str();
    case COMMS_VERB_DIAL:
      return dial(verb).str();
    case COMMS_VERB_RECORD:
      return record(verb).str();
    case COMMS_VERB_STREAM:
      return stream(verb).str();
    case COMMS_VERB_PAUSE:
      return Element("Pause").attribute("length", seconds(verb.timeout_ms, 1, 180)).str();
    case COMMS_VERB_REDIRECT:
      return Element("Redirect")
          .attribute("method", "POST")
          .text(needed(verb.url, "a redirect verb needs a URL"))
          .str();
    case COMMS_VERB_REJECT:
      return Element("Reject").attribute("reason", verb.text == "busy" ? "busy" : "rejected").str();
    case COMMS_VERB_HANGUP:
      return Element("Hangup").str();
    case COMMS_VERB_NATIVE:
      return std::string(verb.text);
    default:
      throw comms::Error(COMMS_UNSUPPORTED, "Telnyx has no verb of this kind");
  }
}

}  // namespace

std::string texml(const comms::Verbs& verbs) {
  std::string inside;
  for (const comms::Verb& verb : verbs) inside += render(verb);
  return comms::xml_response(inside);
}

std::string transfer_texml(const comms::Transfer& transfer) {
  std::string inside;
  if (!transfer.announce.empty()) inside += Element("Say").text(transfer.announce).str();
  Element number("Number");
  if (!transfer.status_url.empty()) {
    number.attribute("statusCallback", transfer.status_url)
        .attribute("statusCallbackMethod", "POST")
        .attribute("statusCallbackEvent", "initiated ringing answered completed");
  }
  number.text(transfer.to);
  inside += Element("Dial").attribute("callerId", transfer.from).child(number).str();
  return comms::xml_response(inside);
}

}  // namespace telnyx
