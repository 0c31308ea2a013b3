#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/provider_types.h"
#include "policy/outbound_action.h"
#include "store/idempotency_repository.h"
#include "store/records.h"
#include "store/unit_of_work.h"

namespace commsd::messaging {

/// Size limits of what is sent. Defaults are the smallest of what the vendors' documents allow.
struct ContentLimits {
  std::size_t sms_text_bytes = 1600;       // ten segments, what carriers take
  std::size_t whatsapp_text_bytes = 4096;  // WhatsApp Cloud API, text object
  std::size_t email_text_bytes = 1024 * 1024;
  std::size_t subject_bytes = 998;  // RFC 5322 2.1.1: longest line
  std::size_t media_urls = 10;      // the largest MMS
  std::size_t attachments_bytes = 20 * 1024 * 1024;
  bool own_media = false;  // the media URLs are this server's, whatever its scheme
};

/// Refuses what no provider may see: wrong addresses, control characters in header fields, nothing
/// to send, too much to send. invalid_argument or too_large; the message names the argument.
Result<void> check_content(const plugin::OutboundMessage& message, const ContentLimits& limits);

/// The stored form of a message's content (JSON), kept until it has been handed to a vendor.
/// `status_url`, `client_reference` and `idempotency_key` belong to the attempt and are left out;
/// what the rules ask about is in it.
std::string encode_content(const plugin::OutboundMessage& message);
/// internal when the text does not decode: it was written by encode_content.
Result<plugin::OutboundMessage> decode_content(std::string_view json);

/// The content of a stored message, decoded, as it goes out: the recipient of a copy stands in its
/// row, and a scheduled message may have another sender than when its content was stored. internal
/// when there is no payload any more.
Result<plugin::OutboundMessage> content_of(const store::Message& message,
                                           const std::optional<std::string>& payload);

/// The scope, in the idempotency table, of claims on content instead of on a caller's key.
inline constexpr std::string_view content_scope = "content";

/// Nobody took the message or call: the same words may be sent again at once.
template <typename Subject>
void add_content_release(store::UnitOfWork& unit, const Subject& subject) {
  store::IdempotencyRecord claim;
  claim.org_id = subject.org_id;
  claim.agent_id = subject.agent_id;
  claim.tool = content_scope;
  claim.key = subject.content_hash;
  claim.message_id = subject.id;
  store::IdempotencyRepository::add_release(unit, claim);
}

/// Equal for messages that would look the same to the recipient. SHA-256 hex.
std::string content_hash(std::string_view agent_id, const plugin::OutboundMessage& message);

/// A message as the PolicyGate is asked about it.
policy::OutboundAction action_of(std::string org_id, std::string agent_id,
                                 const plugin::OutboundMessage& message);

}  // namespace commsd::messaging
