#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/phrase_matcher.h"

namespace commsd::policy {

/// Finds a wish to be left alone in free text ("please stop texting me"), in the languages of
/// config/content/opt_out_intent.yaml. Only a suspicion: sends are held and a person decides,
/// because "any reasonable means" counts as revocation (47 CFR 64.1200(a)(10)). The exact keywords
/// are OptOutKeywords. [any thread]
class OptOutIntent {
 public:
  static Result<OptOutIntent> parse(std::string_view yaml);
  /// The phrases that ship with the server.
  static OptOutIntent standard();

  bool possible_opt_out(std::string_view text) const;

 private:
  PhraseMatcher matcher_;
};

}  // namespace commsd::policy
