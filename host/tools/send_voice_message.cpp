#include "base/digest.h"
#include "messaging/message_state.h"
#include "tools/call_arguments.h"
#include "voice/spoken_audio.h"

namespace commsd::tools {

namespace {

void write_audio(JsonWriter& out, const voice::SpokenAudio::Audio& audio) {
  out.field("audioUrl", audio.url).key("durationSeconds");
  audio.duration_ms ? out.value(static_cast<double>(*audio.duration_ms) / 1e3) : out.null();
}

Task<Result<mcp::ToolResult>> send_note(Services* services, AgentScope scope, JsonValue arguments,
                                        voice::SpokenAudio::Audio audio) {
  messaging::SendRequest request;
  request.org_id = scope.org_id;
  request.agent_id = scope.agent_id;
  request.kind = policy::ActionKind::voice_message;
  request.content.channel = plugin::ChannelKind::whatsapp;
  request.content.to = text_argument(arguments, "to");
  request.content.media_urls = {audio.url};
  request.content.message_class = policy::to_string(class_argument(arguments));
  request.content.time_zone = zone_argument(arguments);
  request.idempotency_key = text_argument(arguments, "idempotencyKey");
  request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  Task<Result<messaging::SendOutcome>> sending = services->outbound.send(std::move(request));
  Result<messaging::SendOutcome> outcome = co_await std::move(sending);
  if (!outcome) co_return fail(outcome.error());
  const store::Message& message = outcome->message;
  const bool failed = message.state == to_string(messaging::MessageState::failed);
  JsonWriter out;
  out.begin_object().field("success", !failed).field("messageId", message.id);
  out.field("status", message.state).field("from", message.from_address);
  out.field("to", message.to_address).field("deduplicated", outcome->deduplicated);
  write_audio(out, audio);
  if (failed) {
    out.key("error").begin_object().field("code", message.error_code);
    out.field("message", message.failure_reason).field("remedy", message.failure_remedy);
    out.end_object();
  }
  out.end_object();
  co_return mcp::ToolResult{out.take(), failed, {}};
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  const bool by_whatsapp = text_argument(arguments, "channel") == "whatsapp";
  voice::CallRequest request =
      call_request(*services, *scope, arguments, "comms_send_voice_message");
  request.purpose = "voice_message";
  request.to = text_argument(arguments, "to");
  request.script.words = text_argument(arguments, "text");
  request.script.voice = text_argument(arguments, "voice");
  const std::string language = text_argument(arguments, "language");
  if (!language.empty()) request.script.language = language;

  services->calls.add_duties(request);
  // Before anything is spoken: what the rules refuse need not be paid for.
  Task<Result<void>> checking = services->calls.check(
      request, by_whatsapp ? plugin::ChannelKind::whatsapp : plugin::ChannelKind::voice);
  Result<void> allowed = co_await std::move(checking);
  if (!allowed) co_return fail(allowed.error());
  plugin::SpeechRequest speech;
  speech.text = spoken_text(request.script);
  speech.voice = request.script.voice;
  speech.language = request.script.language;
  std::vector<std::string> formats = {"wav", "mulaw", "pcm_s16le", "mp3"};
  if (by_whatsapp) {
    formats = {"opus", "mp3", "wav", "pcm_s16le"};
  } else {
    speech.sample_rate = 8'000;  // what telephones carry
  }
  Task<Result<voice::SpokenAudio::Audio>> speaking = services->spoken_audio.make(
      {scope->org_id, scope->agent_id}, std::move(speech), std::move(formats));
  Result<voice::SpokenAudio::Audio> audio = co_await std::move(speaking);
  if (!audio) co_return fail(audio.error());
  if (by_whatsapp) {
    Task<Result<mcp::ToolResult>> sending =
        send_note(services, std::move(*scope), arguments, std::move(*audio));
    co_return co_await std::move(sending);
  }
  request.script.audio_url = audio->url;
  Task<Result<voice::CallOutcome>> placing = services->calls.place(std::move(request));
  Result<voice::CallOutcome> outcome = co_await std::move(placing);
  if (!outcome) co_return fail(outcome.error());
  co_return call_result(*outcome, [&](JsonWriter& out) { write_audio(out, *audio); });
}

}  // namespace

mcp::Tool send_voice_message(Services& services) {
  return {"comms_send_voice_message", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
