/* comms.voice/1 - codec for the media WebSocket a voice vendor opens to us. Pure, no I/O.
 *
 * connect_verb writes what makes the vendor connect; the host accepts the socket, checks it with
 * verify_connect and runs every frame through a codec. Absent members are NULL.
 */
#ifndef COMMS_SLOT_VOICE_H
#define COMMS_SLOT_VOICE_H

#include <comms/comms.h>
#include <comms/webhook.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SLOT_VOICE "comms.voice/1"

/* What travels on the socket. */
enum {
  COMMS_VOICE_TEXT = 1, /* the vendor does speech itself (ConversationRelay) */
  COMMS_VOICE_AUDIO = 2 /* raw audio; the host adds comms.stt/1 and comms.tts/1 (Media Streams) */
};

typedef struct comms_voice_connect {
  uint32_t size, reserved;
  comms_str ws_url;     /* public wss:// URL */
  comms_str action_url; /* asked for instructions when the socket ends; may be empty */
  comms_str greeting, language, voice;
  comms_str tts_provider, stt_provider; /* vendor's names; empty = its default */
  const comms_kv* params;               /* come back in COMMS_VOICE_START */
  size_t param_count;
} comms_voice_connect;

/* Kinds of comms_voice_item. in = from the vendor (decode), out = to the vendor (encode). */
enum {
  COMMS_VOICE_START = 1,  /* in: call_id, from, to, params, text = audio encoding, sample_rate */
  COMMS_VOICE_SPEECH = 2, /* in: text heard (flag LAST); out: text to say (flag LAST) */
  COMMS_VOICE_AUDIO_DATA = 3, /* both: audio in the encoding of START */
  COMMS_VOICE_DTMF = 4,       /* both: digits in text */
  COMMS_VOICE_MARK = 5,  /* both: name in text; comes back when what was queued before is heard */
  COMMS_VOICE_CLEAR = 6, /* out: drop what is queued (barge-in) */
  COMMS_VOICE_INTERRUPT = 7, /* in: caller spoke over us; text = heard until then, at_ms */
  COMMS_VOICE_PLAY = 8,      /* out: url in text */
  COMMS_VOICE_LANGUAGE = 9,  /* out: BCP 47 in text */
  COMMS_VOICE_STOP = 10,     /* in: the socket is done; out: end it, text = hand-off data */
  COMMS_VOICE_ERROR = 11     /* in: the vendor complains, text = what about */
};
/* Flags of comms_voice_item. */
enum { COMMS_VOICE_LAST = 1u, COMMS_VOICE_INTERRUPTIBLE = 2u };

typedef struct comms_voice_item {
  uint32_t size;
  int32_t kind;
  comms_str call_id, from, to, text, language;
  comms_bytes audio;
  const comms_kv* params;
  size_t param_count;
  uint32_t at_ms; /* since START */
  uint32_t sample_rate;
  uint32_t flags, reserved;
} comms_voice_item;

/* Receives what decode and encode make: [session], on their thread, during that call only; both
 * copy. Frozen. */
typedef struct comms_voice_emit {
  void* ctx;
  void (*item)(void* ctx, const comms_voice_item* item);
  void (*frame)(void* ctx, int32_t is_text, comms_bytes frame);
} comms_voice_emit;

typedef struct comms_voice {
  uint32_t size, reserved;
  /* [any] COMMS_VOICE_TEXT or COMMS_VOICE_AUDIO, constant for an instance. */
  int32_t (*mode)(void* self);
  /* [any] Writes the vendor's instruction, to be put in with COMMS_VERB_NATIVE. COMMS_OK,
   * COMMS_INVALID. */
  comms_status (*connect_verb)(void* self, const comms_voice_connect* connect, comms_sink* out);
  /* [any] As verify_webhook, for the WebSocket upgrade. NULL = the host checks a one-time token
   * in ws_url only. */
  comms_status (*verify_connect)(void* self, const comms_http_in* upgrade);
  /* [any] One codec per socket. */
  comms_status (*codec_new)(void* self, void** out_codec);
  /* [session] One message from the socket -> items (and frames to send back at once). COMMS_OK also
   * for kinds it does not care about; COMMS_INVALID = malformed, the host closes the socket. */
  comms_status (*decode)(void* codec, int32_t is_text, comms_bytes frame,
                         const comms_voice_emit* emit);
  /* [session] One item -> frames. COMMS_UNSUPPORTED = this vendor has no such thing (ignored). */
  comms_status (*encode)(void* codec, const comms_voice_item* item, const comms_voice_emit* emit);
  /* [session] Last call for this codec. */
  void (*codec_free)(void* codec);
} comms_voice;

#ifdef __cplusplus
}
#endif
#endif
