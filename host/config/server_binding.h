#pragma once

#include "config/config.h"

namespace commsd::config {

// The keys below `server`: see binding.h.

template <typename Visitor>
void each(Visitor& visitor, TlsConfig& tls) {
  visitor.path("certificate", tls.certificate);
  visitor.path("key", tls.key);
}

template <typename Visitor>
void each(Visitor& visitor, ServerLimits& limits) {
  visitor("connections", limits.connections);
  visitor("connections_per_address", limits.connections_per_address);
  visitor("header_bytes", limits.header_bytes);
  visitor("header_fields", limits.header_fields);
  visitor("url_bytes", limits.url_bytes);
  visitor("body_bytes", limits.body_bytes);
  visitor("mail_webhook_bytes", limits.mail_webhook_bytes);
  visitor("large_bodies", limits.large_bodies);
  visitor("header_timeout_seconds", limits.header_timeout_seconds);
  visitor("body_timeout_seconds", limits.body_timeout_seconds);
  visitor("idle_timeout_seconds", limits.idle_timeout_seconds);
  visitor("stream_buffer_bytes", limits.stream_buffer_bytes);
  visitor("queued_jobs", limits.queued_jobs);
  visitor("audited_refusals", limits.audited_refusals);
}

template <typename Visitor>
void each(Visitor& visitor, AuthorizationServerConfig& server) {
  visitor("enabled", server.enabled);
  visitor("dynamic_registration", server.dynamic_registration);
  visitor("client_metadata_documents", server.client_metadata_documents);
  visitor("redirect_schemes", server.redirect_schemes);
  visitor("access_token_minutes", server.access_token_minutes);
  visitor("refresh_token_days", server.refresh_token_days);
}

template <typename Visitor>
void each(Visitor& visitor, OauthConfig& oauth) {
  visitor("issuer", oauth.issuer);
  visitor("jwks_url", oauth.jwks_url);
  visitor("token_type", oauth.token_type);
  visitor("organization_claim", oauth.organization_claim);
  visitor("agent_claim", oauth.agent_claim);
  visitor("authorization_server", oauth.authorization_server);
}

template <typename Visitor>
void each(Visitor& visitor, ServerConfig& server) {
  visitor("listen", server.listen);
  visitor("public_url", server.public_url);
  visitor.path("control_socket", server.control_socket);
  visitor("trusted_proxies", server.trusted_proxies);
  visitor("loops", server.loops);
  visitor("tls", server.tls);
  visitor("limits", server.limits);
  visitor("allowed_origins", server.allowed_origins);
  visitor("allowed_hosts", server.allowed_hosts);
  visitor("oauth", server.oauth);
  visitor("legacy_query_token", server.legacy_query_token);
}

}  // namespace commsd::config
