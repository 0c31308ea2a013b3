#include "texml.h"

#include <comms/cpp/call_xml.hpp>
#include <comms/cpp/seconds.hpp>

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
  Element number = comms::dialled_number(verb.callee_url);
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
  return comms::connect_stream(target, verb);
}

Element pause(const comms::Verb& verb) {
  return Element("Pause").attribute("length", seconds(verb.timeout_ms, 1, 180));
}

Element reject(const comms::Verb& verb) {
  return comms::with_reason("Reject", verb);
}

constexpr comms::CallXml dialect{"Telnyx", say, gather, dial, record, stream, pause, reject};

}  // namespace

std::string texml(const comms::Verbs& verbs) {
  return comms::call_xml(dialect, verbs);
}

}  // namespace telnyx
