#include "voices.h"

#include <algorithm>

#include <comms/cpp/form.hpp>

namespace espeak {

Voices::Voices(std::vector<Voice> voices, std::vector<std::string> variants)
    : voices_(std::move(voices)), variants_(std::move(variants)) {}

std::optional<std::string> Voices::named(std::string_view wanted) const {
  const std::size_t plus = wanted.find('+');
  const std::string_view base = wanted.substr(0, plus);
  const auto same = [base](const Voice& voice) {
    return comms::same_text(voice.id, base) || comms::same_text(voice.name, base);
  };
  const auto found = std::find_if(voices_.begin(), voices_.end(), same);
  const Voice* voice = found != voices_.end() ? &*found : of_language(base);
  if (!voice) return std::nullopt;
  if (plus == std::string_view::npos) return voice->id;
  for (const std::string& variant : variants_) {
    if (comms::same_text(variant, wanted.substr(plus + 1))) return voice->id + '+' + variant;
  }
  return std::nullopt;
}

std::optional<std::string> Voices::speaking(std::string_view language) const {
  for (;;) {  // RFC 4647, section 3.4: the tag is made shorter until there is something
    if (const Voice* voice = of_language(language)) return voice->id;
    const std::size_t hyphen = language.rfind('-');
    if (hyphen == std::string_view::npos) return std::nullopt;
    language = language.substr(0, hyphen);
  }
}

const Voice* Voices::of_language(std::string_view tag) const {
  const Voice* best = nullptr;
  int best_rank = 0;
  for (const Voice& voice : voices_) {
    for (const auto& [rank, language] : voice.languages) {
      if (!comms::same_text(language, tag) || (best && rank >= best_rank)) continue;
      best = &voice;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace espeak
