#include "tools/call_arguments.h"

namespace commsd::tools {

namespace {

Task<Result<mcp::ToolResult>> run(Services* services, JsonValue arguments,
                                  mcp::ToolContext* context) {
  Result<AgentScope> scope = co_await agent_scope(services->provisioning, context->principal,
                                                  text_argument(arguments, "agentId"));
  if (!scope) co_return fail(scope.error());
  voice::CallRequest request = call_request(*services, *scope, arguments, "comms_make_call");
  request.to = text_argument(arguments, "to");
  request.script.words = text_argument(arguments, "greeting");
  if (request.script.words.empty()) request.script.words = services->call_texts.greeting;
  request.script.system_prompt = text_argument(arguments, "systemPrompt");
  request.script.voice = text_argument(arguments, "voice");
  const std::string language = text_argument(arguments, "language");
  if (!language.empty()) request.script.language = language;
  Task<Result<voice::CallOutcome>> placing = services->calls.place(std::move(request));
  Result<voice::CallOutcome> outcome = co_await std::move(placing);
  if (!outcome) co_return fail(outcome.error());
  co_return call_result(*outcome);
}

}  // namespace

mcp::Tool make_call(Services& services) {
  return {"comms_make_call", everybody,
          [&services](JsonValue arguments, mcp::ToolContext& context) {
            return run(&services, arguments, &context);
          }};
}

}  // namespace commsd::tools
