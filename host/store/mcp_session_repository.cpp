#include "store/mcp_session_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

McpSessionRecord from_row(const Row& row) {
  return {row.text("wishes_json"), !row.is_null("ended_at")};
}

}  // namespace

Task<Result<std::optional<McpSessionRecord>>> McpSessionRepository::find(
    std::string_view org_id, std::string_view id) const {
  return read_optional(store_, "mcp_sessions.find",
                       {{"org_id", text_or_everyone(org_id)}, {"id", text_value(id)}}, from_row);
}

void McpSessionRepository::add_save(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                                    std::string_view wishes_json, UnixMillis expires_at) {
  unit.run("mcp_sessions.save", {{"org_id", text_or_everyone(org_id)},
                                 {"id", text_value(id)},
                                 {"wishes_json", text_or_null(wishes_json)},
                                 {"expires_at", expires_at}});
}

void McpSessionRepository::add_end(UnitOfWork& unit, std::string_view org_id, std::string_view id,
                                   UnixMillis at, UnixMillis expires_at) {
  unit.run("mcp_sessions.end", {{"org_id", text_or_everyone(org_id)},
                                {"id", text_value(id)},
                                {"at", at},
                                {"expires_at", expires_at}});
}

void McpSessionRepository::add_use_state(UnitOfWork& unit, std::string_view org_id,
                                         std::string_view id, UnixMillis expires_at) {
  unit.expect(
      1, "mcp_sessions.use_state",
      {{"org_id", text_or_everyone(org_id)}, {"id", text_value(id)}, {"expires_at", expires_at}});
}

void McpSessionRepository::add_purge(UnitOfWork& unit, UnixMillis before, std::int64_t limit) {
  unit.run("mcp_sessions.purge", {{"before", before}, {"limit", limit}});
  unit.run("mcp_sessions.purge_states", {{"before", before}, {"limit", limit}});
}

}  // namespace commsd::store
