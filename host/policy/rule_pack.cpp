#include "policy/rule_pack.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "config/schema_checker.h"
#include "config/yaml_reader.h"
#include "embedded/compliance.h"
#include "policy/rule_reader.h"
#include "policy/yaml_folder.h"

namespace commsd::policy {
namespace {

using config::ConfigFault;
using Files = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view default_file = "default";
constexpr std::string_view last_language = "en";

const config::SchemaChecker& schema() {
  static const config::SchemaChecker checker = [] {
    auto parsed = config::SchemaChecker::parse(embedded::compliance::compliance_schema_json());
    if (!parsed) {
      // The schema is part of the program: a fault in it is a build that should not have left CI.
      std::fprintf(stderr, "commsd: compliance.schema.json: %s\n", parsed.error().message.c_str());
      std::abort();
    }
    return std::move(*parsed);
  }();
  return checker;
}

/// "de" of "config/compliance/de.yaml"; countries are written in capitals inside.
std::string stem_of(const std::string& name) {
  return std::filesystem::path(name).stem().string();
}

std::string digest_of(const Files& files) {
  std::string all;
  for (const auto& [name, text] : files) all += name + '\0' + text + '\0';
  return to_hex(sha256(all)).substr(0, 12);
}

}  // namespace

LoadedRulePack RulePack::parse(const Files& given) {
  Files files = given;
  std::sort(files.begin(), files.end());
  RulePack pack;
  std::vector<ConfigFault> faults;
  std::set<std::string> ids;
  for (const auto& [name, text] : files) {
    const std::size_t before = faults.size();
    config::Node root = config::read_yaml(text, name, faults);
    schema().check(root, name, "", true, faults);
    if (faults.size() != before) continue;
    CountryRules country = read_rules(root, name, faults);
    const std::string stem = stem_of(name);
    if (to_lower_ascii(country.code) != to_lower_ascii(stem)) {
      faults.push_back(
          {name, 0, "code", "found \"" + country.code + '"', "the name of the file: " + stem});
    }
    for (const ComplianceRule& rule : country.rules) {
      if (!ids.insert(rule.reference.id).second) {
        faults.push_back({name, 0, "rules.id", "found \"" + rule.reference.id + "\" a second time",
                          "each id once in the whole pack"});
      }
    }
    pack.version_ = std::max(pack.version_, country.version);
    std::string code = country.code;
    pack.files_.insert_or_assign(std::move(code), std::move(country));
  }
  if (!pack.files_.contains(default_file)) {
    faults.push_back({"default.yaml", 0, "", "is missing",
                      "the rules of countries that have no file of their own"});
  }
  for (auto& [code, country] : pack.files_) {
    std::vector<const ComplianceRule*>& joined = pack.joined_[code];
    for (const ComplianceRule& rule : country.rules) joined.push_back(&rule);
    for (const std::string& group : country.extends) {
      const auto other = pack.files_.find(group);
      if (other == pack.files_.end()) {
        faults.push_back({to_lower_ascii(code) + ".yaml", 0, "extends", "found \"" + group + '"',
                          "the code of a file of the pack"});
        continue;
      }
      for (const ComplianceRule& rule : other->second.rules) joined.push_back(&rule);
    }
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  pack.version_ += '+' + digest_of(files);
  return pack;
}

LoadedRulePack RulePack::load(const std::string& folder) {
  const auto files = read_yaml_folder(folder);
  if (!files) {
    return tl::unexpected(std::vector<ConfigFault>{
        {folder, 0, "", files.error().message, "a folder with default.yaml and a file a country"}});
  }
  return parse(*files);
}

RulePack RulePack::standard() {
  Files files;
  for (const embedded::File& file : embedded::compliance::files()) {
    if (file.name.ends_with(".yaml")) files.emplace_back(file.name, file.text);
  }
  LoadedRulePack pack = parse(files);
  if (!pack) {
    for (const ConfigFault& fault : pack.error()) {
      std::fprintf(stderr, "commsd: %s\n", fault.to_string().c_str());
    }
    std::abort();
  }
  return std::move(*pack);
}

std::vector<std::pair<std::string, UnixMillis>> RulePack::verified_on() const {
  std::vector<std::pair<std::string, UnixMillis>> files;
  for (const auto& [code, country] : files_) {
    const auto oldest = std::min_element(
        country.rules.begin(), country.rules.end(),
        [](const auto& left, const auto& right) { return left.verified_on < right.verified_on; });
    if (oldest != country.rules.end()) {
      files.emplace_back(to_lower_ascii(code) + ".yaml", oldest->verified_on);
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> RulePack::countries() const {
  std::vector<std::string> codes;
  for (const auto& [code, country] : files_) {
    if (has(code)) codes.push_back(code);
  }
  return codes;
}

bool RulePack::has(std::string_view country) const {
  // Groups and the default are written in small letters.
  return country.size() == 2 && country[0] >= 'A' && country[0] <= 'Z' && files_.contains(country);
}

const std::vector<const ComplianceRule*>& RulePack::rules_of(std::string_view country) const {
  return joined_.find(has(country) ? country : default_file)->second;
}

std::pair<std::string, std::string> RulePack::text_of(Texts CountryRules::*texts,
                                                      std::string_view language,
                                                      std::string_view country) const {
  const auto own = files_.find(has(country) ? country : default_file);
  for (const std::string_view wanted : {language.substr(0, language.find('-')),
                                        std::string_view(own->second.language), last_language}) {
    if (wanted.empty()) continue;
    for (const auto& [code, file] : files_) {
      if (const auto text = (file.*texts).find(wanted); text != (file.*texts).end()) {
        return {text->second, text->first};
      }
    }
  }
  return {};
}

std::pair<std::string, std::string> RulePack::recording_text(std::string_view language,
                                                             std::string_view country) const {
  return text_of(&CountryRules::recording_texts, language, country);
}

std::pair<std::string, std::string> RulePack::disclosure_text(std::string_view language,
                                                              std::string_view country) const {
  return text_of(&CountryRules::disclosure_texts, language, country);
}

}  // namespace commsd::policy
