/* webhook.h - what vendors push to us, shared by the telephony, whatsapp, email and voice slots.
 *
 * Order of calls: verify_webhook on the raw request; parse_webhook; the host stores the events in
 * one transaction; only then webhook_reply and HTTP 200. A provider without verify_webhook gets no
 * webhooks at all: unauthenticated input is never parsed.
 */
#ifndef COMMS_WEBHOOK_H
#define COMMS_WEBHOOK_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One HTTP request (or WebSocket upgrade) as it reached us. */
typedef struct comms_http_in {
  uint32_t size, reserved;
  comms_str method; /* upper case */
  /* The public URL byte for byte as the vendor called it (scheme, host, port, path, raw query):
   * Twilio, Plivo and others sign exactly this text. "wss://..." for an upgrade. */
  comms_str url;
  comms_str remote_ip;     /* textual, after trusted proxies */
  const comms_kv* headers; /* names as received; compare without case; repeated names repeat */
  size_t header_count;
  comms_bytes body; /* RAW bytes: signatures cover these, not a re-encoding of them */
} comms_http_in;

/* Kinds of comms_event. */
enum {
  COMMS_EVENT_MESSAGE_IN = 1,
  COMMS_EVENT_MESSAGE_STATUS = 2, /* also bounce and complaint: status + error_code */
  COMMS_EVENT_CALL_IN = 3,
  COMMS_EVENT_CALL_STATUS = 4,
  COMMS_EVENT_DTMF = 5,      /* digits in `text` */
  COMMS_EVENT_RECORDING = 6, /* media[0]; call id in vendor_id */
  COMMS_EVENT_SPEECH = 7     /* what a caller said to a GATHER verb, in `text` */
};

/* Flags of comms_event. */
enum {
  /* The webhook had metadata only; the host calls fetch_inbound(vendor_id) for the content before
   * it stores anything (Resend: GET /emails/receiving/{id}). Also used for one-off vendor
   * handshakes that need a request of their own (SNS SubscribeURL); fetch_inbound then yields no
   * event. */
  COMMS_EVENT_NEEDS_FETCH = 1u
};

#define COMMS_COST_UNKNOWN INT64_MIN

/* A file sent or received. Either `url` (fetch it with fetch_media) or `data`. Frozen. */
typedef struct comms_media {
  comms_str url, content_type, filename, content_id;
  comms_bytes data;
  uint64_t byte_count; /* 0 = unknown */
} comms_media;

typedef struct comms_event {
  uint32_t size;
  int32_t kind;
  comms_str event_id;   /* for deduplication: unique per provider, equal in every redelivery */
  comms_str vendor_id;  /* the vendor's id of the message or call */
  comms_str client_ref; /* our attempt id when the vendor echoes it, else empty */
  comms_str from, to;   /* E.164 or bare e-mail address; no "whatsapp:" prefix, no display name */
  comms_str subject, text, html;
  /* Neutral. Messages: queued|sent|delivered|undelivered|failed|read, and for e-mail
   * bounced|complained. Calls: queued|ringing|in-progress|completed|busy|failed|no-answer|canceled.
   */
  comms_str status;
  comms_str error_code, error_message;
  comms_str currency;     /* ISO 4217, upper case, when cost is known */
  int64_t cost_micros;    /* millionths of `currency`, positive = we pay; COMMS_COST_UNKNOWN */
  int64_t occurred_at_ms; /* Unix time; 0 = the vendor does not say */
  const comms_media* media;
  size_t media_count;
  /* Extra facts by name: message_id, in_reply_to, references, to_all, cc (e-mail headers),
   * recipients (slot/email.h), duration_ms, direction, confidence, segments, profile_name,
   * answered_by (human|machine|fax|unknown). Others are kept, never interpreted. */
  const comms_kv* extra;
  size_t extra_count;
  uint32_t flags, reserved;
} comms_event;

/* Receives events. `event` [any] copies; called on the calling thread, any number of times, during
 * the call that lent this. Frozen. */
typedef struct comms_emit {
  void* ctx;
  void (*event)(void* ctx, const comms_event* event);
} comms_emit;

#ifdef __cplusplus
}
#endif
#endif
