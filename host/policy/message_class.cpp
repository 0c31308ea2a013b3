#include "policy/message_class.h"

#include <array>
#include <utility>

namespace commsd::policy {
namespace {

constexpr std::array<std::pair<ActionKind, std::string_view>, 5> kinds{{
    {ActionKind::message, "message"},
    {ActionKind::call, "call"},
    {ActionKind::voice_message, "voice_message"},
    {ActionKind::otp, "otp"},
    {ActionKind::transfer, "transfer"},
}};

constexpr std::array<std::pair<MessageClass, std::string_view>, 5> classes{{
    {MessageClass::marketing, "marketing"},
    {MessageClass::service, "service"},
    {MessageClass::transactional, "transactional"},
    {MessageClass::otp, "otp"},
    {MessageClass::emergency, "emergency"},
}};

template <typename Table, typename Value>
std::string_view name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return {};
}

template <typename Value, typename Table>
std::optional<Value> named(const Table& table, std::string_view wanted) {
  for (const auto& [known, name] : table) {
    if (name == wanted) return known;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ActionKind kind) {
  return name_of(kinds, kind);
}

std::optional<ActionKind> parse_action_kind(std::string_view name) {
  return named<ActionKind>(kinds, name);
}

std::string_view to_string(MessageClass message_class) {
  return name_of(classes, message_class);
}

std::optional<MessageClass> parse_message_class(std::string_view name) {
  return named<MessageClass>(classes, name);
}

}  // namespace commsd::policy
