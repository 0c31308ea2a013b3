// The HTTP front alone: GET /health with 300 bytes of JSON, "/stream" for idle event streams, and
// "/socket", a WebSocket that repeats what it hears.
//   bench_http_front [port] [loops] [seconds] [TLS port, certificate, key]
// serves until the time is over and then prints what it used as JSON.
// http_front.sh drives it with wrk beside nginx, load/front.mjs with idle and hostile peers.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "net/http_server.h"

namespace {

using namespace commsd;
using namespace commsd::net;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

long resident_kb() {
  long pages = 0;
  long resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident * 4;
}

long argument(int count, char** values, int index, long otherwise) {
  return count > index ? std::strtol(values[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int count, char** values) {
  const long port = argument(count, values, 1, 0);
  const long loop_count = argument(count, values, 2, 0);
  const long seconds = argument(count, values, 3, 30);

  const std::string body = "{\"status\":\"ok\",\"padding\":\"" + std::string(272, 'x') + "\"}";
  EventLoops loops(static_cast<std::size_t>(loop_count));
  std::vector<std::shared_ptr<EventStream>> streams;
  std::mutex mutex;
  Router router;
  router.add("GET", "/health", [&body](HttpExchange& exchange) -> Task<void> {
    exchange.respond_json(200, body);
    co_return;
  });
  router.add("GET", "/stream", [&](HttpExchange& exchange) -> Task<void> {
    std::shared_ptr<EventStream> stream = exchange.start_event_stream();
    const std::lock_guard lock(mutex);
    streams.push_back(std::move(stream));
    co_return;
  });
  router.add("GET", "/socket", [](HttpExchange& exchange) -> Task<void> {
    const std::shared_ptr<WebSocket> socket = exchange.upgrade_websocket();
    if (socket) {
      WebSocket::Callbacks callbacks;
      callbacks.on_message = [weak = std::weak_ptr(socket)](MessageKind kind,
                                                            std::string_view data) {
        if (const auto open = weak.lock()) open->send(kind, data);
      };
      callbacks.on_close = [](std::uint16_t, std::string_view) {};
      socket->start(std::move(callbacks));
    }
    co_return;
  });
  ServerOptions options;
  options.addresses = {{"127.0.0.1", static_cast<std::uint16_t>(port), false}};
  if (count > 6) {
    options.addresses.push_back(
        {"127.0.0.1", static_cast<std::uint16_t>(argument(count, values, 4, 0)), true});
    options.tls_certificate = values[5];
    options.tls_key = values[6];
  }
  options.max_connections_per_address = options.max_connections;
  HttpServer server(loops, options, router);
  if (const Result<void> started = server.start(); !started) {
    std::fprintf(stderr, "%s\n", started.error().message.c_str());
    return 1;
  }
  std::printf("{\"port\":%u,\"rss_kb\":%ld}\n", server.port(), resident_kb());
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const ServerStats stats = server.stats();
  const double requests = static_cast<double>(stats.requests);
  std::printf("{\"requests\":%.0f,\"cpu_us_per_request\":%.2f,\"streams\":%lu,\"rss_kb\":%ld}\n",
              requests, requests > 0 ? cpu_seconds() * 1e6 / requests : 0.0, stats.streams_open,
              resident_kb());
  return 0;
}
