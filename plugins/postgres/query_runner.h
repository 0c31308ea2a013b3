#pragma once

#include <optional>

#include <comms/cpp/database.hpp>

#include "statements.h"
#include "wire.h"

namespace postgres_plugin {

/// Runs one query, in one round trip even when it has to be prepared.
class QueryRunner final : public Answers {
 public:
  QueryRunner(Wire& wire, Statements& statements, const Settings& settings)
      : wire_(wire), statements_(statements), settings_(settings) {}

  /// `sink` is null when nobody wants the rows. Throws comms::Error or Lost.
  void run(const comms_statement& statement, comms::RowSink* sink);
  /// Whether the sink was given something.
  bool has_begun() const { return begun_; }

  void rows(Tag tag, const PGresult* result) override;
  void failed(Tag tag, const Failure& failure) override;
  void reached(Tag tag) override;

 private:
  void run_once(const comms_statement& statement);
  void forget_prepared();

  Wire& wire_;
  Statements& statements_;
  const Settings& settings_;
  comms::RowSink* sink_ = nullptr;
  RowReader reader_;
  std::optional<Failure> failure_;
  bool prepare_failed_ = false;
  bool begun_ = false;
  bool stopped_ = false;  // the host wants no more rows
};

}  // namespace postgres_plugin
