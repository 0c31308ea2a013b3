#include "store/database_store.h"

#include "store/migrator.h"

namespace commsd::store {

namespace {

Error busy() {
  Error error =
      make_error(ErrorCode::unavailable, "the database is busy; nothing was saved, try again");
  error.retry_after = std::chrono::seconds(1);
  return error;
}

/// At start the administrator reads this, and needs the provider's own words.
Error cannot_open(Error error) {
  if (error.code == ErrorCode::internal) error.code = ErrorCode::rejected;
  error.message = "cannot open the database: " + error.cause;
  return error;
}

}  // namespace

Result<std::unique_ptr<DatabaseStore>> DatabaseStore::open(const plugin::DatabaseHandle& handle,
                                                           const Clock& clock, Options options) {
  const comms_str name = handle.table->dialect(handle.self);
  const std::string dialect(name.ptr, name.len);
  Result<StatementRegistry> registry = StatementRegistry::embedded(dialect);
  if (!registry) return fail(registry.error());

  Result<std::unique_ptr<DatabaseConnection>> writer =
      DatabaseConnection::open(handle, DatabaseConnection::Role::writer);
  if (!writer) return fail(cannot_open(writer.error()));
  Result<std::vector<Migration>> migrations = Migrator::embedded(dialect);
  if (!migrations) return fail(migrations.error());
  Migrator migrator(**writer, *registry, clock);
  auto check = std::make_unique<IntegrityCheck>(handle);
  std::optional<Result<void>> sound = check->wait(options.check_wait);
  // A schema is changed in a database that is known to be sound only.
  if (!sound && !migrator.is_current(*migrations)) sound = check->wait();
  if (sound && !*sound) return fail(sound->error());
  if (Result<std::int64_t> version = migrator.migrate(*migrations); !version) {
    return fail(version.error());
  }

  std::vector<std::unique_ptr<DatabaseConnection>> readers;
  for (std::size_t index = 0; index < options.readers; ++index) {
    Result<std::unique_ptr<DatabaseConnection>> reader =
        DatabaseConnection::open(handle, DatabaseConnection::Role::reader);
    if (!reader) return fail(cannot_open(reader.error()));
    readers.push_back(std::move(*reader));
  }

  std::unique_ptr<DatabaseStore> store(
      new DatabaseStore(std::move(*registry), handle, std::move(check)));
  store->readers_ =
      std::make_unique<ReaderPool>(handle, std::move(readers), options.queue_capacity);
  store->writer_ =
      std::make_unique<GroupWriter>(handle, std::move(*writer), options.queue_capacity,
                                    options.max_group, store->maintenance_, *store->check_);
  return store;
}

DatabaseStore::DatabaseStore(StatementRegistry registry, plugin::DatabaseHandle handle,
                             std::unique_ptr<IntegrityCheck> check)
    : registry_(std::move(registry)),
      shared_(!handle.one_process),
      check_(std::move(check)),
      maintenance_(std::move(handle)) {}

DatabaseStore::~DatabaseStore() = default;

Task<Result<Rows>> DatabaseStore::query(std::string_view statement, Parameters parameters) {
  Result<BoundStatement> bound = registry_.bind(statement, std::move(parameters));
  if (!bound) co_return fail(bound.error());
  Completion<Result<Rows>> done;
  if (!readers_->submit(std::move(*bound), done)) co_return fail(busy());
  co_return co_await done;
}

Task<Result<UnitOutcome>> DatabaseStore::commit(UnitOfWork unit) {
  Result<BoundUnit> bound = registry_.bind(std::move(unit));
  if (!bound) co_return fail(bound.error());
  Completion<Result<UnitOutcome>> done;
  if (!writer_->submit(std::move(*bound), done)) co_return fail(busy());
  co_return co_await done;
}

Task<Result<void>> DatabaseStore::backup(std::string path) {
  Completion<Result<void>> done;
  maintenance_.backup(std::move(path), done);
  co_return co_await done;
}

Task<Result<void>> DatabaseStore::check() {
  Completion<Result<void>> done;
  maintenance_.check(*check_, done);
  co_return co_await done;
}

Task<Result<void>> DatabaseStore::vacuum() {
  Completion<Result<void>> done;
  maintenance_.vacuum(done);
  co_return co_await done;
}

}  // namespace commsd::store
