#include "plugin/upload_codes.h"

#include <array>

#include "base/digest.h"

namespace commsd::plugin {

std::string UploadCodes::issue() {
  std::array<std::uint8_t, 8> noise{};
  random_.fill(noise);
  const std::lock_guard lock(mutex_);
  code_ = to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
  ends_ = clock_.now() + lifetime;
  wrong_ = 0;
  return code_;
}

bool UploadCodes::take(std::string_view code) {
  const std::lock_guard lock(mutex_);
  if (code_.empty() || clock_.now() > ends_) return false;
  const bool right = constant_time_equal(code, code_);
  if (right || ++wrong_ >= most_wrong) code_.clear();
  return right;
}

}  // namespace commsd::plugin
