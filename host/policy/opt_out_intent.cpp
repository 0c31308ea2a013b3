#include "policy/opt_out_intent.h"

#include <cstdio>
#include <cstdlib>

#include "embedded/content.h"
#include "policy/phrase_file.h"

namespace commsd::policy {

Result<OptOutIntent> OptOutIntent::parse(std::string_view yaml) {
  const auto file = read_phrases(yaml, "opt_out_intent.yaml");
  if (!file) return fail(file.error());
  OptOutIntent intent;
  if (auto added = add_phrases(*file, "opt_out_intent.yaml", 0, intent.matcher_); !added) {
    return fail(added.error());
  }
  intent.matcher_.build();
  return intent;
}

OptOutIntent OptOutIntent::standard() {
  Result<OptOutIntent> intent = parse(embedded::content::opt_out_intent_yaml());
  if (!intent) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", intent.error().message.c_str());
    std::abort();
  }
  return std::move(*intent);
}

bool OptOutIntent::possible_opt_out(std::string_view text) const {
  static const std::vector<bool> all = {true};
  return matcher_.find(text, all).has_value();
}

}  // namespace commsd::policy
