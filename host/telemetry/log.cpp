#include "telemetry/log.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <unistd.h>

#include "base/json_writer.h"
#include "telemetry/mask.h"

namespace commsd::log {

namespace {

constexpr std::size_t longest_value = 512;

std::atomic<Level> lowest_level{Level::info};
std::atomic<int> output{STDERR_FILENO};
std::atomic<std::uint64_t> lost{0};

/// "2026-11-22T21:05:00.123Z". The date part is formatted once per second and thread.
void append_now(std::string& out) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  thread_local std::time_t cached_second = -1;
  thread_local char cached[32];
  if (now.tv_sec != cached_second) {
    tm parts{};
    ::gmtime_r(&now.tv_sec, &parts);
    std::strftime(cached, sizeof cached, "%Y-%m-%dT%H:%M:%S", &parts);
    cached_second = now.tv_sec;
  }
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>(now.tv_nsec / 1000000));
  out += cached;
  out += millis;
}

void append_value(JsonWriter& line, const Field& field) {
  const bool withheld = telemetry::names_private_content(field.key());
  if (const auto* text = std::get_if<std::string_view>(&field.value())) {
    if (withheld && !telemetry::is_own_id(*text)) {
      line.value("[withheld]");
    } else {
      line.value(masked(*text));
    }
  } else if (const auto* count = std::get_if<std::int64_t>(&field.value())) {
    if (withheld) {
      line.value("[withheld]");
    } else {
      line.value(*count);
    }
  } else {
    line.value(std::get<bool>(field.value()));
  }
}

void write_line(const std::string& line) {
  // One write: lines of several threads never mix. What does not fit is lost and counted rather
  // than waited for, because a log reader must not be able to stop the server.
  ssize_t written = 0;
  do {
    written = ::write(output.load(std::memory_order_relaxed), line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(line.size())) lost.fetch_add(1, std::memory_order_relaxed);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  try {
    std::string time;
    append_now(time);
    JsonWriter line;
    line.begin_object().field("time", time).field("level", to_string(level));
    line.field("event", event);
    for (const Field& field : fields) {
      line.key(field.key());
      append_value(line, field);
    }
    line.end_object();
    write_line(line.take() + '\n');
  } catch (...) {  // out of memory: the line is lost, the caller is not
    lost.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

void debug(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::debug, event, fields);
}
void info(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::info, event, fields);
}
void warn(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::warn, event, fields);
}
void error(std::string_view event, std::initializer_list<Field> fields) {
  write(Level::error, event, fields);
}

void set_level(Level level) {
  lowest_level.store(level, std::memory_order_relaxed);
}
bool enabled(Level level) {
  return level >= lowest_level.load(std::memory_order_relaxed);
}
void set_output(int descriptor) {
  output.store(descriptor, std::memory_order_relaxed);
}
std::uint64_t lost_lines() {
  return lost.load(std::memory_order_relaxed);
}

std::string masked(std::string_view text) {
  std::string out;
  // masking comes before cutting: a cut number would no longer look like one
  telemetry::append_masked(out, text.substr(0, 4 * longest_value));
  if (out.size() > longest_value) {
    std::size_t end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
    out += "…";
  }
  return out;
}

}  // namespace commsd::log
