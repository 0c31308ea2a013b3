#include "policy/matcher_build.h"

#include <cstdio>
#include <cstdlib>
#include <malloc.h>

namespace commsd::policy {

namespace {

Result<PhraseMatcher> assemble(const PhraseFiles& files) {
  PhraseMatcher matcher;
  std::uint32_t tag = 0;
  for (const auto& [name, file] : files) {
    if (auto added = add_phrases(file, name, tag++, matcher); !added) return fail(added.error());
  }
  matcher.build();
  // What it took to build is many times what is kept, and glibc would keep it for good.
  malloc_trim(0);
  return matcher;
}

}  // namespace

Result<SharedMatcher> build_matcher(const PhraseFiles& files) {
  Result<PhraseMatcher> matcher = assemble(files);
  if (!matcher) return fail(matcher.error());
  std::promise<PhraseMatcher> done;
  done.set_value(std::move(*matcher));
  return done.get_future().share();
}

SharedMatcher build_matcher_aside(PhraseFiles files) {
  return std::async(std::launch::async,
                    [files = std::move(files)] {
                      Result<PhraseMatcher> matcher = assemble(files);
                      if (!matcher) {
                        // The files are part of the program: a fault in one is a build that should
                        // not have left CI.
                        std::fprintf(stderr, "commsd: %s\n", matcher.error().message.c_str());
                        std::abort();
                      }
                      return std::move(*matcher);
                    })
      .share();
}

}  // namespace commsd::policy
