#include "twiml.h"

#include <algorithm>
#include <limits>

#include <comms/cpp/seconds.hpp>
#include <comms/cpp/xml_element.hpp>

namespace twilio {

namespace {

using Element = comms::XmlElement;
using comms::needed;

std::string seconds(std::uint32_t ms) {
  return std::to_string(comms::whole_seconds(ms, 0, std::numeric_limits<std::uint32_t>::max()));
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
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms));
  if (speech) {
    element.attribute("speechTimeout", "auto").attribute("language", verb.language);
  }
  if (!verb.text.empty()) element.child(say(verb));
  return element;
}

Element dial(const comms::Verb& verb) {
  Element element("Dial");
  element.attribute("callerId", verb.from).action(verb.url);
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms));
  Element number("Number");
  number.text(needed(verb.number, "a dial verb needs a number"));
  return element.child(number);
}

Element record(const comms::Verb& verb) {
  Element element("Record");
  element.action(verb.url);
  if (verb.max_length_ms) element.attribute("maxLength", seconds(verb.max_length_ms));
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms));
  element.attribute("finishOnKey", verb.finish_key);
  element.attribute("playBeep", verb.flags & COMMS_VERB_BEEP ? "true" : "false");
  if (verb.flags & COMMS_VERB_TRANSCRIBE) element.attribute("transcribe", "true");
  return element;
}

Element stream(const comms::Verb& verb) {
  if (needed(verb.url, "a stream verb needs a URL").find('?') != std::string_view::npos) {
    throw comms::Error(COMMS_INVALID, "Twilio drops the query of a stream URL; use params");
  }
  Element target("Stream");
  target.attribute("url", verb.url);
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
      return Element("Pause").attribute("length", seconds(std::max(verb.timeout_ms, 1u))).str();
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
      throw comms::Error(COMMS_UNSUPPORTED, "Twilio has no verb of this kind");
  }
}

}  // namespace

std::string twiml(const comms::Verbs& verbs) {
  std::string inside;
  for (const comms::Verb& verb : verbs) inside += render(verb);
  return comms::xml_response(inside);
}

std::string transfer_twiml(const comms::Transfer& transfer) {
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

}  // namespace twilio
