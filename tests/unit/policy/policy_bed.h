#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "policy/contact_preferences.h"
#include "policy/policy_gate.h"
#include "store/audit_log.h"
#include "store/database_store.h"
#include "store/test_database.h"

namespace commsd::policy::test {

/// The gate on the real SQLite provider. org_1 is in production, org_2 in sandbox mode; the agents
/// agt_1 and agt_2 have an address on each channel, and agt_1b is a second agent of org_1.
class PolicyBed : public testing::Test {
 protected:
  PolicyBed();

  PolicyGate gate(store::Store& store) const;
  OutboundAction action(plugin::ChannelKind channel = plugin::ChannelKind::sms) const;
  Result<Admission> ask(OutboundAction action, bool again = false);
  /// The rule that refuses it; "" when it is admitted.
  std::string refusal(OutboundAction action);
  bool commit(store::UnitOfWork unit);

  ContactPreferences::Contact contact(plugin::ChannelKind channel = plugin::ChannelKind::sms,
                                      std::string agent = "agt_1") const;
  store::Consent record(ContactPreferences::Contact contact, std::string type = "express",
                        std::optional<UnixMillis> expires_at = std::nullopt);
  void stop(std::string channel = "sms", std::string source = "keyword");

  static constexpr const char* number = "+14155552671";
  store::test::TemporaryFolder folder_;
  ManualClock clock_{1'700'000'000'000};
  SeededRandom random_{1};
  Ids ids_{clock_, random_};
  ManualExecutor executor_;
  std::unique_ptr<store::DatabaseStore> store_;
  std::optional<identity::OrganizationModes> modes_;
  std::optional<DncLists> lists_;
  std::optional<store::AuditLog> audit_;
  std::optional<ContactPreferences> contacts_;
  GateSettings settings_{"key"};
};

}  // namespace commsd::policy::test
