#include "store/repository_support.h"

namespace commsd::store {

Task<Result<bool>> any_row(Store& store, std::string_view statement, Parameters parameters) {
  Result<Rows> rows = co_await store.query(statement, std::move(parameters));
  if (!rows) co_return fail(rows.error());
  co_return !rows->empty();
}

Task<Result<std::int64_t>> read_count(Store& store, std::string_view statement,
                                      Parameters parameters) {
  Result<Rows> rows = co_await store.query(statement, std::move(parameters));
  if (!rows) co_return fail(rows.error());
  co_return rows->empty() ? 0 : rows->front().integer("count");
}

}  // namespace commsd::store
