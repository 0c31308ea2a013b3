#pragma once

#include <cstdint>
#include <string_view>

#include <comms/cpp/types.hpp>
#include <comms/slot/database.h>

namespace comms {

// Values of rows and parameters; text and blobs are lent.

inline comms_value null_value() {
  return {COMMS_VALUE_NULL, 0, 0, 0, {nullptr, 0}};
}
inline comms_value integer_value(std::int64_t n) {
  return {COMMS_VALUE_I64, 0, n, 0, {nullptr, 0}};
}
inline comms_value real_value(double n) {
  return {COMMS_VALUE_F64, 0, 0, n, {nullptr, 0}};
}
inline comms_value text_value(std::string_view s) {
  return {COMMS_VALUE_TEXT, 0, 0, 0, bytes(s)};
}
inline comms_value blob_value(std::string_view s) {
  return {COMMS_VALUE_BLOB, 0, 0, 0, bytes(s)};
}
inline comms_value boolean_value(bool b) {
  return {COMMS_VALUE_BOOL, 0, b ? 1 : 0, 0, {nullptr, 0}};
}

}  // namespace comms
