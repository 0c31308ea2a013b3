#include "base/digest.h"
#include "messaging/message_state.h"
#include "tools/call_arguments.h"
#include "voice/spoken_audio.h"

namespace commsd::tools {

namespace {

using Audio = voice::SpokenAudio::Audio;
using Purpose = voice::SpokenAudio::Purpose;

/// `audio` is null in the answer to a repeat: nothing was spoken for it.
void write_audio(JsonWriter& out, const Audio* audio) {
  if (!audio) return;
  out.field("audioUrl", audio->url).key("durationSeconds");
  audio->duration_ms ? out.value(static_cast<double>(*audio->duration_ms) / 1e3) : out.null();
}

mcp::ToolResult note_result(const messaging::SendOutcome& outcome, const Audio* audio) {
  const store::Message& message = outcome.message;
  const bool failed = message.state == to_string(messaging::MessageState::failed);
  JsonWriter out;
  out.begin_object().field("success", !failed).field("messageId", message.id);
  out.field("status", message.state).field("from", message.from_address);
  out.field("to", message.to_address).field("deduplicated", outcome.deduplicated);
  write_audio(out, audio);
  if (failed) {
    out.key("error").begin_object().field("code", message.error_code);
    out.field("message", message.failure_reason).field("remedy", message.failure_remedy);
    out.end_object();
  }
  out.end_object();
  return {out.take(), failed, {}};
}

Task<Result<Audio>> speak(Services* services, voice::CallRequest request, Purpose purpose) {
  // Before anything is spoken: what the rules refuse need not be paid for.
  const bool note = purpose == Purpose::voice_note;
  Task<Result<void>> checking = services->calls.check(
      request, note ? plugin::ChannelKind::whatsapp : plugin::ChannelKind::voice);
  Result<void> allowed = co_await std::move(checking);
  if (!allowed) co_return fail(allowed.error());
  plugin::SpeechRequest speech;
  speech.text = spoken_text(request.script);
  speech.voice = request.script.voice;
  speech.language = request.script.language;
  Task<Result<Audio>> speaking =
      services->spoken_audio.make({request.org_id, request.agent_id}, std::move(speech), purpose);
  co_return co_await std::move(speaking);
}

/// What was spoken goes with the call or message that plays it, and at once when none does.
Task<void> settle_audio(Services* services, std::string org_id, std::string key,
                        std::string subject_id) {
  if (subject_id.empty()) {
    Task<void> discarding = services->spoken_audio.discard(std::move(org_id), std::move(key));
    co_await std::move(discarding);
    co_return;
  }
  Task<Result<void>> keeping =
      services->spoken_audio.keep_for(std::move(org_id), std::move(key), std::move(subject_id));
  co_await std::move(keeping);  // what is not noted goes after a day
}

Task<Result<mcp::ToolResult>> send_note(Services* services, voice::CallRequest spoken) {
  messaging::SendRequest request;
  request.org_id = spoken.org_id;
  request.agent_id = spoken.agent_id;
  request.kind = policy::ActionKind::voice_message;
  request.content.channel = plugin::ChannelKind::whatsapp;
  request.content.to = spoken.to;
  request.content.message_class = policy::to_string(spoken.message_class);
  request.content.time_zone = spoken.time_zone;
  request.idempotency_key = spoken.idempotency_key;
  request.arguments_hash = spoken.arguments_hash;
  request.same_media = sha256_hex(encode_script(spoken.script));
  auto earlier = co_await services->outbound.find_earlier(request);
  if (!earlier) co_return fail(earlier.error());
  if (*earlier) co_return note_result(**earlier, nullptr);

  const std::string org_id = spoken.org_id;
  Task<Result<Audio>> speaking = speak(services, std::move(spoken), Purpose::voice_note);
  const Result<Audio> audio = co_await std::move(speaking);
  if (!audio) co_return fail(audio.error());
  request.content.media_urls = {audio->url};
  Task<Result<messaging::SendOutcome>> sending = services->outbound.send(std::move(request));
  const Result<messaging::SendOutcome> outcome = co_await std::move(sending);
  const bool plays = outcome && !outcome->deduplicated;
  Task<void> settling =
      settle_audio(services, org_id, audio->key, plays ? outcome->message.id : std::string());
  co_await std::move(settling);
  if (!outcome) co_return fail(outcome.error());
  co_return note_result(*outcome, plays ? &*audio : nullptr);
}

Task<Result<mcp::ToolResult>> call(Services* services, voice::CallRequest request) {
  auto earlier = co_await services->calls.find_earlier(request);
  if (!earlier) co_return fail(earlier.error());
  if (*earlier) co_return call_result(**earlier);

  Task<Result<Audio>> speaking = speak(services, request, Purpose::call);
  const Result<Audio> audio = co_await std::move(speaking);
  if (!audio) co_return fail(audio.error());
  request.script.audio_url = audio->url;
  const std::string org_id = request.org_id;
  Task<Result<voice::CallOutcome>> placing = services->calls.place(std::move(request));
  const Result<voice::CallOutcome> outcome = co_await std::move(placing);
  const bool plays = outcome && !outcome->deduplicated;
  Task<void> settling =
      settle_audio(services, org_id, audio->key, plays ? outcome->call.id : std::string());
  co_await std::move(settling);
  if (!outcome) co_return fail(outcome.error());
  co_return call_result(*outcome,
                        [&](JsonWriter& out) { write_audio(out, plays ? &*audio : nullptr); });
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  voice::CallRequest request =
      call_request(*services, *scope, arguments, "comms_send_voice_message");
  request.purpose = "voice_message";
  request.to = text_argument(arguments, "to");
  request.script.words = text_argument(arguments, "text");
  request.script.voice = text_argument(arguments, "voice");
  const std::string language = text_argument(arguments, "language");
  if (!language.empty()) request.script.language = language;

  services->calls.add_duties(request);
  const bool note = text_argument(arguments, "channel") == "whatsapp";
  Task<Result<mcp::ToolResult>> going =
      note ? send_note(services, std::move(request)) : call(services, std::move(request));
  co_return co_await std::move(going);
}

}  // namespace

mcp::Tool send_voice_message(Services& services) {
  return {"comms_send_voice_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
