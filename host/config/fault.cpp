#include "config/fault.h"

#include <cstdio>

namespace commsd::config {

namespace {

/// What a file contains may not move the terminal's cursor or start a new line.
void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string ConfigFault::to_string() const {
  std::string out;
  append_printable(out, file);
  if (line > 0) (out += ':') += std::to_string(line);
  out += ": ";
  if (!key.empty()) {
    out += "key '";
    append_printable(out, key);
    out += "': ";
  }
  out += "found ";
  append_printable(out, found);
  if (!allowed.empty()) {
    out += "; allowed: ";
    append_printable(out, allowed);
  }
  return out;
}

void print_faults(std::ostream& out, const std::vector<ConfigFault>& faults) {
  for (const ConfigFault& fault : faults) out << fault.to_string() << '\n';
  out << faults.size() << (faults.size() == 1 ? " fault" : " faults") << " in the configuration\n";
}

}  // namespace commsd::config
