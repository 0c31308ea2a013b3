#include <cstdio>

#include <gmock/gmock.h>

#include "net/http_client_fixture.h"

namespace commsd::net {
namespace {

using testing::http_response;
using testing::HttpClientTest;
using testing::Kind;
using testing::make_identity;
using testing::MisbehavingServer;
using testing::TestIdentity;
using Peer = MisbehavingServer::Peer;

class HttpClientTlsTest : public HttpClientTest {
 protected:
  void serve(MisbehavingServer::Behaviour behaviour, const TestIdentity& identity,
             const std::string& trusted) {
    server_ = std::make_unique<MisbehavingServer>(std::move(behaviour), identity.context.get());
    use({server_->origin("vendor.test")}, {.ca_file = trusted});
  }
  HttpOutcome call(HttpRequestOut request) {
    request.url = server_->url("/", "vendor.test");
    return send(std::move(request));
  }
  static void answer(Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, "ok"));
  }

  std::unique_ptr<MisbehavingServer> server_;
};

TEST_F(HttpClientTlsTest, a_trusted_certificate_for_the_name_passes) {
  const TestIdentity identity = make_identity("vendor.test", -60, 3600);
  serve(answer, identity, identity.ca_file);
  const HttpOutcome outcome = call(post(""));
  ASSERT_TRUE(outcome) << outcome.error().cause;
  EXPECT_EQ(outcome->body, "ok");
}

TEST_F(HttpClientTlsTest, a_bad_certificate_sends_nothing) {
  const TestIdentity good = make_identity("vendor.test", -60, 3600);
  const TestIdentity expired = make_identity("vendor.test", -7200, -3600);
  const TestIdentity future = make_identity("vendor.test", 3600, 7200);
  const TestIdentity other = make_identity("other.test", -60, 3600);
  struct Case {
    const char* what;
    const TestIdentity& served;
    const TestIdentity& trusted;
  };
  for (const Case& c : {Case{"expired", expired, expired}, Case{"not yet valid", future, future},
                        Case{"wrong host", other, other}, Case{"untrusted", other, good}}) {
    serve(answer, c.served, c.trusted.ca_file);
    const HttpOutcome outcome = call(post(""));
    ASSERT_FALSE(outcome) << c.what;
    EXPECT_EQ(outcome.error().kind, Kind::not_sent) << c.what;
    EXPECT_FALSE(outcome.error().may_have_reached_peer) << c.what;
    EXPECT_EQ(server_->requests(), 0) << c.what;
  }
}

TEST_F(HttpClientTlsTest, a_peer_that_does_not_speak_tls_gets_nothing) {
  MisbehavingServer plain([](Peer& peer) {
    peer.read_some();
    peer.write("HTTP/1.1 200 OK\r\n\r\n");
  });
  const std::string origin = "https://vendor.test:" + std::to_string(plain.port());
  use({origin});
  const HttpOutcome outcome = send(post(origin + "/"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::not_sent);
}

TEST_F(HttpClientTlsTest, a_handshake_that_hangs_times_out_as_not_sent) {
  MisbehavingServer silent([](Peer& peer) { peer.wait_closed(); });
  const std::string origin = "https://vendor.test:" + std::to_string(silent.port());
  use({origin});
  for (const bool connect_limit : {false, true}) {
    HttpRequestOut request = post(origin + "/");
    (connect_limit ? request.connect_timeout : request.total_timeout) =
        std::chrono::milliseconds(100);
    const HttpOutcome outcome = send(std::move(request));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::timeout_not_sent);
    EXPECT_FALSE(outcome.error().may_have_reached_peer);
  }
}

TEST_F(HttpClientTlsTest, a_post_is_not_written_twice_when_a_pooled_connection_dies) {
  const TestIdentity identity = make_identity("vendor.test", -60, 3600);
  serve(
      [](Peer& peer) {
        peer.read_request();
        peer.write(http_response(200, "first"));
        peer.read_request();
      },
      identity, identity.ca_file);
  ASSERT_TRUE(call(post("")));
  const HttpOutcome outcome = call(post(""));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::maybe_sent);
  client_.reset();
  EXPECT_EQ(server_->requests(), 2);
}

}  // namespace
}  // namespace commsd::net
