#include "store/migrator.h"

#include <algorithm>
#include <charconv>

#include "embedded/migrations.h"
#include "store/dialect.h"

namespace commsd::store {

Result<std::vector<Migration>> Migrator::embedded(std::string_view dialect) {
  const std::string_view parent = parent_dialect(dialect);
  const std::string_view folder = parent.empty() ? dialect : parent;
  std::vector<Migration> migrations;
  for (const commsd::embedded::File& file : commsd::embedded::migrations::files()) {
    const std::size_t slash = file.name.find('/');
    if (file.name.substr(0, slash) != folder) continue;
    const std::string_view name = file.name.substr(slash + 1);
    Migration migration{0, std::string(name), file.text};
    std::from_chars(name.data(), name.data() + name.size(), migration.version);
    migrations.push_back(std::move(migration));
  }
  std::sort(migrations.begin(), migrations.end(),
            [](const Migration& a, const Migration& b) { return a.version < b.version; });
  for (std::size_t index = 0; index < migrations.size(); ++index) {
    if (migrations[index].version != static_cast<std::int64_t>(index) + 1) {
      return fail(ErrorCode::internal, "the migrations of '" + std::string(dialect) +
                                           "' are not numbered 0001, 0002, ... without gaps");
    }
  }
  return migrations;
}

Result<std::int64_t> Migrator::migrate(std::span<const Migration> migrations) {
  Result<std::int64_t> current = version();
  if (!current) return fail(current.error());
  const std::int64_t newest = migrations.empty() ? 0 : migrations.back().version;
  if (*current > newest) {
    return fail(ErrorCode::rejected,
                "the database has schema version " + std::to_string(*current) +
                    ", and this program knows only versions up to " + std::to_string(newest) +
                    "; install the newer program again, or restore a backup from before the "
                    "upgrade");
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= *current) continue;
    // Names come from our own file names, which hold no quotes.
    std::string script(migration.sql);
    script += "\nINSERT INTO schema_version (version, name, applied_at) VALUES (" +
              std::to_string(migration.version) + ", '" + migration.name + "', " +
              std::to_string(clock_.now()) + ");\n";
    if (Result<void> done = connection_.run_script(script); !done) {
      // Another process that starts at the same time may have been faster: then the provider let
      // this one wait, and it failed on what was there already.
      const Result<std::int64_t> now = version();
      if (now && *now >= migration.version) {
        current = now;
        continue;
      }
      Error error = done.error();
      error.message = "migration " + migration.name + " failed; the database is as before it";
      return fail(std::move(error));
    }
  }
  return std::max(*current, newest);
}

Result<Rows> Migrator::query(std::string_view statement) {
  Result<BoundStatement> bound = registry_.bind(statement, {});
  if (!bound) return fail(bound.error());
  return connection_.query(*bound);
}

bool Migrator::is_current(std::span<const Migration> migrations) {
  const Result<std::int64_t> current = version();
  return current && !migrations.empty() && *current == migrations.back().version;
}

Result<std::int64_t> Migrator::version() {
  const Result<Rows> exists = query("schema.exists");
  if (!exists) return fail(exists.error());
  if (exists->front().integer("count") > 0) {
    const Result<Rows> rows = query("schema.version");
    if (!rows) return fail(rows.error());
    return rows->front().integer("version");
  }
  const Result<Rows> tables = query("schema.count_tables");
  if (!tables) return fail(tables.error());
  if (tables->front().integer("count") > 0) {
    // Unless they are ours, made since the question before by another process that starts.
    const Result<Rows> again = query("schema.exists");
    if (again && again->front().integer("count") > 0) return version();
    return fail(ErrorCode::rejected,
                "the database holds tables of something else; name an empty one, or the one that "
                "commsd used before");
  }
  return 0;
}

}  // namespace commsd::store
