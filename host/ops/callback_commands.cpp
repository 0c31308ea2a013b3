#include "ops/callback_commands.h"

#include "base/iso_time.h"
#include "base/json_writer.h"
#include "tools/callback_json.h"

namespace commsd::ops {

namespace {

using messaging::CallbackEndpoints;
using messaging::CallbackOwner;

std::string text(const JsonValue& arguments, std::string_view name) {
  return std::string(arguments.string(name).value_or(""));
}

Result<CallbackEndpoints::Replay> replay_of(const JsonValue& arguments) {
  CallbackEndpoints::Replay replay{text(arguments, "id"), text(arguments, "state"), 0};
  if (replay.id.empty() && replay.state.empty()) replay.state = "dead";
  const std::string since = text(arguments, "since");
  if (since.empty()) return replay;
  const auto moment = parse_iso_time(since);
  if (!moment) {
    return fail(ErrorCode::invalid_argument, "'since' must be a moment like 2026-11-22T21:05:00Z");
  }
  replay.since = *moment;
  return replay;
}

/// The secret that was made, if one was.
using Act = std::function<Task<Result<std::string>>(CallbackOwner)>;

Task<Result<std::string>> run(CallbackCommandParts parts, std::string agent, std::string state,
                              Act act) {
  auto org_id = co_await parts.provisioning.organization_of(agent);
  if (!org_id) co_return fail(org_id.error());
  CallbackOwner owner{*org_id, agent, "commsctl"};
  Task<Result<std::string>> acting = act(std::move(owner));
  const Result<std::string> secret = co_await std::move(acting);
  if (!secret) co_return fail(secret.error());
  constexpr std::int64_t most_shown = 100;
  auto view = co_await parts.callbacks.view(*org_id, agent);
  if (!view) co_return fail(view.error());
  auto deliveries = co_await parts.callbacks.deliveries(*org_id, agent, state, most_shown);
  if (!deliveries) co_return fail(deliveries.error());
  co_return tools::callback_json(agent, *view, *deliveries, *secret);
}

Task<Result<std::string>> nothing_made(Task<Result<void>> task) {
  Result<void> done = co_await std::move(task);
  if (!done) co_return fail(done.error());
  co_return std::string();
}

Task<Result<std::string>> refuse(Error error) {
  co_return fail(std::move(error));
}

Task<Result<std::string>> show() {
  co_return std::string();
}

Task<Result<std::string>> cancel(CallbackCommandParts parts, std::string org_id, std::string id) {
  auto cancelled = co_await parts.scheduled.cancel(org_id, "", id);
  if (!cancelled) co_return fail(cancelled.error());
  JsonWriter out;
  out.begin_object().field("messageId", cancelled->id).field("status", cancelled->state);
  co_return out.end_object().take();
}

}  // namespace

void add_callback_commands(ControlRegistry& registry, const CallbackCommandParts& parts) {
  registry.add("callbacks.show", "Show the callback of an agent", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), text(arguments, "state"),
               [](const CallbackOwner&) { return show(); });
  });
  registry.add("callbacks.set", "Set where an agent's host is told", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), "",
               [&callbacks = parts.callbacks, url = text(arguments, "url")](CallbackOwner owner) {
                 return callbacks.set(std::move(owner), url);
               });
  });
  registry.add("callbacks.rotate", "Make a new secret", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), "",
               [&callbacks = parts.callbacks](CallbackOwner owner) {
                 return callbacks.rotate(std::move(owner));
               });
  });
  registry.add("callbacks.enable", "Go on with a disabled callback", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), "",
               [&callbacks = parts.callbacks](CallbackOwner owner) {
                 return nothing_made(callbacks.enable(std::move(owner)));
               });
  });
  registry.add("callbacks.remove", "Remove a callback", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), "",
               [&callbacks = parts.callbacks](CallbackOwner owner) {
                 return nothing_made(callbacks.remove(std::move(owner)));
               });
  });
  registry.add("callbacks.replay", "Tell again what ended", [parts](JsonValue arguments) {
    return run(parts, text(arguments, "agent"), "",
               [&callbacks = parts.callbacks, what = replay_of(arguments)](CallbackOwner owner) {
                 if (!what) return refuse(what.error());
                 return nothing_made(callbacks.replay(std::move(owner), *what));
               });
  });
  registry.add("messages.cancel", "Take a scheduled message back", [parts](JsonValue arguments) {
    return cancel(parts, text(arguments, "organization"), text(arguments, "id"));
  });
}

}  // namespace commsd::ops
