#include "messaging/mail_delivery.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace commsd::messaging {

namespace {

/// A mail to more addresses than these is no longer looked through for agents.
constexpr std::size_t most_recipients = 100;

constexpr std::string_view recipients_name = "recipients";

std::string_view extra(const plugin::ProviderEvent& mail, std::string_view name) {
  for (const auto& [key, value] : mail.extra) {
    if (key == name) return value;
  }
  return {};
}

void append(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

}  // namespace

std::set<std::string> recipients_of(const plugin::ProviderEvent& mail) {
  std::string all(extra(mail, recipients_name));
  if (all.empty()) {
    all = mail.to;
    for (const std::string_view name : {"to_all", "cc"}) {
      all += ',';
      all += extra(mail, name);
    }
  }
  std::set<std::string> addresses;
  for (std::string_view part : split(all, ',')) {
    const std::size_t open = part.rfind('<');
    if (open != std::string_view::npos) part = part.substr(open + 1);
    part = trim(part.substr(0, part.find('>')));
    if (is_email_address(part) && addresses.size() < most_recipients) {
      addresses.insert(to_lower_ascii(part));
    }
  }
  return addresses;
}

void hide_recipients(plugin::ProviderEvent& mail) {
  std::erase_if(mail.extra, [](const auto& fact) { return fact.first == recipients_name; });
}

// Not the Message-ID alone: senders make them, and not all of them make each but once. What differs
// from one delivery to the next is left out: the way a mail took, and where its files are fetched.
std::string mail_key(std::string_view key, const plugin::ProviderEvent& mail) {
  const std::string_view id = extra(mail, "message_id");
  if (id.empty()) return {};
  std::string content;
  for (const std::string_view part :
       {id, std::string_view(mail.from), std::string_view(mail.subject),
        std::string_view(mail.text), std::string_view(mail.html)}) {
    append(content, part);
  }
  for (const plugin::MediaReference& file : mail.media) {
    append(content, file.filename);
    append(content, file.content_type);
    append(content, std::to_string(file.size));
  }
  return to_hex(hmac_sha256(key, content));
}

}  // namespace commsd::messaging
