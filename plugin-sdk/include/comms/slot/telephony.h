/* comms.telephony/1 - SMS, MMS, calls and numbers.
 *
 * Every op may end with any comms_status; detail through result.fail. An absent op is NULL.
 */
#ifndef COMMS_SLOT_TELEPHONY_H
#define COMMS_SLOT_TELEPHONY_H

#include <comms/comms.h>
#include <comms/webhook.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_TELEPHONY "comms.telephony/1"

typedef struct comms_sms {
  uint32_t size, reserved;
  comms_str from, to, body; /* E.164 */
  const comms_str* media;   /* public URLs; any = MMS */
  size_t media_count;
  comms_str client_ref; /* our attempt id, to be passed on where the vendor has a field for it */
  comms_str idempotency_key; /* to be passed on where the vendor honours one */
  comms_str status_url;      /* full public URL for delivery callbacks; may be empty */
} comms_sms;

/* What to look for after an ambiguous outcome (shared by all message slots). */
typedef struct comms_find {
  uint32_t size, reserved;
  comms_str vendor_id;  /* when set: exactly this message, for its status and cost */
  comms_str client_ref; /* else by this where the vendor can; else by all of the following */
  comms_str from, to, text;
  int64_t after_ms, before_ms; /* Unix time of the attempt, with the slack already added */
} comms_find;

enum { COMMS_CALL_DETECT_MACHINE = 1u, COMMS_CALL_RECORD = 2u };

typedef struct comms_call {
  uint32_t size, flags;
  comms_str from, to;
  comms_str answer_url; /* asked for instructions when answered; we reply with render() */
  comms_str status_url;
  comms_str client_ref, idempotency_key;
  uint32_t ring_timeout_ms; /* 0 = vendor default */
  uint32_t max_duration_ms; /* 0 = vendor default */
} comms_call;

typedef struct comms_transfer {
  uint32_t size, reserved;
  comms_str call_id;
  /* Either `to` (dial this number and bridge, after saying `announce` to the caller) or
   * `answer_url` (ask this URL for new instructions for the live call). */
  comms_str to, from, announce, answer_url, status_url;
  /* With `to`; what follows was appended after the first release. Asked for instructions when the
   * one who was dialled answers, as COMMS_TELEPHONY_ASKS_CALLEE_URL says; may be empty. */
  comms_str callee_url;
} comms_transfer;

/* Capabilities of a number. */
enum { COMMS_NUMBER_SMS = 1u, COMMS_NUMBER_MMS = 2u, COMMS_NUMBER_VOICE = 4u };
/* Flags of comms_number_query. */
enum { COMMS_NUMBER_SEARCH_ONLY = 1u }; /* list what could be bought; buy nothing */

typedef struct comms_number_query {
  uint32_t size;
  uint32_t capabilities; /* all of these are needed */
  comms_str country;     /* ISO 3166-1 alpha-2 */
  comms_str area_code;   /* may be empty */
  comms_str type;        /* local|mobile|tollfree; empty = any */
  comms_str number;      /* exactly this one; may be empty */
  comms_str client_ref, idempotency_key;
  uint32_t flags;
  uint32_t limit; /* of a search; 0 = vendor default */
} comms_number_query;

typedef struct comms_number_config {
  uint32_t size, reserved;
  comms_str number_id, number;                  /* as buy_number returned them */
  comms_str message_url, voice_url, status_url; /* full public URLs; empty = leave as it is */
} comms_number_config;

/* An account below the configured one, with numbers and bills of its own. */
typedef struct comms_account_request {
  uint32_t size, reserved;
  comms_str name;                        /* for people */
  comms_str client_ref, idempotency_key; /* as in comms_number_query */
} comms_account_request;

/* Verbs: what a call shall do, in neutral terms; TwiML, NCCO and so on are the plugin's business.
 */
enum {
  COMMS_VERB_SAY = 1,      /* text, voice, language */
  COMMS_VERB_PLAY = 2,     /* url */
  COMMS_VERB_GATHER = 3,   /* text = prompt, url = action, max_digits, finish_key, timeout_ms */
  COMMS_VERB_DIAL = 4,     /* number, from = caller id, url = action, timeout_ms, callee_url */
  COMMS_VERB_RECORD = 5,   /* url = action, max_length_ms, finish_key, timeout_ms = silence */
  COMMS_VERB_STREAM = 6,   /* url = wss media stream, params */
  COMMS_VERB_PAUSE = 7,    /* timeout_ms */
  COMMS_VERB_REDIRECT = 8, /* url */
  COMMS_VERB_REJECT = 9,   /* text = busy|rejected */
  COMMS_VERB_HANGUP = 10,
  COMMS_VERB_NATIVE = 11 /* text = output of comms.voice/1 connect_verb, put in verbatim */
};
/* Flags of comms_verb. */
enum {
  COMMS_VERB_SPEECH = 1u,     /* GATHER also listens for speech */
  COMMS_VERB_TRANSCRIBE = 2u, /* RECORD also transcribes */
  COMMS_VERB_BEEP = 4u        /* RECORD beeps first */
};

typedef struct comms_verb {
  uint32_t size; /* also the stride of the array (rule 2) */
  int32_t kind;
  comms_str text, url, number, from, voice, language, finish_key;
  uint32_t timeout_ms, max_digits, max_length_ms, flags;
  const comms_kv* params;
  size_t param_count;
  /* What follows was appended after the first release. */
  comms_str callee_url; /* as in comms_transfer */
} comms_verb;

/* What a table says besides its functions: comms_telephony.features. */
enum {
  /* callee_url is honoured: the vendor asks it, in a request that verify_webhook proves, once the
   * dialled one answers; it plays them what render() made for the reply (SAY and PLAY, or HANGUP),
   * and joins the two after that. It does not join them when the reply hangs up. Without the bit
   * the host never sets callee_url, and refuses what cannot be done without it. */
  COMMS_TELEPHONY_ASKS_CALLEE_URL = 1u,
  /* make_call honours COMMS_CALL_RECORD. Without the bit the host sets the flag only when a caller
   * asks for it, and COMMS_UNSUPPORTED is the answer, unless the plugin is older than the bit. */
  COMMS_TELEPHONY_RECORDS_CALLS = 2u
};

typedef struct comms_telephony {
  uint32_t size, reserved;
  /* [op] result.message. COMMS_AMBIGUOUS unless it is certain that nothing was accepted. */
  comms_status (*send_message)(void* self, comms_op* op, const comms_sms* message);
  /* [op] result.message for the one match; COMMS_NOT_FOUND = certainly none; COMMS_UNSUPPORTED =
   * this vendor cannot tell (for these fields). Field: match = vendor_id|client_ref|content. */
  comms_status (*find_message)(void* self, comms_op* op, const comms_find* what);
  /* [op] result.message with the call's id. */
  comms_status (*make_call)(void* self, comms_op* op, const comms_call* call);
  /* [op] COMMS_NOT_FOUND = the call is over. */
  comms_status (*transfer_call)(void* self, comms_op* op, const comms_transfer* transfer);
  /* [op] Ending a call that is over is COMMS_OK. */
  comms_status (*end_call)(void* self, comms_op* op, comms_str call_id);
  /* [op] Fields, `number` first for each: number (E.164), id, capabilities ("sms,mms,voice"),
   * monthly_cost_micros, currency. COMMS_NOT_FOUND = none on offer. */
  comms_status (*buy_number)(void* self, comms_op* op, const comms_number_query* query);
  /* [op] Points the number's webhooks at us. */
  comms_status (*configure_number)(void* self, comms_op* op, const comms_number_config* config);
  /* [op] By the id buy_number gave. Releasing what is gone is COMMS_OK. */
  comms_status (*release_number)(void* self, comms_op* op, comms_str number_id);
  /* [op] Downloads media of an inbound message or a recording with the vendor's credentials.
   * Fields content_type, byte_count first; then result.chunk. */
  comms_status (*fetch_media)(void* self, comms_op* op, comms_str url);
  /* [any] COMMS_OK only when the request is proven authentic and fresh; anything else refuses it.
   */
  comms_status (*verify_webhook)(void* self, const comms_http_in* request);
  /* [any] Emits 0..n events. COMMS_OK also for kinds the plugin does not care about (no event);
   * COMMS_INVALID = not understood, then nothing is stored. */
  comms_status (*parse_webhook)(void* self, const comms_http_in* request, const comms_emit* emit);
  /* [any] Body and content type of the HTTP 200 that acknowledges `request`; `kind` is that of its
   * first event, 0 for none. NULL = empty body. Not used where verbs are the answer. */
  comms_status (*webhook_reply)(void* self, const comms_http_in* request, int32_t kind,
                                comms_sink* body, comms_sink* content_type);
  /* [any] Call instructions in the vendor's language. COMMS_UNSUPPORTED = a verb it cannot say. */
  comms_status (*render)(void* self, const comms_verb* verbs, size_t count, comms_sink* body,
                         comms_sink* content_type);
  /* What follows was appended after the first release: absent where `size` ends before it. */
  /* [op] As find_message, for a call: `text` is empty, and without a vendor id or a client
   * reference the vendor knows, ends and time decide. result.message with the state and, once it
   * is billed, the cost of the call; field duration_ms. COMMS_UNSUPPORTED also when several fit. */
  comms_status (*find_call)(void* self, comms_op* op, const comms_find* what);
  /* [op] The number that buy_number bought under this client_ref, fields as there. COMMS_NOT_FOUND
   * = certainly none. What finds a purchase again whose answer was lost. */
  comms_status (*find_number)(void* self, comms_op* op, comms_str client_ref);
  /* [op] Fields: id; then config.KEY for each setting in which an instance of that account differs
   * from this one's. The values are secrets. */
  comms_status (*create_account)(void* self, comms_op* op, const comms_account_request* request);
  /* [op] The one create_account made for the same request. COMMS_NOT_FOUND = certainly none. */
  comms_status (*find_account)(void* self, comms_op* op, const comms_account_request* request);
  /* [op] For good. Closing what is closed is COMMS_OK. */
  comms_status (*close_account)(void* self, comms_op* op, comms_str account_id);
  uint64_t features; /* COMMS_TELEPHONY_...; the same as long as the table is there */
} comms_telephony;

#ifdef __cplusplus
}
#endif
#endif
