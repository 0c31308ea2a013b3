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
  PhraseFiles files;
  files.emplace_back(own_name, std::move(*file));
  Result<PhraseMatcher> matcher = build_matcher(files);
  if (!matcher) return fail(matcher.error());
  OptOutIntent intent;
  intent.matcher_ = std::move(*matcher);
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
