#include "store/audit_log.h"

#include <cstring>

#include "store/merkle_tree.h"
#include "store/repository_support.h"

namespace commsd::store {

namespace {

constexpr std::int64_t page_size = 1000;

AuditEntry from_row(const Row& row) {
  AuditEntry entry;
  entry.sequence = row.integer("sequence");
  entry.id = row.text("id");
  entry.at = row.integer("at");
  entry.org_id = row.text("org_id");
  entry.actor = row.text("actor");
  entry.action = row.text("action");
  entry.target = row.text("target");
  entry.details_json = row.text("details_json");
  entry.leaf = row.text("leaf");
  return entry;
}

std::string hex_digits(std::uint64_t number, std::size_t count) {
  std::string digits(count, '0');
  for (std::size_t at = count; at > 0 && number != 0; number >>= 4) {
    digits[--at] = "0123456789abcdef"[number & 15];
  }
  return digits;
}

std::string to_bytes(const Sha256& digest) {
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

}  // namespace

std::string audit_fields(const AuditEntry& entry) {
  std::string fields(1, '\x01');
  const std::string at = std::to_string(entry.at);
  const std::string_view parts[] = {entry.id,     at,           entry.org_id,      entry.actor,
                                    entry.action, entry.target, entry.details_json};
  for (const std::string_view part : parts) {
    fields += hex_digits(part.size(), 8);
    fields += part;
  }
  return fields;
}

std::string audit_leaf(const AuditEntry& entry) {
  std::string leaf(1, '\0');
  leaf += hex_digits(static_cast<std::uint64_t>(entry.sequence), 16);
  leaf += audit_fields(entry);
  return to_bytes(sha256(leaf));
}

void AuditLog::add_entry(UnitOfWork& unit, const AuditEvent& event) const {
  AuditEntry entry;
  entry.id = ids_.make("aud");
  entry.at = clock_.now();
  entry.org_id = event.org_id;
  entry.actor = event.actor;
  entry.action = event.action;
  entry.target = event.target;
  entry.details_json = event.details_json;
  unit.run("audit.lock", {});
  unit.expect(1, "audit.add",
              {{"id", entry.id},
               {"at", entry.at},
               {"org_id", text_or_null(entry.org_id)},
               {"actor", entry.actor},
               {"action", entry.action},
               {"target", text_or_null(entry.target)},
               {"details_json", text_or_null(entry.details_json)},
               {"fields", Blob{audit_fields(entry)}}});
}

Task<Result<std::vector<AuditEntry>>> AuditLog::list(std::string_view org_id, std::int64_t after,
                                                     std::int64_t limit) const {
  if (org_id.empty()) {
    return read_all(store_, "audit.list_all", {{"after", after}, {"limit", limit}}, from_row);
  }
  return read_all(store_, "audit.list",
                  {{"org_id", text_value(org_id)}, {"after", after}, {"limit", limit}}, from_row);
}

Task<Result<AuditLog::Verdict>> AuditLog::verify(std::vector<std::int64_t> at_sizes) const {
  Verdict verdict;
  MerkleTree tree;
  std::size_t next_size = 0;
  const auto note_roots = [&] {
    while (next_size < at_sizes.size() && at_sizes[next_size] == tree.size()) {
      verdict.earlier.push_back(to_bytes(tree.root()));
      ++next_size;
    }
  };
  note_roots();
  bool more = true;
  while (more && verdict.fault.empty()) {
    Result<std::vector<AuditEntry>> page = co_await list("", tree.size(), page_size);
    if (!page) co_return fail(page.error());
    more = static_cast<std::int64_t>(page->size()) == page_size;
    for (const AuditEntry& entry : *page) {
      if (entry.sequence != tree.size() + 1) {
        verdict.fault = "it is missing";
      } else if (entry.leaf != audit_leaf(entry)) {
        verdict.fault = "it does not match its hash";
      }
      if (!verdict.fault.empty()) break;
      Sha256 leaf;
      std::memcpy(leaf.data(), entry.leaf.data(), leaf.size());
      tree.append(leaf);
      note_roots();
    }
  }
  if (verdict.fault.empty() && next_size < at_sizes.size()) verdict.fault = "it is missing";
  verdict.size = tree.size();
  verdict.root = to_bytes(tree.root());
  verdict.intact = verdict.fault.empty();
  if (!verdict.intact) verdict.first_bad = tree.size() + 1;
  co_return verdict;
}

}  // namespace commsd::store
