#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "base/completion.h"
#include "base/result.h"
#include "plugin/database_handle.h"
#include "store/bounded_queue.h"
#include "store/database_connection.h"

namespace commsd::store {

/// The threads that read, each with a connection of its own, taking turns at one queue.
class ReaderPool {
 public:
  ReaderPool(plugin::DatabaseHandle handle,
             std::vector<std::unique_ptr<DatabaseConnection>> connections,
             std::size_t queue_capacity);
  /// Answers what was accepted, then ends the threads.
  ~ReaderPool();

  /// [any thread] False when too much is waiting: the query was not taken.
  bool submit(BoundStatement statement, Completion<Result<Rows>> done);

 private:
  struct Pending {
    BoundStatement statement;
    Completion<Result<Rows>> done;
  };

  void run(std::unique_ptr<DatabaseConnection> connection);

  plugin::DatabaseHandle handle_;
  BoundedQueue<Pending> queue_;
  std::vector<std::thread> threads_;
};

}  // namespace commsd::store
