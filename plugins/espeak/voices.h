#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace espeak {

struct Voice {
  std::string id;    // "gmw/en-US", a file below the library's own data
  std::string name;  // "English (America)"
  std::string gender;
  std::vector<std::pair<int, std::string>> languages;  // rank, the lowest first; "en-us"
};

/// Which voices there are. Only these reach the library, which would take a path for a name.
class Voices {
 public:
  Voices(std::vector<Voice> voices, std::vector<std::string> variants);

  const std::vector<Voice>& all() const { return voices_; }
  /// What the library calls the voice that somebody asks for by id, name or language, in any case,
  /// with or without "+variant".
  std::optional<std::string> named(std::string_view wanted) const;
  /// For a BCP 47 tag: "en-US", else what speaks "en" best.
  std::optional<std::string> speaking(std::string_view language) const;

 private:
  const Voice* of_language(std::string_view tag) const;

  std::vector<Voice> voices_;
  std::vector<std::string> variants_;
};

}  // namespace espeak
