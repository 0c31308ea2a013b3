#include "plugin/crash_journal.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>

#include "base/iso_time.h"
#include "base/text.h"
#include "plugin/file_descriptor.h"

namespace commsd::plugin {
namespace {

constexpr std::int64_t kTooClose = 600;  // seconds
constexpr std::streamoff kMostRead = 256 * 1024;

std::string time_text(std::int64_t seconds) {
  return iso_time(seconds * 1000);
}

}  // namespace

CrashJournal::CrashJournal(std::string file) : file_(std::move(file)) {
  if (file_.empty()) return;
  std::ifstream in(file_, std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : 0;
  in.seekg(std::max<std::streamoff>(0, size - kMostRead));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  for (const std::string_view line : split(text, '\n')) take_line(line);
}

void CrashJournal::take_line(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  if (words.size() < 3) return;
  std::int64_t at = 0;
  const auto [end, fault] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), at);
  if (fault != std::errc() || end != words[1].data() + words[1].size()) return;
  const std::string plugin(words[2]);
  if (words[0] == "enabled") by_plugin_.erase(plugin);
  if (words[0] != "crash" || words.size() != 5) return;
  Crashes& crashes = by_plugin_[plugin][std::string(words[3])];
  if (crashes.last != 0 && at - crashes.last <= kTooClose) {
    crashes.first = crashes.last;
    crashes.second = at;
  }
  crashes.last = at;
  crashes.signal = words[4];
}

std::optional<std::string> CrashJournal::held_back(std::string_view plugin_id,
                                                   std::string_view sha256,
                                                   std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto plugin = by_plugin_.find(plugin_id);
  if (plugin == by_plugin_.end()) return std::nullopt;
  const auto crashes = plugin->second.find(std::string(sha256));
  if (crashes == plugin->second.end() || !crashes->second.too_close()) return std::nullopt;
  return "it crashed the server at " + time_text(crashes->second.first) + " and again at " +
         time_text(crashes->second.second) + " (" + crashes->second.signal +
         "), so it is not loaded; install another version of it, or have it tried again with "
         "'commsctl plugins enable " +
         std::string(name) + "'";
}

bool CrashJournal::holds(std::string_view plugin_id) const {
  const std::lock_guard lock(mutex_);
  const auto plugin = by_plugin_.find(plugin_id);
  return plugin != by_plugin_.end() &&
         std::any_of(plugin->second.begin(), plugin->second.end(),
                     [](const auto& crashes) { return crashes.second.too_close(); });
}

Result<void> CrashJournal::lift(std::string_view plugin_id, UnixMillis now) {
  const std::string line =
      "enabled " + std::to_string(now / 1000) + " " + std::string(plugin_id) + "\n";
  const FileDescriptor file(
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ::fsync(file.get()) != 0) {
    return fail(ErrorCode::unavailable, "the record of crashes " + file_ + " cannot be written: " +
                                            std::generic_category().message(errno));
  }
  const std::lock_guard lock(mutex_);
  if (const auto plugin = by_plugin_.find(plugin_id); plugin != by_plugin_.end()) {
    by_plugin_.erase(plugin);
  }
  return {};
}

}  // namespace commsd::plugin
