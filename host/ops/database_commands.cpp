#include "ops/database_commands.h"

#include "base/json_writer.h"

namespace commsd::ops {

namespace {

using Answer = Task<Result<std::string>>;

/// What the person at the shell has to read is often only in the cause: nothing in it is secret
/// from who may use the control socket.
Error told(Error error) {
  if (!error.cause.empty()) error.message += " (" + error.cause + ')';
  return error;
}

Answer backup(store::DatabaseStore* store, std::string path) {
  if (!path.starts_with('/')) {
    co_return fail(ErrorCode::invalid_argument,
                   "the file must be given with its whole path, beginning with '/': the server "
                   "writes it, which works in another folder");
  }
  Task<Result<void>> copying = store->backup(path);
  const Result<void> copied = co_await std::move(copying);
  if (!copied) co_return fail(told(copied.error()));
  co_return JsonWriter().begin_object().field("path", path).end_object().take();
}

Answer check(store::DatabaseStore* store) {
  Task<Result<void>> checking = store->check();
  const Result<void> sound = co_await std::move(checking);
  if (!sound) co_return fail(told(sound.error()));
  co_return JsonWriter().begin_object().field("sound", true).end_object().take();
}

Answer vacuum(store::DatabaseStore* store) {
  Task<Result<void>> working = store->vacuum();
  const Result<void> done = co_await std::move(working);
  if (!done) co_return fail(told(done.error()));
  co_return JsonWriter().begin_object().field("vacuumed", true).end_object().take();
}

}  // namespace

void add_database_commands(ControlRegistry& registry, store::DatabaseStore& store) {
  registry.add("database.backup", "Copy the database to a file", [&store](JsonValue given) {
    return backup(&store, std::string(given.string("path").value_or("")));
  });
  registry.add("database.check", "Look through the database for damage",
               [&store](JsonValue) { return check(&store); });
  registry.add("database.vacuum", "Give back the space of what was deleted",
               [&store](JsonValue) { return vacuum(&store); });
}

}  // namespace commsd::ops
