#include <memory>
#include <utility>

#include "base/completion.h"
#include "base/digest.h"
#include "command.h"

namespace commsd::contract {
namespace {

void write_speech(JsonWriter& out, const plugin::Speech& speech, const std::string& bytes) {
  out.field("contentType", speech.content_type).field("sampleRate", speech.sample_rate);
  out.field("bytesBase64", base64_encode(bytes));
}

Answer run_tts(plugin::TtsProvider& provider, Stage& stage, const std::string& op,
               const Command& command) {
  plugin::SpeechRequest request;
  request.text = command.text("text");
  request.voice = command.text("voice");
  request.language = command.text("language");
  request.format = command.text("format");
  request.model = command.text("model");
  request.sample_rate = command.small("sampleRate");
  JsonWriter out;
  out.begin_object();
  if (op == "synthesize") {
    const auto speech = stage.executor.run(provider.synthesize(request, command.limit()));
    if (!speech) return fail(speech.error());
    write_speech(out, *speech, speech->bytes);
    return out.end_object().take();
  }
  if (op == "stream") {
    // "stopAfterPieces": a caller who speaks over us.
    const std::int64_t most = command.number("stopAfterPieces", -1);
    std::stop_source stop;
    std::string heard;
    std::int64_t pieces = 0;
    const auto on_piece = [&](std::string_view piece) {
      heard += piece;
      if (++pieces == most) stop.request_stop();
    };
    const auto speech =
        stage.executor.run(provider.stream(request, on_piece, command.limit(), stop.get_token()));
    if (!speech) return fail(speech.error());
    write_speech(out, *speech, heard);
    return out.field("pieces", pieces).end_object().take();
  }
  if (op == "list_voices") {
    const auto voices = stage.executor.run(provider.list_voices(command.limit()));
    if (!voices) return fail(voices.error());
    out.key("voices").begin_array();
    for (const plugin::VoiceInfo& voice : *voices) {
      out.begin_object().field("id", voice.id).field("name", voice.name);
      out.field("language", voice.language).field("gender", voice.gender).end_object();
    }
    return out.end_array().end_object().take();
  }
  return no_such_op(op);
}

std::string_view to_string(plugin::HeardKind kind) {
  switch (kind) {
    case plugin::HeardKind::partial:
      return "partial";
    case plugin::HeardKind::final:
      return "final";
    case plugin::HeardKind::speech_start:
      return "speech_start";
    case plugin::HeardKind::utterance_end:
      return "utterance_end";
  }
  return "";
}

/// Gives the audio in pieces of `pieceBytes` (20 ms of mu-law), is silent for `silenceMs`,
/// finishes, and waits for the end.
Task<Answer> listen(plugin::SttProvider& provider, plugin::ListenRequest request, std::string audio,
                    std::size_t piece, std::chrono::milliseconds silence,
                    std::chrono::milliseconds limit) {
  JsonWriter out;
  out.begin_object().key("heard").begin_array();
  Completion<Result<void>> ended;
  plugin::SttListener listener;
  listener.heard = [&out](plugin::Heard heard) {
    out.begin_object().field("kind", to_string(heard.kind)).field("text", heard.text);
    out.field("language", heard.language).field("confidence", heard.confidence);
    out.field("startMs", heard.start_ms).field("endMs", heard.end_ms).end_object();
  };
  listener.ended = [&ended](Result<void> result) { ended.complete(std::move(result)); };
  const auto session = provider.open(std::move(request), std::move(listener));
  if (!session) co_return fail(session.error());
  std::int64_t refused = 0;
  for (std::size_t at = 0; at < audio.size(); at += piece) {
    if (!(*session)->audio(std::string_view(audio).substr(at, piece))) ++refused;
  }
  if (silence.count() > 0) co_await sleep_for(silence);
  (*session)->finish(limit);
  const Result<void> result = co_await ended;
  if (!result) co_return fail(result.error());
  co_return out.end_array().field("refused", refused).end_object().take();
}

Answer run_stt(plugin::SttProvider& provider, Stage& stage, const std::string& op,
               const Command& command) {
  plugin::ListenRequest request;
  request.encoding = command.text("encoding");
  request.sample_rate = command.small("sampleRate");
  request.language = command.text("language");
  request.model = command.text("model");
  request.hints = command.text("hints");
  request.partials = command.flag("partials");
  request.endpointing_ms = command.small("endpointingMs");
  std::string audio = command.bytes("audioBase64");
  if (op == "transcribe") {
    const auto text =
        stage.executor.run(provider.transcribe(request, std::move(audio), command.limit()));
    if (!text) return fail(text.error());
    JsonWriter out;
    out.begin_object().field("text", text->text).field("language", text->language);
    out.field("confidence", text->confidence).field("durationMs", text->duration_ms);
    return out.end_object().take();
  }
  if (op == "listen") {
    const auto piece = static_cast<std::size_t>(command.number("pieceBytes", 160));
    const std::chrono::milliseconds silence(command.number("silenceMs"));
    return stage.executor.run(
        listen(provider, request, std::move(audio), piece, silence, command.limit()));
  }
  return no_such_op(op);
}

}  // namespace

Answer run_speech_command(Stage& stage, const std::string& slot, const std::string& op,
                          const Command& command) {
  if (slot == "tts") {
    const std::shared_ptr<plugin::TtsProvider> provider = stage.manager.tts({});
    if (!provider) return fail(ErrorCode::unavailable, "no provider in the slot 'tts'");
    return run_tts(*provider, stage, op, command);
  }
  const std::shared_ptr<plugin::SttProvider> provider = stage.manager.stt({});
  if (!provider) return fail(ErrorCode::unavailable, "no provider in the slot 'stt'");
  return run_stt(*provider, stage, op, command);
}

}  // namespace commsd::contract
