#include "plugin/facades/voice_items.h"

#include <array>
#include <utility>

#include "plugin/facades/abi_values.h"

namespace commsd::plugin {
namespace {

constexpr std::array<std::pair<VoiceItemKind, std::int32_t>, 11> kKinds{{
    {VoiceItemKind::start, COMMS_VOICE_START},
    {VoiceItemKind::speech, COMMS_VOICE_SPEECH},
    {VoiceItemKind::audio, COMMS_VOICE_AUDIO_DATA},
    {VoiceItemKind::digits, COMMS_VOICE_DTMF},
    {VoiceItemKind::mark, COMMS_VOICE_MARK},
    {VoiceItemKind::clear, COMMS_VOICE_CLEAR},
    {VoiceItemKind::interrupt, COMMS_VOICE_INTERRUPT},
    {VoiceItemKind::play, COMMS_VOICE_PLAY},
    {VoiceItemKind::language, COMMS_VOICE_LANGUAGE},
    {VoiceItemKind::stop, COMMS_VOICE_STOP},
    {VoiceItemKind::error, COMMS_VOICE_ERROR},
}};

}  // namespace

VoiceItemView::VoiceItemView(const VoiceItem& item) : params(to_abi(item.params)) {
  value.size = sizeof value;
  for (const auto& [kind, wire] : kKinds) {
    if (kind == item.kind) value.kind = wire;
  }
  value.call_id = to_str(item.call_id);
  value.from = to_str(item.from);
  value.to = to_str(item.to);
  value.text = to_str(item.text);
  value.language = to_str(item.language);
  value.audio = to_bytes(item.audio);
  value.params = params.data();
  value.param_count = params.size();
  value.at_ms = item.at_ms;
  value.sample_rate = item.sample_rate;
  if (item.last) value.flags |= COMMS_VOICE_LAST;
  if (item.interruptible) value.flags |= COMMS_VOICE_INTERRUPTIBLE;
}

std::optional<VoiceItem> to_voice_item(const comms_voice_item& item) {
  // Everything up to `flags` is in version 1; a shorter struct is not a comms_voice_item at all.
  if (!COMMS_HAS(comms_voice_item, &item, flags)) return std::nullopt;
  for (const auto& [kind, wire] : kKinds) {
    if (wire != item.kind) continue;
    VoiceItem result;
    result.kind = kind;
    result.call_id = copy(item.call_id);
    result.from = copy(item.from);
    result.to = copy(item.to);
    result.text = copy(item.text);
    result.language = copy(item.language);
    result.audio = std::string(view(item.audio));
    for (std::size_t i = 0; i < item.param_count; ++i) {
      result.params.emplace_back(copy(item.params[i].key), copy(item.params[i].value));
    }
    result.at_ms = item.at_ms;
    result.sample_rate = item.sample_rate;
    result.last = (item.flags & COMMS_VOICE_LAST) != 0;
    result.interruptible = (item.flags & COMMS_VOICE_INTERRUPTIBLE) != 0;
    return result;
  }
  return std::nullopt;
}

}  // namespace commsd::plugin
