#pragma once

#include <optional>
#include <vector>

#include <comms/slot/voice.h>

#include "plugin/voice_provider.h"

namespace commsd::plugin {

/// An item with the views the plugin reads. Borrows: `item` must outlive it.
struct VoiceItemView {
  explicit VoiceItemView(const VoiceItem& item);
  VoiceItemView(const VoiceItemView&) = delete;
  VoiceItemView& operator=(const VoiceItemView&) = delete;

  std::vector<comms_kv> params;
  comms_voice_item value{};
};

/// Empty for kinds this host does not know.
std::optional<VoiceItem> to_voice_item(const comms_voice_item& item);

}  // namespace commsd::plugin
