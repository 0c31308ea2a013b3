#include "twiml.h"

#include <algorithm>
#include <limits>

#include <comms/cpp/call_xml.hpp>
#include <comms/cpp/seconds.hpp>

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
  Element number = comms::dialled_number(verb.callee_url);
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
  return comms::connect_stream(Element("Stream").attribute("url", verb.url), verb);
}

Element pause(const comms::Verb& verb) {
  return Element("Pause").attribute("length", seconds(std::max(verb.timeout_ms, 1u)));
}

Element reject(const comms::Verb& verb) {
  return comms::with_reason("Reject", verb);
}

constexpr comms::CallXml dialect{"Twilio", say, gather, dial, record, stream, pause, reject};

}  // namespace

std::string twiml(const comms::Verbs& verbs) {
  return comms::call_xml(dialect, verbs);
}

}  // namespace twilio
