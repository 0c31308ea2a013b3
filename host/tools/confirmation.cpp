#include "tools/confirmation.h"

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "store/idempotency_repository.h"
#include "tools/agent_scope.h"

namespace commsd::tools {

namespace {

constexpr std::string_view token_argument = "confirmToken";
constexpr std::string_view used_scope = "confirm";  // where used tokens stand among the keys
constexpr std::string_view repeat_remedy =
    "Call the tool again without confirmToken: it then asks anew.";

tl::unexpected<Error> refuse(std::string message, std::string_view remedy) {
  return fail(make_error(ErrorCode::rejected, std::move(message), std::string(remedy)));
}

/// The arguments without the token: what the tool and the token's signature see.
std::string without_token(JsonValue arguments) {
  JsonWriter out;
  out.begin_object();
  arguments.each_member([&](std::string_view name, JsonValue value) {
    if (name != token_argument) out.raw_field(name, value.to_string());
  });
  return out.end_object().take();
}

/// Secrets: of those a person is shown the names only.
constexpr std::string_view credentials_argument = "credentials";

std::string names_of(JsonValue object) {
  std::string names;
  object.each_member([&](std::string_view name, JsonValue) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  });
  return names;
}

/// What a person is shown: every argument on a line, long ones cut.
std::string question(const std::string& tool, JsonValue arguments) {
  constexpr std::size_t longest = 500;
  std::string text = "Allow " + tool + " with these arguments?";
  arguments.each_member([&](std::string_view name, JsonValue value) {
    std::string shown =
        value.is_string() ? std::string(*value.string()) : value.to_canonical_string();
    if (name == credentials_argument) shown = names_of(value);
    if (shown.size() > longest) {
      std::size_t end = longest;
      while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80) --end;
      shown = shown.substr(0, end) + " ... (" + std::to_string(shown.size()) + " bytes in all)";
    }
    text += '\n' + std::string(name) + ": " + shown;
  });
  return text;
}

}  // namespace

struct Confirmation::Call {
  std::string tool;
  std::shared_ptr<const JsonDocument> arguments;
  std::string digest;  // of the canonical arguments

  JsonValue root() const { return arguments->root(); }
};

mcp::Tool Confirmation::guard(mcp::Tool tool) {
  if (!tools_.contains(tool.name)) return tool;
  const auto act = std::make_shared<const mcp::Tool::Handler>(std::move(tool.handler));
  tool.handler = [this, act, name = tool.name](JsonValue arguments, mcp::ToolContext& context) {
    return run(act.get(), name, arguments, &context);
  };
  return tool;
}

Task<Result<mcp::ToolResult>> Confirmation::run(const mcp::Tool::Handler* act, std::string tool,
                                                JsonValue arguments, mcp::ToolContext* context) {
  auto document = JsonDocument::parse(without_token(arguments));
  if (!document) co_return fail(document.error());
  Call call;
  call.tool = std::move(tool);
  call.arguments = std::make_shared<const JsonDocument>(std::move(*document));
  call.digest = sha256_hex(call.root().to_canonical_string());

  const auto token = arguments.string(token_argument);
  Result<void> allowed;
  if (token) {
    Task<Result<void>> using_it = use_token(&call, std::string(*token), &context->principal);
    allowed = co_await std::move(using_it);
  } else if (context->client && context->client->capabilities().elicitation_form) {
    Task<Result<void>> asking = ask_person(&call, context);
    allowed = co_await std::move(asking);
  } else {
    co_return require(call, context->principal);
  }
  if (!allowed) co_return fail(allowed.error());
  Task<Result<mcp::ToolResult>> acting = (*act)(call.root(), *context);
  Result<mcp::ToolResult> result = co_await std::move(acting);
  co_return result;
}

Task<Result<void>> Confirmation::ask_person(const Call* call, mcp::ToolContext* context) const {
  JsonWriter form;
  form.begin_object().field("message", question(call->tool, call->root()));
  form.raw_field("requestedSchema",
                 R"({"type":"object","properties":{"confirm":{"type":"boolean",)"
                 R"("title":"Yes, do it","default":false}},"required":["confirm"]})");
  form.end_object();
  std::vector<mcp::InputRequest> questions;
  questions.push_back({"confirm", "elicitation/create", form.take()});
  Task<Result<std::vector<mcp::InputAnswer>>> asking = context->client->ask(std::move(questions));
  Result<std::vector<mcp::InputAnswer>> answers = co_await std::move(asking);
  if (!answers) co_return fail(answers.error());
  const JsonValue answer = answers->front().value;
  const auto action = answer.string("action");
  const auto content = answer.get("content");
  if (action == "accept" && content && content->boolean("confirm") == true) {
    co_return Result<void>();
  }
  constexpr std::string_view remedy =
      "Ask the person what to do instead; do not repeat the call unchanged.";
  if (action == "cancel") {
    co_return refuse("the person closed the question without an answer: nothing was done", remedy);
  }
  co_return refuse("the person declined: nothing was done", remedy);
}

Task<Result<void>> Confirmation::use_token(const Call* call, std::string token,
                                           const identity::Principal* principal) const {
  // <nonce>.<moment it ends>.<signature>
  const std::vector<std::string_view> parts = split(token, '.');
  UnixMillis ends = 0;
  const bool whole = parts.size() == 3;
  if (whole) std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), ends);
  const std::string body =
      whole ? std::string(parts[0]) + '.' + std::string(parts[1]) : std::string();
  if (!whole || !constant_time_equal(sign(body, *call, *principal), parts[2])) {
    co_return refuse("confirmToken is not one that was given to you for these arguments",
                     repeat_remedy);
  }
  const UnixMillis now = clock_.now();
  if (now >= ends) co_return refuse("confirmToken has expired", repeat_remedy);

  store::IdempotencyRecord used;
  used.org_id = principal->org_id;
  used.agent_id = principal->agent_id;
  used.tool = used_scope;
  used.key = parts[0];
  used.arguments_hash = call->digest;
  used.created_at = now;
  store::UnitOfWork unit;
  store::IdempotencyRepository::add_claim(unit, used);
  Result<store::UnitOutcome> outcome = co_await store_.commit(std::move(unit));
  if (!outcome) co_return fail(outcome.error());
  if (!outcome->committed) co_return refuse("confirmToken was used before", repeat_remedy);
  co_return Result<void>();
}

mcp::ToolResult Confirmation::require(const Call& call, const identity::Principal& principal) {
  std::array<std::uint8_t, 16> noise{};
  random_.fill(noise);
  const UnixMillis ends = clock_.now() + std::chrono::milliseconds(lifetime).count();
  const std::string body =
      to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size())) + '.' +
      std::to_string(ends);
  JsonWriter out;
  out.begin_object().field("success", false).field("status", "confirmation_required");
  out.field("confirmToken", body + '.' + sign(body, call, principal));
  out.field("expiresAt", iso_time(ends)).field("question", question(call.tool, call.root()));
  out.field("whatToDo",
            "Nothing was done yet. Show the question to the person you act for. If they say yes, "
            "call the tool again with the same arguments and this confirmToken.");
  mcp::ToolResult result;
  result.json = out.end_object().take();
  return result;
}

std::string Confirmation::sign(std::string_view body, const Call& call,
                               const identity::Principal& principal) const {
  const std::string text =
      std::string(body) + '\n' + principal.key() + '\n' + call.tool + '\n' + call.digest;
  return to_hex(hmac_sha256(key_, text));
}

}  // namespace commsd::tools
