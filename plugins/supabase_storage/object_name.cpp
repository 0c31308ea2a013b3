#include "object_name.h"

#include <algorithm>
#include <cctype>

namespace supabase_storage {

namespace {

constexpr std::size_t longest_name = 800;  // leaves room for a prefix and the bucket

void check_key(std::string_view key) {
  bool good = !key.empty() && key.size() <= 512 && std::none_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  for (std::size_t begin = 0; good && begin <= key.size();) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view part = key.substr(begin, end - begin);
    good = !part.empty() && part != "." && part != "..";
    begin = end + 1;
  }
  if (!good) {
    throw comms::Error(COMMS_INVALID,
                       "a key has 1 to 512 bytes, no control character and no part that is empty, "
                       "'.' or '..'");
  }
}

}  // namespace

std::string object_name(const comms::Crypto& crypto, std::string_view key) {
  check_key(key);
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
