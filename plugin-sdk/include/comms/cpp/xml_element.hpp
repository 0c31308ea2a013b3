#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include <comms/cpp/form.hpp>

// The XML that telephony vendors are answered with (TwiML, TeXML, Plivo XML).

namespace comms {

namespace detail {

/// Length of the UTF-8 sequence at the front of `text` that stands for a character XML may hold;
/// 0 = none.
inline std::size_t xml_character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  unsigned long code = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code == 0xfffe || code == 0xffff || code > 0x10ffff) return 0;
  return length;
}

}  // namespace detail

/// Text for XML content and attribute values. What is no UTF-8, or a character that XML 1.0
/// forbids, is dropped: a vendor refuses the whole document for one of them.
inline std::string xml_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = detail::xml_character_length(text);
    if (length > 0) clean += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return xml_escape(clean);
}

/// An element under construction: XmlElement("Say").attribute("voice", voice).text(words).str().
class XmlElement {
 public:
  explicit XmlElement(const char* name) : name_(name), open_(std::string("<") + name) {}

  /// An empty value leaves the attribute out.
  XmlElement& attribute(const char* name, std::string_view value) {
    if (!value.empty()) {
      open_.append(" ").append(name).append("=\"").append(xml_text(value)).append("\"");
    }
    return *this;
  }
  /// `action` and the method it is asked with, which vendors do not agree about unless told.
  XmlElement& action(std::string_view url) {
    if (!url.empty()) attribute("action", url).attribute("method", "POST");
    return *this;
  }
  XmlElement& text(std::string_view content) {
    inside_ += xml_text(content);
    return *this;
  }
  XmlElement& child(const XmlElement& element) {
    inside_ += element.str();
    return *this;
  }
  std::string str() const {
    if (inside_.empty()) return open_ + "/>";
    return open_ + '>' + inside_ + "</" + name_ + '>';
  }

 private:
  std::string name_, open_, inside_;
};

/// `value`, which an element cannot do without. Throws Error(COMMS_INVALID) saying `complaint`.
inline std::string_view needed(std::string_view value, const char* complaint) {
  if (value.empty()) throw Error(COMMS_INVALID, complaint);
  return value;
}

/// A document whose root is <Response>; `inside` is XML already.
inline std::string xml_response(std::string_view inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>" + std::string(inside) +
         "</Response>";
}

}  // namespace comms
