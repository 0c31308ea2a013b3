#include "policy/number_choice.h"

#include <gtest/gtest.h>

#include "policy/channel_block.h"
#include "policy/policy_bed.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/pool_repository.h"

namespace commsd::policy {
namespace {

store::PoolNumber pool_number(std::string address, std::string country, std::string capabilities,
                              bool is_default = false, std::string status = "active") {
  store::PoolNumber one;
  one.number = std::move(address);
  one.country = std::move(country);
  one.capabilities = std::move(capabilities);
  one.is_default = is_default;
  one.status = std::move(status);
  return one;
}

std::string chosen(const std::vector<store::PoolNumber>& pool, std::string_view country,
                   std::string_view capability = "sms") {
  const auto found = choose_number(pool, country, capability);
  return found ? found->number : "none";
}

TEST(NumberChoice, SameCountryThenDefaultThenAny) {
  const std::vector<store::PoolNumber> pool = {pool_number("+1a", "US", "sms voice"),
                                               pool_number("+44a", "GB", "sms voice", true),
                                               pool_number("+44b", "GB", "sms"),
                                               pool_number("+49a", "DE", "voice"),
                                               pool_number("+33a", "FR", "sms", false, "disabled"),
                                               pool_number("+33b", "FR", "sms mms")};
  EXPECT_EQ(chosen(pool, "US"), "+1a");
  EXPECT_EQ(chosen(pool, "GB"), "+44a") << "the oldest of a country";
  EXPECT_EQ(chosen(pool, "DE"), "+44a") << "no SMS there, so the default";
  EXPECT_EQ(chosen(pool, "DE", "voice"), "+49a");
  EXPECT_EQ(chosen(pool, "FR"), "+33b") << "not the disabled one";
  EXPECT_EQ(chosen(pool, "JP"), "+44a");
  EXPECT_EQ(chosen(pool, ""), "+44a") << "an unknown country has no numbers";
  EXPECT_EQ(chosen(pool, "JP", "mms"), "+33b") << "any that can";
  EXPECT_EQ(chosen(pool, "US", "fax"), "none");
  EXPECT_EQ(chosen({}, "US"), "none");
}

TEST(ChannelBlock, KnowsItsWords) {
  EXPECT_TRUE(is_blocked("sms email", "email"));
  EXPECT_TRUE(is_blocked("*", "voice"));
  EXPECT_FALSE(is_blocked("sms email", "voice"));
  EXPECT_FALSE(is_blocked("", "sms"));
}

/// agt_s sends from the pool, agt_h from the pool before its own number.
class SenderAddressTest : public test::PolicyBed {
 protected:
  static constexpr const char* of_us = "+14155550190";
  static constexpr const char* of_gb = "+447700900190";
  static constexpr const char* in_gb = "+447700900001";
  static constexpr const char* in_de = "+4915112345678";

  SenderAddressTest() {
    settings_.enforce = GateSettings::Enforce::nobody;
    store::UnitOfWork unit;
    for (const auto& [agent, identity] :
         {std::pair("agt_s", "shared"), std::pair("agt_h", "hybrid")}) {
      store::AgentRepository::add_create(unit,
                                         {agent, "org_1", "Ada", "active", "US", 1, identity});
    }
    for (const char* channel : {"sms", "voice"}) {
      store::ChannelRepository::add_create(
          unit, {"org_1", "agt_s", channel, "pool:agt_s", "pool", "", "active"});
      store::ChannelRepository::add_create(
          unit, {"org_1", "agt_h", channel, "+14155550180", "first", "", "active"});
    }
    EXPECT_TRUE(commit(std::move(unit)));
  }
  void add(const char* address, const char* country, const char* capabilities = "sms voice") {
    store::PoolNumber one = pool_number(address, country, capabilities);
    one.org_id = "org_1";
    one.provider = "first";
    one.created_at = clock_.now();
    clock_.advance(std::chrono::seconds(1));
    store::UnitOfWork unit;
    store::PoolRepository::add_number(unit, one);
    EXPECT_TRUE(commit(std::move(unit)));
  }
  void set_status(const char* address, const char* status) {
    store::UnitOfWork unit;
    store::PoolRepository::add_set_number_status(unit, "org_1", address, status);
    EXPECT_TRUE(commit(std::move(unit)));
  }
  OutboundAction of(const char* agent, const char* to,
                    plugin::ChannelKind channel = plugin::ChannelKind::sms) const {
    OutboundAction one = action(channel);
    one.agent_id = agent;
    one.to = to;
    return one;
  }
  /// What it would go out from, or the rule that refuses it.
  std::string from(OutboundAction one, bool again = false) {
    const Result<Admission> answer = ask(std::move(one), again);
    return answer ? answer->from() : answer.error().rule;
  }
  std::string owners(OutboundAction one) {
    const Result<Admission> answer = ask(std::move(one));
    return answer ? answer->owners() : answer.error().message;
  }
  std::string last_agent(const char* address, const char* contact) {
    const store::PoolRepository pools(*store_);
    return (*executor_.run(pools.route("org_1", "sms", address, contacts_->hash(contact))))
        ->last_agent;
  }
};

TEST_F(SenderAddressTest, IsChosenByTheCountryOfTheRecipient) {
  add(of_us, "US");
  add(of_gb, "GB");
  EXPECT_EQ(from(of("agt_s", PolicyBed::number)), of_us);
  EXPECT_EQ(from(of("agt_s", in_gb)), of_gb);
  EXPECT_EQ(from(of("agt_s", in_gb, plugin::ChannelKind::voice)), of_gb);
  EXPECT_EQ(from(of("agt_s", in_de)), of_us) << "any, the oldest first";
  store::UnitOfWork unit;
  store::PoolRepository::add_set_default(unit, "org_1", of_gb);
  ASSERT_TRUE(commit(std::move(unit)));
  EXPECT_EQ(from(of("agt_s", in_de)), of_gb) << "the default before any";
  EXPECT_EQ(from(of("agt_1", in_gb)), "+14155550100") << "a dedicated agent has its own";
}

TEST_F(SenderAddressTest, AHybridAgentHasItsOwnBesides) {
  EXPECT_EQ(from(of("agt_h", in_gb)), "+14155550180");
  add(of_gb, "GB", "sms");
  EXPECT_EQ(from(of("agt_h", in_gb)), of_gb);
  EXPECT_EQ(from(of("agt_h", in_gb, plugin::ChannelKind::voice)), "+14155550180");
}

TEST_F(SenderAddressTest, ASharedAgentWithoutANumberIsRefused) {
  EXPECT_EQ(refusal(of("agt_s", in_gb)), "sender");
  add(of_gb, "GB", "voice");
  EXPECT_EQ(refusal(of("agt_s", in_gb)), "sender") << "none that can do SMS";
}

TEST_F(SenderAddressTest, BelongsToWhomeverHasTheNumber) {
  add(of_gb, "GB", "sms");
  store::UnitOfWork unit;
  store::PoolRepository::add_set_owners(unit, "org_1", of_gb, "second third");
  ASSERT_TRUE(commit(std::move(unit)));
  EXPECT_EQ(owners(of("agt_s", in_gb)), "second third");
  EXPECT_EQ(owners(of("agt_h", in_gb)), "second third");
  EXPECT_EQ(owners(of("agt_h", in_gb, plugin::ChannelKind::voice)), "first") << "its own number";
  EXPECT_EQ(owners(of("agt_1", in_gb)), "first");
  EXPECT_EQ(owners(action(plugin::ChannelKind::email)), "") << "a mailbox is no vendor's";
  OutboundAction again = of("agt_s", in_gb);
  again.from = of_gb;
  EXPECT_EQ(ask(again, true)->owners(), "second third");
}

TEST_F(SenderAddressTest, OnlyTheNumbersOfTheOrganizationGetProviders) {
  add(of_gb, "GB");
  for (const auto& [org, taken] :
       {std::pair("org_1", of_us), std::pair("org_2", of_gb), std::pair("org_2", "+14155550180")}) {
    store::UnitOfWork unit;
    store::PoolRepository::add_set_owners(unit, org, taken, "second");
    EXPECT_FALSE(commit(std::move(unit))) << org << ' ' << taken;
  }
  EXPECT_EQ(owners(of("agt_s", in_gb)), "first");
  EXPECT_EQ(owners(of("agt_h", in_gb, plugin::ChannelKind::voice)), "first");
}

TEST(Sender, IsAnybodysWhereNobodyIsNamed) {
  EXPECT_TRUE(may_send_from("", "first"));
  EXPECT_TRUE(may_send_from("first", "first"));
  EXPECT_TRUE(may_send_from("first second", "second"));
  EXPECT_FALSE(may_send_from("first second", "firs"));
  EXPECT_FALSE(may_send_from("first second", "first second"));
  EXPECT_FALSE(may_send_from("first", ""));
}

TEST_F(SenderAddressTest, WhatIsTriedAgainKeepsItsSender) {
  add(of_us, "US");
  OutboundAction again = of("agt_s", in_gb);
  again.from = of_us;
  add(of_gb, "GB");
  EXPECT_EQ(from(again, true), of_us) << "although there is a better one now";
  set_status(of_us, "disabled");
  EXPECT_EQ(from(again, true), "sender") << "not from another number";
  OutboundAction own = of("agt_h", in_gb);
  own.from = "+14155550180";
  EXPECT_EQ(from(own, true), "+14155550180");
}

TEST_F(SenderAddressTest, ANumberThatIsTakenAwayMeanwhileUndoesTheSend) {
  add(of_gb, "GB");
  Result<Admission> admitted = ask(of("agt_s", in_gb));
  ASSERT_TRUE(admitted);
  set_status(of_gb, "disabled");
  store::UnitOfWork unit;
  admitted->add_to(unit);
  const auto saved = executor_.run(store_->commit(std::move(unit)));
  ASSERT_TRUE(saved);
  ASSERT_FALSE(saved->committed);
  EXPECT_EQ(admitted->refusal(saved->failed_step)->rule, "sender");
  EXPECT_EQ(last_agent(of_gb, in_gb), "") << "nothing of it was kept";
}

TEST_F(SenderAddressTest, TheContactIsThenTheAgentsAtThatNumber) {
  add(of_gb, "GB");
  for (const char* agent : {"agt_s", "agt_h", "agt_s"}) {
    Result<Admission> admitted = ask(of(agent, in_gb));
    ASSERT_TRUE(admitted);
    store::UnitOfWork unit;
    admitted->add_to(unit);
    ASSERT_TRUE(commit(std::move(unit)));
    EXPECT_EQ(last_agent(of_gb, in_gb), agent);
  }
  EXPECT_EQ(last_agent(of_gb, in_de), "");
  OutboundAction reply = of("agt_h", in_gb);
  reply.mandated = true;
  reply.from = of_gb;
  Result<Admission> admitted = ask(reply);
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->from(), of_gb);
  store::UnitOfWork unit;
  admitted->add_to(unit);
  ASSERT_TRUE(commit(std::move(unit)));
  EXPECT_EQ(last_agent(of_gb, in_gb), "agt_s") << "a confirmation makes nobody the agent's";
}

TEST_F(SenderAddressTest, BetweenAgentsThePoolIsNotAsked) {
  OutboundAction one = of("agt_s", "+14155550100");
  one.to_agent = true;
  EXPECT_EQ(from(one), "agt_s");
  one.agent_id = "agt_h";
  EXPECT_EQ(from(one), "+14155550180");
  add(of_us, "US");
  OutboundAction transfer = of("agt_s", "+14155550100", plugin::ChannelKind::voice);
  transfer.kind = ActionKind::transfer;
  transfer.to_agent = true;
  EXPECT_EQ(from(transfer), of_us) << "a call has a number whoever answers";
}

}  // namespace
}  // namespace commsd::policy
