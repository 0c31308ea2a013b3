// How long somebody who refused is let alone, where a country says so.
#include "policy/policy_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::policy::test {
namespace {

using plugin::ChannelKind;

class RefusalPauseTest : public PolicyBed {
 protected:
  static constexpr UnixMillis tuesday_morning_in_paris = 1'795'512'600'000;  // 2026-11-24
  static constexpr UnixMillis noon_in_tokyo = 1'795'489'200'000;             // the same day
  static constexpr const char* in_france = "+33612345678";
  static constexpr const char* in_japan = "+819012345678";

  RefusalPauseTest() {
    store::UnitOfWork unit;
    for (const auto& [agent, country, address] :
         {std::tuple("agt_fr", "FR", "+33639980100"), std::tuple("agt_fr2", "FR", "+33639980101"),
          std::tuple("agt_jp", "JP", "+81312345678"),
          std::tuple("agt_jp2", "JP", "+81312345679")}) {
      store::AgentRepository::add_create(unit, {agent, "org_1", "Ada", "active", country, 1});
      store::ChannelRepository::add_create(
          unit, {"org_1", agent, "voice", address, "first", "", "active"});
    }
    EXPECT_TRUE(commit(std::move(unit)));
  }
  OutboundAction call(std::string agent, std::string to) const {
    OutboundAction one = action(ChannelKind::voice);
    one.kind = ActionKind::call;
    one.agent_id = std::move(agent);
    one.to = std::move(to);
    return one;
  }
  void agree(std::string agent, std::string to) {
    record({"org_1", std::move(agent), ChannelKind::voice, std::move(to)});
  }
  void refuse(std::string agent, std::string to) {
    ASSERT_TRUE(executor_.run(contacts_->revoke(
        {"org_1", std::move(agent), ChannelKind::voice, std::move(to)}, "tok_1")));
  }
};

TEST_F(RefusalPauseTest, HoldsForEveryAgentForItsDays) {
  clock_.set(tuesday_morning_in_paris);
  agree("agt_fr", in_france);
  EXPECT_EQ(refusal(call("agt_fr", in_france)), "");
  clock_.advance(std::chrono::minutes(1));
  refuse("agt_fr2", in_france);
  const Result<Admission> refused = ask(call("agt_fr", in_france));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "fr.calls.frequency");
  EXPECT_EQ(refused.error().next_allowed_at, clock_.now() + 60 * std::int64_t{86'400'000});
  EXPECT_EQ(ask(call("agt_fr", in_france), true).error().rule, "fr.calls.frequency")
      << "what is tried again meets it too";
  clock_.advance(std::chrono::hours(24 * 63));  // nine weeks: a Tuesday again
  EXPECT_EQ(refusal(call("agt_fr", in_france)), "");
}

TEST_F(RefusalPauseTest, EndsWhenTheyAgreeAfterIt) {
  clock_.set(tuesday_morning_in_paris);
  refuse("agt_fr2", in_france);
  clock_.advance(std::chrono::minutes(1));
  agree("agt_fr", in_france);
  EXPECT_EQ(refusal(call("agt_fr", in_france)), "");
}

TEST_F(RefusalPauseTest, NeverMeansNeverUntilTheySaySo) {
  clock_.set(noon_in_tokyo);
  record({"org_1", "agt_jp", ChannelKind::voice, in_japan}, "implied");
  EXPECT_EQ(refusal(call("agt_jp", in_japan)), "");
  clock_.advance(std::chrono::minutes(1));
  refuse("agt_jp2", in_japan);
  clock_.advance(std::chrono::hours(24 * 700));
  record({"org_1", "agt_jp", ChannelKind::voice, in_japan}, "implied");
  const Result<Admission> refused = ask(call("agt_jp", in_japan));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "jp.calls.refusal");
  EXPECT_EQ(refused.error().next_allowed_at, 0);
  EXPECT_FALSE(executor_.run(gate(*store_).admit_later(call("agt_jp", in_japan))))
      << "no later moment helps";
  store::UnitOfWork start;
  ContactPreferences::add_opt_in(start, "org_1", "voice", contacts_->hash(in_japan), clock_.now());
  ASSERT_TRUE(commit(std::move(start)));
  EXPECT_EQ(refusal(call("agt_jp", in_japan)), "");
}

TEST_F(RefusalPauseTest, IsOfOneOrganizationAndOneChannelAndSelling) {
  clock_.set(tuesday_morning_in_paris);
  agree("agt_fr", in_france);
  refuse("agt_fr2", in_japan);
  ASSERT_TRUE(
      executor_.run(contacts_->revoke({"org_1", "agt_fr2", ChannelKind::sms, in_france}, "tok_1")));
  EXPECT_EQ(refusal(call("agt_fr", in_france)), "") << "another channel, another person";
  refuse("agt_fr2", in_france);
  OutboundAction service = call("agt_fr", in_france);
  service.message_class = MessageClass::service;
  EXPECT_EQ(refusal(service), "");
}

TEST_F(RefusalPauseTest, ARefusalInBetweenUndoesTheCall) {
  clock_.set(tuesday_morning_in_paris);
  agree("agt_fr", in_france);
  Result<Admission> admitted = ask(call("agt_fr", in_france));
  ASSERT_TRUE(admitted);
  clock_.advance(std::chrono::milliseconds(1));
  refuse("agt_fr2", in_france);
  store::UnitOfWork unit;
  admitted->add_to(unit);
  const auto saved = executor_.run(store_->commit(std::move(unit)));
  ASSERT_TRUE(saved);
  ASSERT_FALSE(saved->committed);
  EXPECT_EQ(admitted->refusal(saved->failed_step)->rule, "fr.calls.frequency");
}

}  // namespace
}  // namespace commsd::policy::test
