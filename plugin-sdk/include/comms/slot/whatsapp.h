/* comms.whatsapp/1 - WhatsApp messages and senders. Errors and absent ops as in telephony.h. */
#ifndef COMMS_SLOT_WHATSAPP_H
#define COMMS_SLOT_WHATSAPP_H

#include <comms/comms.h>
#include <comms/slot/telephony.h> /* comms_find */
#include <comms/webhook.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_WHATSAPP "comms.whatsapp/1"

typedef struct comms_whatsapp_message {
  uint32_t size, reserved;
  comms_str from, to; /* E.164, no prefix */
  comms_str body;
  const comms_str* media; /* public URLs */
  size_t media_count;
  comms_str template_id;     /* when set: send this approved template, and `body` is ignored */
  comms_str language;        /* of the template, BCP 47 */
  const comms_kv* variables; /* of the template: "1" -> "Ana" */
  size_t variable_count;
  comms_str client_ref, idempotency_key, status_url; /* as in comms_sms */
} comms_whatsapp_message;

typedef struct comms_whatsapp_sender {
  uint32_t size, reserved;
  comms_str number, display_name;
  comms_str message_url, status_url; /* where webhooks of this sender shall go */
  comms_str verification_code;       /* second step of registration; empty in the first */
} comms_whatsapp_sender;

/* A template of text to be made and handed in for approval. */
typedef struct comms_whatsapp_template {
  uint32_t size, reserved;
  comms_str name;          /* lower case letters, digits and '_' */
  comms_str language;      /* as comms_whatsapp_message.language */
  comms_str category;      /* marketing|utility|authentication */
  comms_str body;          /* with {{1}}, {{2}} ... where variables go */
  const comms_kv* samples; /* of the variables, for who approves it: "1" -> "Ana" */
  size_t sample_count;
} comms_whatsapp_template;

typedef struct comms_whatsapp {
  uint32_t size, reserved;
  /* [op] result.message. Outside the 24-hour window without a template: COMMS_REJECTED with the
   * vendor's code (Twilio 63016) and a remedy that says to use a template. */
  comms_status (*send)(void* self, comms_op* op, const comms_whatsapp_message* message);
  /* [op] As comms_telephony.find_message. */
  comms_status (*find_message)(void* self, comms_op* op, const comms_find* what);
  /* [op] Fields: id, status (online|pending|verification_needed|failed). */
  comms_status (*register_sender)(void* self, comms_op* op, const comms_whatsapp_sender* sender);
  /* [op] As comms_telephony.fetch_media. */
  comms_status (*fetch_media)(void* self, comms_op* op, comms_str url);
  /* [any] As in comms_telephony, all three. Meta's GET handshake is a request without events whose
   * webhook_reply is the challenge. */
  comms_status (*verify_webhook)(void* self, const comms_http_in* request);
  /* [any] */
  comms_status (*parse_webhook)(void* self, const comms_http_in* request, const comms_emit* emit);
  /* [any] */
  comms_status (*webhook_reply)(void* self, const comms_http_in* request, int32_t kind,
                                comms_sink* body, comms_sink* content_type);
  /* What follows was appended in 1.1: absent where `size` ends before it. */
  /* [op] All senders of the account. Fields, `id` first for each: id, number (E.164), status (as of
   * register_sender), reason (why it is not online, if the vendor says). A list of which a part
   * could not be read is a failure: who is not in it counts as gone. */
  comms_status (*list_senders)(void* self, comms_op* op);
  /* [op] Of one sender, fields as there. COMMS_NOT_FOUND = it is certainly gone. */
  comms_status (*sender_status)(void* self, comms_op* op, comms_str sender_id);
  /* [op] Gives a sender up. Removing what is gone is COMMS_OK. */
  comms_status (*remove_sender)(void* self, comms_op* op, comms_str sender_id);
  /* [op] All templates of the account. Fields, `id` first for each: id, name, language, status
   * (approved|pending|rejected|paused|unsubmitted), category (as in comms_whatsapp_template),
   * reason (of a refusal). `id` and, with the language, `name` are good as template_id of send. */
  comms_status (*list_templates)(void* self, comms_op* op);
  /* [op] Makes one and asks for its approval; fields as there. What nobody will approve is taken
   * away again; an error says when that could not be done. */
  comms_status (*create_template)(void* self, comms_op* op, const comms_whatsapp_template* wanted);
  /* [op] By its id. Removing what is gone is COMMS_OK. */
  comms_status (*remove_template)(void* self, comms_op* op, comms_str template_id);
} comms_whatsapp;

#ifdef __cplusplus
}
#endif
#endif
