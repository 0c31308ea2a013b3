#include "store/media_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

AgentMedia settings_from_row(const Row& row) {
  return {row.text("org_id"),
          row.text("agent_id"),
          row.boolean("persistent"),
          row.maybe_integer("quota_bytes"),
          row.maybe_integer("retention_days"),
          row.integer("used_bytes")};
}

Media from_row(const Row& row) {
  Media media;
  media.id = row.text("id");
  media.org_id = row.text("org_id");
  media.agent_id = row.text("agent_id");
  media.item_id = row.text("item_id");
  media.position = row.integer("position");
  media.channel = row.text("channel");
  media.provider = row.text("provider");
  media.state = row.text("state");
  media.bytes = row.integer("bytes");
  media.attempts = row.integer("attempts");
  return media;
}

MediaTotal total_from_row(const Row& row) {
  return {row.text("state"), row.integer("count")};
}

}  // namespace

Task<Result<std::optional<AgentMedia>>> MediaRepository::settings(std::string_view org_id,
                                                                  std::string_view agent_id) const {
  return read_optional(store_, "agent_media.find",
                       {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}},
                       settings_from_row);
}

Task<Result<std::optional<Media>>> MediaRepository::find(std::string_view org_id,
                                                         std::string_view agent_id,
                                                         std::string_view item_id,
                                                         std::int64_t position) const {
  return read_optional(store_, "media.of_item",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"item_id", text_value(item_id)},
                        {"position", position}},
                       from_row);
}

Task<Result<std::vector<MediaTotal>>> MediaRepository::totals(std::string_view org_id,
                                                              std::string_view agent_id) const {
  return read_all(store_, "media.totals",
                  {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}},
                  total_from_row);
}

Task<Result<bool>> MediaRepository::any_due(UnixMillis now) const {
  return any_row(store_, "media.any_due", {{"now", now}});
}

Task<Result<std::vector<Media>>> MediaRepository::removable(UnixMillis now,
                                                            std::int64_t limit) const {
  return read_all(store_, "media.removable", {{"now", now}, {"limit", limit}}, from_row);
}

void MediaRepository::add_settings(UnitOfWork& unit, const AgentMedia& settings, UnixMillis at) {
  unit.expect(1, "agent_media.set",
              {{"org_id", settings.org_id},
               {"agent_id", settings.agent_id},
               {"persistent", std::int64_t{settings.persistent ? 1 : 0}},
               {"quota_bytes", nullable(settings.quota_bytes)},
               {"retention_days", nullable(settings.retention_days)},
               {"at", at}});
}

void MediaRepository::add_set_days(UnitOfWork& unit, std::string_view org_id,
                                   std::string_view agent_id, std::int64_t days) {
  unit.run("media.set_days",
           {{"org_id", text_value(org_id)}, {"agent_id", text_value(agent_id)}, {"days", days}});
}

void MediaRepository::add(UnitOfWork& unit, const Media& media, std::int64_t default_days) {
  unit.run("media.add", {{"id", media.id},
                         {"org_id", media.org_id},
                         {"agent_id", media.agent_id},
                         {"item_id", media.item_id},
                         {"position", media.position},
                         {"channel", media.channel},
                         {"provider", media.provider},
                         {"at", media.created_at},
                         {"default_days", default_days}});
}

void MediaRepository::add_claim(UnitOfWork& unit, UnixMillis now, UnixMillis lease_until,
                                std::int64_t limit) {
  unit.fetch("media.claim", {{"now", now}, {"lease_until", lease_until}, {"limit", limit}});
}

std::vector<Media> MediaRepository::read(const Rows& rows) {
  return from_rows(rows, from_row);
}

void MediaRepository::add_storing(UnitOfWork& unit, const Media& media, std::int64_t bytes,
                                  std::int64_t default_quota) {
  unit.expect(1, "agent_media.take",
              {{"org_id", media.org_id},
               {"agent_id", media.agent_id},
               {"bytes", bytes},
               {"default_quota", default_quota}});
  unit.expect(
      1, "media.set_storing",
      {{"org_id", media.org_id}, {"id", media.id}, {"bytes", bytes}, {"attempts", media.attempts}});
}

void MediaRepository::add_finish(UnitOfWork& unit, const Media& media, std::string_view state,
                                 std::optional<UnixMillis> next_attempt_at,
                                 std::string_view error_code) {
  unit.expect(1, "media.finish",
              {{"org_id", media.org_id},
               {"id", media.id},
               {"attempts", media.attempts},
               {"state", text_value(state)},
               {"next_attempt_at", nullable(next_attempt_at)},
               {"error_code", text_or_null(error_code)}});
}

void MediaRepository::add_remove(UnitOfWork& unit, const Media& media, UnixMillis now) {
  unit.expect(
      1, "media.remove",
      {{"org_id", media.org_id}, {"id", media.id}, {"attempts", media.attempts}, {"now", now}});
  unit.run("agent_media.give_back",
           {{"org_id", media.org_id}, {"agent_id", media.agent_id}, {"bytes", media.bytes}});
}

}  // namespace commsd::store
