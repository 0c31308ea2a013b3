#include "store/postgres_cluster.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <memory>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <libpq-fe.h>

#include "base/clock.h"
#include "store/database_store.h"
#include "store/test_database.h"

namespace commsd::store::test {

namespace {

constexpr const char* schema_template = "commsd_schema";

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "store tests: %s\n", why.c_str());
  std::abort();
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

Connection connect(const std::string& host, const std::string& database) {
  const std::string text =
      "host=" + host + " user=" + PostgresCluster::user + " dbname=" + database;
  return {PQconnectdb(text.c_str()), &PQfinish};
}

/// PostgreSQL refuses to run as root; then it runs as the user its package made.
void become_ordinary() {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (!user || initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
      setuid(user->pw_uid) != 0) {
    _exit(126);
  }
}

pid_t launch(const std::vector<std::string>& command, const std::string& log, bool with_us) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  become_ordinary();
  if (chdir("/") != 0) _exit(125);  // the folder we are in may not be that user's to see
  if (with_us) {
    prctl(PR_SET_PDEATHSIG, SIGQUIT);  // an immediate shutdown, if the test program is killed
    if (getppid() != parent) _exit(0);
  }
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(words[0], words.data());
  _exit(127);
}

}  // namespace

PostgresCluster& PostgresCluster::shared() {
  static PostgresCluster cluster;
  static const bool filled = [] {
    cluster.make_schema();
    return true;
  }();
  static_cast<void>(filled);
  return cluster;
}

PostgresCluster::PostgresCluster() : owner_(getpid()) {
  char pattern[] = "/tmp/commsd_pg_XXXXXX";  // short: a socket's path has 107 bytes
  if (!mkdtemp(pattern)) give_up("no temporary folder");
  folder_ = pattern;
  if (geteuid() == 0) {
    const passwd* owner = getpwnam("postgres");
    if (!owner || chown(pattern, owner->pw_uid, owner->pw_gid) != 0) give_up("no user 'postgres'");
  }
  const pid_t making = launch({COMMSD_POSTGRES_BIN "/initdb", "--pgdata=" + folder_ + "/data",
                               "--auth=trust", std::string("--username=") + user, "--encoding=UTF8",
                               "--no-locale", "--no-sync", "--no-instructions"},
                              folder_ + "/log", false);
  int status = 0;
  if (waitpid(making, &status, 0) != making || status != 0) {
    give_up("initdb failed; see " + folder_ + "/log");
  }
  start();
}

PostgresCluster::~PostgresCluster() {
  if (owner_ != getpid()) return;
  stop(SIGQUIT);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresCluster::start() {
  server_ =
      launch({COMMSD_POSTGRES_BIN "/postgres", "-D", folder_ + "/data", "-k", folder_,
              // Writers that meet wait this long before one gives way; the default of a
              // second made their race take minutes, and one of them run out of its time.
              "-c", "deadlock_timeout=50ms", "-c", "listen_addresses=", "-c", "fsync=off", "-c",
              "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "max_connections=100",
              "-c", "autovacuum=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c",
              "log_min_messages=fatal", "-c", "log_min_error_statement=panic"},
             folder_ + "/log", true);
  const std::string text = "host=" + folder_ + " user=" + user + " dbname=postgres";
  for (int tries = 0; PQping(text.c_str()) != PQPING_OK; ++tries) {
    if (tries > 1500 || waitpid(server_, nullptr, WNOHANG) == server_) {
      give_up("the PostgreSQL server does not start; see " + folder_ + "/log");
    }
    usleep(20'000);
  }
}

void PostgresCluster::stop(int signal) {
  kill(server_, signal);
  waitpid(server_, nullptr, 0);
}

void PostgresCluster::crash() {
  stop(SIGQUIT);
  start();
}

void PostgresCluster::execute(const std::string& database, const std::string& sql) {
  const Connection connection = connect(folder_, database);
  const Result result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    give_up(sql + ": " + PQerrorMessage(connection.get()));
  }
}

std::string PostgresCluster::ask(const std::string& database, const std::string& sql) {
  const Connection connection = connect(folder_, database);
  const Result result(PQexec(connection.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    give_up(sql + ": " + PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

void PostgresCluster::make_schema() {
  execute("postgres", std::string("CREATE DATABASE ") + schema_template);
  {
    const ManualClock clock(0);
    const auto store = DatabaseStore::open(load_postgres(folder_, schema_template), clock);
    if (!store) give_up(store.error().message + ": " + store.error().cause);
  }
  // The server ends its side of a connection a little after the client.
  execute("postgres", std::string("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                                  "WHERE datname = '") +
                          schema_template + "'");
}

/// Hundreds of tests would leave gigabytes: a database goes with the folder of its path.
void PostgresCluster::drop_what_is_over() {
  for (auto made = made_.begin(); made != made_.end();) {
    if (std::filesystem::exists(std::filesystem::path(made->first).parent_path())) {
      ++made;
      continue;
    }
    execute("postgres", "DROP DATABASE " + made->second + " WITH (FORCE)");
    made = made_.erase(made);
  }
}

std::string PostgresCluster::database_for(const std::string& path, bool empty) {
  const std::string name = "t" + std::to_string(std::hash<std::string>()(path));
  const std::string known =
      ask("postgres", "SELECT 1 FROM pg_database WHERE datname = '" + name + "'");
  if (known.empty()) {
    drop_what_is_over();
    // Copying files is half the work of copying pages through the log.
    execute("postgres", "CREATE DATABASE " + name + " STRATEGY file_copy TEMPLATE " +
                            (empty ? "template0" : schema_template));
    made_[path] = name;
  }
  return name;
}

}  // namespace commsd::store::test
