#include "policy/rule_reader.h"

#include <cstdio>
#include <date/date.h>
#include <optional>

namespace commsd::policy {
namespace {

using config::ConfigFault;
using config::Node;

std::string text_of(const Node& group, std::string_view key) {
  const Node* node = group.find(key);
  return node ? node->string : std::string();
}

std::int64_t number_of(const Node& group, std::string_view key) {
  const Node* node = group.find(key);
  return node ? node->integer : 0;
}

bool flag_of(const Node& group, std::string_view key) {
  const Node* node = group.find(key);
  return node && node->boolean;
}

std::vector<std::string> list_of(const Node& group, std::string_view key) {
  std::vector<std::string> items;
  if (const Node* node = group.find(key)) {
    for (const Node& item : node->items) items.push_back(item.string);
  }
  return items;
}

template <typename Value, typename Parse>
std::vector<Value> named(const Node& group, std::string_view key, Parse parse) {
  std::vector<Value> values;
  for (const std::string& name : list_of(group, key)) {
    if (const auto value = parse(name)) values.push_back(*value);  // the schema lists the names
  }
  return values;
}

class Reader {
 public:
  Reader(const std::string& file, std::vector<ConfigFault>& faults)
      : file_(file), faults_(faults) {}

  CountryRules read(const Node& root) {
    CountryRules country;
    country.code = text_of(root, "code");
    country.name = text_of(root, "name");
    country.version = text_of(root, "version");
    country.language = text_of(root, "language");
    country.extends = list_of(root, "extends");
    if (const Node* list = root.find("holidays")) {
      for (const Node& entry : list->items) {
        if (const auto added = holidays_.add(entry.string); !added) {
          fault(entry.line, "holidays", entry.string, added.error().message);
        }
      }
    }
    if (const Node* rules = root.find("rules")) {
      for (const Node& row : rules->items) country.rules.push_back(rule(row));
    }
    if (const Node* texts = root.find("texts")) {
      read_texts(*texts, "recording", country.recording_texts);
      read_texts(*texts, "ai_disclosure", country.disclosure_texts);
    }
    return country;
  }

 private:
  void fault(int line, const std::string& key, const std::string& found, std::string allowed) {
    if (faults_.size() >= config::most_faults) return;
    faults_.push_back({file_, line, key, "found \"" + found + '"', std::move(allowed)});
  }

  static void read_texts(const Node& texts, std::string_view key, Texts& into) {
    const Node* group = texts.find(key);
    if (!group) return;
    for (const Node::Member& member : group->members) into[member.key] = member.value.string;
  }

  /// The start of a day, UTC.
  UnixMillis day(const Node& row, std::string_view key, UnixMillis otherwise) {
    const Node* node = row.find(key);
    if (!node) return otherwise;
    int year = 0;
    unsigned month = 0;
    unsigned of_month = 0;
    const int read = std::sscanf(node->string.c_str(), "%4d-%2u-%2u", &year, &month, &of_month);
    const date::year_month_day civil = date::year{year} / date::month{month} / date::day{of_month};
    if (read != 3 || !civil.ok()) {
      fault(node->line, std::string(key), node->string, "a day that exists, as 2026-11-22");
      return otherwise;
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               date::sys_days{civil}.time_since_epoch())
        .count();
  }

  ComplianceRule rule(const Node& row) {
    ComplianceRule rule;
    rule.reference = {text_of(row, "id"), text_of(row, "law"), text_of(row, "source")};
    rule.remedy = text_of(row, "remedy");
    rule.scope.channels = named<plugin::ChannelKind>(row, "channels", plugin::parse_channel);
    rule.scope.actions = named<ActionKind>(row, "actions", parse_action_kind);
    rule.scope.classes = named<MessageClass>(row, "classes", parse_message_class);
    rule.scope.regions = list_of(row, "regions");
    rule.scope.unless_express_consent = text_of(row, "unless") == "express_consent";
    rule.effective_from = day(row, "effective_from", rule.effective_from);
    rule.effective_to = day(row, "effective_to", rule.effective_to);
    rule.verified_on = day(row, "verified_on", 0);
    read_data(row, text_of(row, "type"), rule);
    return rule;
  }

  void read_data(const Node& row, const std::string& type, ComplianceRule& rule) {
    if (type == "hours") {
      rule.data = hours(row);
    } else if (type == "consent") {
      rule.data = consent(row);
    } else if (type == "registry") {
      rule.data = RegistryRule{text_of(row, "registry"), number_of(row, "max_age_days")};
    } else if (type == "frequency") {
      rule.data = frequency(row);
    } else if (type == "opt_out") {
      rule.data = OptOutRule{number_of(row, "days")};
    } else if (type == "recording") {
      rule.data = RecordingRule{text_of(row, "parties") == "all", flag_of(row, "by_law")};
    } else if (type == "disclosure") {
      rule.data = DisclosureRule{flag_of(row, "by_law")};
    } else if (type == "wording") {
      rule.data = WordingRule{list_of(row, "any_of")};
    } else if (type == "provisioning") {
      rule.data = provisioning(row, rule);
    } else if (type == "postal_address") {
      rule.data = PostalAddressRule{};
    }
  }

  AllowedHours hours(const Node& row) {
    AllowedHours hours;
    if (const Node* week = row.find("hours")) {
      for (const Node::Member& member : week->members) {
        if (const auto set = hours.set(member.key, member.value.string); !set) {
          fault(member.line, "hours." + member.key, member.value.string, set.error().message);
        }
      }
    }
    if (const Node* holidays = row.find("holidays"); holidays && holidays->string == "closed") {
      if (holidays_.empty()) {
        fault(holidays->line, "holidays", "closed", "a list `holidays:` at the top of this file");
      }
      hours.close_on(holidays_);
    }
    return hours;
  }

  static ConsentRule consent(const Node& row) {
    ConsentRule consent;
    for (const std::string& type : list_of(row, "accept")) {
      consent.express |= type == "express";
      consent.implied |= type == "implied";
      consent.transactional |= type == "transactional";
    }
    consent.valid_days = number_of(row, "valid_days");
    consent.implied_valid_days = number_of(row, "implied_valid_days");
    consent.written = flag_of(row, "written");
    return consent;
  }

  static FrequencyRule frequency(const Node& row) {
    FrequencyRule frequency;
    if (const Node* limits = row.find("limits")) {
      for (const Node& limit : limits->items) {
        frequency.limits.push_back({number_of(limit, "count"), number_of(limit, "days")});
      }
    }
    frequency.pause_after_refusal_days =
        flag_of(row, "never_after_refusal") ? -1 : number_of(row, "pause_after_refusal_days");
    return frequency;
  }

  static ProvisioningRule provisioning(const Node& row, const ComplianceRule& rule) {
    ProvisioningRule provisioning;
    if (const Node* list = row.find("requirements")) {
      for (const Node& item : list->items) {
        Requirement requirement;
        requirement.id = text_of(item, "id");
        requirement.text = text_of(item, "text");
        requirement.channels = rule.scope.channels;
        requirement.blocking = flag_of(item, "blocking");
        requirement.rule = rule.reference;
        provisioning.requirements.push_back(std::move(requirement));
      }
    }
    return provisioning;
  }

  const std::string& file_;
  std::vector<ConfigFault>& faults_;
  Holidays holidays_;
};

}  // namespace

CountryRules read_rules(const Node& root, const std::string& file,
                        std::vector<ConfigFault>& faults) {
  return Reader(file, faults).read(root);
}

}  // namespace commsd::policy
