#include "batch.h"

#include "values.h"

namespace turso_plugin {

std::string if_ok(std::size_t step) {
  return R"({"type":"ok","step":)" + std::to_string(step) + '}';
}

std::string if_not(const std::string& condition) {
  return R"({"type":"not","cond":)" + condition + '}';
}

std::string if_both(const std::string& one, const std::string& other) {
  return R"({"type":"and","conds":[)" + one + ',' + other + "]}";
}

std::string if_in_transaction() {
  return if_not(R"({"type":"is_autocommit"})");
}

std::size_t Batch::add(std::string_view sql, const std::string& condition,
                       const Parameters& parameters, bool want_rows) {
  std::string step = size_ == 0 ? "{" : ",{";
  if (!condition.empty()) step += "\"condition\":" + condition + ',';
  step += "\"stmt\":{\"sql\":";
  comms::append_json_string(step, sql);
  step += ",\"args\":[";
  for (std::size_t at = 0; at < parameters.count; ++at) {
    if (at > 0) step += ',';
    append_value(step, parameters.values[at], crypto_);
  }
  step += want_rows ? "],\"want_rows\":true}}" : "],\"want_rows\":false}}";
  steps_ += step;
  return size_++;
}

}  // namespace turso_plugin
