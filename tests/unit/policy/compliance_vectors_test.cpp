#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "base/iso_time.h"
#include "base/json.h"
#include "policy/compliance_engine.h"

// Walks tests/vectors/compliance: what the law of each country answers to a situation, written down
// apart from the rule files.

namespace commsd::policy {
namespace {

struct Vector {
  std::string file;
  std::string name;
  std::shared_ptr<const JsonDocument> document;
  JsonValue value;
};

const ComplianceEngine& engine() {
  static const ComplianceEngine engine(RulePack::standard(), PhoneNumbers::standard());
  return engine;
}

std::string text(JsonValue value, std::string_view key) {
  return std::string(value.string(key).value_or(""));
}

/// "2026-11-24T12:30:00+01:00".
UnixMillis moment(const std::string& iso) {
  std::tm civil{};
  int offset_hours = 0;
  int offset_minutes = 0;
  char sign = '+';
  const int read = std::sscanf(iso.c_str(), "%d-%d-%dT%d:%d:%d%c%d:%d", &civil.tm_year,
                               &civil.tm_mon, &civil.tm_mday, &civil.tm_hour, &civil.tm_min,
                               &civil.tm_sec, &sign, &offset_hours, &offset_minutes);
  EXPECT_EQ(read, 9) << iso;
  civil.tm_year -= 1900;
  civil.tm_mon -= 1;
  const std::int64_t offset = (offset_hours * 60 + offset_minutes) * 60 * (sign == '-' ? -1 : 1);
  return (static_cast<std::int64_t>(::timegm(&civil)) - offset) * 1000;
}

std::vector<Vector> vectors() {
  std::vector<Vector> all;
  for (const auto& entry :
       std::filesystem::directory_iterator(COMMSD_SOURCE_DIR "/tests/vectors/compliance")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto parsed = JsonDocument::parse(json);
    EXPECT_TRUE(parsed) << entry.path();
    if (!parsed) continue;
    auto document = std::make_shared<const JsonDocument>(std::move(*parsed));
    document->root().each([&](JsonValue value) {
      all.push_back({entry.path().stem().string(), text(value, "name"), document, value});
    });
  }
  return all;
}

Situation situation_of(JsonValue from) {
  Situation situation;
  situation.to = text(from, "to");
  situation.from = text(from, "from");
  situation.third = text(from, "third");
  situation.sender_country = text(from, "sender_country");
  situation.time_zone = text(from, "time_zone");
  situation.text = text(from, "text");
  situation.express_consent = from.boolean("express_consent").value_or(false);
  situation.channel = plugin::parse_channel(text(from, "channel")).value();
  if (const auto kind = from.string("kind")) situation.kind = parse_action_kind(*kind).value();
  if (const auto name = from.string("class")) {
    situation.message_class = parse_message_class(*name).value();
  }
  if (const auto declared = from.get("declared")) {
    situation.declared = {text(*declared, "country"), text(*declared, "region")};
  }
  return situation;
}

/// Every member of `expected` is asked for by name; an unknown one fails, so none is only
/// decoration.
using Answers = std::map<std::string, std::string>;

void compare(const Vector& vector, JsonValue expected, const Answers& answers) {
  expected.each_member([&](std::string_view key, JsonValue value) {
    const auto answer = answers.find(std::string(key));
    ASSERT_NE(answer, answers.end()) << key;
    const std::string wanted = value.string() ? std::string(*value.string()) : value.to_string();
    EXPECT_EQ(answer->second, wanted) << vector.file << ": " << vector.name << ": " << key;
  });
}

std::string yes(bool value) {
  return value ? "true" : "false";
}

Answers answer(const std::string& ask, JsonValue given, const Vector& vector, UnixMillis now) {
  if (ask == "provisioning") {
    std::vector<plugin::ChannelKind> channels;
    given.get("channels")->each([&channels](JsonValue name) {
      channels.push_back(plugin::parse_channel(*name.string()).value());
    });
    std::string ids;
    for (const Requirement& need :
         engine().provisioning_requirements(text(given, "country"), channels, now)) {
      EXPECT_FALSE(need.text.empty()) << vector.name;
      EXPECT_FALSE(need.rule.law.empty()) << vector.name;
      if (!need.id.starts_with("common.")) {
        ids += (ids.empty() ? "\"" : ",\"") + need.id + (need.blocking ? "\"" : "?\"");
      }
    }
    return {{"requirements", '[' + ids + ']'}};
  }
  const Situation situation = situation_of(given);
  if (ask == "evaluate") {
    const Verdict verdict = engine().evaluate(situation, now);
    if (!verdict.allowed()) {
      EXPECT_FALSE(verdict.reason.empty() || verdict.remedy.empty() || verdict.rule.law.empty() ||
                   verdict.rule.source.empty())
          << vector.name;
    }
    return {{"decision", verdict.decision == Decision::allow  ? "allow"
                         : verdict.decision == Decision::deny ? "deny"
                                                              : "defer"},
            {"rule", verdict.rule.id},
            {"next", iso_time(verdict.next_allowed_at)}};
  }
  if (ask == "consent") {
    const ConsentNeed need = engine().consent_needed(situation, now);
    return {{"needed", yes(need.needed)},
            {"express", yes(need.express)},
            {"implied", yes(need.implied)},
            {"transactional", yes(need.transactional)},
            {"written", yes(need.written)},
            {"valid_days", std::to_string(need.valid_days)},
            {"implied_valid_days", std::to_string(need.implied_valid_days)},
            {"rule", need.rule.id}};
  }
  if (ask == "registries") {
    std::string list;
    for (const DncLimit& limit : engine().dnc_age_limit(situation, now)) {
      list += (list.empty() ? "[\"" : ",[\"") + limit.registry + "\"," +
              std::to_string(limit.days) + ']';
    }
    return {{"registries", '[' + list + ']'}};
  }
  if (ask == "frequency") {
    const ContactFrequency frequency = engine().contact_frequency(situation, now);
    std::string list;
    for (const FrequencyLimit& limit : frequency.limits) {
      list += (list.empty() ? "[" : ",[") + std::to_string(limit.count) + ',' +
              std::to_string(limit.days) + ']';
    }
    return {{"limits", '[' + list + ']'},
            {"pause_days", std::to_string(frequency.pause_after_refusal_days)}};
  }
  if (ask == "opt_out") {
    return {{"days", std::to_string(engine().opt_out_days(situation, now).value_or(-1))}};
  }
  EXPECT_TRUE(ask == "recording" || ask == "disclosure") << ask;
  const std::string language = text(given, "language");
  const Announcement said = ask == "recording"
                                ? engine().recording_announcement(situation, language, now)
                                : engine().ai_disclosure(situation, language, now);
  EXPECT_EQ(said.needed, !said.text.empty()) << vector.name;
  return {{"needed", yes(said.needed)},
          {"by_law", yes(said.by_law)},
          {"all_parties", yes(said.all_parties)},
          {"language", said.language},
          {"rule", said.rule.id}};
}

TEST(ComplianceVectors, AreAtLeastEightForEachCountryAndThreeHundredInAll) {
  std::map<std::string, std::size_t> of_country;
  for (const Vector& vector : vectors()) ++of_country[vector.file];
  std::size_t all = 0;
  for (const auto& [file, count] : of_country) {
    EXPECT_GE(count, 8U) << file;
    all += count;
  }
  EXPECT_GE(all, 300U);
  const std::vector<std::string> countries = RulePack::standard().countries();
  EXPECT_EQ(countries.size(), 37U);
  for (std::string country : countries) {
    std::transform(country.begin(), country.end(), country.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_TRUE(of_country.contains(country)) << country;
  }
}

TEST(ComplianceVectors, TheEngineAnswersAsTheLawDoes) {
  for (const Vector& vector : vectors()) {
    JsonValue expected = *vector.value.get("expect");
    Answers answers = answer(text(vector.value, "ask"), *vector.value.get("situation"), vector,
                             moment(text(vector.value, "now")));
    // Moments are compared as such, whatever their offset.
    if (const auto next = expected.string("next")) {
      if (answers["next"] == iso_time(moment(std::string(*next)))) answers["next"] = *next;
    }
    compare(vector, expected, answers);
  }
}

}  // namespace
}  // namespace commsd::policy
