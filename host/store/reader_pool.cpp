#include "store/reader_pool.h"

#include <pthread.h>

namespace commsd::store {

ReaderPool::ReaderPool(plugin::DatabaseHandle handle,
                       std::vector<std::unique_ptr<DatabaseConnection>> connections,
                       std::size_t queue_capacity)
    : handle_(std::move(handle)), queue_(queue_capacity) {
  for (std::unique_ptr<DatabaseConnection>& connection : connections) {
    threads_.emplace_back([this, own = std::move(connection)]() mutable { run(std::move(own)); });
  }
}

ReaderPool::~ReaderPool() {
  queue_.close();
  for (std::thread& thread : threads_) thread.join();
}

bool ReaderPool::submit(BoundStatement statement, Completion<Result<Rows>> done) {
  return queue_.push({std::move(statement), std::move(done)});
}

void ReaderPool::run(std::unique_ptr<DatabaseConnection> connection) {
  pthread_setname_np(pthread_self(), "store-reader");
  for (;;) {
    // One at a time, so that a long query holds up one thread and not what waits behind it.
    const std::vector<Pending> next = queue_.pop(1);
    if (next.empty()) return;
    if (!connection) {
      Result<std::unique_ptr<DatabaseConnection>> opened =
          DatabaseConnection::open(handle_, DatabaseConnection::Role::reader);
      if (!opened) {
        next[0].done.complete(fail(opened.error()));
        continue;
      }
      connection = std::move(*opened);
    }
    Result<Rows> rows = connection->query(next[0].statement);
    const bool suspect = !rows && rows.error().code == ErrorCode::unavailable;
    next[0].done.complete(std::move(rows));
    if (suspect && !connection->ping()) connection.reset();
  }
}

}  // namespace commsd::store
