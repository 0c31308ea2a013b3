#include "object_name.h"

#include <cctype>

#include <comms/cpp/object_key.hpp>

namespace supabase_storage {

namespace {

constexpr std::size_t longest_name = 800;  // leaves room for a prefix and the bucket

}  // namespace

std::string object_name(const comms::Crypto& crypto, std::string_view key) {
  comms::check_object_key(key);
  std::string name;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte)) ||
                       std::string_view("-._/").find(c) != std::string_view::npos;
    name += plain ? std::string(1, c) : '=' + comms::hex(std::string_view(&c, 1));
  }
  if (name.size() <= longest_name) return name;
  // No encoded key has "=x".
  return name.substr(0, 512) + "=x" + comms::hex(crypto.sha256(key));
}

}  // namespace supabase_storage
