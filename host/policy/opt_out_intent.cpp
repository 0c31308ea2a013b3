#include "policy/opt_out_intent.h"

#include <cstdio>
#include <cstdlib>

#include "embedded/content.h"
#include "policy/phrase_file.h"

namespace commsd::policy {

namespace {

constexpr const char* own_name = "opt_out_intent.yaml";

}  // namespace

Result<OptOutIntent> OptOutIntent::parse(std::string_view yaml) {
  auto file = read_phrases(yaml, own_name);
  if (!file) return fail(file.error());
  Result<SharedMatcher> matcher = build_matcher({{own_name, std::move(*file)}});
  if (!matcher) return fail(matcher.error());
  OptOutIntent intent;
  intent.matcher_ = std::move(*matcher);
  return intent;
}

OptOutIntent OptOutIntent::standard() {
  auto file = read_phrases(embedded::content::opt_out_intent_yaml(), own_name);
  if (!file) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", file.error().message.c_str());
    std::abort();
  }
  OptOutIntent intent;
  intent.matcher_ = build_matcher_aside({{own_name, std::move(*file)}});
  return intent;
}

bool OptOutIntent::possible_opt_out(std::string_view text) const {
  static const std::vector<bool> all = {true};
  return matcher_.get().find(text, all).has_value();
}

}  // namespace commsd::policy
