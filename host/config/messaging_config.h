#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace commsd::config {

struct AmbiguousConfig {  // hold | resend; voice is always hold
  std::string sms = "hold";
  std::string email = "hold";
  std::string whatsapp = "hold";
};

struct BreakerConfig {
  std::int64_t failures = 5;
  std::int64_t window_seconds = 30;
  std::int64_t first_probe_seconds = 15;  // doubles after each failed probe
  std::int64_t longest_pause_seconds = 300;
};

/// What agents' own hosts are told.
struct CallbacksConfig {
  std::vector<std::int64_t> retry_seconds = {5, 300, 1800, 7200, 18000, 36000, 36000};
  std::int64_t timeout_seconds = 15;
  std::int64_t disable_after_days = 5;  // of nothing but failures
  std::int64_t secret_overlap_hours = 24;
  std::int64_t history_days = 30;
};

/// Files that agents receive.
struct MediaConfig {
  std::int64_t link_minutes = 60;         // how long a link that an agent was given is good
  std::int64_t quota_bytes = 1073741824;  // of an agent whose files are kept
  std::int64_t retention_days = 30;       // the same
};

struct MessagingConfig {
  std::int64_t dedupe_window_seconds = 60;
  AmbiguousConfig ambiguous;
  bool store_bodies = false;
  std::int64_t inbox_retention_days = 7;
  std::int64_t idempotency_hours = 72;
  std::int64_t max_media_bytes = 16777216;
  std::string media_limits;               // "" = those that ship with the server
  std::int64_t max_attempts = 5;          // outbound, per provider
  std::int64_t max_inbound_attempts = 8;  // of a callback; then a dead letter
  std::int64_t retry_first_seconds = 2;   // doubles after each attempt
  std::int64_t retry_longest_seconds = 300;
  std::int64_t send_deadline_seconds = 30;
  std::int64_t schedule_horizon_days = 30;
  std::int64_t whatsapp_window_hours = 24;  // 0 = the provider has none
  CallbacksConfig callbacks;
  MediaConfig media;
  BreakerConfig breaker;
};

}  // namespace commsd::config
