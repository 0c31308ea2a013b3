#include "ops/retention.h"

#include <map>

#include <gmock/gmock.h>

#include "store/agent_repository.h"
#include "store/body_storage_repository.h"
#include "store/fixture.h"
#include "store/message_repository.h"
#include "store/organization_repository.h"
#include "store/statement_registry.h"

namespace commsd::ops {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

constexpr std::int64_t day = 86'400'000;
constexpr UnixMillis midnight = 1'700'006'400'000;  // 2023-11-15T00:00:00Z

bool never() {
  return false;
}

class RetentionTest : public store::test::StoreTest {
 protected:
  RetentionTest() {
    clock_.set(midnight + 4 * 3'600'000);
    settings_.days = {{"messages_days", 365},  {"usage_days", 365},  {"calls_days", 365},
                      {"dead_letter_days", 7}, {"otp_days", 1},      {"revoked_consent_days", 730},
                      {"inbox_days", 7},       {"callback_days", 30}};
    open_retention();
  }
  void open_retention(std::string worker = "worker") {
    settings_.worker = std::move(worker);
    audit_.emplace(*store_, clock_, ids_);
    retention_.emplace(*store_, *audit_, clock_, *Retention::standard_rules(), settings_);
  }
  void sql(const std::string& statement) { store::test::execute_aside(path_, statement); }
  /// One row of each kind that is `age` old, in both senses: deletable when it is old enough.
  void add_rows(std::int64_t age_days, const std::string& suffix,
                const std::string& org = "org_1") {
    const UnixMillis at = clock_.now() - age_days * day;
    const std::string when = std::to_string(at);
    const std::string agent = org == "org_1" ? "agt_1" : "agt_2";
    const std::string who = "'" + org + "', '" + agent + "'";
    const std::string id = Ids::time_part(at) + suffix;
    // Numbers of reservations rise with their times, which is what finding them by age rests on.
    const std::string sequence = std::to_string((1000 - age_days) * 1000 + ++sequence_);
    const auto item = [&](const std::string& name, const std::string& reason) {
      sql("INSERT INTO inbox (id, org_id, agent_id, channel, provider, received_at, "
          "acknowledged_at, reason) VALUES ('" +
          name + suffix + "', " + who + ", 'sms', 'p', " + when + ", " + when + ", " + reason +
          ")");
    };
    item("in_d", "'send_failed'");
    item("in_i", "NULL");
    sql("INSERT INTO messages (id, org_id, agent_id, channel, to_address, state, state_rank, "
        "created_at, updated_at) VALUES ('msg_" +
        id + "', " + who + ", 'sms', '+14155552671', 'delivered', 5, " + when + ", " + when +
        ");"
        "INSERT INTO message_payloads (message_id, org_id, content, keep_until) VALUES ('msg_" +
        id + "', '" + org + "', 'x', " + when +
        ");"
        "INSERT INTO calls (id, org_id, agent_id, direction, purpose, state, state_rank, "
        "created_at, updated_at, ended_at) VALUES ('call_" +
        id + "', " + who + ", 'outbound', 'conversation', 'completed', 5, " + when + ", " + when +
        ", " + when +
        ");"
        "INSERT INTO call_scripts (call_id, org_id, content, keep_until) VALUES ('call_" +
        id + "', '" + org + "', 'x', " + when +
        ");"
        "INSERT INTO usage (org_id, agent_id, action, time_window, window_start, count, "
        "spend_micros) VALUES (" +
        who + ", 'sms" + suffix + "', 'day', " + when +
        ", 1, 1);"
        "INSERT INTO reservations (org_id, agent_id, sequence, subject, action, at, currency, "
        "micros, previous_micros) VALUES (" +
        who + ", " + sequence + ", 'msg_" + id + "', 'sms', " + when +
        ", 'USD', 1, 1);"
        "INSERT INTO limit_alerts (org_id, agent_id, rule, level, window_start, at) VALUES (" +
        who + ", 'r" + suffix + "', 'warning', " + when + ", " + when +
        ");"
        "INSERT INTO contact_hours (day, org_id, contact_hash, hour, count) VALUES (" +
        std::to_string(at / 86'400'000) + ", '" + org + "', 'h" + suffix + "', " +
        std::to_string(at / 3'600'000) +
        ", 1);"
        "INSERT INTO mail_ids (org_id, agent_id, mail_id, address, subject_id, created_at) VALUES "
        "(" +
        who + ", 'm" + suffix + "@x.example', 'guest@x.example', 'msg_" + id + "', " + when +
        ");"
        "INSERT INTO number_threads (org_id, number, contact_hash, agent_id, at) VALUES ('" +
        org + "', '+14155550100', 'h" + suffix + "', '" + agent + "', " + when +
        ");"
        "INSERT INTO callback_deliveries (id, org_id, agent_id, lane, event, subject_id, state, "
        "created_at, ended_at) VALUES ('cbd_" +
        id + "', " + who + ", 'l', 'e', 'msg_" + id + "', 'delivered', " + when + ", " + when +
        ");"
        "INSERT INTO callback_copies (id, org_id, agent_id, event, subject_id, state, created_at, "
        "ended_at) VALUES ('cbc_" +
        id + "', " + who + ", 'e', 'msg_" + id + "', 'delivered', " + when + ", " + when +
        ");"
        "INSERT INTO whatsapp_windows (org_id, agent_id, contact_hash, opened_at) VALUES (" +
        who + ", 'h" + suffix + "', " + when +
        ");"
        "INSERT INTO one_time_codes (id, org_id, agent_id, contact_hash, code_hash, guesses, "
        "created_at, expires_at) VALUES ('otp_" +
        id + "', " + who + ", 'h', 'c', 0, " + when + ", " + when +
        ");"
        "INSERT INTO consents (org_id, contact_hash, agent_id, channel, id, status, revoked_at, "
        "updated_at) VALUES ('" +
        org + "', 'h" + suffix + "', 'agt_1', 'sms', 'con_" + id + "', 'revoked', " + when + ", " +
        when + ");");
  }
  std::map<std::string, std::int64_t> run() {
    const auto report = executor_.run(retention_->run_now("test"));
    EXPECT_TRUE(report) << report.error().message << report.error().cause;
    return by_name(report);
  }
  static std::map<std::string, std::int64_t> by_name(const Result<Retention::Report>& report) {
    std::map<std::string, std::int64_t> rows;
    if (report) {
      for (const Retention::Count& one : *report) rows[one.name] = one.rows;
    }
    return rows;
  }
  void tick() { EXPECT_TRUE(executor_.run(retention_->tick(never))); }
  std::vector<std::string> purge_lines() {
    std::vector<std::string> lines;
    for (const auto& entry : get(audit_->list("", 0, 1'000))) {
      if (entry.action == "records_purged") lines.push_back(entry.target + entry.details_json);
    }
    return lines;
  }

  Retention::Settings settings_;
  std::optional<store::AuditLog> audit_;
  std::optional<Retention> retention_;
  int sequence_ = 0;
};

const std::map<std::string, std::int64_t> one_of_each{
    {"dead_letters", 1},    {"inbox", 1},
    {"message_bodies", 1},  {"messages", 1},
    {"call_scripts", 1},    {"calls", 1},
    {"usage", 1},           {"reservations", 1},
    {"mail_ids", 1},        {"number_threads", 1},
    {"limit_alerts", 1},    {"contact_hours", 1},
    {"one_time_codes", 1},  {"revoked_consents", 1},
    {"callbacks", 1},       {"callback_copies", 1},
    {"whatsapp_windows", 1}};

TEST_F(RetentionTest, DeletesWhatIsOldFromEveryTableAndNothingElse) {
  add_rows(800, "old");
  add_rows(0, "new");
  sql("UPDATE message_payloads SET keep_until = keep_until + 86400000 WHERE message_id LIKE '%new';"
      "UPDATE call_scripts SET keep_until = keep_until + 86400000 WHERE call_id LIKE '%new';");
  const auto counted = by_name(executor_.run(retention_->dry_run()));
  EXPECT_EQ(counted, one_of_each);
  EXPECT_EQ(run(), one_of_each);
  for (const auto& [name, rows] : run()) EXPECT_EQ(rows, 0) << name;
}

TEST_F(RetentionTest, EachTableHasItsOwnDays) {
  const auto gone = [this](std::int64_t age) {
    std::vector<std::string> names;
    add_rows(age, "x" + std::to_string(age));
    for (const auto& [name, rows] : run()) {
      if (rows > 0 && name != "message_bodies" && name != "call_scripts") names.push_back(name);
    }
    return names;
  };
  using testing::ElementsAre;
  EXPECT_THAT(gone(0), ElementsAre());
  EXPECT_THAT(gone(2), ElementsAre("one_time_codes"));
  EXPECT_THAT(gone(8), ElementsAre("dead_letters", "inbox", "one_time_codes"));
  EXPECT_THAT(gone(31), ElementsAre("callback_copies", "callbacks", "dead_letters", "inbox",
                                    "one_time_codes", "whatsapp_windows"));
  EXPECT_THAT(gone(366),
              ElementsAre("callback_copies", "callbacks", "calls", "dead_letters", "inbox",
                          "limit_alerts", "mail_ids", "messages", "number_threads",
                          "one_time_codes", "reservations", "usage", "whatsapp_windows"));
  EXPECT_THAT(gone(731), testing::Contains("revoked_consents"));
}

TEST_F(RetentionTest, ZeroDaysIsForEver) {
  settings_.days["calls_days"] = 0;
  settings_.days["otp_days"] = 0;
  open_retention();
  add_rows(800, "old");
  const auto rows = run();
  EXPECT_FALSE(rows.contains("calls"));
  EXPECT_FALSE(rows.contains("one_time_codes"));
  EXPECT_EQ(rows.at("messages"), 1);
}

TEST_F(RetentionTest, WhatCopiesReservedGoesToo) {
  add_rows(800, "old");
  sql("UPDATE reservations SET agent_id = 'agt_1/copies';");
  EXPECT_EQ(run().at("reservations"), 1);
}

TEST_F(RetentionTest, LimitsKeepWhatTheyCount) {
  settings_.days["usage_days"] = 1;
  open_retention();
  add_rows(40, "x");
  const auto rows = run();
  EXPECT_EQ(rows.at("usage"), 0) << "the month's counter";
  EXPECT_EQ(rows.at("reservations"), 0);
  EXPECT_EQ(rows.at("contact_hours"), 0);
}

TEST_F(RetentionTest, WhatIsUnderWayStays) {
  add_rows(800, "old");
  sql("UPDATE messages SET state = 'attempting';"
      "UPDATE calls SET ended_at = NULL;"
      "UPDATE inbox SET acknowledged_at = NULL;"
      "UPDATE message_payloads SET keep_until = NULL;"
      "UPDATE call_scripts SET keep_until = NULL;"
      "UPDATE callback_deliveries SET ended_at = NULL;"
      "UPDATE callback_copies SET ended_at = NULL;"
      "UPDATE consents SET status = 'granted', revoked_at = NULL;");
  const auto rows = run();
  for (const char* name : {"messages", "calls", "inbox", "dead_letters", "message_bodies",
                           "call_scripts", "callbacks", "callback_copies", "revoked_consents"}) {
    EXPECT_EQ(rows.at(name), 0) << name;
  }
}

TEST_F(RetentionTest, ALegalHoldStopsAllOfItForThatOrganization) {
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, {"org_2", "Two", "sandbox", "active", 1});
  store::AgentRepository::add_create(unit, {"agt_2", "org_2", "Bob", "active", "US", 1});
  store::PurgeRunRepository::add_hold(unit, {"org_1", "a case", 1});
  ASSERT_TRUE(committed(std::move(unit)));
  add_rows(800, "held");
  add_rows(800, "free", "org_2");
  EXPECT_EQ(run(), one_of_each);
  store::UnitOfWork lift;
  store::PurgeRunRepository::add_lift_hold(lift, "org_1");
  ASSERT_TRUE(committed(std::move(lift)));
  EXPECT_EQ(run(), one_of_each);
}

TEST_F(RetentionTest, TheAuditLogAndSuppressionsStay) {
  sql("INSERT INTO suppressions (org_id, agent_id, channel, contact_hash, source, created_at) "
      "VALUES ('org_1', '*', 'sms', 'h', 'keyword', 1);"
      "INSERT INTO refusals (org_id, contact_hash, channel, refused_at) "
      "VALUES ('org_1', 'h', 'sms', 1);");
  store::UnitOfWork unit;
  audit_->add_entry(unit, {"org_1", "a", "b", "c", ""});
  ASSERT_TRUE(committed(std::move(unit)));
  add_rows(800, "old");
  run();
  EXPECT_EQ(query("suppressions.count_of_contact",
                  {{"org_id", std::string("org_1")}, {"contact_hash", std::string("h")}})
                .front()
                .integer("count"),
            1);
  EXPECT_TRUE(get(audit_->verify()).intact);
  EXPECT_EQ(get(audit_->verify()).size, 2);
}

TEST_F(RetentionTest, KeptBodiesKeepTheInbox) {
  store::UnitOfWork unit;
  store::BodyStorageRepository::add_set(unit, {"org_1", "", 30}, 1);
  ASSERT_TRUE(committed(std::move(unit)));
  add_rows(20, "x");
  EXPECT_EQ(run().at("inbox"), 0);
  store::UnitOfWork off;
  store::BodyStorageRepository::add_set(off, {"org_1", "agt_1", 0}, 1);
  ASSERT_TRUE(committed(std::move(off)));
  EXPECT_EQ(run().at("inbox"), 1);
}

TEST_F(RetentionTest, ManyRowsGoInSmallUnits) {
  std::string rows;
  for (int i = 0; i < 1'000; ++i) {
    rows += std::string(i ? "," : "") + "('otp_" + std::to_string(i) +
            "','org_1','agt_1','h','c',0,1,1)";
  }
  sql("INSERT INTO one_time_codes (id, org_id, agent_id, contact_hash, "
      "code_hash, guesses, created_at, expires_at) VALUES " +
      rows);
  EXPECT_EQ(run().at("one_time_codes"), 1'000);
}

TEST_F(RetentionTest, OncePerDayFromItsHourOn) {
  clock_.set(midnight + 2 * 3'600'000);
  tick();
  EXPECT_TRUE(purge_lines().empty()) << "not yet";
  clock_.set(midnight + 3 * 3'600'000);
  add_rows(800, "old");
  tick();
  ASSERT_EQ(purge_lines().size(), 1U);
  EXPECT_THAT(purge_lines()[0], HasSubstr("2023-11-15"));
  EXPECT_THAT(purge_lines()[0], HasSubstr(R"("messages":1)"));
  tick();
  open_retention("the next start");
  clock_.set(midnight + 23 * 3'600'000);
  tick();
  EXPECT_EQ(purge_lines().size(), 1U) << "once";
  clock_.set(midnight + day + 5 * 3'600'000);  // the hour went by while it was down
  open_retention();
  tick();
  EXPECT_EQ(purge_lines().size(), 2U);
}

TEST_F(RetentionTest, ADayThatWasCutShortIsFinished) {
  add_rows(800, "old");
  EXPECT_TRUE(executor_.run(retention_->tick([] { return true; })));
  EXPECT_TRUE(purge_lines().empty());
  open_retention("another");
  tick();
  EXPECT_EQ(purge_lines().size(), 1U) << "at once, for it was a stop";
}

TEST_F(RetentionTest, AWorkerThatDiedIsFollowedAfterItsLease) {
  store::UnitOfWork unit;
  store::PurgeRunRepository::add_claim(unit, "2023-11-15", "dead", clock_.now(),
                                       clock_.now() + 60'000);
  ASSERT_TRUE(committed(std::move(unit)));
  tick();
  EXPECT_TRUE(purge_lines().empty());
  clock_.advance(std::chrono::seconds(61));
  tick();
  EXPECT_EQ(purge_lines().size(), 1U);
}

TEST_F(RetentionTest, SwitchedOffItWaitsForSomebodysWord) {
  settings_.enabled = false;
  open_retention();
  add_rows(800, "old");
  tick();
  EXPECT_TRUE(purge_lines().empty());
  EXPECT_EQ(run(), one_of_each);
  EXPECT_EQ(purge_lines().size(), 1U);
}

TEST(RetentionRules, NameStatementsThatFitTheirKeysAndLegalHolds) {
  const auto rules = Retention::standard_rules();
  ASSERT_TRUE(rules) << rules.error().message;
  const auto registry = store::StatementRegistry::embedded("postgres");
  for (const store::DeletionRule& rule : *rules) {
    const store::Statement* find = registry->find(rule.find);
    ASSERT_TRUE(find) << rule.find;
    std::vector<std::string> given = rule.given;
    given.emplace_back("limit");
    EXPECT_THAT(find->parameters, UnorderedElementsAreArray(given)) << rule.find;
    EXPECT_THAT(find->sql, HasSubstr("legal_holds")) << rule.find;
    for (const std::string& name : rule.erase) {
      const store::Statement* erase = registry->find(name);
      ASSERT_TRUE(erase) << name;
      EXPECT_THAT(erase->parameters, UnorderedElementsAreArray(rule.key)) << name;
    }
    EXPECT_THAT(registry->find(rule.erase.back())->sql, HasSubstr("RETURNING")) << rule.name;
  }
}

TEST(RetentionRules, RefuseWhatIsNotWhole) {
  EXPECT_FALSE(store::parse_deletion_rules("{}"));
  EXPECT_FALSE(store::parse_deletion_rules(R"({"rules":[{"name":"x","find":"y"}]})"));
}

}  // namespace
}  // namespace commsd::ops
