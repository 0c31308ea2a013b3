#include "net/http_server.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <gtest/gtest.h>

#include "base/completion.h"
#include "server_fixture.h"

namespace commsd::net {
namespace {

const std::string get_hello = "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n";

std::string post(const std::string& path, const std::string& fields, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n" + body;
}

class HttpServerTest : public ServerFixture {};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 3; ++i) {
    const RawClient::Response response = client.get("/hello");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.field("Content-Type"), "text/plain");
    EXPECT_EQ(response.field("Date").size(), 29U);
    EXPECT_EQ(response.field("Connection"), "");
  }
  EXPECT_EQ(server->stats().connections_accepted, 1U);
  EXPECT_EQ(server->stats().requests, 3U);
  EXPECT_EQ(server->stats().responses_2xx, 3U);
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsks) {
  start();
  RawClient client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_response().field("Connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, SpeaksHttp10) {
  start();
  RawClient client = connect();
  client.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_response().field("Connection"), "keep-alive");
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "hello");
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, ReadsBodiesWithLengthAndInChunks) {
  start();
  RawClient client = connect();
  client.send(post("/echo", "Content-Length: 5\r\n", "12345"));
  EXPECT_EQ(client.read_response().body, "12345");
  client.send(post("/echo", "Transfer-Encoding: chunked\r\n",
                   "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n"));
  EXPECT_EQ(client.read_response().body, "abcde");
  EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrderAndOneAtATime) {
  std::atomic<int> running{0};
  std::atomic<bool> overlapped{false};
  router.add("GET", "/wait/:n", [&](HttpExchange& exchange) -> Task<void> {
    if (++running > 1) overlapped = true;
    co_await sleep_for(std::chrono::milliseconds(3));
    --running;
    exchange.respond(200, "text/plain", exchange.param("n"));
  });
  start();
  RawClient client = connect();
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += "GET /wait/" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n" + get_hello;
  client.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.read_response().body, std::to_string(i));
    EXPECT_EQ(client.read_response().body, "hello");
  }
  EXPECT_FALSE(overlapped);
}

TEST_F(HttpServerTest, PipelinedBytesBeyondOneReadWaitInTheKernel) {
  Completion<bool> release;
  router.add("GET", "/held", [&](HttpExchange& exchange) -> Task<void> {
    co_await release;
    exchange.respond(200, {}, {});
  });
  start();
  RawClient client = connect();
  client.send("GET /held HTTP/1.1\r\nHost: test\r\n\r\n");
  std::thread sender([&] {
    for (int i = 0; i < 2000; ++i)
      client.send(post("/echo", "Content-Length: 1000\r\n", std::string(1000, 'x')));
  });
  eventually([&] { return server->stats().bytes_received > 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(server->stats().bytes_received, 3U * 64 * 1024);
  release.complete(true);
  EXPECT_EQ(client.read_response().status, 200);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(client.read_response().body.size(), 1000U);
  sender.join();
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  start();
  RawClient client = connect();
  client.send("HEAD /hello HTTP/1.1\r\nHost: test\r\n\r\n" + get_hello);
  EXPECT_EQ(client.read_response(true).field("Content-Length"), "5");
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST_F(HttpServerTest, ExpectContinueIsAnsweredOnlyWhenTheBodyIsWanted) {
  options.max_body = 10;
  start();
  RawClient client = connect();
  client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(client.read_response().status, 100);
  client.send("abc");
  EXPECT_EQ(client.read_response().body, "abc");
  client.send(post("/echo", "Content-Length: 3\r\nExpect: 100-Continue\r\n", "abc"));
  EXPECT_EQ(client.read_response().status, 200);
  client.send(post("/echo", "Content-Length: 11\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(client.read_response().status, 413);
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, NotFoundAndMethodNotAllowedNeedNoHandler) {
  start();
  RawClient client = connect();
  EXPECT_EQ(client.get("/none").status, 404);
  client.send(post("/hello", "Content-Length: 2\r\n", "ab"));
  const RawClient::Response wrong = client.read_response();
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("Allow"), "GET, HEAD");
  EXPECT_EQ(wrong.field("Content-Type"), "application/json");
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  const RawClient::Response optional = client.read_response();
  EXPECT_EQ(optional.status, 204);
  EXPECT_EQ(optional.field("Allow"), "GET, HEAD");
  EXPECT_EQ(optional.field("Content-Length"), "");
  EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST_F(HttpServerTest, HooksAnswerWhereNoRouteDoes) {
  router.on_options([](HttpExchange& exchange) -> Task<void> {
    exchange.respond(204, {}, {}, {{"Access-Control-Allow-Origin", "https://a.example"}});
    co_return;
  });
  router.on_not_found([](HttpExchange& exchange) -> Task<void> {
    exchange.respond(404, "text/html", exchange.path());
    co_return;
  });
  start();
  RawClient client = connect();
  client.send("OPTIONS /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.read_response().field("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(client.get("/n%6Fne").body, "/none");
}

TEST_F(HttpServerTest, AFailingHandlerGives500AndTheConnectionEnds) {
  router.add("GET", "/throw", [](HttpExchange&) -> Task<void> {
    throw std::runtime_error("broken");
    co_return;
  });
  router.add("GET", "/silent", [](HttpExchange&) -> Task<void> { co_return; });
  start();
  for (const char* path : {"/throw", "/silent"}) {
    RawClient client = connect();
    EXPECT_EQ(client.get(path).status, 500);
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(server->stats().responses_5xx, 2U);
}

TEST_F(HttpServerTest, ASecondAnswerIsIgnored) {
  router.add("GET", "/twice", [](HttpExchange& exchange) -> Task<void> {
    exchange.respond(200, {}, "first");
    exchange.respond(500, {}, "second");
    EXPECT_TRUE(exchange.start_event_stream()->closed());
    co_return;
  });
  start();
  RawClient client = connect();
  EXPECT_EQ(client.get("/twice").body, "first");
  EXPECT_EQ(client.get("/hello").body, "hello");
}

TEST_F(HttpServerTest, AHeaderCannotSplitTheResponse) {
  router.add("GET", "/split", [](HttpExchange& exchange) -> Task<void> {
    exchange.respond(
        200, {}, "x",
        {{"A", "b\r\nSet-Cookie: c"}, {"B\r\n", "d"}, {"content-length", "9"}, {"Good", "yes"}});
    co_return;
  });
  start();
  RawClient client = connect();
  const RawClient::Response response = client.get("/split");
  EXPECT_EQ(response.head.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(response.field("Content-Length"), "1");
  EXPECT_EQ(response.field("Good"), "yes");
}

TEST_F(HttpServerTest, LargeResponsesReachASlowReaderWhole) {
  const std::string large(3'000'000, 'z');
  router.add("GET", "/large", [&](HttpExchange& exchange) -> Task<void> {
    exchange.respond(200, {}, large);
    const bool sent = co_await exchange.written();
    EXPECT_TRUE(sent);
  });
  start();
  RawClient client(server->port(), 8192);
  client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n" + get_hello);
  EXPECT_EQ(client.read_response().body, large);
  EXPECT_EQ(client.read_response().body, "hello");
}

TEST_F(HttpServerTest, LimitsAreAnsweredAndEndTheConnection) {
  router.add("POST", "/small",
             [](HttpExchange& exchange) -> Task<void> {
               exchange.respond(200, {}, {});
               co_return;
             },
             {.max_body = 100});
  start();
  struct Case {
    std::string request;
    int status;
  };
  std::string many;
  for (int i = 0; i < 120; ++i) many += "A: b\r\n";
  for (const Case& c : {
           Case{"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
           Case{"GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(17'000, 'x') + "\r\n\r\n", 431},
           Case{"GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n", 431},
           Case{post("/echo", "Content-Length: 1048577\r\n", std::string(300'000, 'x')), 413},
           Case{post("/small", "Content-Length: 101\r\n", ""), 413},
           Case{post("/small", "Transfer-Encoding: chunked\r\n", "65\r\n"), 413},
           Case{"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           Case{"GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
       }) {
    RawClient client = connect();
    client.send(c.request);
    const RawClient::Response response = client.read_response();
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.field("Connection"), "close");
    EXPECT_TRUE(client.at_end());
  }
  RawClient client = connect();
  client.send(post("/small", "Content-Length: 100\r\n", std::string(100, 'x')));
  EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(HttpServerTest, ARefusedBodyIsNotExecutedAsARequest) {
  std::atomic<int> hidden{0};
  router.add("GET", "/hidden", [&](HttpExchange& exchange) -> Task<void> {
    ++hidden;
    exchange.respond(200, {}, {});
    co_return;
  });
  router.add("POST", "/guarded", [](HttpExchange& exchange) -> Task<void> {
    exchange.respond(401, {}, {});
    co_return;
  });
  start();
  const std::string smuggled = "GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n";
  for (const std::string& request : {
           post("/guarded", "Content-Length: " + std::to_string(smuggled.size()) + "\r\n",
                smuggled),
           post("/echo", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n" + smuggled),
           post("/echo", "Content-Length: 3\r\nContent-Length: 0\r\n", smuggled),
           post("/echo", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + smuggled),
           post("/echo", "Transfer-Encoding: chunked\r\n", "0\r\nA: b\r\n" + smuggled),
           post("/echo", "Transfer-Encoding: chunked\r\n", "0\r\n\n" + smuggled),
           post("/echo", "Content-Length: +0\r\n", smuggled),
           post("/echo", "A: b\n\n" + smuggled, ""),
           std::string("POST /echo HTTP/1.1\r\n\r\n") + smuggled,
           post("/none", "Content-Length: " + std::to_string(smuggled.size()) + "\r\n", smuggled),
       }) {
    RawClient client = connect();
    client.send(request);
    EXPECT_GE(client.read_response().status, 400);
    client.half_close();
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(hidden, 0);
}

TEST_F(HttpServerTest, SlowHeadAndSlowBodyMeetTheirDeadlineAndDelayNobody) {
  options.head_deadline = std::chrono::milliseconds(300);
  options.body_deadline = std::chrono::milliseconds(300);
  start();
  std::vector<RawClient> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(connect());
    slow.back().send(i % 2 == 0 ? "GET /hello HTT"
                                : post("/echo", "Content-Length: 100\r\n", "abc"));
  }
  RawClient quick = connect();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(quick.get("/hello").body, "hello");
  for (RawClient& client : slow) {
    EXPECT_EQ(client.read_response().status, 408);
    EXPECT_TRUE(client.at_end());
  }
  RawClient silent = connect();
  EXPECT_TRUE(silent.at_end());
  EXPECT_EQ(server->stats().timed_out, 51U);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedAfterItsTime) {
  options.idle_deadline = std::chrono::milliseconds(300);
  start();
  RawClient client = connect();
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_TRUE(client.at_end());
}

TEST_F(HttpServerTest, AReaderThatStopsIsCutOff) {
  options.write_deadline = std::chrono::milliseconds(300);
  std::atomic<int> sent{-1};
  router.add("GET", "/large", [&](HttpExchange& exchange) -> Task<void> {
    exchange.respond(200, {}, std::string(20'000'000, 'z'));
    const bool all = co_await exchange.written();
    sent = all ? 1 : 0;
  });
  start();
  RawClient client(server->port(), 8192);
  client.send("GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
  eventually([&] { return sent >= 0; });
  EXPECT_EQ(sent, 0);
  eventually([&] { return server->stats().connections_open == 0; });
}

TEST_F(HttpServerTest, TheHandlerLearnsThatTheClientHasGone) {
  std::atomic<int> told{0};
  router.add("GET", "/long", [&](HttpExchange& exchange) -> Task<void> {
    Completion<bool> gone;
    const std::stop_token token = exchange.disconnected();
    const std::stop_callback callback(token, [gone] { gone.complete(true); });
    co_await gone;
    ++told;
    exchange.respond(200, {}, "too late");
  });
  start();
  {
    RawClient client = connect();
    client.send("GET /long HTTP/1.1\r\nHost: test\r\n\r\n");
    eventually([&] { return server->stats().requests_in_flight == 1; });
    client.reset();
  }
  eventually([&] { return told == 1; });
  RawClient client = connect();
  client.send("GET /long HTTP/1.1\r\nHost: test\r\n\r\n");
  eventually([&] { return server->stats().requests_in_flight == 1; });
  client.half_close();
  eventually([&] { return told == 2; });
  EXPECT_EQ(client.read_response().body, "too late");
  EXPECT_TRUE(client.at_end());
  eventually([&] { return server->stats().requests_in_flight == 0; });
}

TEST_F(HttpServerTest, ConnectionsAreLimitedPerAddressAndInTotal) {
  options.max_connections_per_address = 3;
  start();
  {
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
      clients.push_back(connect());
      EXPECT_EQ(clients.back().get("/hello").status, 200);
    }
    RawClient refused = connect();
    EXPECT_EQ(refused.get("/hello").status, 0);
    EXPECT_EQ(server->stats().connections_refused, 1U);
  }
  eventually([&] { return server->stats().connections_open == 0; });
  RawClient again = connect();
  EXPECT_EQ(again.get("/hello").status, 200);
}

TEST_F(HttpServerTest, ThePeerIsBelievedAboutForwardingOnlyWhenTrusted) {
  router.add("GET", "/who", [](HttpExchange& exchange) -> Task<void> {
    exchange.respond(200, {}, exchange.client_address() + " " + exchange.external_url());
    co_return;
  });
  options.public_base_url = "https://comms.example";
  const std::string request =
      "GET /who?a=%20b&c HTTP/1.1\r\nHost: evil\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.5\r\n\r\n";
  start();
  {
    RawClient client = connect();
    client.send(request);
    EXPECT_EQ(client.read_response().body, "127.0.0.1 https://comms.example/who?a=%20b&c");
  }
  server.reset();
  options.trusted_proxies = {"127.0.0.0/8"};
  start();
  RawClient client = connect();
  client.send(request);
  EXPECT_EQ(client.read_response().body, "203.0.113.5 https://comms.example/who?a=%20b&c");
}

TEST_F(HttpServerTest, HandlersSeePocosTypes) {
  router.add("POST", "/poco", [](HttpExchange& exchange) -> Task<void> {
    const Poco::Net::HTTPRequest& request = exchange.request();
    Poco::Net::HTTPResponse response(Poco::Net::HTTPResponse::HTTP_CREATED);
    response.setContentType("text/plain");
    response.set("X-Seen", request.getMethod() + " " + request.getURI() + " " + request.get("A"));
    exchange.respond(response, exchange.query("q").value_or("none"));
    co_return;
  });
  start();
  RawClient client = connect();
  client.send(post("/poco?q=a+b", "A: 1\r\nContent-Length: 0\r\n", ""));
  const RawClient::Response response = client.read_response();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.field("Content-Type"), "text/plain");
  EXPECT_EQ(response.field("X-Seen"), "POST /poco?q=a+b 1");
  EXPECT_EQ(response.body, "a b");
}

TEST_F(HttpServerTest, EveryExchangeIsRecordedOnce) {
  router.add("GET", "/throw", [](HttpExchange&) -> Task<void> {
    throw std::runtime_error("broken");
    co_return;
  });
  std::mutex mutex;
  std::vector<std::string> records;
  options.on_request = [&](const RequestRecord& record) {
    const std::lock_guard lock(mutex);
    records.push_back(std::string(record.method) + " " + std::string(record.route) + " " +
                      std::to_string(record.status));
  };
  start();
  RawClient client = connect();
  client.get("/hello?secret=1");
  client.get("/none");
  client.get("/throw");
  eventually([&] {  // a record is made after its response has left
    const std::lock_guard lock(mutex);
    return records.size() >= 3;
  });
  const std::lock_guard lock(mutex);
  EXPECT_EQ(records, (std::vector<std::string>{"GET /hello 200", "GET  404", "GET /throw 500"}));
}

TEST_F(HttpServerTest, StartSaysWhatIsWrong) {
  start();
  const auto started = [&](ServerOptions wrong) {
    HttpServer other(loops, std::move(wrong), router);
    const Result<void> result = other.start();
    return result ? ErrorCode::internal : result.error().code;
  };
  ServerOptions taken;
  taken.addresses = {{"127.0.0.1", server->port(), false}};
  EXPECT_EQ(started(taken), ErrorCode::unavailable);
  ServerOptions name;
  name.addresses = {{"not-an-address", 0, false}};
  EXPECT_EQ(started(name), ErrorCode::invalid_argument);
  ServerOptions certificate;
  certificate.addresses = {{"127.0.0.1", 0, true}};
  certificate.tls_certificate = certificate.tls_key = "/nonexistent.pem";
  EXPECT_EQ(started(certificate), ErrorCode::invalid_argument);
  ServerOptions proxies;
  proxies.trusted_proxies = {"10.0.0.0/99"};
  EXPECT_EQ(started(proxies), ErrorCode::invalid_argument);
}

TEST_F(HttpServerTest, ListensOnIpv6AsWell) {
  options.addresses = {{"::1", 0, false}, {"127.0.0.1", 0, false}};
  start();
  EXPECT_NE(server->port(0), 0);
  RawClient client(server->port(1));
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(HttpServerTest, ArbitraryBytesNeverCrashOrHang) {
  options.head_deadline = std::chrono::milliseconds(500);
  options.body_deadline = std::chrono::milliseconds(500);
  start();
  std::uint32_t state = 12345;
  const std::string valid =
      post("/echo", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n");
  for (int i = 0; i < 300; ++i) {
    std::string bytes = valid;
    for (int flips = 0; flips < 3; ++flips) {
      state = state * 1664525 + 1013904223;
      bytes[state % bytes.size()] = static_cast<char>(state >> 16);
    }
    RawClient client = connect();
    client.send(bytes);
    client.half_close();
    const int status = client.read_response().status;
    EXPECT_TRUE(status == 0 || (status >= 200 && status < 506)) << status;
  }
  RawClient client = connect();
  EXPECT_EQ(client.get("/hello").status, 200);
}

}  // namespace
}  // namespace commsd::net
