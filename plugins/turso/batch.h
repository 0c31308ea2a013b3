#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>

namespace turso_plugin {

/// Conditions of a step (HRANA_3_SPEC, "Conditions"), as JSON.
std::string if_ok(std::size_t step);
std::string if_not(const std::string& condition);
std::string if_both(const std::string& one, const std::string& other);
std::string if_in_transaction();

struct Parameters {
  const comms_value* values = nullptr;
  std::size_t count = 0;
};

/// A batch as it is written: statements that run in order, each on a condition.
class Batch {
 public:
  explicit Batch(const comms::Crypto& crypto) : crypto_(crypto) {}

  /// The step's number. An empty condition is none. Throws comms::Error(COMMS_INVALID), and then
  /// there is no such step.
  std::size_t add(std::string_view sql, const std::string& condition = {},
                  const Parameters& parameters = {}, bool want_rows = false);

  std::size_t size() const { return size_; }
  /// {"steps":[...]}
  std::string json() const { return "{\"steps\":[" + steps_ + "]}"; }

 private:
  const comms::Crypto& crypto_;
  std::string steps_;
  std::size_t size_ = 0;
};

}  // namespace turso_plugin
