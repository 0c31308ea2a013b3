#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace commsd::log {

enum class Level { debug, info, warn, error };

/// "debug", "info", "warn", "error".
std::string_view to_string(Level level);

/// One member of a log line: an id, a code, a count, a flag or a duration (written in
/// milliseconds). Never a phone number, an address, a secret or what somebody wrote: such things
/// do not belong in a Field at all, and the writer masks what slips through (see below). A Field
/// only refers to its strings, so it must not outlive the call it is passed to.
class Field {
 public:
  Field(std::string_view key, std::string_view id_or_code) : key_(key), value_(id_or_code) {}
  Field(std::string_view key, const std::string& id_or_code)
      : Field(key, std::string_view(id_or_code)) {}
  Field(std::string_view key, const char* id_or_code) : Field(key, std::string_view(id_or_code)) {}
  Field(std::string_view key, bool flag) : key_(key), value_(flag) {}
  template <std::integral Integer>
  Field(std::string_view key, Integer count)
      : key_(key), value_(static_cast<std::int64_t>(count)) {}
  template <typename Rep, typename Period>
  Field(std::string_view key, std::chrono::duration<Rep, Period> duration)
      : key_(key),
        value_(
            std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()}) {
  }

  std::string_view key() const { return key_; }
  const auto& value() const { return value_; }

 private:
  std::string_view key_;
  std::variant<std::string_view, std::int64_t, bool> value_;
};

/// Each writes one line of JSON, with one write(2) and without a lock, to standard error:
///   {"time":"2026-11-22T21:05:00.123Z","level":"info","event":"plugin_loaded","plugin":"twilio"}
/// `event` is a fixed snake_case name, never built from input. [any thread, never throws]
///
/// Defences, because one careless field would be a breach: phone numbers, e-mail addresses and
/// token-like strings are replaced by "[number]", "[address]" and "[secret]" wherever they stand in
/// a value; the value of a field whose name says that it is content ("to", "body", "token", ...) is
/// "[withheld]"; values end after 512 bytes; control characters are escaped, so one call is one
/// line.
void debug(std::string_view event, std::initializer_list<Field> fields = {});
void info(std::string_view event, std::initializer_list<Field> fields = {});
void warn(std::string_view event, std::initializer_list<Field> fields = {});
void error(std::string_view event, std::initializer_list<Field> fields = {});

/// [any thread] Lines below `level` are dropped before they are formatted. Starts as info.
void set_level(Level level);
bool enabled(Level level);

/// [any thread] Where lines go instead of standard error; the caller keeps the descriptor open.
void set_output(int descriptor);

/// Lines that could not be written (the reader is gone or too slow). [any thread]
std::uint64_t lost_lines();

/// `text` as the writer would show it: masked, cut and still unescaped.
std::string masked(std::string_view text);

}  // namespace commsd::log
