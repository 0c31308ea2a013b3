#pragma once

#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace commsd::store::test {

/// A PostgreSQL server of this test program's own: in a temporary folder, on a Unix socket there,
/// without fsync. It starts at the first use and ends with the program. Children of fork() use the
/// same one.
class PostgresCluster {
 public:
  /// Ends the test program when no server can be started.
  static PostgresCluster& shared();

  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  /// Folder of the socket: libpq's `host`.
  const std::string& host() const { return folder_; }
  static constexpr const char* user = "commsd";

  /// Of another's connection: what an administrator does. Ends the program on an error.
  void execute(const std::string& database, const std::string& sql);
  /// The first column of the first row.
  std::string ask(const std::string& database, const std::string& sql);

  /// A database for `path`, the same for the same path; made at its first use, with our schema in
  /// it or, when `empty`, with nothing.
  std::string database_for(const std::string& path, bool empty = false);

  /// Ends the server as a power cut does, and starts it again. By the main thread: a server ends
  /// with the thread that started it.
  void crash();
  void stop(int signal);
  void start();

 private:
  PostgresCluster();
  void make_schema();
  void drop_what_is_over();

  std::map<std::string, std::string> made_;  // path to database
  std::string folder_;
  pid_t server_ = -1;
  pid_t owner_ = -1;  // who stops it
};

}  // namespace commsd::store::test
