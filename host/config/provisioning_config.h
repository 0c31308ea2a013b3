#pragma once

#include <cstdint>
#include <string>

namespace commsd::config {

/// Agents and what they get.
struct ProvisioningConfig {
  std::int64_t agent_slots = 5;              // per organization, unless it was given another number
  std::string identity = "dedicated";        // dedicated | shared | hybrid
  std::string isolation = "single-account";  // | per-agent-subaccount | per-customer-subaccount
  std::int64_t whatsapp_senders = 5;         // that a pool is filled up to
  std::int64_t purchase_grace_seconds = 120;  // then what nobody owns is looked up at the vendor
  std::int64_t purchase_retry_seconds = 30;   // doubles after each look-up that fails
};

struct FirstRunConfig {
  bool sandbox = true;  // make a sandbox organization with an agent, so that a first send works
};

}  // namespace commsd::config
