#include "config/secret.h"

#include <openssl/crypto.h>

namespace commsd::config {

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
  other.wipe();  // a short string is copied by a move, so the source still holds it
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() {
  OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

}  // namespace commsd::config
