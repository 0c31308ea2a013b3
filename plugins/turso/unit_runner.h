#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stream.h"
#include "unit_batch.h"
#include "values.h"

namespace turso_plugin {

/// Runs one group of units and tells what became of each.
class UnitRunner final : private BatchSink {
 public:
  UnitRunner(Stream& stream, const Settings& settings, const comms::Crypto& crypto,
             const comms_unit* units, std::size_t count, comms::UnitSink& results)
      : stream_(stream),
        settings_(settings),
        crypto_(crypto),
        units_(units),
        count_(count),
        results_(results) {}

  /// `careful` is a habit of the connection: the group after one in which a unit failed is careful
  /// from the start. Throws comms::Error when nothing of the group was saved, or when it is not
  /// known.
  void run(bool& careful);

 private:
  struct Outcome {
    comms::Status status = COMMS_OK;
    std::int32_t reason = 0;
    std::size_t failed_step = 0;
    std::string code;
    std::string message;
  };

  void begin(std::size_t step, const comms::JsonNode& columns) override;
  bool row(const comms::JsonNode& values) override;
  void end() override;
  void failed(std::size_t step, ServerError error) override;

  void attempt(bool careful);
  void send(const UnitBatch& batch);
  void tell();

  Stream& stream_;
  const Settings& settings_;
  const comms::Crypto& crypto_;
  const comms_unit* units_;
  std::size_t count_;
  comms::UnitSink& results_;

  const UnitBatch* batch_ = nullptr;
  UnitBatch::Role now_;  // the step whose rows come
  Row row_;
  bool committed_ = false;
  bool unit_failed_ = false;
  std::optional<ServerError> trouble_;  // why nothing could be saved
  std::vector<Outcome> outcomes_;
};

}  // namespace turso_plugin
