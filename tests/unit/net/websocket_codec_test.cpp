#include "net/websocket_codec.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

const std::array<unsigned char, 4> mask{0x12, 0x34, 0x56, 0x78};

std::string frame(unsigned first, std::string_view payload, bool masked = true) {
  std::string out;
  append_websocket_frame(out, WebSocketOpcode::text, payload, masked ? &mask : nullptr);
  out[0] = static_cast<char>(first);
  return out;
}

/// Feeds `input` in pieces and lists what came: "text:abc", "close:1000:bye", "failed:1002".
std::vector<std::string> decode(std::string_view input, std::size_t size,
                                WebSocketRole role = WebSocketRole::server,
                                std::size_t max_message = 1000) {
  WebSocketDecoder decoder(role, max_message);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < input.size(); at += size) {
    std::string_view rest = input.substr(at, size);
    while (true) {
      const WebSocketDecoder::Step step = decoder.feed(rest);
      rest.remove_prefix(step.consumed);
      const std::string payload(decoder.payload());
      switch (step.event) {
        case WebSocketDecoder::Event::need_more:
          break;
        case WebSocketDecoder::Event::message:
          events.push_back((decoder.opcode() == WebSocketOpcode::text ? "text:" : "binary:") +
                           payload);
          continue;
        case WebSocketDecoder::Event::ping:
          events.push_back("ping:" + payload);
          continue;
        case WebSocketDecoder::Event::pong:
          events.push_back("pong:" + payload);
          continue;
        case WebSocketDecoder::Event::close:
          events.push_back("close:" + std::to_string(decoder.close_code()) + ":" + payload);
          return events;
        case WebSocketDecoder::Event::failed:
          events.push_back("failed:" + std::to_string(decoder.close_code()));
          return events;
      }
      break;
    }
  }
  return events;
}

struct Case {
  const char* name;
  std::string input;
  std::vector<std::string> events;
};

class WebSocketFrames : public ::testing::TestWithParam<Case> {};

TEST_P(WebSocketFrames, ReadTheSameInPiecesOfAnySize) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{5000}})
    EXPECT_EQ(decode(GetParam().input, size), GetParam().events) << "in pieces of " << size;
}

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out.push_back(static_cast<char>(value));
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Rfc6455, WebSocketFrames,
    ::testing::Values(
        Case{"text", frame(0x81, "hello"), {"text:hello"}},
        Case{"binary", frame(0x82, "\xff\xfe"), {"binary:\xff\xfe"}},
        Case{"empty", frame(0x81, ""), {"text:"}},
        Case{"length_126", frame(0x81, std::string(126, 'a')), {"text:" + std::string(126, 'a')}},
        Case{"two_messages", frame(0x81, "a") + frame(0x82, "b"), {"text:a", "binary:b"}},
        Case{"fragments", frame(0x01, "he") + frame(0x00, "ll") + frame(0x80, "o"), {"text:hello"}},
        Case{"ping_between_fragments",
             frame(0x01, "a") + frame(0x89, "p") + frame(0x80, "b"),
             {"ping:p", "text:ab"}},
        Case{"character_over_fragments",
             frame(0x01, "\xe2\x82") + frame(0x80, "\xac"),
             {"text:\xe2\x82\xac"}},
        Case{"pong", frame(0x8a, "x"), {"pong:x"}},
        Case{"close", frame(0x88, bytes({0x03, 0xe8}) + "bye"), {"close:1000:bye"}},
        Case{"close_without_code", frame(0x88, ""), {"close:1005:"}},
        Case{"close_code_of_one_byte", frame(0x88, "\x03"), {"failed:1002"}},
        Case{"close_code_1005", frame(0x88, bytes({0x03, 0xed})), {"failed:1002"}},
        Case{"close_code_999", frame(0x88, bytes({0x03, 0xe7})), {"failed:1002"}},
        Case{"close_reason_not_utf8", frame(0x88, bytes({0x03, 0xe8, 0xff})), {"failed:1007"}},
        Case{"text_not_utf8", frame(0x81, "\xc3\x28"), {"failed:1007"}},
        Case{"unmasked", frame(0x81, "a", false), {"failed:1002"}},
        Case{"reserved_bit", frame(0xc1, "a"), {"failed:1002"}},
        Case{"unknown_opcode", frame(0x83, "a"), {"failed:1002"}},
        Case{"unknown_control", frame(0x8b, "a"), {"failed:1002"}},
        Case{"continuation_of_nothing", frame(0x80, "a"), {"failed:1002"}},
        Case{"message_within_message", frame(0x01, "a") + frame(0x81, "b"), {"failed:1002"}},
        Case{"fragmented_ping", frame(0x09, "a"), {"failed:1002"}},
        Case{"long_ping", frame(0x89, std::string(126, 'a')), {"failed:1002"}},
        Case{"length_not_shortest", bytes({0x81, 0xfe, 0x00, 0x05}) + "mask12345", {"failed:1002"}},
        Case{"too_long", frame(0x82, std::string(1001, 'a')), {"failed:1009"}},
        Case{"too_long_in_fragments",
             frame(0x02, std::string(600, 'a')) + frame(0x80, std::string(600, 'a')),
             {"failed:1009"}},
        Case{"length_over_63_bits",
             bytes({0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}),
             {"failed:1009"}}),
    [](const auto& instance) { return instance.param.name; });

TEST(WebSocketCodec, TheClientTakesUnmaskedFramesOnly) {
  EXPECT_EQ(decode(frame(0x81, "a", false), 1, WebSocketRole::client),
            (std::vector<std::string>{"text:a"}));
  EXPECT_EQ(decode(frame(0x81, "a"), 1, WebSocketRole::client),
            (std::vector<std::string>{"failed:1002"}));
}

TEST(WebSocketCodec, WritesTheShortestLength) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{125}, std::size_t{126},
                                 std::size_t{65535}, std::size_t{65536}}) {
    const std::string out = frame(0x82, std::string(size, 'x'));
    EXPECT_EQ(decode(out, out.size(), WebSocketRole::server, 100'000),
              (std::vector<std::string>{"binary:" + std::string(size, 'x')}));
  }
}

TEST(WebSocketCodec, ACloseReasonIsCutBetweenCharacters) {
  std::string reason(122, 'a');
  reason += "\xe2\x82\xac";
  EXPECT_EQ(websocket_close_payload(1000, reason).size(), 2U + 122U);
  EXPECT_EQ(websocket_close_payload(1005, "x"), "");
}

}  // namespace
}  // namespace commsd::net
