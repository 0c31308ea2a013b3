#include "plugin/provider_types.h"

namespace commsd::plugin {

std::string_view to_string(ChannelKind channel) {
  switch (channel) {
    case ChannelKind::sms:
      return "sms";
    case ChannelKind::whatsapp:
      return "whatsapp";
    case ChannelKind::email:
      return "email";
    case ChannelKind::voice:
      break;
  }
  return "voice";
}

std::optional<ChannelKind> parse_channel(std::string_view name) {
  for (const ChannelKind channel :
       {ChannelKind::sms, ChannelKind::whatsapp, ChannelKind::email, ChannelKind::voice}) {
    if (to_string(channel) == name) return channel;
  }
  return std::nullopt;
}

}  // namespace commsd::plugin
