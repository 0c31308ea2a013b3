#include "policy/policy_gate.h"

#include <array>
#include <atomic>
#include <functional>
#include <thread>

#include <gmock/gmock.h>

#include "policy/policy_bed.h"
#include "store/channel_repository.h"
#include "store/dnc_repository.h"
#include "store/inbox_repository.h"
#include "store/organization_repository.h"

namespace commsd::policy::test {
namespace {

using plugin::ChannelKind;
using testing::HasSubstr;

class PolicyGateTest : public PolicyBed {
 protected:
  static constexpr UnixMillis at_ten_in_singapore = 1'700'013'600'000;

  /// From an agent there: with a foreign sender the law of its country would count as well.
  OutboundAction call_in_singapore() {
    store::UnitOfWork unit;
    store::AgentRepository::add_create(unit, {"agt_sg", "org_1", "Mei", "active", "SG", 1});
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_sg", "voice", "+6561234567", "first", "", "active"});
    EXPECT_TRUE(commit(std::move(unit)));
    OutboundAction call = action_to("+6591234567", ChannelKind::voice);
    call.agent_id = "agt_sg";
    return call;
  }
  OutboundAction action_to(std::string to, ChannelKind channel) const {
    OutboundAction one = action(channel);
    one.to = std::move(to);
    if (channel == ChannelKind::voice) one.kind = ActionKind::call;
    return one;
  }
  std::string refusal_later(OutboundAction one) {
    const auto admitted = executor_.run(gate(*store_).admit_later(std::move(one)));
    return admitted ? std::string() : admitted.error().rule;
  }
  void record_for(const OutboundAction& one, std::string type) {
    record({one.org_id, one.agent_id, one.channel, one.to}, std::move(type));
  }
  /// The list as it is now, with one number.
  void import(const std::string& country, const std::string& name, const std::string& listed) {
    const store::DncList list{"", name, country, clock_.now(), clock_.now(), 1};
    store::UnitOfWork unit;
    store::DncRepository::add_entry(unit, list, contacts_->hash(listed));
    store::DncRepository::add_list(unit, list);
    ASSERT_TRUE(commit(std::move(unit)));
    ASSERT_TRUE(executor_.run(lists_->refresh()));
  }
  OutboundAction of_class(MessageClass message_class) const {
    OutboundAction one = action();
    one.message_class = message_class;
    return one;
  }
  /// Commits what an admission guards; an error without a rule or words when it was saved.
  Error committed(Admission admission) {
    store::UnitOfWork unit;
    unit.run("suppressions.share_contact",
             {{"org_id", std::string("org_1")}, {"contact_hash", std::string("-")}});
    admission.add_to(unit);
    auto outcome = executor_.run(store_->commit(std::move(unit)));
    if (!outcome) return outcome.error();
    if (outcome->committed) return {};
    const PolicyGate gate = this->gate(*store_);
    EXPECT_FALSE(executor_.run(gate.refusal(admission, 0))) << "a step of somebody else's";
    return executor_.run(gate.refusal(admission, outcome->failed_step))
        .value_or(make_error(ErrorCode::internal, "", "", "no rule"));
  }
  /// "" when it was saved, else the rule of the guard.
  std::string commit_admitted(Admission admission) { return committed(std::move(admission)).rule; }
  /// Asked and saved at once.
  Error reach(const OutboundAction& one) {
    Result<Admission> admitted = ask(one);
    return admitted ? committed(std::move(*admitted)) : admitted.error();
  }
  /// Asked without anything to be saved.
  Error check(const OutboundAction& one) {
    const Result<void> answer = executor_.run(gate(*store_).check(one));
    return answer ? Error() : answer.error();
  }
};

TEST_F(PolicyGateTest, AMarketingMessageNeedsExpressConsent) {
  EXPECT_EQ(refusal(action()), "consent");
  record(contact(), "implied");
  EXPECT_EQ(refusal(action()), "consent");
  record(contact(), "transactional");
  EXPECT_EQ(refusal(action()), "consent");
  record(contact(), "express");
  const auto admitted = ask(action());
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->from(), "+14155550100");
}

TEST_F(PolicyGateTest, ConsentIsOfOneAgentAndOneChannel) {
  record(contact());
  EXPECT_EQ(refusal(action(ChannelKind::whatsapp)), "consent");
  OutboundAction other = action();
  other.agent_id = "agt_1b";
  EXPECT_EQ(refusal(other), "consent");
}

TEST_F(PolicyGateTest, EachClassNeedsItsOwn) {
  for (const MessageClass one : {MessageClass::otp, MessageClass::emergency}) {
    EXPECT_EQ(refusal(of_class(one)), "") << to_string(one);
  }
  for (const MessageClass one : {MessageClass::service, MessageClass::transactional}) {
    EXPECT_EQ(refusal(of_class(one)), "consent") << to_string(one);
  }
  for (const char* type : {"implied", "transactional", "express"}) {
    record(contact(), type);
    for (const MessageClass one : {MessageClass::service, MessageClass::transactional}) {
      EXPECT_EQ(refusal(of_class(one)), "") << type << ' ' << to_string(one);
    }
  }
}

TEST_F(PolicyGateTest, AnExpiredConsentIsNone) {
  record(contact(), "express", clock_.now() + 1000);
  EXPECT_EQ(refusal(action()), "");
  clock_.advance(std::chrono::milliseconds(1000));
  EXPECT_EQ(refusal(action()), "consent");
}

TEST_F(PolicyGateTest, ARevokedConsentStopsEveryClassAndTheSandboxToo) {
  record(contact());
  ASSERT_TRUE(*executor_.run(contacts_->revoke(contact(), "tok_1")));
  for (const MessageClass one :
       {MessageClass::marketing, MessageClass::service, MessageClass::transactional,
        MessageClass::otp, MessageClass::emergency}) {
    EXPECT_EQ(refusal(of_class(one)), "consent") << to_string(one);
  }
  settings_.enforce = GateSettings::Enforce::nobody;
  EXPECT_EQ(refusal(action()), "consent");
}

TEST_F(PolicyGateTest, AnOptOutStopsEveryAgentOfTheOrganizationOnTheChannelOnly) {
  record(contact());
  record(contact(ChannelKind::whatsapp));
  record(contact(ChannelKind::sms, "agt_1b"));
  stop();
  OutboundAction other = action();
  other.agent_id = "agt_1b";
  EXPECT_EQ(refusal(action()), "opt_out");
  EXPECT_EQ(refusal(other), "opt_out");
  EXPECT_EQ(refusal(of_class(MessageClass::emergency)), "opt_out");
  EXPECT_EQ(refusal(action(ChannelKind::whatsapp)), "");
  OutboundAction answer = action();
  answer.mandated = true;
  EXPECT_EQ(refusal(answer), "");
}

TEST_F(PolicyGateTest, ASuspicionHoldsUntilItIsKnownOrLifted) {
  record(contact());
  stop("sms", std::string(possible_opt_out));
  EXPECT_EQ(refusal(action()), "possible_opt_out");
  ASSERT_TRUE(executor_.run(contacts_->opt_in(contact(), "commsctl")));
  EXPECT_EQ(refusal(action()), "") << "the consent was not touched";
  stop("sms", std::string(possible_opt_out));
  stop();
  EXPECT_EQ(refusal(action()), "opt_out");
  stop("sms", std::string(possible_opt_out));
  EXPECT_EQ(refusal(action()), "opt_out") << "what is known does not become a suspicion";
}

TEST_F(PolicyGateTest, AnOptInGivesBackWhatTheOptOutTook) {
  record(contact());
  record(contact(ChannelKind::sms, "agt_1b"));
  ASSERT_TRUE(executor_.run(contacts_->revoke(contact(ChannelKind::sms, "agt_1b"), "tok_1")));
  stop();
  ASSERT_TRUE(executor_.run(contacts_->opt_in(contact(), "commsctl")));
  EXPECT_EQ(refusal(action()), "");
  OutboundAction other = action();
  other.agent_id = "agt_1b";
  EXPECT_EQ(refusal(other), "consent") << "that refusal was another one";
}

TEST_F(PolicyGateTest, TheAgentAndItsChannelComeFirst) {
  stop();
  store::UnitOfWork unit;
  store::ChannelRepository::add_set_status(unit, "org_1", "agt_1", "sms", "blocked");
  ASSERT_TRUE(commit(std::move(unit)));
  EXPECT_EQ(refusal(action()), "channel");
  store::UnitOfWork ended;
  store::AgentRepository::add_set_status(ended, "org_1", "agt_1", "inactive");
  ASSERT_TRUE(commit(std::move(ended)));
  EXPECT_EQ(refusal(action()), "agent_active");
  OutboundAction foreign = action();
  foreign.org_id = "org_2";
  EXPECT_EQ(refusal(foreign), "not_found");
}

TEST_F(PolicyGateTest, AListedNumberIsNotForMarketingWithoutExpressConsent) {
  OutboundAction call = call_in_singapore();
  record_for(call, "implied");
  import("SG", "Do Not Call Registry", call.to);
  clock_.set(at_ten_in_singapore);
  EXPECT_EQ(refusal(call), "dnc");
  record_for(call, "express");
  EXPECT_EQ(refusal(call), "") << "they asked for it";
  record_for(call, "implied");
  call.message_class = MessageClass::service;
  EXPECT_EQ(refusal(call), "");
}

TEST_F(PolicyGateTest, ARegistryMustHaveBeenAskedLately) {
  OutboundAction call = call_in_singapore();
  record_for(call, "implied");
  clock_.set(at_ten_in_singapore);
  EXPECT_EQ(refusal(call), "sg.dnc");
  import("AE", "Do Not Call Registry", "+971501234567");
  EXPECT_EQ(refusal(call), "sg.dnc") << "another country's of the same name";
  import("SG", "Do Not Call Registry", "+6598765432");
  EXPECT_EQ(refusal(call), "");
  clock_.advance(std::chrono::hours(24 * 21));
  const auto stale = ask(call);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().rule, "sg.dnc");
  EXPECT_THAT(stale.error().remedy, HasSubstr("--country SG --list 'Do Not Call Registry'"));
}

TEST_F(PolicyGateTest, NobodyIsSoldAnythingAtNight) {
  record(contact());
  clock_.set(1'700'028'000'000);  // 2023-11-15T06:00Z, 22:00 of the day before in California
  const auto refused = ask(action());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "us.hours.federal");
  EXPECT_THAT(refused.error().message, HasSubstr("47 CFR 64.1200"));
  EXPECT_EQ(refused.error().next_allowed_at, 1'700'064'000'000);  // 08:00 there
  EXPECT_FALSE(ask(action(), true)) << "nor by a retry";
  EXPECT_EQ(refusal(of_class(MessageClass::otp)), "");
  clock_.set(refused.error().next_allowed_at);
  EXPECT_EQ(refusal(action()), "");
  OutboundAction declared = action();
  declared.time_zone = "Pacific/Honolulu";
  EXPECT_EQ(refusal(declared), "us.hours.federal") << "it is 06:00 where they are said to be";
  declared.time_zone = "Mars/Olympus";
  const auto unknown = ask(declared);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().next_allowed_at, 0);
}

TEST_F(PolicyGateTest, WhatIsForLaterWaitsForItsHourAndForNothingElse) {
  settings_.marketing_per_day = 1;
  EXPECT_EQ(refusal_later(action()), "consent");
  record(contact());
  clock_.set(1'700'028'000'000);  // night in California
  for (int planned = 0; planned < 2; ++planned) {
    auto admitted = executor_.run(gate(*store_).admit_later(action()));
    ASSERT_TRUE(admitted) << admitted.error().message;
    EXPECT_EQ(commit_admitted(std::move(*admitted)), "") << "nothing is counted";
  }
  OutboundAction threat = action();
  threat.text = "I will kill you";
  EXPECT_EQ(refusal_later(threat), "content.threat");
  stop();
  EXPECT_EQ(refusal_later(action()), "opt_out");
}

TEST_F(PolicyGateTest, BetweenAgentsOnlyTheWordsAreRead) {
  stop();
  clock_.set(1'700'028'000'000);  // night in California
  OutboundAction inside = action();
  inside.to_agent = true;
  EXPECT_EQ(refusal(inside), "");
  inside.text = "I will kill you";
  EXPECT_EQ(refusal(inside), "content.threat");
  inside.agent_id = "agt_none";
  EXPECT_FALSE(ask(inside));
}

TEST_F(PolicyGateTest, TheTextIsReadLast) {
  record(contact());
  OutboundAction threat = action();
  threat.text = "I will kill you";
  EXPECT_EQ(refusal(threat), "content.threat");
  threat.message_class = MessageClass::otp;
  EXPECT_EQ(refusal(threat), "content.threat");
  OutboundAction offer = action_to("+972501234567", ChannelKind::sms);
  record_for(offer, "express");
  EXPECT_EQ(refusal(offer), "il.messages.wording");
}

TEST_F(PolicyGateTest, ACountryCountsHowOftenSomebodyIsCalled) {
  OutboundAction call = action_to("+971501234567", ChannelKind::voice);
  clock_.set(1'767'600'000'000);  // 2026-01-05T08:00Z, noon of a Monday in Dubai
  record_for(call, "express");
  const auto refused = [&] {
    import("AE", "Do Not Call Registry", "+971507654321");
    return reach(call);
  };
  EXPECT_EQ(refused().rule, "");
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(refused().rule, "ae.calls.frequency") << "once a day";
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(refused().rule, "");
  clock_.advance(std::chrono::hours(25));
  const Error twice_a_week = refused();
  EXPECT_EQ(twice_a_week.rule, "ae.calls.frequency");
  EXPECT_EQ(twice_a_week.next_allowed_at, 1'767'600'000'000 + 7 * 24 * 3'600'000LL);
  EXPECT_EQ(check(call).next_allowed_at, twice_a_week.next_allowed_at);
}

TEST_F(PolicyGateTest, AConsentLastsAsLongAsTheLawSays) {
  OutboundAction call = action_to("+97239123456", ChannelKind::voice);
  record_for(call, "express");
  clock_.advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(refusal(call), "consent");
}

TEST_F(PolicyGateTest, WhoseActionsTheRulesAreForIsTheOperatorsToSay) {
  OutboundAction sandbox = action();
  sandbox.org_id = "org_2";
  sandbox.agent_id = "agt_2";
  EXPECT_EQ(refusal(sandbox), "");
  settings_.enforce = GateSettings::Enforce::everybody;
  EXPECT_EQ(refusal(sandbox), "consent");
  settings_.enforce = GateSettings::Enforce::nobody;
  EXPECT_EQ(refusal(action()), "");
  settings_.enforce = GateSettings::Enforce::production;
  modes_->note("org_2", "production");
  EXPECT_EQ(refusal(sandbox), "consent") << "real providers may be in reach by now";
}

TEST_F(PolicyGateTest, AContactIsReachedSoManyTimesInADay) {
  settings_.marketing_per_day = 2;
  record(contact());
  for (int sent = 0; sent < 2; ++sent) {
    EXPECT_EQ(check(action()).rule, "");
    EXPECT_EQ(reach(action()).rule, "") << sent;
    clock_.advance(std::chrono::hours(1));
  }
  const Error refused = reach(action());
  EXPECT_EQ(refused.rule, "contact_frequency");
  EXPECT_THAT(refused.message, HasSubstr("reached 2 times in the last 1 days"));
  EXPECT_TRUE(ask(action(), true)) << "it was counted when it was accepted";
  EXPECT_EQ(reach(of_class(MessageClass::otp)).rule, "");
  const UnixMillis again = refused.next_allowed_at;
  ASSERT_GT(again, clock_.now());
  EXPECT_EQ(check(action()).rule, "contact_frequency");
  EXPECT_EQ(check(action()).next_allowed_at, again);
  clock_.set(again - 1);
  EXPECT_EQ(reach(action()).rule, "contact_frequency");
  clock_.set(again);
  EXPECT_EQ(check(action()).rule, "");
  EXPECT_EQ(reach(action()).rule, "");
}

TEST_F(PolicyGateTest, WhatChangesBeforeTheCommitUndoesTheUnit) {
  struct Change {
    const char* rule;
    std::function<void()> make;
  };
  const std::vector<Change> changes = {
      {"consent", [&] { EXPECT_TRUE(executor_.run(contacts_->revoke(contact(), "tok_1"))); }},
      {"consent",
       [&] {
         clock_.advance(std::chrono::milliseconds(1));
         record(contact(), "implied");
       }},
      {"opt_out", [&] { stop(); }},
      {"agent_active",
       [&] {
         store::UnitOfWork unit;
         store::ChannelRepository::add_set_status(unit, "org_1", "agt_1", "sms", "blocked");
         EXPECT_TRUE(commit(std::move(unit)));
       }},
      {"agent_active", [&] {
         store::UnitOfWork unit;
         store::AgentRepository::add_set_status(unit, "org_1", "agt_1", "inactive");
         EXPECT_TRUE(commit(std::move(unit)));
       }}};
  for (const Change& change : changes) {
    record(contact());
    executor_.run(contacts_->opt_in(contact(), "commsctl"));
    store::UnitOfWork back;
    store::AgentRepository::add_set_status(back, "org_1", "agt_1", "active");
    store::ChannelRepository::add_set_status(back, "org_1", "agt_1", "sms", "active");
    ASSERT_TRUE(commit(std::move(back)));
    auto admitted = ask(action());
    ASSERT_TRUE(admitted) << admitted.error().message;
    change.make();
    EXPECT_EQ(commit_admitted(std::move(*admitted)), change.rule);
  }
}

/// Runs `work(thread)` on 64 threads that begin together.
template <typename Work>
void race(const Work& work) {
  std::atomic<int> waiting{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 64; ++number) {
    threads.emplace_back([&waiting, &work, number] {
      ++waiting;
      while (waiting < 64) std::this_thread::yield();
      work(number);
    });
  }
  for (std::thread& one : threads) one.join();
}

TEST_F(PolicyGateTest, NoSendOf64ThreadsIsCommittedAfterStop) {
  record(contact());
  // Two stores on one file, as two processes have them.
  auto other =
      store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
  ASSERT_TRUE(other);
  const std::array<store::Store*, 2> stores{store_.get(), other->get()};
  // The inbox numbers what is committed in the order of the commits.
  const auto note = [](store::UnitOfWork& unit, const std::string& id) {
    store::InboxItem item;
    item.id = id;
    item.org_id = "org_1";
    item.agent_id = "agt_1";
    item.channel = "sms";
    item.provider = "first";
    item.received_at = 1;
    store::InboxRepository::add_item(unit, item);
  };

  std::atomic<int> sent{0};
  std::atomic<int> stopped_by_guard{0};
  std::atomic<int> faults{0};
  race([&](int thread) {
    ManualExecutor executor;
    store::Store& own = *stores[static_cast<std::size_t>(thread) % stores.size()];
    const PolicyGate gate = this->gate(own);
    if (thread == 0) {
      while (sent < 20) std::this_thread::yield();
      store::UnitOfWork stop;
      ContactPreferences::add_opt_out(stop, "org_1", "sms", contacts_->hash(number), "keyword", 1);
      note(stop, "stop");
      auto outcome = executor.run(stores[1]->commit(stop));
      while (!outcome && outcome.error().code == ErrorCode::unavailable) {
        outcome = executor.run(stores[1]->commit(stop));
      }
      if (!outcome || !outcome->committed) ++faults;
      return;
    }
    for (int round = 0; round < 1000; ++round) {
      auto admitted = executor.run(gate.admit(action()));
      if (!admitted) {
        if (admitted.error().rule != "opt_out") ++faults;
        return;
      }
      store::UnitOfWork unit;
      admitted->add_to(unit);
      note(unit, std::to_string(thread) + '_' + std::to_string(round));
      const auto outcome = executor.run(own.commit(std::move(unit)));
      if (!outcome) {
        // On a busy machine the other writer may hold the file too long; then nothing was done.
        if (outcome.error().code != ErrorCode::unavailable) ++faults;
      } else if (outcome->committed) {
        ++sent;
      } else {
        const auto refusal = admitted->refusal(outcome->failed_step);
        if (!refusal || refusal->rule != "opt_out") ++faults;
        ++stopped_by_guard;
        return;
      }
    }
  });
  EXPECT_EQ(faults, 0);
  EXPECT_GE(sent, 20);
  const store::InboxRepository committed(*store_);
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  filter.limit = 100'000;
  const auto items = executor_.run(committed.list(filter));
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), static_cast<std::size_t>(sent) + 1);
  EXPECT_EQ(items->back().id, "stop")
      << sent << " sent, " << stopped_by_guard << " stopped by the guard";
}

TEST_F(PolicyGateTest, TheFrequencyHoldsAgainst64Threads) {
  settings_.marketing_per_day = 5;
  record(contact());
  const PolicyGate gate = this->gate(*store_);
  std::atomic<int> sent{0};
  std::atomic<int> faults{0};
  race([&](int) {
    ManualExecutor executor;
    auto admitted = executor.run(gate.admit(action()));
    if (!admitted) {
      if (admitted.error().rule != "contact_frequency") ++faults;
      return;
    }
    store::UnitOfWork unit;
    admitted->add_to(unit);
    const auto outcome = executor.run(store_->commit(std::move(unit)));
    if (!outcome) {
      ++faults;
    } else if (outcome->committed) {
      ++sent;
    } else if (admitted->refusal(outcome->failed_step)->rule != "contact_frequency") {
      ++faults;
    }
  });
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(sent, 5);
}

TEST_F(PolicyGateTest, MarketingMailNamesThePostalAddressWhereALawWantsIt) {
  record(contact(ChannelKind::email), "express");
  EXPECT_EQ(refusal(action(ChannelKind::email)), "us.postal_address");
  const auto refused = ask(action(ChannelKind::email), false);
  EXPECT_THAT(refused.error().remedy, HasSubstr("comms_set_postal_address"));
  EXPECT_EQ(refusal_later(action(ChannelKind::email)), "us.postal_address");
  EXPECT_EQ(ask(action(ChannelKind::email), true)->postal_address(), "")
      << "what is tried again has it already";
  OutboundAction receipt = action(ChannelKind::email);
  receipt.message_class = MessageClass::transactional;
  EXPECT_EQ(refusal(receipt), "");

  const std::string address = "One Inc.\n1 Main Street\nSpringfield";
  store::UnitOfWork unit;
  store::OrganizationRepository::add_set_postal_address(unit, "org_1", address);
  ASSERT_TRUE(commit(std::move(unit)));
  EXPECT_EQ(ask(action(ChannelKind::email), false)->postal_address(), address);
  EXPECT_EQ(ask(receipt, false)->postal_address(), "");
  record(contact(), "express");
  EXPECT_EQ(ask(action(), false)->postal_address(), "") << "no mail";
}

TEST_F(PolicyGateTest, OtherCountriesWantNoPostalAddress) {
  store::UnitOfWork unit;
  store::AgentRepository::add_create(unit, {"agt_de", "org_1", "Eva", "active", "DE", 1});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_de", "email", "eva@example.com", "first", "", "active"});
  ASSERT_TRUE(commit(std::move(unit)));
  OutboundAction mail = action(ChannelKind::email);
  mail.agent_id = "agt_de";
  record(contact(ChannelKind::email, "agt_de"), "express");
  EXPECT_EQ(refusal(mail), "");
}

}  // namespace
}  // namespace commsd::policy::test
