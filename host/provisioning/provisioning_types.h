#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::provisioning {

struct ProvisioningSettings {
  std::string public_url;              // webhooks of bought numbers point below it
  std::int64_t agent_slots = 5;        // per organization, unless it has another number
  std::string worker = "worker";       // names this process among those on one database
  std::string identity = "dedicated";  // dedicated | shared | hybrid
  /// single-account | per-agent-subaccount | per-customer-subaccount
  std::string isolation = "single-account";
  std::int64_t whatsapp_senders = 5;  // that a pool is filled up to
  /// Of Purchases::Patience.
  std::chrono::milliseconds purchase_grace{120'000};
  std::chrono::milliseconds purchase_retry{30'000};
  /// Organizations may choose only agent ids below their own name. Ids are unique on the server, so
  /// that another's "support" could be found out by asking for it.
  bool own_ids_only = false;
};

struct ProvisionRequest {
  std::string org_id;
  std::string agent_id;  // "" = make one
  std::string display_name;
  std::string country = "US";  // ISO 3166-1 alpha-2
  bool phone = false;
  bool whatsapp = false;
  bool email = false;
  bool voice = false;
  std::string email_domain;   // required with `email`
  std::string identity = {};  // "" = as configured
  /// Slot -> name of a provider that is configured for it, for this agent alone.
  std::map<std::string, std::string> provider_overrides = {};
  /// What else becomes true together with the agent, or not at all. Called for each try to save.
  std::function<void(store::UnitOfWork&, const store::Agent&)> also = {};
};

struct Pool {
  std::int64_t most_agents = 0;
  std::int64_t active_agents = 0;
};

struct Provisioned {
  store::Agent agent;
  std::vector<store::Channel> channels;
  std::string token;  // shown once
  Pool pool;
};

struct Deprovisioned {
  bool already = false;
  bool number_released = false;
  bool whatsapp_returned = false;
  std::vector<std::string> warnings;
};

struct ChannelReport {
  store::Agent agent;
  std::vector<store::Channel> channels;
  Pool pool;
};

}  // namespace commsd::provisioning
