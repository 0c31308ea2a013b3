#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "messaging/awaited_store.h"
#include "messaging/body_storage.h"
#include "messaging/inbound_pipeline.h"
#include "messaging/message_history.h"
#include "messaging/scheduled_sends.h"
#include "messaging/scripted_vendor.h"
#include "policy/spend_guard.h"
#include "policy/standard_rules.h"
#include "store/database_store.h"
#include "store/organization_repository.h"
#include "store/test_database.h"

namespace commsd::messaging::test {

/// Both pipelines on the real SQLite provider, with scripted vendors and a clock of the test's.
/// One organization "org_1" whose agent "agt_1" has the number +14155550100 for SMS, set up at the
/// vendors "first" and "second".
class MessagingBed : public testing::Test {
 protected:
  MessagingBed();
  ~MessagingBed() override;

  /// Ends the process as far as the pipelines can tell, and starts it again on the same database:
  /// attempts under way are cut off, then recovered.
  void restart();
  void build();
  void recover();

  SendRequest request(std::string text, std::string key = {}) const;
  Result<SendOutcome> send(SendRequest request);
  SendOutcome sent(SendRequest request);
  store::Message stored(const std::string& id);
  MessageHistory::View history(const std::string& id);
  /// Lets time pass and starts what becomes due, second by second.
  void pass(std::chrono::seconds time);

  Result<plugin::WebhookReply> webhook(plugin::ProviderEvent event, std::string reference = {},
                                       const std::string& agent_id = "agt_1");
  std::vector<store::InboxItem> waiting();
  /// From here on what was said stays.
  void keep_bodies();

  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<AwaitedStore> store_;
  ScriptedProviders providers_;
  std::shared_ptr<ScriptedVendor> vendor_ = providers_.add("first");
  policy::OptOutKeywords keywords_ = policy::OptOutKeywords::standard();
  DeliverySettings settings_;
  /// Limits are not what most of these tests are about.
  policy::Limits limits_{1'000'000, 1'000'000,         1'000'000,
                         1'000'000, 1'000'000'000'000, 1'000'000'000'000};
  policy::PriceTable prices_ = policy::PriceTable::standard();
  policy::MediaRules media_{policy::MediaLimits::standard()};
  policy::TierTable tiers_ = policy::TierTable::standard();
  std::optional<store::AuditLog> audit_;
  std::optional<BodyStorage> bodies_;
  std::optional<policy::LimitAlerts> alerts_;
  std::optional<policy::SpendGuard> spend_;
  std::optional<CircuitBreaker> breaker_;
  std::optional<InFlight> in_flight_;
  policy::GateSettings gate_settings_{"key"};
  InboundSettings inbound_settings_{"key", 180, policy::VendorBlocks::standard(),
                                    &policy::test::standard_intent()};
  std::optional<identity::OrganizationModes> modes_;
  std::optional<policy::DncLists> lists_;
  std::optional<policy::PolicyGate> gate_;
  std::optional<Delivery> delivery_;
  std::optional<Inbox> inbox_;
  std::optional<AgentPost> agent_post_;
  std::optional<OutboundPipeline> outbound_;
  std::optional<ScheduledSends> scheduled_;
  std::optional<InboundPipeline> inbound_;
};

/// An SMS from `from` with an id of its own.
plugin::ProviderEvent text_event(std::string id, std::string from, std::string text);
plugin::ProviderEvent status_event(std::string vendor_id, std::string status);

}  // namespace commsd::messaging::test
