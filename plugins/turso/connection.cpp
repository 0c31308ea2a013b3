#include "connection.h"

#include <optional>

#include "batch.h"
#include "script.h"
#include "sql_kind.h"
#include "unit_runner.h"

namespace turso_plugin {

namespace {

/// Hands the rows of one statement on.
class QuerySink final : public BatchSink {
 public:
  QuerySink(comms::RowSink* rows, const comms::Crypto& crypto) : rows_(rows), crypto_(crypto) {}

  void begin(std::size_t, const comms::JsonNode& columns) override {
    has_begun_ = true;
    if (!rows_) return;
    rows_->columns(ColumnNames(columns).views());
  }
  bool row(const comms::JsonNode& values) override {
    return !rows_ || rows_->row(row_.read(values, crypto_));
  }
  void end() override { has_ended_ = true; }
  void failed(std::size_t, ServerError error) override { error_ = std::move(error); }

  bool has_begun() const { return has_begun_; }
  bool is_whole() const { return has_ended_ || (rows_ && rows_->stopped != COMMS_OK); }
  const std::optional<ServerError>& error() const { return error_; }

 private:
  comms::RowSink* rows_;
  const comms::Crypto& crypto_;
  Row row_;
  bool has_begun_ = false;
  bool has_ended_ = false;
  std::optional<ServerError> error_;
};

}  // namespace

Connection::Connection(const comms::Host& host, const Settings& settings, bool read_only)
    : settings_(settings), crypto_(host), read_only_(read_only), stream_(host, settings) {
  ping();
}

void Connection::ping() {
  Batch batch(crypto_);
  batch.add("SELECT 1", {}, {}, true);
  QuerySink sink(nullptr, crypto_);
  stream_.run(batch.json(), sink, Purpose::read);
  if (sink.error()) throw to_error(*sink.error(), "ping");
}

void Connection::run_script(std::string_view sql) {
  turso_plugin::run_script(stream_, sql);
}

void Connection::query(const comms_statement& statement, comms::RowSink& rows) {
  const std::string_view sql = comms::view(statement.sql);
  if (read_only_ && !only_reads(sql)) {
    throw comms::Error(COMMS_INVALID, "query: a reader's statement would write");
  }
  Batch batch(crypto_);
  batch.add(sql, {}, {statement.params, statement.param_count}, true);
  for (int attempt = 0;; ++attempt) {
    QuerySink sink(&rows, crypto_);
    try {
      stream_.run(batch.json(), sink, Purpose::read);
    } catch (const comms::Error& error) {
      // A read may be made again, unless part of it was handed out.
      if (attempt > 0 || sink.has_begun() || error.status != COMMS_UNAVAILABLE) throw;
      continue;
    }
    if (sink.error()) throw to_error(*sink.error(), "query");
    if (!sink.is_whole()) throw comms::Error(COMMS_UNAVAILABLE, "query: no answer to it came");
    return;
  }
}

void Connection::commit_units(const comms_unit* units, std::size_t count,
                              comms::UnitSink& results) {
  UnitRunner(stream_, settings_, crypto_, units, count, results).run(careful_);
}

}  // namespace turso_plugin
