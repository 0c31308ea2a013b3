#include "query_runner.h"

namespace postgres_plugin {

void QueryRunner::run(const comms_statement& statement, comms::RowSink* sink) {
  sink_ = sink;
  run_once(statement);
  if (failure_ && failure_->kind == FailureKind::stale && !begun_) {
    forget_prepared();
    run_once(statement);
  }
  if (!failure_ || stopped_) return;
  // What a guard of the schema is to a write is a wrong parameter to a read.
  if (failure_->status == COMMS_REJECTED) failure_->status = COMMS_INVALID;
  throw failure_->error("query");
}

void QueryRunner::run_once(const comms_statement& statement) {
  failure_.reset();
  prepare_failed_ = false;
  Parameters parameters(nullptr, 0);
  try {
    parameters = Parameters(statement.params, statement.param_count);
  } catch (comms::Error& error) {
    error.status = COMMS_INVALID;
    throw;
  }
  if (statements_.is_full()) forget_prepared();
  Prepared& prepared = statements_.find(comms::view(statement.name), comms::view(statement.sql),
                                        statement.param_count, false);
  wire_.begin(*this);
  if (!settings_.session_state) {
    wire_.run(settings_.local_settings({}), {});
    wire_.run(prepared.sql, parameters, Tag{0, 0}, true);
  } else {
    if (!prepared.ready) wire_.prepare(prepared.server_name, prepared.sql, Tag{0, Tag::none});
    wire_.run_prepared(prepared.server_name, parameters, Tag{0, 0}, true);
  }
  wire_.point();
  wire_.finish();
  if (prepare_failed_) {
    prepared.refused = failure_;
  } else {
    prepared.ready = settings_.session_state;
  }
}

void QueryRunner::forget_prepared() {
  statements_.clear();
  if (!settings_.session_state) return;
  wire_.begin(*this);
  wire_.run("DEALLOCATE ALL", {});
  wire_.point();
  wire_.finish();
}

void QueryRunner::rows(Tag, const PGresult* result) {
  if (!sink_ || stopped_) return;
  if (!begun_) sink_->columns(RowReader::columns(result));
  begun_ = true;
  for (int row = 0; row < PQntuples(result) && !stopped_; ++row) {
    if (!sink_->row(reader_.read(result, row))) {
      stopped_ = true;
      wire_.cancel();
    }
  }
}

void QueryRunner::failed(Tag tag, const Failure& failure) {
  if (failure_) return;
  failure_ = failure;
  prepare_failed_ = tag.unit != Tag::none && tag.step == Tag::none;
}

void QueryRunner::reached(Tag) {}

}  // namespace postgres_plugin
