#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "provisioning/pools.h"
#include "provisioning/provisioning_service.h"
#include "provisioning/scripted_shop.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"

namespace commsd::provisioning::test {

/// The real database, which can be made to fail: at the n-th commit, once or from then on, and
/// either before anything is saved or after all was.
class FailingStore final : public store::Store {
 public:
  enum class Mode { never, refuse_once, lose_once, dead, dead_after_saving };

  std::unique_ptr<store::Store> real;
  Mode mode = Mode::never;
  int commits_left = 0;  // until it fails
  int commits = 0;       // seen
  bool dead = false;     // the process is gone as far as the code under test can tell

  void fail_at(int commit, Mode how) {
    mode = how;
    commits_left = commit;
    dead = false;
  }
  void heal() {
    mode = Mode::never;
    dead = false;
  }

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    if (dead) co_return fail(ErrorCode::unavailable, "the process is gone");
    Task<Result<store::Rows>> reading = real->query(statement, std::move(parameters));
    co_return co_await std::move(reading);
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    ++commits;
    if (dead) co_return fail(ErrorCode::unavailable, "the process is gone");
    const bool now = mode != Mode::never && commits_left-- == 0;
    if (now && mode == Mode::refuse_once) {
      co_return fail(ErrorCode::unavailable, "the disk is full");
    }
    if (now && mode == Mode::dead) {
      dead = true;
      co_return fail(ErrorCode::unavailable, "the process is gone");
    }
    Task<Result<store::UnitOutcome>> saving = real->commit(std::move(unit));
    Result<store::UnitOutcome> saved = co_await std::move(saving);
    if (now) {
      dead = mode == Mode::dead_after_saving;
      co_return fail(ErrorCode::ambiguous, "the answer was lost");
    }
    co_return saved;
  }
};

/// Provisioning on the real SQLite provider, with a scripted shop. One organization "org_1" with
/// three slots.
class ProvisioningBed : public testing::Test {
 protected:
  ProvisioningBed() {
    auto opened =
        store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
    if (!opened) std::abort();
    store_.real = std::move(*opened);
    add_organization("org_1");
    settings_.public_url = "https://comms.example.com";
    settings_.agent_slots = 3;
    build();
  }

  /// What a new process has: everything but the database and the world outside.
  void build() {
    audit_.emplace(store_, clock_, ids_);
    tokens_.emplace(store_, clock_, random_, ids_);
    service_.emplace(store_, shop_, *tokens_, *audit_, clock_, ids_, settings_);
    pools_.emplace(store_, shop_, *service_, *audit_, clock_);
  }
  void add_organization(const std::string& id) {
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {id, id, "production", "active", 1});
    EXPECT_TRUE(executor_.run(store_.commit(std::move(unit)))->committed);
  }

  static ProvisionRequest request(std::string agent_id) {
    ProvisionRequest wanted;
    wanted.org_id = "org_1";
    wanted.agent_id = std::move(agent_id);
    wanted.display_name = "Ada";
    wanted.phone = true;
    return wanted;
  }
  static ProvisionRequest everything(std::string agent_id) {
    ProvisionRequest wanted = request(std::move(agent_id));
    wanted.whatsapp = wanted.email = wanted.voice = true;
    wanted.email_domain = "mail.example.com";
    return wanted;
  }
  Result<Provisioned> provision(ProvisionRequest wanted) {
    return executor_.run(service_->provision(actor_, std::move(wanted)));
  }
  Result<Deprovisioned> deprovision(const std::string& agent_id, bool release = true) {
    return executor_.run(service_->deprovision(actor_, "org_1", agent_id, release));
  }
  /// Lets the job run until nothing is left for it, over two days at most.
  void settle() {
    for (int round = 0; round < 48; ++round) {
      clock_.advance(std::chrono::hours(1));
      const auto found = executor_.run(service_->purchases().recover(100));
      EXPECT_TRUE(found) << found.error().message;
      if (found && *found == 0) break;
    }
  }

  /// Every number at the vendor has an owner here, and everything that is owned is at the vendor;
  /// slots, senders and rows add up.
  void expect_nothing_leaks(const std::string& what);

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SystemRandom random_;
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  FailingStore store_;
  Shop shop_;
  ProvisioningSettings settings_;
  std::optional<store::AuditLog> audit_;
  std::optional<identity::TokenService> tokens_;
  std::optional<ProvisioningService> service_;
  std::optional<Pools> pools_;
  identity::Principal actor_{identity::Role::orchestrator, "tok_1", "", ""};
};

inline void ProvisioningBed::expect_nothing_leaks(const std::string& what) {
  std::map<std::string, std::string> owned;  // vendor id -> number
  std::size_t present = 0;
  std::size_t own_senders = 0;  // of agents, not of the pool
  const auto agents = executor_.run(service_->agents("org_1", "", 1000));
  ASSERT_TRUE(agents);
  for (const store::Agent& agent : *agents) {
    if (agent.status != "deprovisioned") ++present;
    const auto report = executor_.run(service_->report("org_1", agent.id));
    ASSERT_TRUE(report);
    for (const store::Channel& channel : report->channels) {
      if (channel.status == "released") continue;
      EXPECT_NE(agent.status, "deprovisioned") << what << ": " << channel.channel;
      if (channel.channel == "sms" || channel.channel == "voice") {
        owned[channel.provider_ref] = channel.address;
      }
      if (channel.channel == "whatsapp") ++own_senders;
    }
  }
  const auto numbers = executor_.run(pools_->numbers("org_1"));
  for (const store::PoolNumber& number : *numbers) owned[number.vendor_id] = number.number;
  const auto senders = executor_.run(pools_->senders("org_1"));
  std::size_t pooled = 0;
  for (const store::WhatsappSender& sender : *senders) {
    ++pooled;
    if (sender.status == "assigned") --own_senders;
    const bool assigned = sender.status == "assigned";
    const auto owner = std::find_if(agents->begin(), agents->end(), [&](const auto& agent) {
      return agent.id == sender.agent_id && agent.status == "active";
    });
    EXPECT_EQ(assigned, owner != agents->end()) << what << ": a sender without its agent";
  }
  EXPECT_EQ(shop_.books.numbers.size(), owned.size() + pooled) << what;
  if (shop_.books.lists_senders) {
    EXPECT_EQ(shop_.books.senders.size(), pooled + own_senders) << what << ": senders";
  }
  for (const auto& [id, number] : owned) {
    EXPECT_EQ(shop_.books.numbers[id], number) << what << ": owned, but not at the vendor";
  }
  const store::OrganizationRepository organizations(store_);
  const auto slots = executor_.run(organizations.audit_slots("org_1"));
  ASSERT_TRUE(slots && *slots);
  EXPECT_EQ((*slots)->counted, static_cast<std::int64_t>(present)) << what << ": the counter";
  EXPECT_EQ((*slots)->present, static_cast<std::int64_t>(present)) << what << ": open makings";
  const store::AcquisitionRepository ledger(store_);
  const auto unsettled = executor_.run(ledger.unsettled("org_1", 100));
  EXPECT_TRUE(unsettled && unsettled->empty()) << what << ": unsettled purchases";
}

}  // namespace commsd::provisioning::test
