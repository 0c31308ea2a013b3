#include "plivo_xml.h"

#include <algorithm>
#include <cctype>

#include <comms/cpp/call_xml.hpp>
#include <comms/cpp/e164.hpp>
#include <comms/cpp/seconds.hpp>

namespace plivo {

namespace {

using comms::needed;
using Element = comms::XmlElement;

constexpr std::size_t longest_extra_headers = 512;

std::string seconds(std::uint32_t ms, std::uint32_t least, std::uint32_t most) {
  return std::to_string(comms::whole_seconds(ms, least, most));
}

/// Plivo refuses a document for a voice it does not have, so that another vendor's is left out.
std::string_view voice(std::string_view name) {
  const bool known = name == "MAN" || name == "WOMAN" || name.substr(0, 6) == "Polly.";
  return known ? name : std::string_view();
}

Element speak(const comms::Verb& verb) {
  Element element("Speak");
  return element.attribute("voice", voice(verb.voice))
      .attribute("language", verb.language)
      .text(verb.text);
}

Element get_input(const comms::Verb& verb) {
  const bool speech = (verb.flags & COMMS_VERB_SPEECH) != 0;
  Element element("GetInput");
  element.attribute("inputType", speech ? "dtmf speech" : "dtmf")
      .action(needed(verb.url, "a gather verb needs a URL"));
  if (verb.max_digits) element.attribute("numDigits", std::to_string(verb.max_digits));
  element.attribute("finishOnKey", verb.finish_key);
  if (verb.timeout_ms) element.attribute("executionTimeout", seconds(verb.timeout_ms, 5, 60));
  if (speech) element.attribute("language", verb.language);
  if (!verb.text.empty()) element.child(speak(verb));
  return element;
}

Element number(std::string_view e164) {
  Element element("Number");
  return element.text(comms::without_plus(e164));
}

Element dial(const comms::Verb& verb) {
  Element element("Dial");
  element.attribute("callerId", comms::without_plus(verb.from)).action(verb.url);
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms, 1, 600));
  return element.child(number(needed(verb.number, "a dial verb needs a number")));
}

Element record(const comms::Verb& verb) {
  Element element("Record");
  element.action(verb.url);
  if (verb.max_length_ms) element.attribute("maxLength", seconds(verb.max_length_ms, 2, 14'400));
  if (verb.timeout_ms) element.attribute("timeout", seconds(verb.timeout_ms, 1, 3'600));
  element.attribute("finishOnKey", verb.finish_key);
  element.attribute("playBeep", verb.flags & COMMS_VERB_BEEP ? "true" : "false");
  if (verb.flags & COMMS_VERB_TRANSCRIBE) {
    // The words come to the address of the recording too, in a webhook of their own.
    element.attribute("transcriptionType", "auto").attribute("transcriptionUrl", verb.url);
  }
  return element;
}

/// "name=value,name=value" of letters and digits, all that Plivo passes on to the WebSocket.
std::string extra_headers(const comms::Pairs& params) {
  const auto plain = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x80 && std::isalnum(byte) != 0;
    });
  };
  std::string text;
  for (const comms::Pair param : params) {
    if (param.key.empty() || !plain(param.key) || !plain(param.value)) {
      throw comms::Error(COMMS_UNSUPPORTED, "Plivo passes on letters and digits only to a stream",
                         {}, "put anything else into the URL of the stream");
    }
    if (!text.empty()) text += ',';
    text.append(param.key).append("=").append(param.value);
  }
  if (text.size() > longest_extra_headers) {
    throw comms::Error(COMMS_UNSUPPORTED, "Plivo passes on 512 bytes only to a stream", {},
                       "put anything else into the URL of the stream");
  }
  return text;
}

Element stream(const comms::Verb& verb) {
  Element element("Stream");
  // Else Plivo would go on with what follows while the stream runs, or hang up.
  element.attribute("bidirectional", "true").attribute("keepCallAlive", "true");
  element.attribute("contentType", "audio/x-mulaw;rate=8000");
  element.attribute("extraHeaders", extra_headers(verb.params));
  return element.text(needed(verb.url, "a stream verb needs a URL"));
}

Element wait(const comms::Verb& verb) {
  return Element("Wait").attribute("length", seconds(verb.timeout_ms, 1, 3'600));
}

Element reject(const comms::Verb& verb) {
  return comms::with_reason("Hangup", verb);
}

constexpr comms::CallXml dialect{"Plivo", speak, get_input, dial, record, stream, wait, reject};

}  // namespace

std::string plivo_xml(const comms::Verbs& verbs) {
  return comms::call_xml(dialect, verbs);
}

std::string transfer_xml(const comms::Transfer& transfer, std::string_view leg_url,
                         std::string_view end_url) {
  std::string inside;
  if (!transfer.announce.empty()) inside += Element("Speak").text(transfer.announce).str();
  Element dial("Dial");
  dial.attribute("callerId", comms::without_plus(transfer.from)).action(end_url);
  // Nothing is left to be done afterwards: the address is told, not asked.
  dial.attribute("redirect", "false");
  dial.attribute("callbackUrl", leg_url).attribute("callbackMethod", "POST");
  return comms::xml_response(inside + dial.child(number(transfer.to)).str());
}

}  // namespace plivo
