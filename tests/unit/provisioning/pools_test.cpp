#include "provisioning/pools.h"

#include <gmock/gmock.h>

#include "base/completion.h"
#include "identity/organization_modes.h"
#include "identity/organization_service.h"
#include "policy/number_choice.h"
#include "provisioning/provisioning_bed.h"

namespace commsd::provisioning::test {
namespace {

using ::testing::HasSubstr;

class PoolsTest : public ProvisioningBed {
 protected:
  struct Count {
    int left = 0;
    int made = 0;
    std::map<std::string, int> refusals;
    Completion<bool> all;
  };
  static Task<void> one(ProvisioningService* service, identity::Principal actor,
                        ProvisionRequest wanted, std::shared_ptr<Count> count) {
    auto done = co_await service->provision(actor, std::move(wanted));
    if (done) ++count->made;
    if (!done) ++count->refusals[std::string(to_string(done.error().code))];
    if (--count->left == 0) count->all.complete(true);
  }
  /// Provisions all at once; the services take turns.
  static Task<bool> at_once(std::vector<ProvisioningService*> services, identity::Principal actor,
                            std::vector<ProvisionRequest> wanted, std::shared_ptr<Count> count) {
    count->left = static_cast<int>(wanted.size());
    std::size_t turn = 0;
    for (ProvisionRequest& request : wanted) {
      spawn(*Executor::current(),
            one(services[turn++ % services.size()], actor, std::move(request), count));
    }
    co_return co_await count->all;
  }
};

TEST_F(PoolsTest, SixtyFourProvisionersGetNoMoreThanTheSlots) {
  // As two processes do: each with its own connection to the database.
  auto opened =
      store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
  ASSERT_TRUE(opened);
  FailingStore other_store;
  other_store.real = std::move(*opened);
  store::AuditLog other_audit(other_store, clock_, ids_);
  identity::TokenService other_tokens(other_store, clock_, random_, ids_);
  ProvisioningSettings other_settings = settings_;
  other_settings.worker = "other";
  ProvisioningService other(other_store, shop_, other_tokens, other_audit, clock_, ids_,
                            other_settings);
  std::vector<ProvisionRequest> wanted;
  for (int i = 0; i < 64; ++i) wanted.push_back(everything("agent" + std::to_string(i)));
  const auto count = std::make_shared<Count>();
  executor_.run(at_once({&*service_, &other}, actor_, std::move(wanted), count));
  EXPECT_EQ(count->made, 3);
  EXPECT_EQ(count->refusals["rejected"], 61);
  EXPECT_EQ(shop_.books.sold, 3) << "who finds no slot buys nothing";
  expect_nothing_leaks("64 at once");
}

TEST_F(PoolsTest, OneIdIsMadeOnce) {
  std::vector<ProvisionRequest> wanted;
  for (int i = 0; i < 16; ++i) wanted.push_back(everything("ada"));
  const auto count = std::make_shared<Count>();
  executor_.run(at_once({&*service_}, actor_, std::move(wanted), count));
  EXPECT_EQ(count->made, 1);
  EXPECT_EQ(shop_.books.sold, 1);
  expect_nothing_leaks("one id");
}

TEST_F(PoolsTest, SendersAreAssignedOnceAndComeBack) {
  settings_.agent_slots = 64;
  build();
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 5)));
  std::vector<ProvisionRequest> wanted;
  for (int i = 0; i < 16; ++i) {
    ProvisionRequest request = everything("agent" + std::to_string(i));
    request.phone = request.voice = request.email = false;
    wanted.push_back(std::move(request));
  }
  const auto count = std::make_shared<Count>();
  executor_.run(at_once({&*service_}, actor_, std::move(wanted), count));
  EXPECT_EQ(count->made, 16) << "who gets none of the pool gets a number of its own";
  std::set<std::string> addresses;
  for (int i = 0; i < 16; ++i) {
    const auto report = executor_.run(service_->report("org_1", "agent" + std::to_string(i)));
    addresses.insert(report->channels.at(0).address);
  }
  EXPECT_EQ(addresses.size(), 16U);
  EXPECT_EQ(shop_.books.numbers.size(), 16U);
  for (int i = 0; i < 16; ++i) {
    const auto gone = deprovision("agent" + std::to_string(i));
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->whatsapp_returned);
  }
  EXPECT_EQ(shop_.books.numbers.size(), 5U) << "those of the pool stay";
  const auto senders = executor_.run(pools_->senders("org_1"));
  for (const auto& sender : *senders) {
    EXPECT_EQ(sender.status, "available");
  }
  expect_nothing_leaks("senders");
}

TEST_F(PoolsTest, SendersHearOfTheirMessages) {
  ASSERT_TRUE(provision(everything("ada")));
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 1)));
  std::set<std::string> urls;
  for (const auto& [number, url] : shop_.books.sender_urls) urls.insert(url);
  EXPECT_THAT(urls, testing::UnorderedElementsAre(
                        "https://comms.example.com/webhooks/ada/whatsapp",
                        "https://comms.example.com/webhooks/pool:org_1/whatsapp"));
}

TEST_F(PoolsTest, ASenderIsReadyWhenTheVendorSaysSo) {
  shop_.books.new_sender_status = "pending";
  const auto filled = executor_.run(pools_->refill_senders(actor_, "org_1", "US", 2));
  ASSERT_TRUE(filled);
  EXPECT_EQ(filled->added, 2);
  EXPECT_EQ(filled->available, 0);
  shop_.books.senders.begin()->second.status = "online";
  const auto checked = executor_.run(pools_->check_senders(actor_, "org_1"));
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->online, 1);
  EXPECT_EQ(checked->offline, 1);
  const store::PoolRepository pools(store_);
  const auto ready = executor_.run(pools.available_senders("org_1", 10));
  ASSERT_EQ(ready->size(), 1U);
  EXPECT_EQ(ready->front().sender_id, shop_.books.senders.begin()->first);
  // And not to be used any more once it is off again.
  shop_.books.senders.begin()->second.status = "failed";
  ASSERT_TRUE(executor_.run(pools_->check_senders(actor_, "org_1")));
  EXPECT_TRUE(executor_.run(pools.available_senders("org_1", 10))->empty());
  expect_nothing_leaks("senders that wait");
}

TEST_F(PoolsTest, ASenderThatIsGoneLeavesThePool) {
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 3)));
  ProvisionRequest chat = everything("ada");
  chat.phone = chat.voice = chat.email = false;
  ASSERT_TRUE(provision(chat));
  const auto report = executor_.run(service_->report("org_1", "ada"));
  const std::string assigned = report->channels.at(0).provider_ref;
  const auto left = [this] { return executor_.run(pools_->senders("org_1"))->size(); };
  // One that nobody has goes with its number; the others stay.
  for (auto sender = shop_.books.senders.begin(); sender != shop_.books.senders.end(); ++sender) {
    if (sender->first == assigned) continue;
    shop_.books.senders.erase(sender);
    break;
  }
  ASSERT_TRUE(executor_.run(pools_->check_all_senders()));
  EXPECT_EQ(left(), 2U);
  EXPECT_EQ(shop_.books.numbers.size(), 2U);
  expect_nothing_leaks("one of the pool is gone");
  // The agent's own stays with the agent, and leaves with it.
  shop_.books.senders.erase(assigned);
  const auto checked = executor_.run(pools_->check_senders(actor_, "org_1"));
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->gone, 1);
  EXPECT_EQ(checked->online, 1);
  EXPECT_EQ(left(), 2U);
  const auto refilled = executor_.run(pools_->refill_senders(actor_, "org_1", "US", 2));
  ASSERT_TRUE(refilled);
  EXPECT_EQ(refilled->added, 1) << "what is gone does not count";
  ASSERT_TRUE(deprovision("ada"));
  ASSERT_TRUE(executor_.run(pools_->check_senders(actor_, "org_1")));
  EXPECT_EQ(left(), 2U);
  expect_nothing_leaks("the agent's is gone");
}

TEST_F(PoolsTest, AVendorThatKnowsNoneOfThemTakesNoNumbers) {
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 2)));
  ProvisionRequest chat = everything("ada");
  chat.phone = chat.voice = chat.email = false;
  ASSERT_TRUE(provision(chat));
  const auto before = shop_.books.senders;
  shop_.books.senders.clear();
  for (int look = 0; look < 2; ++look) {
    const auto checked = executor_.run(pools_->check_senders(actor_, "org_1"));
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->gone, 2);
  }
  EXPECT_EQ(shop_.books.numbers.size(), 2U);
  const store::PoolRepository pools(store_);
  EXPECT_TRUE(executor_.run(pools.available_senders("org_1", 10))->empty());
  // The right account is configured again.
  shop_.books.senders = before;
  ASSERT_TRUE(executor_.run(pools_->check_senders(actor_, "org_1")));
  EXPECT_EQ(executor_.run(pools.available_senders("org_1", 10))->size(), 1U);
  expect_nothing_leaks("all were gone for a while");
}

TEST_F(PoolsTest, ASenderThatCannotBeAskedAboutStays) {
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 2)));
  shop_.books.decide = [](const std::string& operation) {
    return operation == "sender_status" ? Books::Answer::unavailable : Books::Answer::take;
  };
  ASSERT_TRUE(executor_.run(pools_->check_senders(actor_, "org_1")));
  shop_.books.lists_senders = false;
  ASSERT_TRUE(executor_.run(pools_->check_senders(actor_, "org_1")));
  const store::PoolRepository pools(store_);
  EXPECT_EQ(executor_.run(pools.available_senders("org_1", 10))->size(), 2U);
}

TEST_F(PoolsTest, AnAgentGetsNoSenderThatIsGoneOrOff) {
  ASSERT_TRUE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 3)));
  const auto senders = executor_.run(pools_->senders("org_1"));
  shop_.books.senders.erase(senders->at(0).sender_id);
  shop_.books.senders[senders->at(1).sender_id].status = "failed";
  ProvisionRequest chat = everything("ada");
  chat.phone = chat.voice = chat.email = false;
  ASSERT_TRUE(provision(chat));
  const auto report = executor_.run(service_->report("org_1", "ada"));
  EXPECT_EQ(report->channels.at(0).address, senders->at(2).number);
}

TEST_F(PoolsTest, NumbersAreBoughtMadeDefaultAndGivenBack) {
  ASSERT_TRUE(provision(request("ada")));
  Pools::NewNumber wanted;
  wanted.org_id = "org_1";
  wanted.agent_id = "ada";
  const auto bought = executor_.run(pools_->add_number(actor_, wanted));
  ASSERT_TRUE(bought) << bought.error().message;
  EXPECT_EQ(shop_.books.routes.sms_url, "https://comms.example.com/webhooks/pool:org_1/sms")
      << "whoever is named: answers are for the agent that wrote";
  wanted.number = "+442071838750";
  wanted.country = "GB";
  wanted.agent_id = "";
  ASSERT_TRUE(executor_.run(pools_->add_number(actor_, wanted)));
  EXPECT_EQ(executor_.run(pools_->add_number(actor_, wanted)).error().code, ErrorCode::conflict);
  ASSERT_TRUE(executor_.run(pools_->change_number(actor_, "org_1", "+442071838750", "default")));
  ASSERT_TRUE(executor_.run(pools_->change_number(actor_, "org_1", bought->number, "default")));
  ASSERT_TRUE(executor_.run(pools_->name_agent(actor_, "org_1", "+442071838750", "ada")));
  EXPECT_EQ(executor_.run(pools_->name_agent(actor_, "org_1", "+442071838750", "bob")).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(executor_.run(pools_->name_agent(actor_, "org_1", "+4411", "ada")).error().code,
            ErrorCode::not_found);
  const auto all = executor_.run(pools_->numbers("org_1"));
  ASSERT_EQ(all->size(), 2U);
  for (const auto& number : *all) EXPECT_EQ(number.agent_id, "ada");
  for (const auto& number : *all) EXPECT_EQ(number.is_default, number.number == bought->number);
  ASSERT_TRUE(executor_.run(pools_->remove_number(actor_, "org_1", bought->number)));
  EXPECT_EQ(shop_.books.numbers.size(), 1U) << "the agent's own";
  EXPECT_EQ(executor_.run(pools_->remove_number(actor_, "org_1", bought->number)).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(executor_.run(pools_->change_number(actor_, "org_2", "+442071838750", "default"))
                .error()
                .code,
            ErrorCode::not_found);
}

TEST_F(PoolsTest, RefusesNumbersThatAreNone) {
  Pools::NewNumber wanted;
  wanted.org_id = "org_1";
  wanted.number = "0207";
  EXPECT_EQ(executor_.run(pools_->add_number(actor_, wanted)).error().code,
            ErrorCode::invalid_argument);
  wanted.number = "+442071838750";
  wanted.capabilities = {"fax"};
  EXPECT_EQ(executor_.run(pools_->add_number(actor_, wanted)).error().code,
            ErrorCode::invalid_argument);
  wanted.capabilities = {"sms"};
  wanted.agent_id = "nobody";
  EXPECT_EQ(executor_.run(pools_->add_number(actor_, wanted)).error().code, ErrorCode::not_found);
}

TEST_F(PoolsTest, AKeptNumberJoinsThePool) {
  ASSERT_TRUE(provision(everything("ada")));
  const auto gone = deprovision("ada", false);
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->number_released);
  const auto numbers = executor_.run(pools_->numbers("org_1"));
  ASSERT_EQ(numbers->size(), 1U);
  EXPECT_EQ(numbers->front().capabilities, "sms voice");
  expect_nothing_leaks("kept");
  ASSERT_TRUE(executor_.run(pools_->remove_number(actor_, "org_1", numbers->front().number)));
  EXPECT_TRUE(shop_.books.numbers.empty());
}

TEST_F(PoolsTest, AgentsOfASharedIdentityBuyNothingAndNeedAPool) {
  ProvisionRequest wanted = request("ada");
  wanted.identity = "shared";
  const auto refused = provision(wanted);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("number pool is empty"));
  Pools::NewNumber number;
  number.org_id = "org_1";
  number.number = "+442071838750";
  ASSERT_TRUE(executor_.run(pools_->add_number(actor_, number)));
  for (const char* id : {"ada", "bob"}) {
    wanted.agent_id = id;
    const auto done = provision(wanted);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->channels.at(0).provider, store::pooled_provider);
  }
  EXPECT_EQ(shop_.books.sold, 0);
  ASSERT_TRUE(deprovision("ada"));
  EXPECT_EQ(executor_.run(pools_->numbers("org_1"))->size(), 1U);
}

TEST_F(PoolsTest, WhatAnAgentSendsFrom) {
  const policy::SenderAddress sender(store_);
  const auto from = [&](const std::string& identity, const std::string& channel,
                        const std::string& country) {
    policy::SenderAddress::Question question;
    question.org_id = "org_1";
    question.identity = identity;
    question.channel = channel;
    question.own = identity == "shared" ? "pool:ada" : "own";
    question.provider = identity == "shared" ? std::string(store::pooled_provider) : "shop";
    question.to_country = country;
    const auto chosen = executor_.run(sender.choose(question));
    return chosen ? chosen->address : std::string(to_string(chosen.error().code));
  };
  EXPECT_EQ(from("shared", "sms", "GB"), "rejected") << "the pool is empty";
  EXPECT_EQ(from("hybrid", "sms", "GB"), "own");
  for (const auto& [number, country] :
       {std::pair("+442071838750", "GB"), std::pair("+14155550100", "US")}) {
    Pools::NewNumber wanted;
    wanted.org_id = "org_1";
    wanted.number = number;
    wanted.country = country;
    wanted.capabilities = {"sms"};
    ASSERT_TRUE(executor_.run(pools_->add_number(actor_, wanted)));
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(from("shared", "sms", "US"), "+14155550100");
  EXPECT_EQ(from("shared", "sms", "FR"), "+442071838750") << "any, the oldest first";
  EXPECT_EQ(from("hybrid", "sms", "US"), "+14155550100");
  EXPECT_EQ(from("hybrid", "voice", "US"), "own") << "none of the pool can";
  EXPECT_EQ(from("hybrid", "email", "US"), "own");
  EXPECT_EQ(from("dedicated", "sms", "US"), "own");
  ASSERT_TRUE(executor_.run(pools_->change_number(actor_, "org_1", "+14155550100", "disabled")));
  EXPECT_EQ(from("shared", "sms", "US"), "+442071838750");
}

TEST_F(PoolsTest, AnOperatorSaysAtWhichProvidersANumberIs) {
  const auto ada = provision(request("ada"));
  ASSERT_TRUE(ada);
  const std::string own = ada->channels.at(0).address;
  const auto set = [&](const std::string& number, std::vector<std::string> providers) {
    const auto done =
        executor_.run(pools_->set_providers(actor_, "org_1", number, std::move(providers)));
    return done ? std::string("set") : std::string(to_string(done.error().code));
  };
  EXPECT_EQ(set(own, {}), "invalid_argument");
  EXPECT_EQ(set(own, {"nobody"}), "not_found") << "no such provider";
  EXPECT_EQ(set("+14155550199", {"shop"}), "not_found") << "no such number";
  EXPECT_EQ(set(own, {"shop"}), "set");
}

TEST_F(PoolsTest, SlotsAreCountedAnewWhenTheyDoNotAddUp) {
  ASSERT_TRUE(provision(request("ada")));
  store::UnitOfWork unit;
  store::OrganizationRepository::add_take_agent_slot(unit, "org_1", 100);
  ASSERT_TRUE(executor_.run(store_.commit(std::move(unit)))->committed);
  const store::OrganizationRepository organizations(store_);
  auto slots = executor_.run(organizations.audit_slots("org_1"));
  EXPECT_EQ((*slots)->counted, 2);
  EXPECT_EQ((*slots)->present, 1);
  store::UnitOfWork mending;
  store::OrganizationRepository::add_mend_slots(mending, "org_1", 2);
  ASSERT_TRUE(executor_.run(store_.commit(std::move(mending)))->committed);
  expect_nothing_leaks("mended");
}

TEST_F(PoolsTest, AnOrganizationChoosesIdsBelowItsOwnNameOnly) {
  settings_.own_ids_only = true;
  build();
  add_organization("org_2");
  ASSERT_TRUE(provision(request("support"))) << "an orchestrator may";
  const identity::Principal theirs{identity::Role::organization, "tok_2", "org_2", ""};
  const auto ask = [&](std::string id) {
    ProvisionRequest wanted = request(std::move(id));
    wanted.org_id = "org_2";
    return executor_.run(service_->provision(theirs, std::move(wanted)));
  };
  const auto taken = ask("support");
  const auto free = ask("sales");
  ASSERT_FALSE(taken);
  ASSERT_FALSE(free);
  EXPECT_EQ(taken.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(taken.error().message, free.error().message) << "taken or not, the answer is the same";
  EXPECT_TRUE(ask("org_2.support"));
  EXPECT_EQ(ask("org_2.support").error().code, ErrorCode::conflict) << "its own";
  EXPECT_TRUE(ask(""));
}

}  // namespace
}  // namespace commsd::provisioning::test
