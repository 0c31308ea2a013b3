#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server_fixture.h"

namespace commsd::net {
namespace {

using std::chrono::milliseconds;

/// POST /large takes far more than max_body, and answers how much came.
class LargeBodiesTest : public ServerFixture {
 protected:
  LargeBodiesTest() {
    options.max_body = 1000;
    options.max_large_bodies = 1;
    router.add("POST", "/large",
               [](HttpExchange& exchange) -> Task<void> {
                 const std::string body = exchange.take_body();
                 exchange.respond(200, {}, std::to_string(body.size() + exchange.body().size()));
                 co_return;
               },
               {.max_body = 500'000});
  }

  static std::string post(const std::string& fields, const std::string& body) {
    return "POST /large HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n" + body;
  }
  static std::string whole(const std::string& fields = {}) {
    return post(fields + "Content-Length: 300000\r\n", std::string(300'000, 'x'));
  }
  /// Sends all but `missing` bytes, which the server then has, and so a place, if there is one.
  RawClient begin(const std::string& request, std::size_t missing) {
    RawClient client = connect();
    const std::uint64_t before = server->stats().bytes_received;
    client.send(std::string_view(request).substr(0, request.size() - missing));
    eventually([&] { return server->stats().bytes_received == before + request.size() - missing; });
    return client;
  }
};

TEST_F(LargeBodiesTest, OnlySoManyAreTakenAtOnce) {
  start();
  RawClient first = begin(whole(), 1);
  RawClient second = connect();
  second.send(std::string_view(whole()).substr(0, 3000));
  const RawClient::Response refused = second.read_response();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("Retry-After"), "5");
  EXPECT_EQ(refused.field("Connection"), "close");
  RawClient small = connect();
  small.send(post("Content-Length: 1000\r\n", std::string(1000, 'x')));
  EXPECT_EQ(small.read_response().body, "1000") << "an ordinary one needs no place";
  first.send("x");
  EXPECT_EQ(first.read_response().body, "300000");
  // The first is still connected, and soon holds nothing any more. Chunks say nothing of their sum.
  const std::string chunks = post("Transfer-Encoding: chunked\r\n",
                                  "493E0\r\n" + std::string(300'000, 'x') + "\r\n0\r\n\r\n");
  for (const std::string& request : {chunks, whole()}) {
    eventually([&] {
      RawClient again = connect();
      again.send(request);
      return again.read_response().body == "300000";
    });
  }
}

TEST_F(LargeBodiesTest, HalfOfThePlacesAreForOneNetworkOfIpv6) {
  options.max_large_bodies = 4;
  options.trusted_proxies = {"127.0.0.0/8"};
  start();
  const auto from = [](const std::string& address) {
    return whole("X-Forwarded-For: " + address + "\r\n");
  };
  const RawClient first = begin(from("2001:db8:1:1::1"), 1);
  const RawClient second = begin(from("2001:db8:1:1:ffff::2"), 1);
  RawClient third = connect();
  third.send(from("2001:db8:1:1::3").substr(0, 3000));
  EXPECT_EQ(third.read_response().status, 503);
  RawClient other = connect();
  other.send(from("2001:db8:1:2::1"));
  EXPECT_EQ(other.read_response().body, "300000");
}

TEST_F(LargeBodiesTest, WhoStopsLosesThePlace) {
  options.large_body_look = milliseconds(250);
  start();
  RawClient first = begin(whole(), 1000);
  const RawClient::Response refused = first.read_response();
  EXPECT_EQ(refused.status, 408);
  EXPECT_EQ(refused.field("Connection"), "close");
  EXPECT_EQ(server->stats().timed_out, 1U);
  RawClient second = connect();
  second.send(whole());
  EXPECT_EQ(second.read_response().body, "300000") << "though the first has not gone yet";
}

TEST_F(LargeBodiesTest, WhoOnlyTricklesLosesThePlaceToo) {
  options.max_body = 100'000;  // so 833 bytes have to come in 250 ms
  options.large_body_look = milliseconds(250);
  start();
  RawClient client = begin(whole(), 100'000);
  eventually([&] {
    client.send("x");
    return server->stats().timed_out == 1;
  });
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_F(LargeBodiesTest, WhoGoesOnSlowlyKeepsThePlace) {
  options.large_body_look = milliseconds(1000);
  start();
  bool steady = false;  // else the machine was too busy to send, and the server is right
  for (int attempt = 0; attempt < 10 && !steady; ++attempt) {
    RawClient client = begin(whole(), 100'000);
    auto last = std::chrono::steady_clock::now();
    steady = true;
    for (int i = 0; i < 125; ++i) {
      std::this_thread::sleep_for(milliseconds(20));
      client.send(std::string(20, 'x'));  // 34 have to come in a second
      const auto now = std::chrono::steady_clock::now();
      if (now - std::exchange(last, now) > milliseconds(400)) steady = false;
    }
    client.send(std::string(100'000 - 125 * 20, 'x'));
    const RawClient::Response response = client.read_response();
    if (steady) {
      EXPECT_EQ(response.body, "300000");
    }
  }
  EXPECT_TRUE(steady);
}

TEST_F(LargeBodiesTest, GoingOnDoesNotOutliveTheDeadline) {
  options.body_deadline = milliseconds(1000);
  options.large_body_look = milliseconds(250);
  start();
  RawClient client = begin(post("Content-Length: 500000\r\n", std::string(100'000, 'x')), 0);
  eventually([&] {
    client.send(std::string(1000, 'x'));  // 250 would do in 250 ms
    return server->stats().timed_out == 1;
  });
  EXPECT_EQ(client.read_response().status, 408);
}

}  // namespace
}  // namespace commsd::net
