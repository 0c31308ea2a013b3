#include "unit_group.h"

#include <map>

#include "values.h"

namespace convex_plugin {

namespace {

class Statements {
 public:
  std::size_t number_of(const comms_statement& statement) {
    const auto [known, is_new] = numbers_.emplace(comms::view(statement.sql), numbers_.size());
    if (is_new) json_ += (json_.empty() ? "" : ",") + describe(statement);
    return known->second;
  }
  const std::string& json() const { return json_; }

 private:
  std::map<std::string_view, std::size_t> numbers_;
  std::string json_;
};

}  // namespace

std::string describe(const comms_statement& statement) {
  std::string json = "{\"name\":";
  comms::append_json_string(json, comms::view(statement.name));
  json += ",\"sql\":";
  comms::append_json_string(json, comms::view(statement.sql));
  return json + '}';
}

void append_parameters(std::string& json, const comms_statement& statement,
                       const comms::Crypto& crypto) {
  json += '[';
  for (std::size_t at = 0; at < statement.param_count; ++at) {
    if (at > 0) json += ',';
    append_value(json, statement.params[at], crypto);
  }
  json += ']';
}

std::string arguments_of(const comms_unit* units, std::size_t begin, std::size_t end,
                         const comms::Crypto& crypto) {
  Statements statements;
  std::string json;
  for (std::size_t number = begin; number < end; ++number) {
    json += number == begin ? R"({"steps":[)" : R"(,{"steps":[)";
    for (std::size_t at = 0; at < units[number].step_count; ++at) {
      const comms_step& step = units[number].steps[at];
      json += (at == 0 ? R"({"statement":)" : R"(,{"statement":)") +
              std::to_string(statements.number_of(*step.statement)) + R"(,"params":)";
      append_parameters(json, *step.statement, crypto);
      json += R"(,"expect":)" + std::to_string(step.expect_changes) + R"(,"capture":)";
      json += (step.flags & COMMS_STEP_CAPTURE) != 0 ? "true}" : "false}";
    }
    json += "]}";
  }
  return R"({"protocol":1,"statements":[)" + statements.json() + R"(],"units":[)" + json + "]}";
}

}  // namespace convex_plugin
