#include "tools/call_arguments.h"

#include "base/digest.h"
#include "tools/message_json.h"
#include "tools/resource_uris.h"
#include "voice/call_state.h"

namespace commsd::tools {

namespace {

void maybe(JsonWriter& out, std::string_view name, std::string_view text) {
  out.key(name);
  text.empty() ? out.null() : out.value(text);
}

void maybe_time(JsonWriter& out, std::string_view name, const std::optional<UnixMillis>& at) {
  out.key(name);
  at ? out.value(iso_time(*at)) : out.null();
}

std::string_view remedy_of(const store::Call& call) {
  if (!call.failure_remedy.empty()) return call.failure_remedy;
  if (call.state == to_string(voice::CallState::unknown)) {
    return "look for the call at the provider; it is not placed again by itself";
  }
  return "correct what the reason names and call again";
}

}  // namespace

policy::MessageClass class_argument(const JsonValue& arguments) {
  return policy::parse_message_class(text_argument(arguments, "messageClass"))
      .value_or(policy::MessageClass::marketing);
}

std::string zone_argument(const JsonValue& arguments) {
  std::string zone = text_argument(arguments, "timeZone");
  if (zone.empty()) zone = text_argument(arguments, "recipientTimezone");  // its earlier name
  return zone;
}

voice::CallRequest call_request(const Services& services, const AgentScope& scope,
                                const JsonValue& arguments, std::string_view tool) {
  voice::CallRequest request;
  request.org_id = scope.org_id;
  request.agent_id = scope.agent_id;
  request.tool = tool;
  request.message_class = class_argument(arguments);
  request.time_zone = zone_argument(arguments);
  request.idempotency_key = text_argument(arguments, "idempotencyKey");
  if (!request.idempotency_key.empty()) {
    request.arguments_hash = sha256_hex(arguments.to_canonical_string());
  }
  request.dial.detect_machine = true;
  request.dial.record = flag_argument(arguments, "record", false);
  request.script.disclosure = services.call_texts.disclosure;
  request.script.language = services.call_texts.language;
  return request;
}

mcp::ToolResult call_result(const voice::CallOutcome& outcome,
                            const std::function<void(JsonWriter&)>& more) {
  const store::Call& call = outcome.call;
  const bool failed = call.state == to_string(voice::CallState::failed);
  JsonWriter out;
  out.begin_object().field("success", !failed).field("callId", call.id);
  maybe(out, "callSid", call.vendor_id);
  out.field("sessionId", call.id);
  out.field("status",
            call.state == to_string(voice::CallState::attempting) ? "queued" : call.state);
  out.field("from", call.from_address).field("to", call.to_address);
  out.field("deduplicated", outcome.deduplicated);
  if (more) more(out);
  if (!call.error_code.empty()) {
    out.key("error").begin_object().field("code", call.error_code);
    out.field("message", call.failure_reason).field("remedy", remedy_of(call));
    out.field("vendorCode", call.vendor_code).end_object();
  }
  out.end_object();
  return {out.take(), failed, {}};
}

std::string call_json(const messaging::Threads& threads, const voice::CallHistory::View& view,
                      const std::optional<std::string>& script) {
  const store::Call& call = view.call;
  JsonWriter out;
  out.begin_object().key("message").begin_object();
  out.field("id", call.id).field("agentId", call.agent_id).field("channel", "voice");
  out.field("direction", call.direction).field("purpose", call.purpose);
  out.field("from", call.from_address).field("to", call.to_address);
  out.field("status", call.state).field("provider", call.provider);
  maybe(out, "externalId", call.vendor_id);
  out.field("attempts", call.attempts);
  if (call.cost_currency.empty()) {
    out.key("cost").null().key("currency").null();
  } else {
    out.field("cost", static_cast<double>(call.cost_micros) / 1e6);
    out.field("currency", call.cost_currency);
  }
  out.key("durationSeconds");
  call.duration_ms ? out.value(static_cast<double>(*call.duration_ms) / 1e3) : out.null();
  maybe(out, "answeredBy", call.answered_by);
  maybe(out, "recordingUrl", call.recording_url);
  maybe(out, "parentCallId", call.parent_id);
  maybe_time(out, "answeredAt", call.answered_at);
  maybe_time(out, "endedAt", call.ended_at);
  out.field("thread", thread_uri(threads, call.org_id, call.agent_id, view.thread));
  if (!view.thread.empty()) {
    out.field("threadId", threads.contacts().seal(call.org_id, view.thread));
  }
  out.field("createdAt", iso_time(call.created_at));
  out.field("updatedAt", iso_time(call.updated_at)).end_object();
  write_timeline(out, view.timeline);
  out.key("failure");
  if (call.error_code.empty()) {
    out.null();
  } else {
    out.begin_object().field("code", call.error_code).field("why", call.failure_reason);
    out.field("whatToDo", remedy_of(call)).field("vendorCode", call.vendor_code).end_object();
  }
  write_content(out, script);
  return out.end_object().take();
}

}  // namespace commsd::tools
