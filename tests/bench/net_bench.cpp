#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "net/http_exchange.h"
#include "net/http_parser.h"
#include "net/router.h"

// What every request pays before its handler: reading the head and finding the route.

namespace commsd::net {
namespace {

/// A tool call as an MCP client sends it, with `size` bytes of body.
std::string request_of(std::size_t size) {
  return "POST /mcp HTTP/1.1\r\nHost: comms.example.com\r\nContent-Type: application/json\r\n"
         "Accept: application/json, text/event-stream\r\nUser-Agent: client/1.0\r\n"
         "Authorization: Bearer 0123456789abcdef0123456789abcdef0123456789abcdef\r\n"
         "Mcp-Protocol-Version: 2025-11-25\r\nContent-Length: " +
         std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
}

void parse_request(benchmark::State& state) {
  const std::string request = request_of(static_cast<std::size_t>(state.range(0)));
  HttpParser parser{HttpParser::Limits{}};
  for (auto _ : state) {
    std::string_view rest = request;
    for (;;) {
      const HttpParser::Step step = parser.feed(rest);
      rest.remove_prefix(step.consumed);
      if (step.event == HttpParser::Event::complete) break;
      if (step.event != HttpParser::Event::head) std::abort();
      parser.set_body_limit(std::size_t{1} << 20);
    }
    benchmark::DoNotOptimize(parser.body().data());
    parser.start_next();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * request.size()));
}
BENCHMARK(parse_request)->Arg(0)->Arg(300)->Arg(16000);

/// The same head in pieces of 16 bytes: what a peer can make us pay who sends little at a time.
void parse_in_pieces(benchmark::State& state) {
  const std::string request = request_of(0);
  HttpParser parser{HttpParser::Limits{}};
  for (auto _ : state) {
    std::string_view rest = request;
    for (bool complete = false; !complete;) {
      const HttpParser::Step step = parser.feed(rest.substr(0, 16));
      rest.remove_prefix(step.consumed);
      if (step.event == HttpParser::Event::failed) std::abort();
      complete = step.event == HttpParser::Event::complete;
    }
    parser.start_next();
  }
}
BENCHMARK(parse_in_pieces);

Router routes() {
  Router router;
  const Handler none = [](HttpExchange&) -> Task<void> { co_return; };
  for (const char* path : {"/health", "/health/ready", "/metrics", "/sse", "/api/v1/openapi.json",
                           "/api/v1/organizations/:org/agents/:agent/messages/:id", "/assets/*"}) {
    router.add("GET", path, none);
  }
  for (const char* path : {"/mcp", "/messages", "/webhooks/:provider/:path"}) {
    router.add("POST", path, none);
  }
  return router;
}

void find_route(benchmark::State& state, const char* method, const char* path) {
  const Router router = routes();
  for (auto _ : state) benchmark::DoNotOptimize(router.match(method, path).route);
}
BENCHMARK_CAPTURE(find_route, literal, "POST", "/mcp");
BENCHMARK_CAPTURE(find_route, two_parameters, "POST", "/webhooks/twilio/sms");
BENCHMARK_CAPTURE(find_route, deep, "GET", "/api/v1/organizations/org_1/agents/agt_1/messages/m");
BENCHMARK_CAPTURE(find_route, rest, "GET", "/assets/js/app/main.js");
BENCHMARK_CAPTURE(find_route, missing, "GET", "/wp-login.php");

}  // namespace
}  // namespace commsd::net
