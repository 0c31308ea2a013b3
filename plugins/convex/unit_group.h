#pragma once

#include <string>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>

namespace convex_plugin {

/// {"name", "sql"} of a statement.
std::string describe(const comms_statement& statement);
/// [value, ...]
void append_parameters(std::string& json, const comms_statement& statement,
                       const comms::Crypto& crypto);

/// The arguments of the mutation that runs the units from `begin` to before `end`. A group repeats
/// the same few statements, so each text is written once and steps name it by number.
std::string arguments_of(const comms_unit* units, std::size_t begin, std::size_t end,
                         const comms::Crypto& crypto);

}  // namespace convex_plugin
