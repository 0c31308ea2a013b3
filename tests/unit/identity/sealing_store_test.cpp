#include "identity/sealing_store.h"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/completion.h"
#include "base/manual_executor.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"
#include "store/organization_repository.h"
#include "store/statement_registry.h"
#include "store/test_database.h"

namespace commsd::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SealingStoreTest : public testing::Test {
 protected:
  SealingStoreTest() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    real_ = std::move(*opened);
    audit_.emplace(*real_, clock_, ids_);
    open("secret");
    store::UnitOfWork unit;
    for (const std::string org : {"org_1", "org_2"}) {
      store::OrganizationRepository::add_create(unit, {org, org, "sandbox", "active", 1});
    }
    store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    store::AgentRepository::add_create(unit, {"agt_2", "org_2", "Bob", "active", "US", 1});
    EXPECT_TRUE(executor_.run(real_->commit(std::move(unit)))->committed);
  }

  void open(std::string_view secret, std::string_view before = {}) {
    keys_.emplace(*real_, *audit_, clock_, random_, ids_, secret, before);
    sealing_.emplace(*real_, *keys_, columns_, random_);
  }

  bool accept(store::Store& store, const std::string& org_id, const std::string& id,
              std::string_view content) {
    store::Message message;
    message.id = id;
    message.org_id = org_id;
    message.agent_id = org_id == "org_1" ? "agt_1" : "agt_2";
    message.channel = "sms";
    message.to_address = "+14155552671";
    message.state = "accepted";
    store::UnitOfWork unit;
    store::MessageRepository::add_accept(unit, message, content);
    auto outcome = executor_.run(store.commit(std::move(unit)));
    return outcome && outcome->committed;
  }
  std::optional<std::string> read(store::Store& store, const std::string& org_id,
                                  const std::string& id) {
    const store::MessageRepository messages(store);
    auto content = executor_.run(messages.payload(org_id, id));
    EXPECT_TRUE(content) << content.error().message;
    return content.value_or(std::nullopt);
  }
  std::string at_rest(const std::string& id) { return *read(*real_, "org_1", id); }

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> real_;
  std::optional<store::AuditLog> audit_;
  SealedColumns columns_ = *SealedColumns::embedded();
  std::optional<DataKeys> keys_;
  std::optional<SealingStore> sealing_;
};

TEST_F(SealingStoreTest, ContentIsEncryptedAtRestAndReadAsItWas) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  EXPECT_THAT(at_rest("msg_1"), StartsWith("sealed1:dk_"));
  EXPECT_THAT(at_rest("msg_1"), Not(HasSubstr("canary")));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "the canary");
}

TEST_F(SealingStoreTest, ARestartReadsIt) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  open("secret");
  ASSERT_TRUE(executor_.run(keys_->check()));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "the canary");
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_2", "another"));
  EXPECT_EQ(at_rest("msg_2").substr(0, 37), at_rest("msg_1").substr(0, 37)) << "the same key";
}

TEST_F(SealingStoreTest, WhatTheInboxHoldsIsToo) {
  store::InboxItem item;
  item.id = "in_1";
  item.org_id = "org_1";
  item.agent_id = "agt_1";
  item.channel = "email";
  item.provider = "p";
  item.from_address = "ada@example.com";
  item.subject = "canary subject";
  item.body = "canary body";
  item.media_json = R"([{"url":"https://example.com/canary"}])";
  store::UnitOfWork unit;
  store::InboxRepository::add_item(unit, item);
  ASSERT_TRUE(executor_.run(sealing_->commit(std::move(unit)))->committed);
  const auto raw = executor_.run(store::InboxRepository(*real_).find("org_1", "agt_1", "in_1"));
  for (const std::string* text : {&(*raw)->subject, &(*raw)->body, &(*raw)->media_json}) {
    EXPECT_THAT(*text, StartsWith("sealed1:"));
    EXPECT_THAT(*text, Not(HasSubstr("canary")));
  }
  EXPECT_EQ((*raw)->html, "") << "nothing is not encrypted";
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  const auto items = executor_.run(store::InboxRepository(*sealing_).list(filter));
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ((*items)[0].subject, item.subject);
  EXPECT_EQ((*items)[0].body, item.body);
  EXPECT_EQ((*items)[0].media_json, item.media_json);
  EXPECT_EQ((*items)[0].from_address, item.from_address);
}

TEST_F(SealingStoreTest, WhatWasMovedOrAlteredDoesNotOpen) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  ASSERT_TRUE(accept(*sealing_, "org_2", "msg_2", "its own"));
  const std::string sealed = at_rest("msg_1");
  ASSERT_TRUE(accept(*real_, "org_1", "msg_3", sealed)) << "another row";
  EXPECT_EQ(read(*sealing_, "org_1", "msg_3").value_or(""), "");
  ASSERT_TRUE(accept(*real_, "org_2", "msg_4", sealed)) << "another organization";
  EXPECT_EQ(read(*sealing_, "org_2", "msg_4").value_or(""), "");
  std::string altered = sealed;
  altered[altered.size() - 30] = altered[altered.size() - 30] == 'A' ? 'B' : 'A';
  store::UnitOfWork unit;
  unit.run("message_payloads.drop",
           {{"org_id", std::string("org_1")}, {"id", std::string("msg_1")}});
  unit.run("message_payloads.add",
           {{"org_id", std::string("org_1")}, {"id", std::string("msg_1")}, {"content", altered}});
  ASSERT_TRUE(executor_.run(real_->commit(std::move(unit)))->committed);
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1").value_or(""), "");
}

TEST_F(SealingStoreTest, WhatIsFromBeforeIsReadAsItIs) {
  ASSERT_TRUE(accept(*real_, "org_1", "msg_1", R"({"text":"plain"})"));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), R"({"text":"plain"})");
}

TEST_F(SealingStoreTest, TextThatLooksSealedIsSealedLikeAnyOther) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "sealed1:dk_1:AAAA"));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "sealed1:dk_1:AAAA");
  EXPECT_NE(at_rest("msg_1"), "sealed1:dk_1:AAAA");
}

TEST_F(SealingStoreTest, ANewKeyIsForWhatComes) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "before"));
  const auto id = executor_.run(keys_->rotate("org_1", "test"));
  ASSERT_TRUE(id);
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_2", "after"));
  EXPECT_THAT(at_rest("msg_2"), StartsWith("sealed1:" + *id + ":"));
  EXPECT_THAT(at_rest("msg_1"), Not(HasSubstr(*id)));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "before");
  EXPECT_EQ(read(*sealing_, "org_1", "msg_2"), "after");
}

TEST_F(SealingStoreTest, DestroyedKeysLeaveNothingToReadAndOthersAlone) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  ASSERT_TRUE(accept(*sealing_, "org_2", "msg_2", "theirs"));
  ASSERT_EQ(*executor_.run(keys_->destroy("org_1", "test")), 1U);
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1").value_or(""), "");
  EXPECT_EQ(read(*sealing_, "org_2", "msg_2"), "theirs");
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_3", "a new beginning"));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_3"), "a new beginning");
}

TEST_F(SealingStoreTest, AnotherWorkerHearsOfDestroyedAndNewKeys) {
  DataKeys other(*real_, *audit_, clock_, random_, ids_, "secret");
  SealingStore elsewhere(*real_, other, columns_, random_);
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "one"));
  EXPECT_EQ(read(elsewhere, "org_1", "msg_1"), "one");
  clock_.advance(std::chrono::seconds(1));
  const auto id = executor_.run(keys_->rotate("org_1", "test"));
  ASSERT_TRUE(executor_.run(other.refresh()));
  ASSERT_TRUE(accept(elsewhere, "org_1", "msg_2", "two"));
  EXPECT_THAT(at_rest("msg_2"), StartsWith("sealed1:" + *id));
  ASSERT_TRUE(executor_.run(keys_->destroy("org_1", "test")));
  ASSERT_TRUE(executor_.run(other.refresh()));
  EXPECT_EQ(read(elsewhere, "org_1", "msg_2").value_or(""), "");
}

/// Answers as the store did until a given moment, however late.
class LateStore final : public store::Store {
 public:
  explicit LateStore(store::Store& real) : real_(real) {}

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    const bool late = statement == late_statement;
    Task<Result<store::Rows>> reading = real_.query(statement, std::move(parameters));
    Result<store::Rows> rows = co_await std::move(reading);
    if (late) {
      read = true;
      co_await go_on;
    }
    co_return rows;
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    return real_.commit(std::move(unit));
  }

  std::string late_statement;
  bool read = false;
  Completion<bool> go_on;

 private:
  store::Store& real_;
};

TEST_F(SealingStoreTest, AKeyThatIsBeingReadWhileItIsDestroyedDoesNotStay) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  LateStore late(*real_);
  for (const char* statement : {"data_keys.newest", "data_keys.find"}) {
    ASSERT_TRUE(accept(*sealing_, "org_1", std::string("msg_") + statement, "x"));
    const std::string id = keys_->known("org_1")->id;
    late.late_statement = statement;
    late.read = false;
    late.go_on = Completion<bool>();
    DataKeys slow(late, *audit_, clock_, random_, ids_, "secret");
    bool ended = false;
    const auto ask = [](DataKeys* keys, std::string key_id, bool newest, bool* done) -> Task<void> {
      Task<Result<DataKeys::Shared>> asking =
          newest ? keys->in_use("org_1") : keys->find("org_1", key_id);
      const Result<DataKeys::Shared> key = co_await std::move(asking);
      EXPECT_TRUE(key && *key) << "it was there when it was asked for";
      *done = true;
    };
    spawn(executor_, ask(&slow, id, statement == std::string("data_keys.newest"), &ended));
    while (!late.read) executor_.run(sleep_for(std::chrono::milliseconds(1)));
    late.late_statement.clear();
    ASSERT_TRUE(executor_.run(slow.destroy("org_1", "test")));
    late.go_on.complete(true);
    while (!ended) executor_.run(sleep_for(std::chrono::milliseconds(1)));
    EXPECT_EQ(slow.known("org_1"), nullptr) << statement;
    EXPECT_EQ(slow.known("org_1", id), nullptr) << statement;
    ASSERT_TRUE(executor_.run(keys_->refresh()));
  }
}

TEST_F(SealingStoreTest, AnotherWorkerHearsOfDestroyedKeysByOneRow) {
  DataKeys other(*real_, *audit_, clock_, random_, ids_, "secret");
  SealingStore elsewhere(*real_, other, columns_, random_);
  for (const char* id : {"msg_1", "msg_2"}) {  // the second time is heard of as well
    ASSERT_TRUE(accept(*sealing_, "org_1", id, "one"));
    EXPECT_EQ(read(elsewhere, "org_1", id), "one");
    ASSERT_TRUE(executor_.run(other.hear_of_destroyed()));
    const std::string key = keys_->known("org_1")->id;
    EXPECT_NE(other.known("org_1", key), nullptr) << "nothing was destroyed";
    ASSERT_TRUE(executor_.run(keys_->destroy("org_1", "test")));
    ASSERT_TRUE(executor_.run(other.hear_of_destroyed()));
    EXPECT_EQ(other.known("org_1", key), nullptr);
    EXPECT_EQ(read(elsewhere, "org_1", id).value_or(""), "");
  }
}

TEST_F(SealingStoreTest, AnotherKeyOfTheServerIsNoticed) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "the canary"));
  open("another secret");
  const auto checked = executor_.run(keys_->check());
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("credentials_key"));
  const auto content = executor_.run(store::MessageRepository(*sealing_).payload("org_1", "msg_1"));
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, ErrorCode::unavailable);
}

TEST_F(SealingStoreTest, ANewKeyOfTheServerTakesOver) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "under the old one"));
  ASSERT_TRUE(accept(*sealing_, "org_2", "msg_2", "of another"));
  open("new", "secret");
  ASSERT_TRUE(executor_.run(keys_->check()));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "under the old one");
  ASSERT_TRUE(executor_.run(keys_->rotate("org_1", "test")));
  EXPECT_EQ(*executor_.run(keys_->reseal()), 2U) << "the third was made under the new one";
  EXPECT_EQ(*executor_.run(keys_->reseal()), 0U);
  open("new");
  ASSERT_TRUE(executor_.run(keys_->check()));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "under the old one");
  EXPECT_EQ(read(*sealing_, "org_2", "msg_2"), "of another");
  open("secret");
  EXPECT_FALSE(executor_.run(keys_->check()));
  open("secret", "another");
  EXPECT_FALSE(executor_.run(keys_->check()));
}

/// Goes away when it has committed so many units.
class LeavingStore final : public store::Store {
 public:
  LeavingStore(store::Store& inner, int commits) : inner_(inner), left_(commits) {}
  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    return inner_.query(statement, std::move(parameters));
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    if (left_-- == 0) co_return fail(ErrorCode::unavailable, "the server was killed");
    Result<store::UnitOutcome> outcome = co_await inner_.commit(std::move(unit));
    co_return outcome;
  }

 private:
  store::Store& inner_;
  int left_;
};

TEST_F(SealingStoreTest, ANewKeyThatIsCutShortGoesOnTheNextTime) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "one"));
  ASSERT_TRUE(accept(*sealing_, "org_2", "msg_2", "two"));
  LeavingStore leaving(*real_, 1);
  DataKeys cut(leaving, *audit_, clock_, random_, ids_, "new", "secret");
  EXPECT_FALSE(executor_.run(cut.reseal()));
  open("new");
  EXPECT_FALSE(executor_.run(keys_->check())) << "the other one is still under the old key";
  open("secret");
  EXPECT_FALSE(executor_.run(keys_->check()));
  open("new", "secret");
  ASSERT_TRUE(executor_.run(keys_->check()));
  EXPECT_EQ(read(*sealing_, "org_1", "msg_1"), "one");
  EXPECT_EQ(read(*sealing_, "org_2", "msg_2"), "two");
  EXPECT_EQ(*executor_.run(keys_->reseal()), 1U);
  open("new");
  EXPECT_TRUE(executor_.run(keys_->check()));
}

TEST_F(SealingStoreTest, KeysAreMadeInTheAuditLog) {
  ASSERT_TRUE(accept(*sealing_, "org_1", "msg_1", "x"));
  ASSERT_TRUE(executor_.run(keys_->destroy("org_1", "test")));
  const auto entries = executor_.run(audit_->list("org_1", 0, 10));
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].action, "data_key_made");
  EXPECT_EQ((*entries)[1].action, "data_keys_destroyed");
}

// Content that a new statement writes or reads past the list would lie in clear text, or come out
// encrypted.
TEST_F(SealingStoreTest, EveryStatementThatTouchesContentIsListed) {
  const auto registry = store::StatementRegistry::embedded("sqlite");
  const std::regex comment("--[^\n]*");
  int touched = 0;
  for (const auto& [name, statement] : registry->all()) {
    const std::string sql = std::regex_replace(statement.sql, comment, "");
    const bool inbox = std::regex_search(sql, std::regex("\\binbox\\b")) &&
                       std::regex_search(sql, std::regex("\\b(body|html|subject|media_json)\\b"));
    const bool content =
        std::regex_search(sql, std::regex("\\b(message_payloads|call_scripts|inbox_files)\\b")) &&
        std::regex_search(sql, std::regex("\\bcontent\\b"));
    if (!inbox && !content) continue;
    ++touched;
    const bool writes = sql.starts_with("INSERT") || sql.starts_with("UPDATE");
    EXPECT_TRUE(writes ? columns_.written_by(name) : columns_.read_by(name)) << name;
  }
  EXPECT_GE(touched, 10);
}

TEST(SealedColumns, RefuseWhatIsNotWhole) {
  EXPECT_FALSE(SealedColumns::parse("{}"));
  EXPECT_FALSE(SealedColumns::parse(R"({"write":[{"statement":"a"}],"read":[]})"));
  EXPECT_TRUE(SealedColumns::parse(R"({"write":[],"read":[]})"));
}

}  // namespace
}  // namespace commsd::identity
