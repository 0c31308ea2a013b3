#include "messaging/postal_footer.h"

#include <string_view>

#include "base/text.h"

namespace commsd::messaging {

namespace {

/// As people compare addresses: small letters, one space for every run of spaces, line breaks,
/// commas and tags.
std::string flatten(std::string_view text) {
  std::string flat;
  bool in_tag = false;
  for (const char c : text) {
    if (c == '<') in_tag = true;
    const bool gap = in_tag || c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',';
    if (c == '>') in_tag = false;
    if (!gap && c != '>') {
      flat += c;
    } else if (!flat.empty() && flat.back() != ' ') {
      flat += ' ';
    }
  }
  return to_lower_ascii(trim(flat));
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "<br>";
    } else {
      out += c;
    }
  }
  return out;
}

/// Where the text of a document ends.
std::size_t end_of_body(const std::string& html) {
  const std::string small = to_lower_ascii(html);
  for (const char* end : {"</body>", "</html>"}) {
    const std::size_t at = small.rfind(end);
    if (at != std::string::npos) return at;
  }
  return html.size();
}

}  // namespace

void append_postal_address(plugin::OutboundMessage& mail, const std::string& address) {
  if (address.empty()) return;
  const bool text_names_it = flatten(mail.text).find(flatten(address)) != std::string::npos;
  if (!mail.text.empty() && !text_names_it) mail.text += "\n\n" + address + '\n';
  if (mail.html.empty()) return;
  const std::string escaped = escape(address);
  if (flatten(mail.html).find(flatten(escaped)) != std::string::npos) return;
  mail.html.insert(end_of_body(mail.html), "<p>" + escaped + "</p>");
}

}  // namespace commsd::messaging
