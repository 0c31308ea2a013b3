#pragma once

#include <memory>
#include <string>

#include "plugin/generation.h"
#include "plugin/providers.h"
#include "plugin/storage_provider.h"
#include "plugin/stt_provider.h"
#include "plugin/tts_provider.h"
#include "plugin/voice_provider.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::plugin {

/// The typed providers over the tables of a generation, which must offer the slot.
/// `name` is the provider's name in the configuration.
std::shared_ptr<TelephonyProvider> make_telephony(std::string name,
                                                  std::shared_ptr<Generation> generation);
std::shared_ptr<WhatsappProvider> make_whatsapp(std::string name,
                                                std::shared_ptr<Generation> generation);
std::shared_ptr<EmailProvider> make_email(std::string name, std::shared_ptr<Generation> generation);
std::shared_ptr<StorageProvider> make_storage(std::string name,
                                              std::shared_ptr<Generation> generation);
std::shared_ptr<TtsProvider> make_tts(std::string name, std::shared_ptr<Generation> generation);
std::shared_ptr<SttProvider> make_stt(std::string name, std::shared_ptr<Generation> generation);
std::shared_ptr<VoiceProvider> make_voice(std::string name, std::shared_ptr<Generation> generation);

}  // namespace commsd::plugin
