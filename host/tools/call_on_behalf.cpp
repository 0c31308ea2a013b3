#include "base/text.h"
#include "tools/call_arguments.h"

namespace commsd::tools {

namespace {

/// What is said: for whom, and what they want told.
std::string words_of(const JsonValue& arguments) {
  const std::string target = text_argument(arguments, "targetName");
  const std::string requester = text_argument(arguments, "requesterName");
  const std::string message = text_argument(arguments, "message");
  const std::string phone = text_argument(arguments, "requesterPhone");
  std::string words = target.empty() ? "Hello. " : "Hello " + target + ". ";
  words += "I am calling on behalf of " + (requester.empty() ? phone : requester) + ". ";
  if (!message.empty()) words += message + ' ';
  return words + "You can reach them at " + phone + ".";
}

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  if (!is_e164(text_argument(arguments, "requesterPhone"))) {
    co_return fail(ErrorCode::invalid_argument,
                   "'requesterPhone' must be a phone number in E.164 form, like +14155550100");
  }
  voice::CallRequest request = call_request(*services, *scope, arguments, "comms_call_on_behalf");
  request.purpose = "on_behalf";
  request.to = text_argument(arguments, "target");
  request.script.words = words_of(arguments);
  Task<Result<voice::CallOutcome>> placing = services->calls.place(std::move(request));
  Result<voice::CallOutcome> outcome = co_await std::move(placing);
  if (!outcome) co_return fail(outcome.error());
  co_return call_result(*outcome, [](JsonWriter& out) {
    out.field("description", "the message is said to whoever answers");
  });
}

}  // namespace

mcp::Tool call_on_behalf(Services& services) {
  return {"comms_call_on_behalf", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
