#include "ogg.h"

#include <string_view>
#include <vector>

namespace sandbox {

namespace {

constexpr std::uint32_t serial = 1;
constexpr std::uint32_t frame_ms = 20;
constexpr std::uint32_t frame_samples = 960;  // granule positions are at 48 kHz: RFC 7845, 4
/// A 20 ms CELT frame of silence in one packet: RFC 6716, 3.1 (configuration 31, mono, one frame).
constexpr std::string_view silence("\xf8\xff\xfe", 3);

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/// RFC 3533, 6: polynomial 0x04c11db7, nothing reflected, from zero.
std::uint32_t checksum(std::string_view page) {
  std::uint32_t sum = 0;
  for (const char byte : page) {
    sum ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 24;
    for (int bit = 0; bit < 8; ++bit) sum = sum & 0x80000000U ? sum << 1 ^ 0x04c11db7U : sum << 1;
  }
  return sum;
}

/// RFC 3533, 6. Each packet is shorter than a segment, and there are no more than a page holds.
std::string page(std::uint8_t flags, std::uint64_t granule, std::uint32_t number,
                 const std::vector<std::string>& packets) {
  std::string out = "OggS";
  put(out, 0, 1);
  put(out, flags, 1);
  put(out, granule, 8);
  put(out, serial, 4);
  put(out, number, 4);
  const std::size_t checksum_at = out.size();
  put(out, 0, 4);
  put(out, packets.size(), 1);
  for (const std::string& packet : packets) put(out, packet.size(), 1);
  for (const std::string& packet : packets) out += packet;
  std::string sum;
  put(sum, checksum(out), 4);
  out.replace(checksum_at, sum.size(), sum);
  return out;
}

}  // namespace

std::string silent_opus(std::uint32_t milliseconds) {
  constexpr std::uint8_t first = 2;
  constexpr std::uint8_t last = 4;
  constexpr std::uint32_t most_packets = 255;
  std::string head = "OpusHead";  // RFC 7845, 5.1
  put(head, 1, 1);                // version
  put(head, 1, 1);                // channels
  put(head, 0, 2);                // samples to skip
  put(head, 48'000, 4);           // of the input
  put(head, 0, 2);                // gain
  put(head, 0, 1);                // mapping family: mono
  std::string tags = "OpusTags";  // RFC 7845, 5.2
  const std::string_view vendor = "sandbox";
  put(tags, vendor.size(), 4);
  tags += vendor;
  put(tags, 0, 4);
  std::string out = page(first, 0, 0, {head}) + page(0, 0, 1, {tags});
  std::uint32_t left = milliseconds / frame_ms + 1;
  std::uint64_t granule = 0;
  for (std::uint32_t number = 2; left > 0; ++number) {
    const std::uint32_t here = left < most_packets ? left : most_packets;
    left -= here;
    granule += std::uint64_t{here} * frame_samples;
    out += page(left == 0 ? last : std::uint8_t{0}, granule, number,
                std::vector<std::string>(here, std::string(silence)));
  }
  return out;
}

}  // namespace sandbox
