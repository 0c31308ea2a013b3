// Feeds bytes to the WebSocket decoder whole and in pieces, and demands the same events both times.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/websocket_codec.h"

namespace {

using commsd::net::WebSocketDecoder;
using commsd::net::WebSocketRole;

std::vector<std::string> decode(std::string_view input, std::size_t piece_size,
                                WebSocketRole role) {
  constexpr std::size_t max_message = 4096;
  WebSocketDecoder decoder(role, max_message);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < input.size(); at += piece_size) {
    std::string_view rest = input.substr(at, piece_size);
    while (true) {
      const WebSocketDecoder::Step step = decoder.feed(rest);
      if (step.consumed > rest.size()) std::abort();
      rest.remove_prefix(step.consumed);
      if (step.event == WebSocketDecoder::Event::need_more) {
        if (!rest.empty()) std::abort();
        break;
      }
      if (decoder.payload().size() > max_message) std::abort();
      events.push_back(std::to_string(static_cast<int>(step.event)) + ":" +
                       std::to_string(decoder.close_code()) + ":" + std::string(decoder.payload()));
      if (step.event == WebSocketDecoder::Event::failed ||
          step.event == WebSocketDecoder::Event::close)
        return events;
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const WebSocketRole role = data[0] >= 128 ? WebSocketRole::client : WebSocketRole::server;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (decode(input, data[0] % 31 + 1U, role) != decode(input, input.size() + 1, role)) std::abort();
  return 0;
}
