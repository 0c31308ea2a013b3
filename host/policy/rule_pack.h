#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "config/fault.h"
#include "policy/compliance_rule.h"

namespace commsd::policy {

class RulePack;
using LoadedRulePack = tl::expected<RulePack, std::vector<config::ConfigFault>>;

/// The rules of every country, from config/compliance: one YAML file each, `default.yaml` for
/// countries without one, and groups (`eu.yaml`, `common.yaml`) that files name in `extends`. The
/// pack ships inside the program; a folder with the same files replaces it whole. Immutable once
/// read. [any thread]
class RulePack {
 public:
  /// Pairs of file name and text. Every fault of every file is in the answer, with its line.
  static LoadedRulePack parse(const std::vector<std::pair<std::string, std::string>>& files);
  /// All `*.yaml` of a folder. Blocks on files.
  static LoadedRulePack load(const std::string& folder);
  /// The pack that ships with the server.
  static RulePack standard();

  /// The newest date in it and a digest of all of it, e.g. "2026-11-22+1a2b3c4d5e6f".
  const std::string& version() const { return version_; }
  /// When the oldest row of each file was verified, by the file's name; sorted.
  std::vector<std::pair<std::string, UnixMillis>> verified_on() const;
  /// Countries that have a file of their own, sorted.
  std::vector<std::string> countries() const;

  /// The rules of a country, its groups' included; the default ones for a country without a file.
  const std::vector<const ComplianceRule*>& rules_of(std::string_view country) const;
  /// Whether `country` has a file.
  bool has(std::string_view country) const;

  /// In `language`, else in that of the country, else in English.
  std::pair<std::string, std::string> recording_text(std::string_view language,
                                                     std::string_view country) const;
  std::pair<std::string, std::string> disclosure_text(std::string_view language,
                                                      std::string_view country) const;

  RulePack(RulePack&&) = default;
  RulePack& operator=(RulePack&&) = default;

 private:
  RulePack() = default;
  std::pair<std::string, std::string> text_of(Texts CountryRules::*texts, std::string_view language,
                                              std::string_view country) const;

  std::map<std::string, CountryRules, std::less<>> files_;
  std::map<std::string, std::vector<const ComplianceRule*>, std::less<>> joined_;
  std::string version_;
};

}  // namespace commsd::policy
