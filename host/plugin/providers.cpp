#include "plugin/providers.h"

#include "plugin/whatsapp_provider.h"

namespace commsd::plugin {

std::shared_ptr<TelephonyProvider> Providers::named_telephony(std::string_view name,
                                                              const Scope& scope) {
  return std::dynamic_pointer_cast<TelephonyProvider>(named(ChannelKind::voice, name, scope));
}

std::shared_ptr<WhatsappProvider> Providers::named_whatsapp(std::string_view name,
                                                            const Scope& scope) {
  return std::dynamic_pointer_cast<WhatsappProvider>(named(ChannelKind::whatsapp, name, scope));
}

}  // namespace commsd::plugin
