#include "messaging/postal_footer.h"

#include <string_view>

#include "base/text.h"
#include "policy/text_folding.h"

namespace commsd::messaging {

namespace {

/// As people compare addresses: small letters, one space for every run of spaces, line breaks and
/// commas.
std::string flatten(std::string_view text) {
  std::string flat;
  for (const char c : text) {
    const bool gap = c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',';
    if (!gap) {
      flat += c;
    } else if (!flat.empty() && flat.back() != ' ') {
      flat += ' ';
    }
  }
  return to_lower_ascii(trim(flat));
}

bool names(std::string_view text, std::string_view address) {
  return flatten(text).find(flatten(address)) != std::string::npos;
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
  if (!mail.text.empty() && !names(mail.text, address)) mail.text += "\n\n" + address + '\n';
  if (mail.html.empty() || names(policy::text_of_html(mail.html), address)) return;
  std::string lines;
  for (const std::string_view line : split(address, '\n')) {
    lines += (lines.empty() ? "<p>" : "<br>") + escape_html(line);
  }
  mail.html.insert(end_of_body(mail.html), lines + "</p>");
}

}  // namespace commsd::messaging
