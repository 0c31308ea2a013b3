#include "plugin/recorded_pins.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

#include "plugin/file_descriptor.h"

namespace commsd::plugin {

std::map<std::string, std::string> read_pins(const std::string& file) {
  constexpr std::size_t digits = 64;
  std::map<std::string, std::string> pins;
  if (file.empty()) return pins;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.size() > digits + 2 && line.compare(digits, 2, "  ") == 0) {
      pins[line.substr(digits + 2)] = line.substr(0, digits);
    }
  }
  return pins;
}

Result<void> record_pin(const std::string& file, const std::string& path,
                        const std::string& sha256) {
  std::map<std::string, std::string> pins = read_pins(file);
  pins[path] = sha256;
  std::string text;
  for (const auto& [pinned, digest] : pins) text += digest + "  " + pinned + "\n";
  const std::string made = file + ".new";
  const FileDescriptor out(
      ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out || ::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(out.get()) != 0 || std::rename(made.c_str(), file.c_str()) != 0) {
    return fail(ErrorCode::unavailable,
                "the record of uploaded plugins " + file +
                    " cannot be written: " + std::generic_category().message(errno));
  }
  return {};
}

}  // namespace commsd::plugin
