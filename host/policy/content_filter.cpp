#include "policy/content_filter.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "embedded/content_filter.h"
#include "policy/yaml_folder.h"

namespace commsd::policy {

Result<ContentFilter> ContentFilter::parse(
    const std::vector<std::pair<std::string, std::string>>& files) {
  ContentFilter filter;
  PhraseFiles lists;
  for (const auto& [name, text] : files) {
    auto file = read_phrases(text, name);
    if (!file) return fail(file.error());
    filter.categories_.push_back(file->category);
    filter.enabled_.push_back(file->enabled);
    lists.emplace_back(name, std::move(*file));
  }
  Result<PhraseMatcher> matcher = build_matcher(lists);
  if (!matcher) return fail(matcher.error());
  filter.matcher_ = std::move(*matcher);
  return filter;
}

Result<ContentFilter> ContentFilter::load(const std::string& folder) {
  const auto files = read_yaml_folder(folder);
  if (!files) return fail(files.error());
  return parse(*files);
}

ContentFilter ContentFilter::standard() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const embedded::File& file : embedded::content_filter::files()) {
    files.emplace_back(file.name, file.text);
  }
  Result<ContentFilter> filter = parse(files);
  if (!filter) {
    // The files are part of the program: a fault in one is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", filter.error().message.c_str());
    std::abort();
  }
  return std::move(*filter);
}

Result<void> ContentFilter::enable(std::string_view category, bool enabled) {
  const auto known = std::find(categories_.begin(), categories_.end(), category);
  if (known == categories_.end()) {
    std::string names;
    for (const std::string& name : categories_) names += (names.empty() ? "" : ", ") + name;
    return fail(ErrorCode::not_found, "there is no content category '" + std::string(category) +
                                          "'; there are: " + names);
  }
  enabled_[static_cast<std::size_t>(known - categories_.begin())] = enabled;
  return {};
}

std::optional<ContentMatch> ContentFilter::check(std::string_view text, std::string_view subject,
                                                 std::string_view html) const {
  const std::string visible = html.empty() ? std::string() : text_of_html(html);
  for (const std::string_view part : {text, subject, std::string_view(visible)}) {
    if (part.empty()) continue;
    if (const auto tag = matcher_.find(part, enabled_)) {
      return ContentMatch{categories_[*tag], "content." + categories_[*tag]};
    }
  }
  return std::nullopt;
}

}  // namespace commsd::policy
