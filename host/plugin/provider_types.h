#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

// What mission code says to a provider and hears from it, in the host's own types. The facades
// translate between these and the C ABI, so that no mission room includes an ABI header.

namespace commsd::plugin {

enum class ChannelKind { sms, whatsapp, email, voice };

/// "sms", "whatsapp", "email", "voice": the names of the public contract.
std::string_view to_string(ChannelKind channel);
std::optional<ChannelKind> parse_channel(std::string_view name);

using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct Attachment {
  std::string filename;
  std::string content_type;
  std::string bytes;
};

/// One message to one recipient, for any channel; a provider uses what its channel has.
struct OutboundMessage {
  ChannelKind channel = ChannelKind::sms;
  std::string from;  // E.164, or a mailbox
  std::string to;
  std::string subject;
  std::string text;
  std::string html;
  std::string reply_to;
  std::vector<std::string> media_urls;
  std::vector<Attachment> attachments;
  std::string template_id;
  std::string language;
  KeyValues template_variables;
  std::string to_agent;          // the agent that `to` belongs to; "" = a contact; for no vendor
  KeyValues headers;             // extra mail headers
  std::string status_url;        // public URL for delivery events; "" = none wanted
  std::string client_reference;  // our attempt id
  std::string idempotency_key;   // the same for every try of one message
  // What the rules ask about, also again before a retry; for no vendor.
  std::string message_class;  // "" = marketing
  std::string time_zone;      // IANA name that the caller gave for the recipient; "" = none
  bool copy = false;          // for the organization itself, of what an agent sent or received
  bool mandated = false;      // a reply the law wants (opt-out confirmation); ours alone to set
};

/// What a vendor said when it took a message.
struct Receipt {
  std::string vendor_id;
  std::string status;  // queued | sent | delivered
  std::optional<std::int64_t> cost_micros;
  std::string currency;
};

/// Asks a vendor whether it took a message whose answer was lost. By `client_reference` where the
/// vendor keeps one, else by addresses, text and the time window.
struct LookUp {
  std::string vendor_id;  // when set: exactly this one (calls only)
  std::string client_reference;
  std::string from;
  std::string to;
  std::string text;
  UnixMillis not_before = 0;  // when the attempt began, less the slack for clocks that differ
  UnixMillis not_after = 0;
};

/// An HTTP request as a vendor made it. `url` is the public URL, rebuilt from configuration with
/// path and query exactly as received, because that is what vendors sign.
struct WebhookRequest {
  std::string method;
  std::string url;
  std::string remote_address;
  KeyValues headers;
  std::string body;  // raw bytes
};

struct WebhookReply {
  int status = 200;
  std::string content_type;
  std::string body;
};

enum class EventKind {
  message_received,
  message_status,
  call_received,
  call_status,
  digits_received,
  recording_ready,
};

struct MediaReference {
  std::string url;
  std::string content_type;
  std::string filename;
  std::int64_t size = 0;  // bytes; 0 = not stated
  std::string bytes{};    // of a file that came with the event; `url` is then empty
};

/// One thing a vendor told us. `event_id` is unique per provider and names this delivery's
/// content: a repeated delivery has the same one.
struct ProviderEvent {
  EventKind kind = EventKind::message_received;
  std::string event_id;
  std::string vendor_id;
  std::string client_reference;
  std::string from;
  std::string to;
  std::string subject;
  std::string text;
  std::string html;
  /// queued | sent | delivered | undelivered | failed | read; of calls queued | ringing |
  /// in-progress | completed | busy | failed | no-answer | canceled
  std::string status;
  std::string error_code;
  std::optional<std::int64_t> cost_micros;
  std::string currency;
  std::vector<MediaReference> media;
  KeyValues extra;             // e.g. "message_id", "in_reply_to", "references"
  bool needs_fetch = false;    // the webhook had metadata only: call fetch_inbound(vendor_id)
  UnixMillis occurred_at = 0;  // 0 = not stated
};

struct NumberQuery {
  std::string country;    // ISO 3166-1 alpha-2
  std::string area_code;  // "" = any
  bool sms = true;
  bool voice = false;
  bool mms = false;
  std::string client_reference;  // ours: what find_number() looks for when the answer was lost
};

struct BoughtNumber {
  std::string number;  // E.164
  std::string vendor_id;
};

/// An account below the configured one, with numbers and bills of its own.
struct AccountRequest {
  std::string name;
  std::string client_reference;
};

struct VendorAccount {
  std::string vendor_id;
  KeyValues settings;  // secrets: what an instance of that account has other than the main one's
};

struct NumberRoutes {
  std::string sms_url;
  std::string voice_url;
  std::string call_status_url;
};

/// Media of an inbound message or a recording, downloaded with the vendor's credentials.
struct FetchedMedia {
  std::string content_type;
  std::string bytes;
};

struct DomainRecord {
  std::string type;
  std::string name;
  std::string value;
};

struct DomainState {
  std::string status;  // pending | verified | failed
  std::vector<DomainRecord> records;
};

}  // namespace commsd::plugin
