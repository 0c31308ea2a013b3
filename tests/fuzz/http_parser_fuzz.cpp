// Feeds bytes to the HTTP parser whole and in pieces, and demands the same requests both times:
// a parser whose answer depends on packet borders can be talked into two.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "net/http_parser.h"
#include "net/http_target.h"

namespace {

using commsd::net::HttpParser;

struct Outcome {
  std::vector<std::string> requests;
  int error = 0;
  bool operator==(const Outcome& other) const {
    return requests == other.requests && error == other.error;
  }
};

Outcome parse(std::string_view input, std::size_t piece_size) {
  constexpr std::size_t body_limit = 4096;
  HttpParser parser({});
  Outcome outcome;
  for (std::size_t at = 0; at < input.size(); at += piece_size) {
    const std::string piece(input.substr(at, piece_size));
    std::string_view rest = piece;
    while (true) {
      const HttpParser::Step step = parser.feed(rest);
      if (step.consumed > rest.size()) std::abort();
      rest.remove_prefix(step.consumed);
      if (step.event == HttpParser::Event::need_more) {
        if (!rest.empty()) std::abort();
        break;
      }
      if (step.event == HttpParser::Event::failed) {
        if (parser.error_status() < 400 || parser.error_reason().empty()) std::abort();
        outcome.error = parser.error_status();
        return outcome;
      }
      if (step.event == HttpParser::Event::head) {
        parser.set_body_limit(body_limit);
        continue;
      }
      const commsd::net::HttpRequestHead& head = parser.head();
      std::string seen(head.method);
      seen.append(" ").append(head.target).append(head.keep_alive ? " +" : " -");
      for (const auto& field : head.fields) {
        // What the parser promises: nothing that could start another line or field.
        if (field.name.empty() ||
            field.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
          std::abort();
        seen.append("\n").append(field.name).append(":").append(field.value);
      }
      if (parser.body().size() > body_limit) std::abort();
      seen.append("\n\n").append(parser.body());
      const auto parts = commsd::net::split_target(head.target);
      if (const auto path = commsd::net::decode_path(parts.path))
        if (path->find('\0') != std::string::npos) std::abort();
      commsd::net::find_query(parts.query, "a");
      outcome.requests.push_back(std::move(seen));
      parser.start_next();
      if (rest.empty()) break;
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(input, input.size() + 1);
  if (!(parse(input, data[0] % 31 + 1U) == whole)) std::abort();
  return 0;
}
