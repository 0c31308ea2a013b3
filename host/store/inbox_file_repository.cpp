#include "store/inbox_file_repository.h"

#include "base/digest.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

/// Nothing for content that does not open.
std::string bytes_of(const Row& row) {
  return base64_decode(row.text("content")).value_or("");
}

}  // namespace

Task<Result<std::optional<std::string>>> InboxFileRepository::bytes(std::string_view org_id,
                                                                    std::string_view agent_id,
                                                                    std::string_view item_id,
                                                                    std::int64_t position) const {
  return read_optional(store_, "inbox_files.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"item_id", text_value(item_id)},
                        {"position", position}},
                       bytes_of);
}

// As text, because that is what is sealed on its way.
void InboxFileRepository::add(UnitOfWork& unit, const InboxFile& file, std::string_view bytes) {
  unit.expect(1, "inbox_files.add",
              {{"id", file.id},
               {"org_id", file.org_id},
               {"agent_id", file.agent_id},
               {"item_id", file.item_id},
               {"position", file.position},
               {"content", base64_encode(bytes)}});
}

void InboxFileRepository::add_remove(UnitOfWork& unit, std::string_view org_id,
                                     std::string_view agent_id, std::string_view item_id,
                                     std::int64_t position) {
  unit.run("inbox_files.remove", {{"org_id", text_value(org_id)},
                                  {"agent_id", text_value(agent_id)},
                                  {"item_id", text_value(item_id)},
                                  {"position", position}});
}

}  // namespace commsd::store
