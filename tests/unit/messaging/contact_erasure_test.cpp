#include "messaging/contact_erasure.h"

#include <array>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "base/digest.h"
#include "messaging/messaging_bed.h"
#include "policy/contact_preferences.h"
#include "policy/opt_out.h"
#include "store/consent_repository.h"
#include "store/statement_registry.h"
#include "store/suppression_repository.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* contact = "+14155552671";
constexpr const char* mailbox = "ada.lovelace@example.com";

/// The database file by another way than ours.
class Aside {
 public:
  explicit Aside(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    sqlite3_busy_timeout(database_, 10'000);
  }
  ~Aside() { sqlite3_close(database_); }

  std::vector<std::vector<std::string>> query(const std::string& sql) const {
    std::vector<std::vector<std::string>> rows;
    char* fault = nullptr;
    const auto add = [](void* into, int columns, char** values, char**) {
      auto& row = static_cast<std::vector<std::vector<std::string>>*>(into)->emplace_back();
      for (int i = 0; i < columns; ++i) row.emplace_back(values[i] ? values[i] : "");
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), add, &rows, &fault), SQLITE_OK)
        << sql << ": " << (fault ? fault : "");
    sqlite3_free(fault);
    return rows;
  }

 private:
  sqlite3* database_ = nullptr;
};

/// Tables that no contact stands in, and why. A table that is not here must be erased from.
const std::map<std::string, std::string> without_contacts{
    {"schema_version", "the schema's own"},
    {"sqlite_sequence", "the database's own"},
    {"organizations", "the organization's own"},
    {"users", "people who administer the organization"},
    {"agents", "the organization's own"},
    {"channels", "addresses of agents"},
    {"tokens", "the organization's own"},
    {"audit", "holds no personal data and is never changed"},
    {"provider_overrides", "names of providers"},
    {"settings", "the organization's own"},
    {"oauth_clients", "the organization's own"},
    {"oauth_grants", "the organization's own"},
    {"oauth_codes", "hashes"},
    {"oauth_refresh_tokens", "hashes"},
    {"oauth_approvals", "hashes"},
    {"oauth_subjects", "people who administer the organization"},
    {"limits", "numbers"},
    {"billing", "the organization's own"},
    {"reservations", "ids and numbers"},
    {"limit_alerts", "names of rules"},
    {"provisionings", "the organization's own"},
    {"acquisitions", "numbers of agents"},
    {"number_pool", "numbers of agents"},
    {"whatsapp_senders", "numbers of agents"},
    {"email_domains", "the organization's own"},
    {"registered_providers", "the organization's own"},
    {"dnc_lists", "names of registries"},
    {"callback_endpoints", "the organization's own"},
    {"inbound_events", "ids of vendors"},
    {"spoken_audio", "random keys, gone within the hour"},
    {"data_keys", "keys"},
    {"body_storage", "numbers"},
    {"legal_holds", "the operator's own"},
    {"purge_runs", "numbers"},
    {"routes", "the organization's own"},
    {"requirements_met", "the organization's own"},
    {"agent_media", "numbers"},
    {"media", "places of files at vendors; gone with their item once the file is"},
};

/// Tables that keep the contact's hash: what it refused, and what limits count.
const std::set<std::string> keep_the_hash{"suppressions", "dnc_entries", "contact_hours",
                                          "usage",        "refusals",    "erasures"};

/// What a column of a contact's row holds where that is not the contact itself: ids that lead to
/// it, words of a fixed set, hashes.
std::string value_of(const std::string& table, const std::string& column) {
  static const std::map<std::string, std::string> values{
      {"org_id", "org_1"},
      {"agent_id", "agt_1"},
      {"channel", "sms"},
      {"messages.id", "msg_x"},
      {"message_id", "msg_x"},
      {"calls.id", "call_x"},
      {"call_id", "call_x"},
      {"callback_deliveries.subject_id", "msg_x"},
      {"mail_ids.subject_id", "msg_x"},
      {"callback_copies.subject_id", "msg_x"},
      {"messages.state", "submitted"},
      {"messages.copy_of", ""},  // copies have a test of their own
      {"inbox.direction", ""},
      {"idempotency.message_id", "msg_x"},
      {"one_time_codes.code_hash", "hash"},
      {"contact_hash", policy::contact_hash("key", contact)},
      {"one_time_codes.contact_hash", policy::contact_hash("code key", contact)},
      {"mcp_tasks.id_hash", "hash"},
      {"mcp_sessions.id", "session"},
      {"mcp_sessions.wishes_json",
       R"(["comms://threads/agt_1/)" + ContactIds("key").seal("org_1", contact) + R"("])"},
      {"mcp_used_states.id", "hash"},
      {"usage.action", policy::contact_hash("key", contact)},
      {"usage.time_window", "contact_day"},
      {"suppressions.source", "keyword"},
      {"consents.status", "revoked"},
      {"consents.channel", "email"},
      {"dnc_entries.country", "US"},
      {"dnc_entries.name", "registry"},
      {"erasures.sealed_contact", ""},
      {"erasures.status", "done"},
      {"erasures.counts_json", "{}"},
      {"erasures.worker", "worker"},
      {"erasures.id", "era_x"},
      {"number_threads.number", "+14155550100"},
      {"mcp_tasks.principal", "principal"},
      {"mcp_tasks.sealed_input", "sealed"},
      {"mcp_tasks.sealed_result", "sealed"},
      {"mcp_tasks.tool", "tool"},
      {"mcp_tasks.status", "completed"},
      {"mcp_tasks.worker", "worker"},
  };
  for (const std::string& name : {table + '.' + column, column}) {
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
  }
  return contact;
}

/// The forms in which somebody could still be found: as written, without the sign, and by a hash
/// that needs no key.
std::vector<std::string> traces() {
  return {contact, "14155552671", "4155552671", sha256_hex(contact), sha256_hex("14155552671")};
}

class ContactErasureTest : public MessagingBed {
 protected:
  ContactErasureTest() { open(*store_); }

  void open(store::Store& store, std::string_view secret = "secret", std::string_view before = {}) {
    ContactErasure::Settings settings;
    settings.contact_key = "key";
    settings.code_key = "code key";
    settings.keys = sealing_keys(secret, before);
    erasure_.emplace(store, *scheduled_, *audit_, clock_, random_, ids_,
                     *ContactErasure::standard_rules(), std::move(settings));
  }
  Result<ContactErasure::Outcome> erase(std::string whom, std::string org_id = "org_1") {
    return executor_.run(erasure_->erase(std::move(org_id), std::move(whom), "test"));
  }
  std::vector<std::string> tables() const {
    std::vector<std::string> names;
    for (const auto& row : aside_.query("SELECT name FROM sqlite_schema WHERE type = 'table'")) {
      names.push_back(row[0]);
    }
    return names;
  }
  /// A row of the table in which every text is the contact, where it can be.
  void insert_contact(const std::string& table) const {
    std::string columns;
    std::string values;
    for (const auto& column : aside_.query("PRAGMA table_info(" + table + ")")) {
      const std::string& name = column[1];
      if (name == "sequence") continue;
      columns += (columns.empty() ? "" : ", ") + name;
      values += values.empty() ? "" : ", ";
      if (column[2] == "TEXT") {
        const std::string value = value_of(table, name);
        values += value.empty() ? "NULL" : "'" + value + "'";
      } else {
        values += "1";
      }
    }
    aside_.query("INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")");
  }
  /// Where any of `needles` stands, as "table.column".
  std::set<std::string> found(const std::vector<std::string>& needles) const {
    std::set<std::string> places;
    for (const std::string& table : tables()) {
      for (const auto& column : aside_.query("PRAGMA table_info(" + table + ")")) {
        for (const std::string& needle : needles) {
          const auto rows =
              aside_.query("SELECT COUNT(*) FROM " + table + " WHERE instr(lower(CAST(" +
                           column[1] + " AS TEXT)), lower('" + needle + "')) > 0");
          if (rows[0][0] != "0") places.insert(table + '.' + column[1]);
        }
      }
    }
    return places;
  }
  bool audit_is_intact() {
    const auto verdict = executor_.run(audit_->verify());
    return verdict && verdict->intact;
  }

  Aside aside_{folder_.file("commsd.db")};
  std::optional<ContactErasure> erasure_;
};

// A table or column that is added later holds the contact here too, and fails this until somebody
// says in schema/privacy/erasure.json how it goes, or above why there is nobody in it.
TEST_F(ContactErasureTest, NothingIsLeftInAnyColumnOfAnyTable) {
  aside_.query("PRAGMA foreign_keys = OFF");
  std::set<std::string> inserted;
  for (const std::string& table : tables()) {
    if (without_contacts.contains(table)) continue;
    insert_contact(table);
    inserted.insert(table);
  }
  ASSERT_TRUE(inserted.contains("messages") && inserted.contains("inbox"));
  ASSERT_GT(found(traces()).size(), 30U) << "the contact is everywhere";

  const auto outcome = erase(contact);
  ASSERT_TRUE(outcome) << outcome.error().message << outcome.error().cause;
  EXPECT_TRUE(outcome->done);
  EXPECT_THAT(found(traces()), IsEmpty());

  std::set<std::string> hashed;
  for (const std::string& place : found({policy::contact_hash("key", contact)})) {
    hashed.insert(place.substr(0, place.find('.')));
  }
  for (const std::string& table : hashed) EXPECT_TRUE(keep_the_hash.contains(table)) << table;
  EXPECT_THAT(found({policy::contact_hash("code key", contact)}), IsEmpty());
  EXPECT_THAT(found({ContactIds("key").seal("org_1", contact)}), IsEmpty());
  EXPECT_TRUE(hashed.contains("suppressions"));
  EXPECT_EQ(outcome->suppressions_kept, 2) << "what was there, and the refusal";
  EXPECT_EQ(outcome->rows.at("messages"), 1);
  EXPECT_EQ(outcome->rows.at("calls"), 1);
  EXPECT_EQ(outcome->rows.at("bridges"), 1);
  EXPECT_TRUE(audit_is_intact());
}

TEST_F(ContactErasureTest, TellsWhatWentAndLeavesOneLine) {
  sent(request("one"));
  sent(request("two"));
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hello")));
  ASSERT_TRUE(webhook(text_event("SM2", "+14155550199", "somebody else")));
  const auto outcome = erase("+1 (415) 555-2671");
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->done);
  EXPECT_EQ(outcome->rows.at("messages"), 2);
  EXPECT_EQ(outcome->rows.at("inbox"), 1);
  EXPECT_EQ(outcome->rows.at("consents"), 1) << "it was implied";
  EXPECT_EQ(waiting().size(), 1U) << "somebody else's";
  EXPECT_THAT(found(traces()), IsEmpty());
  const auto lines = executor_.run(audit_->list("org_1", 0, 100));
  ASSERT_GE(lines->size(), 2U);
  EXPECT_EQ(lines->end()[-1].action, "contact_erased");
  EXPECT_EQ(lines->end()[-1].target, outcome->id);
  EXPECT_TRUE(audit_is_intact());
}

TEST_F(ContactErasureTest, CopiesForTheOrganizationGoWithWhatTheyCopy) {
  aside_.query(
      "INSERT INTO routes (org_id, agent_id, kind, target, created_at, updated_at) "
      "VALUES ('org_1', 'agt_1', 'sms_mirror', '+14155550123', 1, 1)");
  aside_.query("UPDATE agents SET routes = 'sms_mirror' WHERE org_id = 'org_1' AND id = 'agt_1'");
  sent(request("one"));
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hello")));
  const auto outcome = erase(contact);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->done);
  EXPECT_EQ(outcome->rows.at("copies"), 2);
  EXPECT_THAT(found(traces()), IsEmpty());
}

TEST_F(ContactErasureTest, TwiceIsHarmless) {
  sent(request("one"));
  ASSERT_TRUE(erase(contact));
  const auto again = erase(contact);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->done);
  EXPECT_EQ(again->rows.at("messages"), 0);
  EXPECT_TRUE(audit_is_intact());
}

TEST_F(ContactErasureTest, StopStillHolds) {
  modes_->note("org_1", "production");
  ASSERT_TRUE(webhook(text_event("SM1", contact, "STOP")));
  ASSERT_TRUE(erase(contact));
  const auto refused = send(request("hello again"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
  EXPECT_THAT(found(traces()), IsEmpty());
}

TEST_F(ContactErasureTest, ARefusalHoldsAsASuppression) {
  policy::ContactPreferences contacts(*store_, *audit_, clock_, ids_, "key");
  ASSERT_TRUE(executor_.run(
      contacts.revoke({"org_1", "agt_1", plugin::ChannelKind::sms, contact}, "test")));
  const auto outcome = erase(contact);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->suppressions_kept, 1);
  const auto refused = send(request("hello again"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "opt_out");
}

TEST_F(ContactErasureTest, WhatIsScheduledIsCancelled) {
  SendRequest later = request("later");
  later.send_at = clock_.now() + 60'000;
  sent(std::move(later));
  vendor_->answers = {Answer::unavailable};
  sent(request("waits for a retry"));
  const int asked = vendor_->asked;
  const auto outcome = erase(contact);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->cancelled, 2);
  EXPECT_TRUE(outcome->done);
  pass(std::chrono::seconds(120));
  EXPECT_EQ(vendor_->asked, asked) << "nothing goes out any more";
  EXPECT_THAT(found(traces()), IsEmpty());
}

TEST_F(ContactErasureTest, WhatIsBeingSentIsWaitedFor) {
  vendor_->latency = std::chrono::seconds(5);
  std::optional<Result<ContactErasure::Outcome>> outcome;
  const auto both = [&]() -> Task<void> {
    SendRequest under_way = request("under way");
    spawn(executor_, [](OutboundPipeline* outbound, SendRequest what) -> Task<void> {
      Task<Result<SendOutcome>> sending = outbound->send(std::move(what));
      co_await std::move(sending);
    }(&*outbound_, std::move(under_way)));
    while (vendor_->asked == 0) co_await sleep_for(std::chrono::milliseconds(10));
    Task<Result<ContactErasure::Outcome>> erasing = erasure_->erase("org_1", contact, "test");
    outcome = co_await std::move(erasing);
    while (in_flight_->size() > 0) co_await sleep_for(std::chrono::milliseconds(100));
  };
  executor_.run(both());
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_FALSE((*outcome)->done);
  EXPECT_THAT(found(traces()), testing::Not(IsEmpty()));
  ASSERT_TRUE(executor_.run(erasure_->resume()));
  EXPECT_THAT(found(traces()), testing::Not(IsEmpty())) << "its worker has the lease";
  clock_.advance(std::chrono::seconds(61));
  ASSERT_TRUE(executor_.run(erasure_->resume()));
  EXPECT_THAT(found(traces()), IsEmpty());
}

/// A store that ends like a process does: from some commit on nothing is saved any more.
class DyingStore final : public store::Store {
 public:
  DyingStore(store::Store& real, int commits) : real_(real), left_(commits) {}
  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    return real_.query(statement, std::move(parameters));
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    if (left_-- <= 0) return dead();
    return real_.commit(std::move(unit));
  }
  bool died() const { return left_ < 0; }

 private:
  static Task<Result<store::UnitOutcome>> dead() {
    co_return fail(ErrorCode::unavailable, "the process ended");
  }
  store::Store& real_;
  int left_;
};

TEST_F(ContactErasureTest, ACrashAnywhereIsResumed) {
  int crashes = 0;
  for (int commits = 1; commits < 60; ++commits) {
    sent(request("message " + std::to_string(commits)));
    ASSERT_TRUE(webhook(text_event("SM" + std::to_string(commits), contact, "hello")));
    DyingStore dying(*store_, commits);
    open(dying);
    const auto outcome = erase(contact);
    EXPECT_EQ(outcome.has_value(), !dying.died());
    open(*store_);
    clock_.advance(std::chrono::seconds(61));
    ASSERT_TRUE(executor_.run(erasure_->resume()));
    EXPECT_THAT(found(traces()), IsEmpty()) << commits;
    if (!dying.died()) break;
    ++crashes;
  }
  EXPECT_GT(crashes, 10);
  EXPECT_TRUE(audit_is_intact());
}

TEST_F(ContactErasureTest, WhatIsPendingOutlivesANewCredentialsKey) {
  sent(request("hello"));
  DyingStore dying(*store_, 1);  // the request is saved, and nothing after it
  open(dying);
  ASSERT_FALSE(erase(contact));
  open(*store_, "new");
  EXPECT_FALSE(executor_.run(erasure_->check()));
  open(*store_, "new", "secret");
  ASSERT_TRUE(executor_.run(erasure_->check()));
  EXPECT_EQ(*executor_.run(erasure_->reseal()), 1U);
  EXPECT_EQ(*executor_.run(erasure_->reseal()), 0U);
  open(*store_, "new");
  ASSERT_TRUE(executor_.run(erasure_->check()));
  clock_.advance(std::chrono::seconds(61));
  ASSERT_TRUE(executor_.run(erasure_->resume()));
  EXPECT_THAT(found(traces()), IsEmpty());
  open(*store_, "secret");
  EXPECT_TRUE(executor_.run(erasure_->check())) << "what is done has no contact any more";
}

TEST_F(ContactErasureTest, AMailAddressIsFoundHoweverItIsWritten) {
  plugin::ProviderEvent event = text_event("M1", "Ada <Ada.Lovelace@Example.com>", "hello");
  ASSERT_TRUE(webhook(std::move(event)));
  plugin::ProviderEvent copied = text_event("M2", "bob@example.com", "both of you");
  copied.extra = {{"cc", std::string("x@example.com, ") + mailbox}};
  ASSERT_TRUE(webhook(std::move(copied)));
  plugin::ProviderEvent other = text_event("M3", "not.ada.lovelace@example.com", "me");
  ASSERT_TRUE(webhook(std::move(other)));
  const auto outcome = erase("ADA.lovelace@example.com");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rows.at("inbox"), 1);
  EXPECT_EQ(outcome->rows.at("inbox_mentions"), 1);
  const auto left = waiting();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].body, "both of you");
  EXPECT_EQ(left[0].extra_json, "");
  EXPECT_EQ(left[1].from_address, "not.ada.lovelace@example.com");
}

TEST_F(ContactErasureTest, AnotherOrganizationKeepsItsOwn) {
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, {"org_2", "Two", "sandbox", "active", 1});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  sent(request("hello"));
  const auto outcome = erase(contact, "org_2");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->rows.at("messages"), 0);
  EXPECT_THAT(found(traces()), testing::Contains("messages.to_address"));
}

TEST_F(ContactErasureTest, ALegalHoldComesFirst) {
  sent(request("hello"));
  store::UnitOfWork unit;
  store::PurgeRunRepository::add_hold(unit, {"org_1", "a case", 1});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  const auto refused = erase(contact);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "legal_hold");
  EXPECT_THAT(found(traces()), testing::Contains("messages.to_address"));
}

TEST_F(ContactErasureTest, RefusesWhatIsNoContact) {
  for (const char* wrong : {"", "ada", "4155552671", "+1", "agt_1"}) {
    const auto refused = erase(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  }
  const auto own = erase("+14155550100");
  ASSERT_FALSE(own);
  EXPECT_THAT(own.error().message, HasSubstr("organization's own"));
  EXPECT_EQ(*ContactErasure::normalised("0044 7700 900123"), "+447700900123");
  EXPECT_EQ(*ContactErasure::normalised(" Ada@Example.com "), "ada@example.com");
}

TEST_F(ContactErasureTest, EveryRuleNamesStatementsThatFitItsKeys) {
  const auto rules = ContactErasure::standard_rules();
  ASSERT_TRUE(rules) << rules.error().message;
  EXPECT_GE(rules->size(), 10U);
  const auto registry = store::StatementRegistry::embedded("postgres");
  for (const store::DeletionRule& rule : *rules) {
    const store::Statement* find = registry->find(rule.find);
    ASSERT_TRUE(find) << rule.find;
    std::vector<std::string> given = rule.given;
    given.emplace_back("limit");
    EXPECT_THAT(find->parameters, testing::UnorderedElementsAreArray(given)) << rule.find;
    EXPECT_THAT(rule.given, testing::Contains("org_id")) << rule.name;
    for (const std::string& name : rule.erase) {
      const store::Statement* erase = registry->find(name);
      ASSERT_TRUE(erase) << name;
      EXPECT_THAT(erase->parameters, testing::UnorderedElementsAreArray(rule.key)) << name;
    }
    EXPECT_THAT(registry->find(rule.erase.back())->sql, HasSubstr("RETURNING")) << rule.name;
  }
}

}  // namespace
}  // namespace commsd::messaging::test
