#include "messaging/outbound_media.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace commsd::messaging {

namespace {

using plugin::ChannelKind;

constexpr std::int64_t mib = 1024 * 1024;

struct Allowed {
  ChannelKind channel;
  std::string_view type;  // ending in '/': all that begin so
  std::int64_t most_bytes;
};

/// MMS: what the vendors' lists of accepted types have in common, and 5 MB for a whole message.
/// WhatsApp: the media types of its Cloud API with their sizes, and at most the 16 MB that every
/// reseller carries. docs/reference/threads.md has the sources.
constexpr std::array<Allowed, 24> allowed = {{
    {ChannelKind::sms, "image/", 5 * mib},
    {ChannelKind::sms, "audio/", 5 * mib},
    {ChannelKind::sms, "video/", 5 * mib},
    {ChannelKind::sms, "text/vcard", 5 * mib},
    {ChannelKind::sms, "text/x-vcard", 5 * mib},
    {ChannelKind::sms, "text/csv", 5 * mib},
    {ChannelKind::sms, "text/rtf", 5 * mib},
    {ChannelKind::sms, "text/richtext", 5 * mib},
    {ChannelKind::sms, "text/calendar", 5 * mib},
    {ChannelKind::sms, "text/directory", 5 * mib},
    {ChannelKind::sms, "application/pdf", 5 * mib},
    {ChannelKind::sms, "application/vcard", 5 * mib},
    {ChannelKind::whatsapp, "image/jpeg", 5 * mib},
    {ChannelKind::whatsapp, "image/png", 5 * mib},
    {ChannelKind::whatsapp, "image/webp", mib / 2},
    {ChannelKind::whatsapp, "audio/", 16 * mib},
    {ChannelKind::whatsapp, "video/mp4", 16 * mib},
    {ChannelKind::whatsapp, "video/3gpp", 16 * mib},
    {ChannelKind::whatsapp, "text/plain", 16 * mib},
    {ChannelKind::whatsapp, "text/vcard", 16 * mib},
    {ChannelKind::whatsapp, "application/pdf", 16 * mib},
    {ChannelKind::whatsapp, "application/msword", 16 * mib},
    {ChannelKind::whatsapp, "application/vnd.", 16 * mib},  // office documents
    {ChannelKind::whatsapp, "application/ogg", 16 * mib},
}};

/// "image/png" of "image/png; charset=..."; "" for what says nothing.
std::string plain_type(std::string_view type) {
  const std::string plain = to_lower_ascii(trim(type.substr(0, type.find(';'))));
  return plain == "application/octet-stream" || plain == "binary/octet-stream" ? std::string()
                                                                               : plain;
}

std::string_view type_name(ChannelKind channel) {
  return channel == ChannelKind::sms ? "pictures, sound, video, vCards and PDF"
                                     : "JPEG, PNG and WebP pictures, sound, MP4 and 3GPP video, "
                                       "plain text, PDF and office documents";
}

std::string size_text(std::int64_t bytes) {
  return std::to_string(bytes) + " bytes";
}

}  // namespace

Result<void> check_media(const plugin::OutboundMessage& message,
                         const std::vector<FileFacts>& facts) {
  const ChannelKind channel = message.channel;
  if (channel == ChannelKind::email) {
    if (message.media_urls.empty()) return {};
    return fail(ErrorCode::unsupported,
                "'mediaUrls' works on sms and whatsapp; give an e-mail 'attachments'");
  }
  std::int64_t together = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const std::string which = "'mediaUrls[" + std::to_string(i) + "]'";
    const std::string type = plain_type(facts[i].content_type);
    std::int64_t most = channel == ChannelKind::sms ? 5 * mib : 16 * mib;
    if (!type.empty()) {
      const auto rule = std::find_if(allowed.begin(), allowed.end(), [&](const Allowed& one) {
        const bool group = one.type.ends_with('/') || one.type.ends_with('.');
        return one.channel == channel && (group ? type.starts_with(one.type) : type == one.type);
      });
      if (rule == allowed.end()) {
        return fail(ErrorCode::unsupported, which + " is of the type " + type + "; " +
                                                std::string(plugin::to_string(channel)) +
                                                " carries " + std::string(type_name(channel)));
      }
      most = rule->most_bytes;
    }
    if (!facts[i].bytes) continue;
    if (*facts[i].bytes > most) {
      return fail(ErrorCode::too_large, which + " has " + size_text(*facts[i].bytes) +
                                            "; at most " + size_text(most) +
                                            " of its type are "
                                            "carried on this channel");
    }
    together += *facts[i].bytes;
  }
  if (channel == ChannelKind::sms && together > 5 * mib) {
    return fail(ErrorCode::too_large, "'mediaUrls' together have " + size_text(together) +
                                          "; one message carries at most " + size_text(5 * mib));
  }
  return {};
}

}  // namespace commsd::messaging
