#include "wire.h"

#include <cerrno>
#include <memory>
#include <poll.h>

namespace postgres_plugin {

namespace {

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Of what was not sent yet, before answers are read in between.
constexpr std::size_t most_unsent = 1 << 20;

constexpr int oldest_server = 130'000;

constexpr std::string_view read_committed = "read committed";

/// Beyond the longest statement, for the way there and back.
constexpr int extra_patience_ms = 15'000;

void check_server(const PGresult* row, bool read_only) {
  if (std::string_view(PQgetvalue(row, 0, 0)) != "UTF8") {
    throw comms::Error(COMMS_INVALID, "the database's encoding is not UTF8", {},
                       "make the database with: createdb --encoding=UTF8 --template=template0");
  }
  if (!read_only && PQgetvalue(row, 0, 1)[0] == 't') {
    throw comms::Error(COMMS_UNAVAILABLE, "the server is a standby, where nothing can be written",
                       "25006", "name the server that writes");
  }
}

}  // namespace

Wire::Wire(const Settings& settings, bool read_only)
    : patience_ms_(settings.statement_timeout_ms > 0
                       ? settings.statement_timeout_ms + extra_patience_ms
                       : -1) {
  PQinitOpenSSL(0, 0);  // the host has done it
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : settings.parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = PQconnectdbParams(keywords.data(), values.data(), 0);
  try {
    if (!connection_) throw std::bad_alloc();
    if (PQstatus(connection_) != CONNECTION_OK) throw connect_failure(connection_);
    // A warning would go to standard error, among the lines of the log.
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    set_up(settings, read_only);
  } catch (...) {
    PQfinish(connection_);
    throw;
  }
}

void Wire::set_up(const Settings& settings, bool read_only) {
  if (PQserverVersion(connection_) < oldest_server) {
    throw comms::Error(COMMS_INVALID, "the server is older than PostgreSQL 13", {},
                       "upgrade PostgreSQL");
  }
  std::string sql =
      "SELECT current_setting('server_encoding'), pg_is_in_recovery(), "
      "current_setting('default_transaction_isolation')";
  if (settings.session_state) {
    const auto set = [&sql](std::string_view name, std::string_view value) {
      sql.append(", set_config('").append(name).append("', ").append(value).append(", false)");
    };
    set("statement_timeout", "'" + std::to_string(settings.statement_timeout_ms) + "ms'");
    set("lock_timeout", "'" + std::to_string(settings.lock_timeout_ms) + "ms'");
    set("idle_in_transaction_session_timeout", "'60s'");
    set("default_transaction_isolation", "'read committed'");
    set("synchronous_commit", durable_commit);
    set("bytea_output", "'hex'");
    if (read_only) set("default_transaction_read_only", "'on'");
  }
  const Result row(PQexec(connection_, sql.c_str()), &PQclear);
  if (PQresultStatus(row.get()) != PGRES_TUPLES_OK) throw failure_of(row.get()).error("set up");
  check_server(row.get(), read_only);
  // The statements are written for READ COMMITTED: a guard behind a lock has to see what was
  // committed while it waited (docs/decisions/postgres.md).
  if (!settings.session_state && std::string_view(PQgetvalue(row.get(), 0, 2)) != read_committed) {
    throw comms::Error(COMMS_INVALID, "default_transaction_isolation is not 'read committed'", {},
                       "ALTER ROLE ... SET default_transaction_isolation = 'read committed'");
  }
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
}

bool Wire::is_gone() {
  if (lost_ || PQstatus(connection_) != CONNECTION_OK) return true;
  // A server that goes down says so and hangs up. Found out before something is sent, it is no
  // more than a reason to connect again; afterwards nobody knows what was done.
  pollfd socket{PQsocket(connection_), POLLIN, 0};
  if (poll(&socket, 1, 0) > 0) {
    lost_ = PQconsumeInput(connection_) == 0 || (socket.revents & POLLHUP) != 0;
    if (!lost_ && poll(&socket, 1, 0) > 0) lost_ = PQconsumeInput(connection_) == 0;
  }
  return lost_;
}

void Wire::lose(const std::string& why) {
  lost_ = true;
  waiting_.clear();
  throw Lost{why};
}

void Wire::prepare(const std::string& name, const std::string& sql, Tag tag) {
  sent(PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr), sql.size(), {tag});
}

void Wire::run_prepared(const std::string& name, const Parameters& parameters, Tag tag, bool rows) {
  sent(PQsendQueryPrepared(connection_, name.c_str(), parameters.count(), parameters.values(),
                           parameters.lengths(), parameters.formats(), 0),
       parameters.bytes(), {tag, false, rows});
}

void Wire::run(const std::string& sql, const Parameters& parameters, Tag tag, bool rows) {
  sent(PQsendQueryParams(connection_, sql.c_str(), parameters.count(), nullptr, parameters.values(),
                         parameters.lengths(), parameters.formats(), 0),
       sql.size() + parameters.bytes(), {tag, false, rows});
}

void Wire::point(Tag tag) {
  sent(PQpipelineSync(connection_), 0, {tag, true});
}

void Wire::sent(int ok, std::size_t bytes, Waiting waiting) {
  if (!ok) lose(PQerrorMessage(connection_));
  waiting_.push_back(waiting);
  if (waiting_.size() == 1) ready_front();
  unsent_ += bytes;
  while (unsent_ >= most_unsent && !exchange()) wait(true);
}

void Wire::finish() {
  while (!waiting_.empty()) {
    const bool all_sent = exchange();
    if (!waiting_.empty()) wait(!all_sent);
  }
}

bool Wire::exchange() {
  const int left = PQflush(connection_);
  if (left < 0) lose(PQerrorMessage(connection_));
  if (left == 0) unsent_ = 0;
  read_answers();
  return left == 0;
}

void Wire::wait(bool to_send) {
  pollfd socket{PQsocket(connection_), static_cast<short>(POLLIN | (to_send ? POLLOUT : 0)), 0};
  int ready = 0;
  do {
    ready = poll(&socket, 1, patience_ms_);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) lose("the server does not answer");
  if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_) == 0) {
    read_answers();  // what it said before it hung up
    lose(PQerrorMessage(connection_));
  }
}

void Wire::read_answers() {
  int silent = 0;  // a NULL ends the answer to a statement; twice would be for ever
  while (!waiting_.empty() && !PQisBusy(connection_)) {
    PGresult* result = PQgetResult(connection_);
    if (result) {
      silent = 0;
      take(result);
      continue;
    }
    if (++silent > 2) lose("the answers do not fit the questions");
    if (!waiting_.front().is_point) {
      waiting_.pop_front();
      silent = 0;
      ready_front();
    }
  }
}

void Wire::take(PGresult* raw) {
  const Result result(raw, &PQclear);
  const Tag tag = waiting_.front().tag;
  const bool rows = waiting_.front().rows;
  switch (PQresultStatus(raw)) {
    case PGRES_PIPELINE_SYNC:
      waiting_.pop_front();
      ready_front();
      answers_->reached(tag);
      return;
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
      if (rows) answers_->rows(tag, raw);
      return;
    case PGRES_COMMAND_OK:
    case PGRES_PIPELINE_ABORTED:
      return;
    default:
      // libpq's own error, when the connection ended in the middle of an answer.
      if (!PQresultErrorField(raw, PG_DIAG_SQLSTATE)) lose(PQresultErrorMessage(raw));
      answers_->failed(tag, failure_of(raw));
      return;
  }
}

void Wire::ready_front() {
  if (!waiting_.empty() && waiting_.front().rows) PQsetSingleRowMode(connection_);
}

void Wire::cancel() noexcept {
  PGcancel* cancel = PQgetCancel(connection_);
  if (!cancel) return;
  char problem[256];
  PQcancel(cancel, problem, sizeof problem);  // in vain: then the rows are read and dropped
  PQfreeCancel(cancel);
}

void Wire::run_script(const std::string& sql) {
  PQexitPipelineMode(connection_);
  PQsetnonblocking(connection_, 0);
  const Result result(PQexec(connection_, sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  if (!done && PQstatus(connection_) == CONNECTION_OK) {
    PQclear(PQexec(connection_, "ROLLBACK"));
  }
  PQsetnonblocking(connection_, 1);
  PQenterPipelineMode(connection_);
  if (PQstatus(connection_) != CONNECTION_OK) lose(PQerrorMessage(connection_));
  if (!done) throw failure_of(result.get()).error("script");
}

}  // namespace postgres_plugin
