/* comms.email/1 - e-mail out and in. Errors and absent ops as in telephony.h. */
#ifndef COMMS_SLOT_EMAIL_H
#define COMMS_SLOT_EMAIL_H

#include <comms/comms.h>
#include <comms/slot/telephony.h> /* comms_find */
#include <comms/webhook.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_EMAIL "comms.email/1"

typedef struct comms_email_message {
  uint32_t size, reserved;
  comms_str from; /* RFC 5322 mailbox, display name allowed */
  const comms_str* to;
  size_t to_count;
  const comms_str* cc;
  size_t cc_count;
  const comms_str* bcc;
  size_t bcc_count;
  comms_str reply_to, subject, text, html; /* text, html or both */
  const comms_kv* headers; /* further header fields (Message-ID, In-Reply-To, References ...),
                              checked by the host against line breaks */
  size_t header_count;
  const comms_media* attachments; /* with `data`; a content_id makes it an inline part */
  size_t attachment_count;
  comms_str client_ref, idempotency_key, status_url; /* as in comms_sms */
} comms_email_message;

typedef struct comms_email {
  uint32_t size, reserved;
  /* [op] result.message. */
  comms_status (*send)(void* self, comms_op* op, const comms_email_message* message);
  /* [op] As comms_telephony.find_message. */
  comms_status (*find_message)(void* self, comms_op* op, const comms_find* what);
  /* [op] Adds the domain at the vendor (or finds it) and asks for verification. Fields: domain_id,
   * status (pending|verified|failed); then per DNS record dns_type, dns_name, dns_value and, where
   * given, dns_priority, dns_status: each dns_type begins a new record. */
  comms_status (*verify_domain)(void* self, comms_op* op, comms_str domain);
  /* [op] Same fields, changes nothing. COMMS_NOT_FOUND = unknown to the vendor. */
  comms_status (*domain_status)(void* self, comms_op* op, comms_str domain);
  /* [op] Content of an event flagged COMMS_EVENT_NEEDS_FETCH: result.event, 0..1 times. None with
   * COMMS_OK: there was a handshake to do, and it is done. Nothing of the webhook is stored before;
   * after an error the vendor is answered with 503, so that it comes again. */
  comms_status (*fetch_inbound)(void* self, comms_op* op, comms_str vendor_id);
  /* [op] An attachment by the URL in comms_media, as comms_telephony.fetch_media. */
  comms_status (*fetch_media)(void* self, comms_op* op, comms_str url);
  /* [any] As in comms_telephony, all three. */
  comms_status (*verify_webhook)(void* self, const comms_http_in* request);
  /* [any] Of mail that comes in, as of what fetch_inbound yields, `extra` says whom this delivery
   * is for, in "recipients": all addresses that are known, separated by commas, best those of the
   * envelope (SMTP's RCPT TO), which knows of hidden copies. The host gives the mail to the agents
   * among them, to each once by however many deliveries it comes, and shows the list to nobody.
   * Without it those count whom `to`, to_all (the whole To) and cc name. */
  comms_status (*parse_webhook)(void* self, const comms_http_in* request, const comms_emit* emit);
  /* [any] */
  comms_status (*webhook_reply)(void* self, const comms_http_in* request, int32_t kind,
                                comms_sink* body, comms_sink* content_type);
} comms_email;

#ifdef __cplusplus
}
#endif
#endif
