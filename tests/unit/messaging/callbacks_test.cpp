// The queue of callbacks on a real database, with a host that answers as the test says. The way
// over the network, and the signature as others check it, is tests/e2e/callbacks.test.mjs.
#include <gmock/gmock.h>

#include "base/json.h"
#include "messaging/callback_host.h"
#include "messaging/callback_sender.h"
#include "messaging/callback_signature.h"
#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"

namespace commsd::messaging::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class CallbacksTest : public MessagingBed {
 protected:
  CallbacksTest() {
    settings_of_callbacks_.waits = {seconds(5), minutes(5), minutes(30), hours(2),
                                    hours(5),   hours(10),  hours(10)};
    make();
    const auto secret = executor_.run(endpoints_->set(owner(), url));
    EXPECT_TRUE(secret) << secret.error().message;
    secret_ = secret.value_or("");
  }
  ~CallbacksTest() override { executor_.run(sender_->close()); }

  /// As after a start of the process.
  void make() {
    if (sender_) executor_.run(sender_->close());
    audit_.emplace(*store_, clock_, ids_);
    const auto check = [](const std::string& address) -> Result<void> {
      if (address.starts_with("https://")) return {};
      return fail(ErrorCode::invalid_argument, "not https");
    };
    endpoints_.emplace(*store_, *audit_, clock_, random_, check, CallbackEndpoints::Settings{"k"});
    post_.emplace(*store_, host_.post(), ContactIds("key"), clock_, settings_of_callbacks_);
    sender_.emplace(*store_, *endpoints_, *post_, clock_);
  }
  static CallbackOwner owner() { return {"org_1", "agt_1", "test"}; }

  void hear(const std::string& id, const std::string& text = "hi",
            const std::string& from = "+14155552671") {
    ASSERT_TRUE(webhook(text_event(id, from, text)));
  }
  /// Delivers what is due now, and what comes due by it.
  void run() {
    const auto all = [](CallbackSender& sender) -> Task<void> {
      while (true) {
        auto started = co_await sender.run_due();
        EXPECT_TRUE(started);
        if (*started == 0 && sender.in_flight() == 0) co_return;
        co_await sleep_for(std::chrono::milliseconds(1));
      }
    };
    executor_.run(all(*sender_));
  }
  void after(std::chrono::milliseconds time) {
    clock_.advance(time);
    run();
  }
  std::vector<store::CallbackDelivery> deliveries(const std::string& state = {}) {
    return *executor_.run(endpoints_->deliveries("org_1", "agt_1", state, 100));
  }
  store::CallbackEndpoint endpoint() {
    return *executor_.run(endpoints_->view("org_1", "agt_1"))->endpoint;
  }

  static constexpr const char* url = "https://agent.example.com/hook";
  CallbackSettings settings_of_callbacks_;
  Host host_;
  std::optional<store::AuditLog> audit_;
  std::optional<CallbackEndpoints> endpoints_;
  std::optional<CallbackPost> post_;
  std::optional<CallbackSender> sender_;
  std::string secret_;
};

TEST_F(CallbacksTest, AnItemIsToldOnceAndAcknowledged) {
  hear("SM1", "hello");
  ASSERT_EQ(waiting().size(), 1U);
  run();
  ASSERT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(host_.told[0].url, url);
  EXPECT_EQ(host_.bodies(), std::vector<std::string>{"hello"});
  const auto body = JsonDocument::parse(host_.told[0].body);
  EXPECT_EQ(body->root().string("type"), "message.received");
  const auto data = body->root().get("data");
  EXPECT_EQ(data->string("agentId"), "agt_1");
  EXPECT_EQ(data->string("direction"), "inbound");
  EXPECT_EQ(data->string("from"), "+14155552671");
  EXPECT_EQ(data->string("externalId"), "SM1");
  EXPECT_TRUE(waiting().empty());
  after(hours(1));
  EXPECT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(deliveries("delivered").size(), 1U);
}

TEST_F(CallbacksTest, TheSignatureIsOfIdTimeAndBody) {
  hear("SM1");
  run();
  const std::string id = host_.header(0, "webhook-id");
  EXPECT_EQ(id, deliveries()[0].id);
  EXPECT_EQ(host_.header(0, "webhook-timestamp"), std::to_string(clock_.now() / 1000));
  EXPECT_EQ(
      host_.header(0, "webhook-signature"),
      callback_signature({callback_key(secret_)}, id, clock_.now() / 1000, host_.told[0].body));
  // The example of the specification's reference libraries.
  EXPECT_EQ(
      callback_signature({callback_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
                         "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(CallbacksTest, FailuresAreTriedByTheScheduleAndThenADeadLetter) {
  host_.decide = [](const CallbackRequest&) { return 500; };
  hear("SM1");
  run();
  EXPECT_EQ(host_.told.size(), 1U);
  std::size_t expected = 1;
  for (const auto wait : settings_of_callbacks_.waits) {
    after(wait - std::chrono::milliseconds(1));
    EXPECT_EQ(host_.told.size(), expected) << "not before its time";
    after(std::chrono::milliseconds(1));
    EXPECT_EQ(host_.told.size(), ++expected);
  }
  EXPECT_EQ(expected, 8U);
  for (std::size_t i = 1; i < host_.told.size(); ++i) {
    EXPECT_EQ(host_.told[i].body, host_.told[0].body);
    EXPECT_EQ(host_.header(i, "webhook-id"), host_.header(0, "webhook-id"));
  }
  after(hours(100));
  EXPECT_EQ(host_.told.size(), 8U);
  ASSERT_EQ(deliveries("dead").size(), 1U);
  EXPECT_EQ(deliveries("dead")[0].last_status, 500);
  const auto items = waiting();
  ASSERT_EQ(items.size(), 1U) << "it goes on waiting in the inbox";
  EXPECT_EQ(items[0].reason, "agent_offline");
  EXPECT_NE(items[0].error_details.find("8 times"), std::string::npos);
  EXPECT_FALSE(items[0].outbound);
}

TEST_F(CallbacksTest, OnlyTwoHundredsCount) {
  host_.answers = {301, 302, 404, 0, 204};
  hear("SM1");
  run();
  for (const auto wait : settings_of_callbacks_.waits) after(wait);
  EXPECT_EQ(host_.told.size(), 5U);
  EXPECT_EQ(deliveries("delivered").size(), 1U);
}

TEST_F(CallbacksTest, GoneEndsADeliveryAtOnce) {
  host_.answers = {410};
  hear("SM1");
  run();
  EXPECT_EQ(deliveries("dead").size(), 1U);
}

TEST_F(CallbacksTest, AHostThatNamesATimeIsAskedThen) {
  host_.answers = {503};
  host_.retry_after = minutes(1);
  hear("SM1");
  run();
  after(seconds(59));
  EXPECT_EQ(host_.told.size(), 1U);
  after(seconds(1));
  EXPECT_EQ(host_.told.size(), 2U);
}

TEST_F(CallbacksTest, OneConversationIsInOrderAndABadItemHoldsNoOtherUp) {
  host_.decide = [](const CallbackRequest& request) {
    return request.body.find("poison") == std::string::npos ? 200 : 500;
  };
  hear("SM1", "poison");
  hear("SM2", "after it");
  hear("SM3", "somebody else", "+14155550199");
  run();
  EXPECT_THAT(host_.bodies(), testing::UnorderedElementsAre("poison", "somebody else"));
  for (const auto wait : settings_of_callbacks_.waits) after(wait);
  const std::vector<std::string> bodies = host_.bodies();
  EXPECT_EQ(bodies.back(), "after it");
  EXPECT_EQ(std::count(bodies.begin(), bodies.end(), "poison"), 8);
  EXPECT_EQ(std::count(bodies.begin(), bodies.end(), "after it"), 1);
}

TEST_F(CallbacksTest, ManyOfOneConversationComeInOrder) {
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) {
    expected.push_back("text " + std::to_string(i));
    hear("SM" + std::to_string(i), expected.back());
  }
  host_.latency = std::chrono::milliseconds(3);
  run();
  EXPECT_EQ(host_.bodies(), expected);
}

TEST_F(CallbacksTest, SeveralWorkersTellEverythingOnce) {
  CallbackSettings others = settings_of_callbacks_;
  others.worker = "another";
  const CallbackPost others_post(*store_, host_.post(), ContactIds("key"), clock_, others);
  CallbackSender second(*store_, *endpoints_, others_post, clock_);
  host_.latency = std::chrono::milliseconds(2);
  for (int i = 0; i < 40; ++i) {
    hear("SM" + std::to_string(i), "x", "+1415555" + std::to_string(1000 + i));
  }
  const auto both = [](CallbackSender& one, CallbackSender& two) -> Task<void> {
    for (int round = 0; round < 200; ++round) {
      auto first = co_await one.run_due();
      auto other = co_await two.run_due();
      EXPECT_TRUE(first && other);
      co_await sleep_for(std::chrono::milliseconds(1));
    }
    while (one.in_flight() + two.in_flight() > 0) co_await sleep_for(std::chrono::milliseconds(1));
  };
  executor_.run(both(*sender_, second));
  EXPECT_EQ(host_.told.size(), 40U);
  EXPECT_EQ(deliveries("delivered").size(), 40U);
  executor_.run(second.close());
}

TEST_F(CallbacksTest, WhatAWorkerTookToItsGraveComesDueAgain) {
  hear("SM1");
  store::UnitOfWork unit;
  store::CallbackRepository::add_claim(unit, "dead worker", clock_.now(), clock_.now() + 90'000,
                                       10);
  const auto claimed = executor_.run(store_->commit(std::move(unit)));
  ASSERT_EQ(store::CallbackRepository::read_claimed(claimed->rows.front()).size(), 1U);
  after(seconds(89));
  EXPECT_TRUE(host_.told.empty());
  after(seconds(2));
  EXPECT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(deliveries()[0].attempts, 2);
}

TEST_F(CallbacksTest, WhatItTookItselfBeforeARestartIsDueAtOnce) {
  const auto take = [this](const std::string& worker) {
    store::UnitOfWork unit;
    store::CallbackRepository::add_claim(unit, worker, clock_.now(), clock_.now() + 90'000, 10);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit))));
  };
  hear("SM1", "mine");
  take(settings_of_callbacks_.worker);
  hear("SM2", "another's", "+14155550199");
  take("another");
  ASSERT_TRUE(executor_.run(sender_->recover()));
  run();
  EXPECT_EQ(host_.bodies(), std::vector<std::string>{"mine"}) << "leases of others run out";
}

TEST_F(CallbacksTest, WhatStopsTheServerAtEveryTryEndsToo) {
  hear("SM1", "poison");
  hear("SM2", "after it");
  for (int i = 0; i < 8; ++i) {
    store::UnitOfWork unit;
    store::CallbackRepository::add_claim(unit, "w", clock_.now(), clock_.now() + 90'000, 10);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit))));
    clock_.advance(seconds(91));
  }
  run();
  EXPECT_EQ(host_.bodies(), std::vector<std::string>{"after it"});
  EXPECT_EQ(deliveries("dead").size(), 1U);
}

TEST_F(CallbacksTest, FinalStatesAreToldInOrderAndStatesOnTheWayAreNot) {
  const std::string id = sent(request("hello")).message.id;
  run();
  EXPECT_TRUE(host_.told.empty());
  ASSERT_TRUE(webhook(status_event("VM1", "sent")));
  ASSERT_TRUE(webhook(status_event("VM1", "delivered")));
  ASSERT_TRUE(webhook(status_event("VM1", "read")));
  ASSERT_TRUE(webhook(status_event("VM1", "delivered")));
  run();
  EXPECT_EQ(host_.bodies(), (std::vector<std::string>{"delivered", "read"}));
  EXPECT_NE(host_.told[0].body.find(id), std::string::npos);
  EXPECT_NE(host_.told[0].body.find("\"type\":\"message.delivered\""), std::string::npos);
}

TEST_F(CallbacksTest, AFailureIsToldWithItsReason) {
  vendor_->answers = {ScriptedVendor::Answer::refuse};
  sent(request("hello"));
  run();
  ASSERT_EQ(host_.bodies(), std::vector<std::string>{"failed"});
  EXPECT_NE(host_.told[0].body.find("no such recipient"), std::string::npos);
  EXPECT_NE(host_.told[0].body.find("21211"), std::string::npos);
}

TEST_F(CallbacksTest, AnAgentWithoutACallbackQueuesNothing) {
  ASSERT_TRUE(executor_.run(endpoints_->remove(owner())));
  hear("SM1");
  EXPECT_TRUE(deliveries().empty());
  EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(CallbacksTest, ARemovedCallbackEndsWhatWaits) {
  host_.answers = {500};
  hear("SM1");
  run();
  ASSERT_TRUE(executor_.run(endpoints_->remove(owner())));
  after(hours(1));
  EXPECT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(deliveries("dead").size(), 1U);
  EXPECT_EQ(waiting().size(), 1U);
}

TEST_F(CallbacksTest, AfterFiveDaysOfFailureItIsDisabledAndKeepsWhatComes) {
  host_.decide = [](const CallbackRequest&) { return 0; };
  for (int day = 0; day < 5; ++day) {
    hear("SM" + std::to_string(day), "day " + std::to_string(day),
         "+1415555260" + std::to_string(day));
    run();
    EXPECT_EQ(endpoint().status, "active") << day;
    clock_.advance(hours(24));
  }
  run();
  EXPECT_EQ(endpoint().status, "disabled");
  EXPECT_TRUE(endpoint().disabled_at);
  EXPECT_EQ(endpoint().last_error, "connection refused");
  const std::size_t told = host_.told.size();
  hear("SM9", "meanwhile", "+14155552699");
  after(hours(48));
  EXPECT_EQ(host_.told.size(), told) << "nothing is tried";
  ASSERT_FALSE(deliveries("waiting").empty());

  host_.decide = nullptr;
  ASSERT_TRUE(executor_.run(endpoints_->enable(owner())));
  run();
  EXPECT_EQ(endpoint().status, "active");
  EXPECT_TRUE(deliveries("waiting").empty());
  const std::vector<std::string> bodies = host_.bodies();
  EXPECT_EQ(std::count(bodies.begin(), bodies.end(), "meanwhile"), 1);
}

TEST_F(CallbacksTest, ASuccessBeginsTheCountAnew) {
  host_.answers = {500};
  hear("SM1");
  run();
  EXPECT_TRUE(endpoint().failing_since);
  after(seconds(5));
  EXPECT_FALSE(endpoint().failing_since);
  EXPECT_TRUE(endpoint().last_success_at);
}

TEST_F(CallbacksTest, GoodAndBadDeliveriesAreReplayedUnderTheirIds) {
  hear("SM1", "good");
  run();
  host_.answers = {410};
  hear("SM2", "bad");
  run();
  const std::string good = deliveries("delivered")[0].id;
  ASSERT_TRUE(executor_.run(endpoints_->replay(owner(), {good, "", 0})));
  run();
  EXPECT_EQ(host_.header(2, "webhook-id"), good);
  ASSERT_TRUE(executor_.run(endpoints_->replay(owner(), {"", "dead", 0})));
  run();
  EXPECT_EQ(host_.bodies(), (std::vector<std::string>{"good", "bad", "good", "bad"}));
  EXPECT_EQ(deliveries("delivered").size(), 2U);
  EXPECT_TRUE(waiting().empty()) << "what got there in the end is acknowledged";
}

TEST_F(CallbacksTest, ReplayRefusesWhatItCannotTell) {
  host_.answers = {500};
  hear("SM1");
  run();
  const std::string waits = deliveries()[0].id;
  for (const CallbackEndpoints::Replay& what :
       {CallbackEndpoints::Replay{waits, "", 0}, CallbackEndpoints::Replay{"cb_none", "", 0}}) {
    const auto replayed = executor_.run(endpoints_->replay(owner(), what));
    ASSERT_FALSE(replayed);
    EXPECT_EQ(replayed.error().code, ErrorCode::not_found);
  }
  EXPECT_EQ(executor_.run(endpoints_->replay(owner(), {"", "waiting", 0})).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      executor_.run(endpoints_->replay({"org_1", "agt_9", "test"}, {"", "dead", 0})).error().code,
      ErrorCode::not_found);
}

TEST_F(CallbacksTest, DuringARotationBothSecretsSign) {
  const auto fresh = executor_.run(endpoints_->rotate(owner()));
  ASSERT_TRUE(fresh);
  EXPECT_NE(*fresh, secret_);
  hear("SM1");
  run();
  const auto expected = [&](std::size_t index, std::vector<std::string> secrets) {
    std::vector<std::string> keys;
    for (const std::string& secret : secrets) keys.push_back(callback_key(secret));
    return callback_signature(keys, host_.header(index, "webhook-id"), clock_.now() / 1000,
                              host_.told[index].body);
  };
  EXPECT_EQ(host_.header(0, "webhook-signature"), expected(0, {*fresh, secret_}));
  clock_.advance(hours(25));
  hear("SM2");
  run();
  EXPECT_EQ(host_.header(1, "webhook-signature"), expected(1, {*fresh}));
}

TEST_F(CallbacksTest, SecretsAreSealedAndOpenOnlyForTheirAgent) {
  EXPECT_EQ(endpoint().sealed_secret.find(secret_.substr(6)), std::string::npos);
  EXPECT_TRUE(endpoints_->keys(endpoint()));
  store::CallbackEndpoint moved = endpoint();
  moved.agent_id = "agt_2";
  EXPECT_FALSE(endpoints_->keys(moved));
}

TEST_F(CallbacksTest, AnotherAddressKeepsTheSecretAndGoesOn) {
  host_.answers = {500};
  hear("SM1");
  run();
  const auto set = executor_.run(endpoints_->set(owner(), "https://other.example.com/"));
  ASSERT_TRUE(set);
  EXPECT_EQ(*set, "");
  after(seconds(5));
  EXPECT_EQ(host_.told.back().url, "https://other.example.com/");
  EXPECT_EQ(host_.header(1, "webhook-signature"),
            callback_signature({callback_key(secret_)}, host_.header(1, "webhook-id"),
                               clock_.now() / 1000, host_.told[1].body));
}

TEST_F(CallbacksTest, AddressesThatCannotBeAreRefused) {
  for (const std::string& bad :
       {std::string(), std::string("http://a.example.com"), std::string(3000, 'x')}) {
    const auto set = executor_.run(endpoints_->set(owner(), bad));
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code, ErrorCode::invalid_argument);
  }
  const auto nobody = executor_.run(endpoints_->set({"org_1", "agt_9", "test"}, url));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
  const auto other = executor_.run(endpoints_->set({"org_2", "agt_1", "test"}, url));
  ASSERT_FALSE(other);
  EXPECT_EQ(endpoint().url, url);
}

TEST_F(CallbacksTest, WhatIsNoLongerKeptIsADeadLetter) {
  host_.answers = {500};
  hear("SM1");
  run();
  store::UnitOfWork unit;
  unit.fetch("inbox.remove", {{"org_id", std::string("org_1")},
                              {"agent_id", std::string("agt_1")},
                              {"id", waiting()[0].id}});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  after(seconds(5));
  EXPECT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(deliveries("dead").size(), 1U);
}

TEST_F(CallbacksTest, ALaneThatNobodyAdvancedIsFound) {
  hear("SM1", "first");
  hear("SM2", "second");
  store::UnitOfWork claim;
  store::CallbackRepository::add_claim(claim, "w", clock_.now(), clock_.now() + 90'000, 10);
  const auto claimed = executor_.run(store_->commit(std::move(claim)));
  const auto taken = store::CallbackRepository::read_claimed(claimed->rows.front());
  ASSERT_EQ(taken.size(), 1U) << "the second waits for the first";
  // As if the second had been added in the moment in which the first ended: no step of the unit
  // that ends one sees the other.
  store::UnitOfWork end;
  end.expect(1, "callback_deliveries.finish",
             {{"org_id", taken[0].org_id},
              {"id", taken[0].id},
              {"worker", taken[0].worker},
              {"attempts", taken[0].attempts},
              {"state", std::string("delivered")},
              {"next_attempt_at", store::Value()},
              {"last_status", store::Value()},
              {"last_error", store::Value()},
              {"ended_at", clock_.now()}});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(end)))->committed);
  after(hours(1));
  EXPECT_TRUE(host_.told.empty());
  ASSERT_TRUE(executor_.run(sender_->sweep()));
  run();
  EXPECT_EQ(host_.bodies(), std::vector<std::string>{"second"});
}

TEST_F(CallbacksTest, EveryChangeIsInTheAuditLog) {
  ASSERT_TRUE(executor_.run(endpoints_->rotate(owner())));
  ASSERT_TRUE(executor_.run(endpoints_->replay(owner(), {"", "dead", 0})));
  ASSERT_TRUE(executor_.run(endpoints_->enable(owner())));
  ASSERT_TRUE(executor_.run(endpoints_->remove(owner())));
  const auto entries = executor_.run(audit_->list("org_1", 0, 100));
  ASSERT_TRUE(entries);
  std::vector<std::string> actions;
  for (const store::AuditEntry& entry : *entries) actions.push_back(entry.action);
  EXPECT_EQ(actions,
            (std::vector<std::string>{"callback_set", "callback_rotated", "callback_replayed",
                                      "callback_enabled", "callback_removed"}));
}

}  // namespace
}  // namespace commsd::messaging::test
