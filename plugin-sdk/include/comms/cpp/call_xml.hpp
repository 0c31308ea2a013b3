#pragma once

#include <string>

#include <comms/cpp/telephony.hpp>
#include <comms/cpp/xml_element.hpp>

// Call instructions as XML: TwiML, and what other vendors made after it. They agree about most
// verbs and differ in the names and limits of the rest.

namespace comms {

/// How one vendor writes the verbs that are not written alike everywhere. Each throws Error for
/// what the vendor cannot do.
struct CallXml {
  const char* vendor;  // "Twilio", for errors
  XmlElement (*say)(const Verb& verb);
  XmlElement (*gather)(const Verb& verb);
  XmlElement (*dial)(const Verb& verb);
  XmlElement (*record)(const Verb& verb);
  XmlElement (*stream)(const Verb& verb);
  XmlElement (*pause)(const Verb& verb);
  XmlElement (*reject)(const Verb& verb);
};

/// One verb. Throws Error: COMMS_INVALID for what a verb cannot do without, COMMS_UNSUPPORTED for a
/// kind that has no XML.
inline std::string call_xml(const CallXml& dialect, const Verb& verb) {
  switch (verb.kind) {
    case COMMS_VERB_SAY:
      return dialect.say(verb).str();
    case COMMS_VERB_PLAY:
      return XmlElement("Play").text(needed(verb.url, "a play verb needs a URL")).str();
    case COMMS_VERB_GATHER:
      return dialect.gather(verb).str();
    case COMMS_VERB_DIAL:
      return dialect.dial(verb).str();
    case COMMS_VERB_RECORD:
      return dialect.record(verb).str();
    case COMMS_VERB_STREAM:
      return dialect.stream(verb).str();
    case COMMS_VERB_PAUSE:
      return dialect.pause(verb).str();
    case COMMS_VERB_REDIRECT:
      return XmlElement("Redirect")
          .attribute("method", "POST")
          .text(needed(verb.url, "a redirect verb needs a URL"))
          .str();
    case COMMS_VERB_REJECT:
      return dialect.reject(verb).str();
    case COMMS_VERB_HANGUP:
      return XmlElement("Hangup").str();
    case COMMS_VERB_NATIVE:
      return std::string(verb.text);
    default:
      throw Error(COMMS_UNSUPPORTED, std::string(dialect.vendor) + " has no verb of this kind");
  }
}

/// The whole document. Errors as above.
inline std::string call_xml(const CallXml& dialect, const Verbs& verbs) {
  std::string inside;
  for (const Verb& verb : verbs) inside += call_xml(dialect, verb);
  return xml_response(inside);
}

/// `<Reject>` or `<Hangup>` with its reason, which all write alike: text "busy", or anything else.
inline XmlElement with_reason(const char* element, const Verb& verb) {
  return XmlElement(element).attribute("reason", verb.text == "busy" ? "busy" : "rejected");
}

/// `<Connect>` of a stream, whose parameters are elements of their own.
inline XmlElement connect_stream(XmlElement stream, const Verb& verb) {
  for (const Pair parameter : verb.params) {
    XmlElement element("Parameter");
    stream.child(element.attribute("name", parameter.key).attribute("value", parameter.value));
  }
  return XmlElement("Connect").child(stream);
}

/// `<Number>` under `<Dial>`. Vendors of TwiML ask its `url` once the person answers, carry out
/// what they get at that end only, and join the two afterwards, unless it hung up.
inline XmlElement dialled_number(std::string_view callee_url) {
  XmlElement number("Number");
  if (!callee_url.empty()) number.attribute("url", callee_url).attribute("method", "POST");
  return number;
}

/// What a live call goes on with when it is transferred: says the announcement, then dials, and
/// tells of the new leg at `status_url` as vendors of TwiML do.
inline std::string transfer_xml(const Transfer& transfer) {
  std::string inside;
  if (!transfer.announce.empty()) inside += XmlElement("Say").text(transfer.announce).str();
  XmlElement number = dialled_number(transfer.callee_url);
  if (!transfer.status_url.empty()) {
    number.attribute("statusCallback", transfer.status_url)
        .attribute("statusCallbackMethod", "POST")
        .attribute("statusCallbackEvent", "initiated ringing answered completed");
  }
  number.text(transfer.to);
  inside += XmlElement("Dial").attribute("callerId", transfer.from).child(number).str();
  return xml_response(inside);
}

}  // namespace comms
