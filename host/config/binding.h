#pragma once

#include "config/config.h"
#include "config/server_binding.h"

namespace commsd::config {

/// The one list of which key is which member. `each(visitor, group)` calls
/// visitor("key", member) for every scalar, list and map of text, and for every sub-group, and
/// visitor.path("key", member) for members that hold a path. Reading a file and showing the
/// settings are two visitors, so that a key cannot be read and not shown, or the reverse. Providers
/// and overrides have a form of their own and are not in it.
template <typename Visitor>
void each(Visitor& visitor, LoggingConfig& logging) {
  visitor("level", logging.level);
}

template <typename Visitor>
void each(Visitor& visitor, PluginsConfig& plugins) {
  visitor.path("path", plugins.path);
  visitor("trust", plugins.trust);
  visitor("trust_in", plugins.trust_in);
  visitor("pinned", plugins.pinned);
  visitor.path("keys_dir", plugins.keys_dir);
  visitor.path("cache_dir", plugins.cache_dir);
  visitor("probe_timeout_ms", plugins.probe_timeout_ms);
  visitor("watch_seconds", plugins.watch_seconds);
  visitor("watch_operations", plugins.watch_operations);
  visitor("watch_worse_by", plugins.watch_worse_by);
  visitor("drain_seconds", plugins.drain_seconds);
  visitor("restart_advised_over", plugins.restart_advised_over);
  visitor("upload", plugins.upload);
  visitor("upload_max_bytes", plugins.upload_max_bytes);
}

template <typename Visitor>
void each(Visitor& visitor, SecretsConfig& secrets) {
  visitor.path("dir", secrets.dir);
}

template <typename Visitor>
void each(Visitor& visitor, EgressConfig& egress) {
  visitor("allow", egress.allow);
  visitor.path("ca_file", egress.ca_file);
}

template <typename Visitor>
void each(Visitor& visitor, AmbiguousConfig& ambiguous) {
  visitor("sms", ambiguous.sms);
  visitor("email", ambiguous.email);
  visitor("whatsapp", ambiguous.whatsapp);
}

template <typename Visitor>
void each(Visitor& visitor, BreakerConfig& breaker) {
  visitor("failures", breaker.failures);
  visitor("window_seconds", breaker.window_seconds);
  visitor("first_probe_seconds", breaker.first_probe_seconds);
  visitor("longest_pause_seconds", breaker.longest_pause_seconds);
}

template <typename Visitor>
void each(Visitor& visitor, CallbacksConfig& callbacks) {
  visitor("retry_seconds", callbacks.retry_seconds);
  visitor("timeout_seconds", callbacks.timeout_seconds);
  visitor("disable_after_days", callbacks.disable_after_days);
  visitor("secret_overlap_hours", callbacks.secret_overlap_hours);
  visitor("history_days", callbacks.history_days);
}

template <typename Visitor>
void each(Visitor& visitor, MediaConfig& media) {
  visitor("link_minutes", media.link_minutes);
  visitor("quota_bytes", media.quota_bytes);
  visitor("retention_days", media.retention_days);
}

template <typename Visitor>
void each(Visitor& visitor, MessagingConfig& messaging) {
  visitor("dedupe_window_seconds", messaging.dedupe_window_seconds);
  visitor("ambiguous", messaging.ambiguous);
  visitor("store_bodies", messaging.store_bodies);
  visitor("inbox_retention_days", messaging.inbox_retention_days);
  visitor("idempotency_hours", messaging.idempotency_hours);
  visitor("max_media_bytes", messaging.max_media_bytes);
  visitor.path("media_limits", messaging.media_limits);
  visitor("max_attempts", messaging.max_attempts);
  visitor("max_inbound_attempts", messaging.max_inbound_attempts);
  visitor("retry_first_seconds", messaging.retry_first_seconds);
  visitor("retry_longest_seconds", messaging.retry_longest_seconds);
  visitor("send_deadline_seconds", messaging.send_deadline_seconds);
  visitor("schedule_horizon_days", messaging.schedule_horizon_days);
  visitor("whatsapp_window_hours", messaging.whatsapp_window_hours);
  visitor("callbacks", messaging.callbacks);
  visitor("media", messaging.media);
  visitor("breaker", messaging.breaker);
}

template <typename Visitor>
void each(Visitor& visitor, ComplianceConfig& compliance) {
  visitor("enforce", compliance.enforce);
  visitor("implied_consent_days", compliance.implied_consent_days);
  visitor("marketing_per_day", compliance.marketing_per_day);
  visitor.path("rules_dir", compliance.rules_dir);
  visitor.path("content_dir", compliance.content_dir);
  visitor("content_off", compliance.content_off);
  visitor("rules_max_age_days", compliance.rules_max_age_days);
  visitor("numbers_max_age_days", compliance.numbers_max_age_days);
}

template <typename Visitor>
void each(Visitor& visitor, McpConfig& mcp) {
  visitor("confirm", mcp.confirm);
  visitor("task_ttl_hours", mcp.task_ttl_hours);
}

template <typename Visitor>
void each(Visitor& visitor, LimitsConfig& limits) {
  visitor("actions_per_minute", limits.actions_per_minute);
  visitor("actions_per_hour", limits.actions_per_hour);
  visitor("actions_per_day", limits.actions_per_day);
  visitor("spend_per_day", limits.spend_per_day);
  visitor("spend_per_month", limits.spend_per_month);
  visitor("calls_per_day_same_number", limits.calls_per_day_same_number);
}

template <typename Visitor>
void each(Visitor& visitor, BillingConfig& billing) {
  visitor("markup_percent", billing.markup_percent);
  visitor.path("prices", billing.prices);
  visitor.path("tiers", billing.tiers);
}

template <typename Visitor>
void each(Visitor& visitor, VoiceConfig& voice) {
  visitor("inbound", voice.inbound);
  visitor("greeting", voice.greeting);
  visitor("language", voice.language);
  visitor("max_call_minutes", voice.max_call_minutes);
  visitor("ai_disclosure", voice.ai_disclosure);
  visitor("ai_disclosure_text", voice.ai_disclosure_text);
  visitor("recording_text", voice.recording_text);
}

template <typename Visitor>
void each(Visitor& visitor, RetentionConfig& retention) {
  visitor("enabled", retention.enabled);
  visitor("hour", retention.hour);
  visitor("messages_days", retention.messages_days);
  visitor("bodies_days", retention.bodies_days);
  visitor("usage_days", retention.usage_days);
  visitor("calls_days", retention.calls_days);
  visitor("dead_letter_days", retention.dead_letter_days);
  visitor("otp_days", retention.otp_days);
  visitor("revoked_consent_days", retention.revoked_consent_days);
}

template <typename Visitor>
void each(Visitor& visitor, ProvisioningConfig& provisioning) {
  visitor("agent_slots", provisioning.agent_slots);
  visitor("identity", provisioning.identity);
  visitor("isolation", provisioning.isolation);
  visitor("whatsapp_senders", provisioning.whatsapp_senders);
  visitor("purchase_grace_seconds", provisioning.purchase_grace_seconds);
  visitor("purchase_retry_seconds", provisioning.purchase_retry_seconds);
}

template <typename Visitor>
void each(Visitor& visitor, FirstRunConfig& first_run) {
  visitor("sandbox", first_run.sandbox);
}

template <typename Visitor>
void each(Visitor& visitor, Config& config) {
  visitor("edition", config.edition);
  visitor("server", config.server);
  visitor.path("data_dir", config.data_dir);
  visitor("logging", config.logging);
  visitor("plugins", config.plugins);
  visitor("secrets", config.secrets);
  visitor("egress", config.egress);
  visitor("messaging", config.messaging);
  visitor("compliance", config.compliance);
  visitor("mcp", config.mcp);
  visitor("limits", config.limits);
  visitor("billing", config.billing);
  visitor("voice", config.voice);
  visitor("retention", config.retention);
  visitor("provisioning", config.provisioning);
  visitor("first_run", config.first_run);
}

}  // namespace commsd::config
