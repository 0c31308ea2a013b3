// Telephony and speech that do what they are told, for tests of the host's side. Written against
// the bare ABI, so that they can also misbehave. What each function does with which words stands
// above it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <comms/comms.h>
#include <comms/slot/stt.h>
#include <comms/slot/telephony.h>
#include <comms/slot/tts.h>
#include <comms/slot/voice.h>
#include <comms/svc/clock.h>
#include <comms/svc/result.h>

#include "comms_plugin_manifest.h"

namespace {

comms_str str(std::string_view text) {
  return {text.data(), text.size()};
}
comms_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string_view view(comms_str text) {
  return {text.ptr ? text.ptr : "", text.len};
}
std::string_view view(comms_bytes data) {
  return {reinterpret_cast<const char*>(data.ptr), data.len};
}

const comms_host* host = nullptr;
const comms_svc_result* result = nullptr;
const comms_svc_clock* clock_service = nullptr;
int open_streams = 0;

comms_error error_of(comms_status status, std::string_view message) {
  comms_error error = {};
  error.size = sizeof error;
  error.status = status;
  error.vendor_code = str("E42");
  error.message = str(message);
  error.remedy = str("ask for something else");
  return error;
}
comms_status fail(comms_op* op, comms_status status, std::string_view message) {
  const comms_error error = error_of(status, message);
  result->fail(op, &error);
  return status;
}

// ---- telephony

comms_status send_message(void*, comms_op* op, const comms_sms*) {
  result->message(op, str("SM1"), str("sent"), 0, str("USD"));
  return COMMS_OK;
}

/// The id tells what was asked: flags, longest duration, ring time.
comms_status make_call(void*, comms_op* op, const comms_call* call) {
  const std::string id = std::to_string(call->flags) + ":" + std::to_string(call->max_duration_ms) +
                         ":" + std::to_string(call->ring_timeout_ms);
  result->message(op, str(id), str("queued"), COMMS_COST_UNKNOWN, {});
  return COMMS_OK;
}

/// call "over": not found. call "echo": refused with all it was given. Else: done.
comms_status transfer_call(void*, comms_op* op, const comms_transfer* transfer) {
  const std::string_view call = view(transfer->call_id);
  if (call == "over") return fail(op, COMMS_NOT_FOUND, "the call is over");
  if (call != "echo") return COMMS_OK;
  std::string all;
  for (const comms_str part : {transfer->to, transfer->from, transfer->announce,
                               transfer->answer_url, transfer->status_url}) {
    all += std::string(view(part)) + "|";
  }
  return fail(op, COMMS_REJECTED, all);
}

/// "huge": more than anybody takes.
comms_status fetch_media(void*, comms_op* op, comms_str url) {
  result->field(op, str("content_type"), str("image/png"));
  if (view(url) != "huge") return result->chunk(op, bytes(view(url)));
  const std::string megabyte(1024 * 1024, 'x');
  for (int count = 0; count < 200; ++count) {
    if (result->chunk(op, bytes(megabyte)) != COMMS_OK) break;
  }
  return COMMS_OK;
}

/// One line a verb with all its members; a reject is beyond this vendor.
comms_status render(void*, const comms_verb* verbs, std::size_t count, comms_sink* body,
                    comms_sink* content_type) {
  const comms_verb* verb = verbs;
  for (std::size_t at = 0; at < count; ++at, verb = COMMS_NEXT(comms_verb, verb)) {
    if (verb->kind == COMMS_VERB_REJECT) return COMMS_UNSUPPORTED;
    std::string line = std::to_string(verb->kind);
    for (const comms_str part : {verb->text, verb->url, verb->number, verb->from, verb->voice,
                                 verb->language, verb->finish_key}) {
      line += "|" + std::string(view(part));
    }
    for (const std::uint32_t part :
         {verb->timeout_ms, verb->max_digits, verb->max_length_ms, verb->flags}) {
      line += "|" + std::to_string(part);
    }
    for (std::size_t i = 0; i < verb->param_count; ++i) {
      line += "|" + std::string(view(verb->params[i].key)) + "=" +
              std::string(view(verb->params[i].value));
    }
    result->sink_write(body, bytes(line + "\n"));
  }
  result->sink_write(content_type, bytes("text/plain"));
  return COMMS_OK;
}

// ---- text to speech

/// Speaks the next piece 20 ms from now: "a", "b", "c" and then the end; "endless": no end.
struct Speaking {
  int next;
  bool endless;
};
comms_status speak_later(comms_op* op, Speaking speaking) {
  return clock_service->delay(
      host, op, 20,
      [](void* user, comms_op* later) -> comms_status {
        Speaking now = *static_cast<Speaking*>(user);
        if (now.next == 3 && !now.endless) return COMMS_OK;
        const char piece = static_cast<char>('a' + now.next % 3);
        result->chunk(later, bytes({&piece, 1}));
        ++now.next;
        return speak_later(later, now);
      },
      new Speaking(speaking), [](void* user) { delete static_cast<Speaking*>(user); });
}
comms_status synthesize(void*, comms_op* op, const comms_tts_request* request) {
  if (view(request->voice) == "nobody") return fail(op, COMMS_UNSUPPORTED, "no such voice");
  result->field(op, str("content_type"), str("audio/pcm"));
  result->field(op, str("sample_rate"), str(std::to_string(request->sample_rate)));
  return speak_later(op, {0, view(request->text) == "endless"});
}
comms_status list_voices(void*, comms_op* op) {
  for (const char* id : {"v1", "v2"}) {
    result->field(op, str("voice_id"), str(id));
    result->field(op, str("name"), str(std::string("Voice ") + id));
    result->field(op, str("language"), str("en-US"));
  }
  result->field(op, str("gender"), str("female"));
  return COMMS_OK;
}

// ---- speech to text; the words are those of the model

struct Stream {
  comms_stt_emit emit;
  std::string model;
  std::string heard;
  int refusals = 0;

  void say(std::int32_t kind, std::string_view text) const {
    comms_stt_event event = {};
    event.size = sizeof event;
    event.kind = kind;
    event.text = str(text);
    event.language = str("en");
    event.confidence = kind == COMMS_STT_FINAL ? 0.5 : -1;
    event.end_ms = 7;
    emit.event(emit.ctx, &event);
  }
  void end(comms_status status) const {
    const comms_error error = error_of(status, "the vendor hung up");
    comms_stt_event event = {};
    event.size = sizeof event;
    event.kind = COMMS_STT_ENDED;
    event.status = status;
    event.error = status == COMMS_OK ? nullptr : &error;
    emit.event(emit.ctx, &event);
  }
};

/// "refuse": does not open, and says why. "early": hears something before it is open.
comms_status open_stream(void*, comms_session*, const comms_stt_config* config,
                         const comms_stt_emit* emit, const comms_report* report, void** out) {
  const std::string model(view(config->model));
  if (model == "refuse") {
    const comms_error error = error_of(COMMS_UNAUTHENTICATED, "the key is wrong");
    report->fail(report->ctx, &error);
    return COMMS_UNAUTHENTICATED;
  }
  auto* stream = new Stream{*emit, model, {}, model == "busy" ? 2 : 0};
  ++open_streams;
  if (model == "early") stream->say(COMMS_STT_SPEECH_START, "");
  *out = stream;
  return COMMS_OK;
}
/// "busy": takes nothing at the first two offers. "dies": ends badly, and says so twice.
comms_status take_audio(void* self, comms_bytes samples) {
  auto& stream = *static_cast<Stream*>(self);
  if (stream.refusals > 0) {
    --stream.refusals;
    return COMMS_BACKPRESSURE;
  }
  if (stream.model == "dies") {
    stream.end(COMMS_UNAVAILABLE);
    stream.end(COMMS_UNAVAILABLE);
    return COMMS_OK;
  }
  stream.heard += view(samples);
  return COMMS_OK;
}
void tick(void* self) {
  static_cast<Stream*>(self)->say(COMMS_STT_PARTIAL, "tick");
}
/// "mute": never ends. "broken": cannot end.
comms_status finish(void* self) {
  const auto& stream = *static_cast<Stream*>(self);
  if (stream.model == "mute") return COMMS_OK;
  if (stream.model == "broken") return COMMS_INTERNAL;
  stream.say(99, "a kind of a later version");
  stream.say(COMMS_STT_FINAL, stream.heard);
  stream.end(COMMS_OK);
  return COMMS_OK;
}
void close_stream(void* self) {
  --open_streams;
  delete static_cast<Stream*>(self);
}
/// "open": how many streams are.
comms_status transcribe(void*, comms_op* op, const comms_stt_config* config,
                        comms_bytes recording) {
  const bool count = view(config->model) == "open";
  result->field(op, str("text"), count ? str(std::to_string(open_streams)) : str(view(recording)));
  result->field(op, str("language"), config->language);
  result->field(op, str("confidence"), str("0.25"));
  result->field(op, str("duration_ms"), str("1200"));
  return COMMS_OK;
}

// ---- voice

std::int32_t mode(void*) {
  return COMMS_VOICE_AUDIO;
}
comms_status connect_verb(void*, const comms_voice_connect* connect, comms_sink* out) {
  if (connect->ws_url.len == 0) return COMMS_INVALID;
  for (const comms_str part :
       {connect->ws_url, connect->action_url, connect->greeting, connect->language, connect->voice,
        connect->tts_provider, connect->stt_provider}) {
    result->sink_write(out, bytes(std::string(view(part)) + "|"));
  }
  for (std::size_t i = 0; i < connect->param_count; ++i) {
    result->sink_write(out, bytes(view(connect->params[i].value)));
  }
  return COMMS_OK;
}
comms_status codec_new(void*, void** out) {
  *out = new std::string;
  return COMMS_OK;
}
/// Binary: audio, answered with the same. "bad": malformed. Other text: a start with all members.
comms_status decode(void*, std::int32_t is_text, comms_bytes frame, const comms_voice_emit* emit) {
  if (is_text != 0 && view(frame) == "bad") return COMMS_INVALID;
  comms_voice_item item = {};
  item.size = sizeof item;
  item.kind = 99;  // of a later version
  emit->item(emit->ctx, &item);
  if (is_text == 0) {
    item.kind = COMMS_VOICE_AUDIO_DATA;
    item.audio = frame;
    item.at_ms = 20;
    emit->item(emit->ctx, &item);
    emit->frame(emit->ctx, 0, frame);
    return COMMS_OK;
  }
  const comms_kv param = {str("k"), str("v")};
  item.kind = COMMS_VOICE_START;
  item.call_id = str("CA1");
  item.from = str("a");
  item.to = str("b");
  item.text = str("mulaw");
  item.language = str("en");
  item.params = &param;
  item.param_count = 1;
  item.sample_rate = 8000;
  item.flags = COMMS_VOICE_LAST;
  emit->item(emit->ctx, &item);
  return COMMS_OK;
}
/// Audio as it is, the rest in words; there is no way to clear.
comms_status encode(void*, const comms_voice_item* item, const comms_voice_emit* emit) {
  if (item->kind == COMMS_VOICE_CLEAR) return COMMS_UNSUPPORTED;
  if (item->kind == COMMS_VOICE_AUDIO_DATA) {
    emit->frame(emit->ctx, 0, item->audio);
    return COMMS_OK;
  }
  const std::string words = std::to_string(item->kind) + "|" + std::string(view(item->text)) + "|" +
                            std::to_string(item->flags) + "|" + std::to_string(item->param_count);
  emit->frame(emit->ctx, 1, bytes(words));
  return COMMS_OK;
}
void codec_free(void* codec) {
  delete static_cast<std::string*>(codec);
}

comms_status create(const comms_host* given, comms_str, const comms_report*, void** out_self) {
  static int instance = 0;
  host = given;
  result = static_cast<const comms_svc_result*>(host->service(host, COMMS_SVC_RESULT));
  clock_service = static_cast<const comms_svc_clock*>(host->service(host, COMMS_SVC_CLOCK));
  *out_self = &instance;
  return COMMS_OK;
}

const void* slot(void*, const char* id) {
  static const comms_telephony telephony = [] {
    comms_telephony table = {};
    // As of a plugin that was built before features were appended: what lies behind is not its.
    table.size = offsetof(comms_telephony, features);
    table.features = COMMS_TELEPHONY_ASKS_CALLEE_URL | COMMS_TELEPHONY_RECORDS_CALLS;
    table.send_message = send_message;
    table.make_call = make_call;
    table.transfer_call = transfer_call;
    table.fetch_media = fetch_media;
    table.render = render;
    return table;
  }();
  static const comms_tts tts = {sizeof(comms_tts), 0, synthesize, nullptr, list_voices};
  static const comms_stt stt = {sizeof(comms_stt), 0,         open_stream, take_audio, tick, finish,
                                close_stream,      transcribe};
  static const comms_voice voice = {sizeof(comms_voice), 0,      mode,   connect_verb, nullptr,
                                    codec_new,           decode, encode, codec_free};
  const std::string_view wanted = id;
  if (wanted == COMMS_SLOT_TELEPHONY) return &telephony;
  if (wanted == COMMS_SLOT_TTS) return &tts;
  if (wanted == COMMS_SLOT_STT) return &stt;
  if (wanted == COMMS_SLOT_VOICE) return &voice;
  return nullptr;
}

}  // namespace

extern "C" COMMS_EXPORT const comms_plugin* comms_plugin_entry(std::uint32_t, std::uint32_t) {
  static const comms_plugin plugin = {sizeof(comms_plugin),
                                      COMMS_ABI_MAJOR,
                                      COMMS_ABI_MINOR,
                                      0,
                                      COMMS_PLUGIN_ID,
                                      COMMS_PLUGIN_VERSION,
                                      create,
                                      nullptr,
                                      nullptr,
                                      [](void*) {},
                                      slot};
  return &plugin;
}
