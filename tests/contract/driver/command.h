#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "plugin/provider_manager.h"
#include "plugin/real_time_executor.h"

namespace commsd::contract {

/// One line from the suite, e.g. {"slot":"email","op":"send","to":"..."}. Members are named as the
/// fields of the host's own types (plugin/provider_types.h), in camelCase; bytes are base64 in a
/// member whose name ends in "Base64". Every op takes "limitMs" (default 20000).
class Command {
 public:
  explicit Command(JsonValue root) : root_(root) {}

  std::string text(std::string_view key) const {
    return std::string(root_.string(key).value_or(""));
  }
  std::int64_t number(std::string_view key, std::int64_t otherwise = 0) const {
    return root_.integer(key).value_or(otherwise);
  }
  std::uint32_t small(std::string_view key) const {
    return static_cast<std::uint32_t>(number(key));
  }
  bool flag(std::string_view key, bool otherwise = false) const {
    return root_.boolean(key).value_or(otherwise);
  }
  std::string bytes(std::string_view key) const;
  /// An object, or a list of pairs where a name may be repeated.
  plugin::KeyValues pairs(std::string_view key) const;
  std::chrono::milliseconds limit() const {
    return std::chrono::milliseconds(number("limitMs", 20000));
  }
  const JsonValue& root() const { return root_; }

 private:
  JsonValue root_;
};

/// What the commands of all slots work with.
struct Stage {
  plugin::ProviderManager& manager;
  plugin::testing::RealTimeExecutor& executor;
};

/// The members of the answer to one command; the error is written by main. invalid_argument: the
/// slot has no such op.
using Answer = Result<std::string>;

Answer run_message_command(Stage& stage, const std::string& slot, const std::string& op,
                           const Command& command);
Answer run_number_command(plugin::TelephonyProvider& provider, Stage& stage, const std::string& op,
                          const Command& command);
Answer run_call_command(plugin::TelephonyProvider& provider, Stage& stage, const std::string& op,
                        const Command& command);
Answer run_storage_command(Stage& stage, const std::string& op, const Command& command);
Answer run_speech_command(Stage& stage, const std::string& slot, const std::string& op,
                          const Command& command);
Answer run_voice_command(Stage& stage, const std::string& op, const Command& command);

inline Answer no_such_op(const std::string& op) {
  return fail(ErrorCode::invalid_argument, "the driver has no op '" + op + "' for this slot");
}

plugin::WebhookRequest webhook_request(const Command& command);
void write_pairs(JsonWriter& out, std::string_view key, const plugin::KeyValues& pairs);
void write_receipt(JsonWriter& out, const plugin::Receipt& receipt);
void write_event(JsonWriter& out, const plugin::ProviderEvent& event);

}  // namespace commsd::contract
