#include "net/http_client.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>

#include "net/http_client_fixture.h"

namespace commsd::net {
namespace {

using ::testing::HasSubstr;
using testing::http_response;
using testing::HttpClientTest;
using testing::Kind;
using testing::MisbehavingServer;
using ::testing::Not;
using Peer = MisbehavingServer::Peer;

TEST_F(HttpClientTest, carries_method_headers_and_body_both_ways) {
  std::string seen;
  MisbehavingServer server([&seen](Peer& peer) {
    while (auto request = peer.read_request()) {
      seen = *request;
      peer.write(http_response(201, "made", "X-Id: 7\r\nx-id: 8\r\n"));
    }
  });
  use({server.origin()});
  HttpRequestOut request = post(server.url("/v1/things?a=b"), "body\0bytes");
  request.method = "PATCH";
  request.headers = {{"Authorization", "Bearer t"}, {"X-Empty", ""}, {"Content-Length", "9999"}};
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_TRUE(outcome) << outcome.error().cause;
  EXPECT_EQ(outcome->status, 201);
  EXPECT_EQ(outcome->body, "made");
  EXPECT_EQ(outcome->header("X-ID"), "7");
  EXPECT_EQ(outcome->header("absent"), "");
  EXPECT_THAT(seen, HasSubstr("PATCH /v1/things?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Bearer t\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(seen, HasSubstr("User-Agent: commsd\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(seen, Not(HasSubstr("Expect")));
  EXPECT_EQ(client_->in_flight(), 0U);
}

TEST_F(HttpClientTest, pools_connections) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, "ok"));
  });
  use({server.origin()});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(send(post(server.url("/"))));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, never_opens_more_connections_to_a_host_than_allowed) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, "ok"));
  });
  use({server.origin()}, {.max_host_connections = 3});
  std::atomic<int> good{0};
  std::promise<void> all;
  for (int i = 0; i < 60; ++i) {
    HttpCallbacks callbacks;
    callbacks.on_done = [&good, &all](const HttpOutcome& outcome) {
      EXPECT_TRUE(outcome);
      if (++good == 60) all.set_value();
    };
    client_->start(post(server.url("/")), std::move(callbacks));
  }
  all.get_future().wait();
  EXPECT_LE(server.connections(), 3);
  EXPECT_EQ(server.requests(), 60);
}

TEST_F(HttpClientTest, refused_connection_sent_nothing) {
  std::uint16_t port = 0;
  {
    port = MisbehavingServer([](Peer&) {}).port();
  }
  const std::string origin = "http://127.0.0.1:" + std::to_string(port);
  use({origin});
  const HttpOutcome outcome = send(post(origin + "/secret-path?token=x"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::not_sent);
  EXPECT_FALSE(outcome.error().may_have_reached_peer);
  EXPECT_THAT(outcome.error().cause, HasSubstr(origin));
  EXPECT_THAT(outcome.error().cause, Not(HasSubstr("secret-path")));
  EXPECT_THAT(outcome.error().cause, Not(HasSubstr("token")));
}

TEST_F(HttpClientTest, unresolvable_name_sent_nothing) {
  use({"http://nowhere.invalid:80"});
  const HttpOutcome outcome = send(post("http://nowhere.invalid/"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::not_sent);
}

TEST_F(HttpClientTest, reset_before_reading_is_maybe_sent) {
  MisbehavingServer server([](Peer& peer) {
    peer.wait_readable();
    peer.reset();
  });
  use({server.origin()});
  const HttpOutcome outcome = send(post(server.url("/")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::maybe_sent);
  EXPECT_TRUE(outcome.error().may_have_reached_peer);
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpClientTest, reset_or_close_after_the_request_is_maybe_sent_and_not_repeated) {
  for (const bool rst : {false, true}) {
    MisbehavingServer server([rst](Peer& peer) {
      peer.read_request();
      if (rst) peer.reset();
    });
    use({server.origin()});
    const HttpOutcome outcome = send(post(server.url("/")));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::maybe_sent);
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST_F(HttpClientTest, reset_after_the_head_is_maybe_sent_with_the_status) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\npart");
    peer.reset();
  });
  use({server.origin()});
  const HttpOutcome outcome = send(post(server.url("/")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::maybe_sent);
}

TEST_F(HttpClientTest, truncated_bodies_are_maybe_sent) {
  for (const char* response :
       {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    MisbehavingServer server([response](Peer& peer) {
      peer.read_request();
      peer.write(response);
    });
    use({server.origin()});
    const HttpOutcome outcome = send(post(server.url("/")));
    ASSERT_FALSE(outcome) << response;
    EXPECT_EQ(outcome.error().kind, Kind::maybe_sent) << response;
    EXPECT_EQ(outcome.error().status, 200);
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST_F(HttpClientTest, garbage_is_maybe_sent) {
  for (const char* response : {"\x16\x03\x01 what is this\r\n\r\n", "HTTP/9.9 999 ?\r\n\r\n",
                               "HTTP/1.1 banana\r\n\r\n", "\r\n\r\n\r\n"}) {
    MisbehavingServer server([response](Peer& peer) {
      peer.read_request();
      peer.write(response);
    });
    use({server.origin()});
    const HttpOutcome outcome = send(post(server.url("/")));
    ASSERT_FALSE(outcome) << response;
    EXPECT_EQ(outcome.error().kind, Kind::maybe_sent) << response;
  }
}

TEST_F(HttpClientTest, silence_after_the_request_times_out_as_maybe_sent) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use({server.origin()});
  HttpRequestOut request = post(server.url("/"));
  request.total_timeout = std::chrono::milliseconds(100);
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::timeout_maybe_sent);
  EXPECT_TRUE(outcome.error().may_have_reached_peer);
}

TEST_F(HttpClientTest, a_byte_at_a_time_does_not_outlast_the_total_limit) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (peer.write("x")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  });
  use({server.origin()});
  HttpRequestOut request = post(server.url("/"));
  request.total_timeout = std::chrono::milliseconds(200);
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::timeout_maybe_sent);
}

TEST_F(HttpClientTest, waiting_for_a_free_connection_times_out_as_not_sent) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use({server.origin()}, {.max_host_connections = 1});
  HttpRequestOut first = post(server.url("/"));
  first.total_timeout = std::chrono::seconds(20);
  const HttpClient::RequestId holder = client_->start(std::move(first), {});
  while (server.requests() == 0) std::this_thread::yield();
  HttpRequestOut second = post(server.url("/"));
  second.total_timeout = std::chrono::milliseconds(100);
  const HttpOutcome outcome = send(std::move(second));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::timeout_not_sent);
  EXPECT_FALSE(outcome.error().may_have_reached_peer);
  EXPECT_EQ(server.requests(), 1);
  client_->cancel(holder);
}

TEST_F(HttpClientTest, a_slow_name_server_times_out_as_not_sent) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  Resolver::Options options;
  options.lookup = [released](const std::string&) -> Addresses {
    released.wait();
    return std::vector<std::string>{"127.0.0.1"};
  };
  client_ = std::make_unique<HttpClient>(HttpClient::Options(), std::make_shared<Resolver>(options),
                                         except({"http://slow.test:80"}));
  HttpRequestOut request = post("http://slow.test/");
  request.total_timeout = std::chrono::milliseconds(50);
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::timeout_not_sent);
  release.set_value();
}

TEST_F(HttpClientTest, an_endless_body_is_cut_off) {
  std::atomic<std::size_t> written{0};
  MisbehavingServer server([&written](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
    const std::string piece(65536, 'x');
    while (written < 104857600 && peer.write(piece)) written += piece.size();
  });
  use({server.origin()});
  HttpRequestOut request = post(server.url("/"));
  request.max_response = 1024 * 1024;
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::too_large);
  EXPECT_TRUE(outcome.error().may_have_reached_peer);
  EXPECT_LT(written, 104857600U);
}

TEST_F(HttpClientTest, endless_headers_are_cut_off) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\n");
    while (peer.write("X-More: " + std::string(1000, 'h') + "\r\n")) {
    }
  });
  use({server.origin()});
  const HttpOutcome outcome = send(post(server.url("/")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::too_large);
}

/// The server answers one request and then, on the same connection, reads the next whole request
/// and closes: it may have acted on it. libcurl would send it again by itself.
void answer_once_then_read_and_close(Peer& peer) {
  if (peer.index() == 0) {
    peer.read_request();
    peer.write(http_response(200, "first"));
    peer.read_request();
    return;
  }
  while (peer.read_request()) peer.write(http_response(200, "again"));
}

TEST_F(HttpClientTest, a_post_is_not_written_twice_when_a_pooled_connection_dies) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    for (const char* body : {"", "x"}) {
      MisbehavingServer server(answer_once_then_read_and_close);
      use({server.origin()});
      ASSERT_TRUE(send(post(server.url("/"))));
      HttpRequestOut request = post(server.url("/"), body);
      request.method = method;
      const HttpOutcome outcome = send(std::move(request));
      ASSERT_FALSE(outcome) << method;
      EXPECT_EQ(outcome.error().kind, Kind::maybe_sent) << method;
      EXPECT_TRUE(outcome.error().may_have_reached_peer);
      client_.reset();
      EXPECT_EQ(server.requests(), 2) << method << " was written again";
    }
  }
}

TEST_F(HttpClientTest, an_idempotent_request_is_repeated_on_a_fresh_connection) {
  MisbehavingServer server(answer_once_then_read_and_close);
  use({server.origin()});
  ASSERT_TRUE(send(post(server.url("/"))));
  HttpRequestOut request = get(server.url("/"));
  request.idempotent = true;
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_TRUE(outcome) << outcome.error().cause;
  EXPECT_EQ(outcome->body, "again");
  EXPECT_EQ(server.requests(), 3);
}

TEST_F(HttpClientTest, a_pooled_connection_reset_under_the_request_is_not_repeated) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write(http_response(200, "first"));
    peer.wait_readable();
    peer.reset();
  });
  use({server.origin()});
  ASSERT_TRUE(send(post(server.url("/"))));
  const HttpOutcome outcome = send(post(server.url("/")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::maybe_sent);
  client_.reset();
  EXPECT_EQ(server.requests(), 1) << "the one that was read; the second was reset unread";
}

TEST_F(HttpClientTest, redirects_are_answers) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) {
      peer.write(http_response(302, "", "Location: http://127.0.0.1:1/\r\n"));
    }
  });
  use({server.origin()});
  const HttpOutcome outcome = send(get(server.url("/")));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 302);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(HttpClientTest, interim_responses_are_skipped) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
    peer.write(http_response(200, "ok", "X-Real: 1\r\n"));
  });
  use({server.origin()});
  const HttpOutcome outcome = send(get(server.url("/")));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(outcome->header("Link"), "");
  EXPECT_EQ(outcome->header("X-Real"), "1");
}

TEST_F(HttpClientTest, headers_that_frame_the_message_are_refused) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, ""));
  });
  use({server.origin()});
  const HttpHeaders bad = {{"Host", "other"},
                           {"transfer-encoding", "chunked"},
                           {"Connection", "close"},
                           {"Proxy-Authorization", "x"},
                           {"X-A", "1\r\nX-B: 2"},
                           {"X-A", std::string("nul\0", 4)},
                           {"X A", "1"},
                           {"", "1"},
                           {"X-A:", "1"}};
  for (const auto& header : bad) {
    HttpRequestOut request = post(server.url("/"));
    request.headers = {header};
    const HttpOutcome outcome = send(std::move(request));
    ASSERT_FALSE(outcome) << header.first;
    EXPECT_EQ(outcome.error().kind, Kind::refused_by_egress);
    EXPECT_FALSE(outcome.error().may_have_reached_peer);
  }
  HttpRequestOut request = post(server.url("/"));
  request.method = "POST / HTTP/1.1\r\nX:";
  EXPECT_FALSE(send(std::move(request)));
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpClientTest, a_name_that_leads_to_a_private_address_is_refused) {
  MisbehavingServer server([](Peer&) {});
  client_ = std::make_unique<HttpClient>(HttpClient::Options(), loopback_resolver(),
                                         std::make_shared<const EgressPolicy>(*EgressPolicy::make(
                                             {.ports = {443, server.port()}, .exceptions = {}})));
  const HttpOutcome outcome =
      send(post("https://vendor.test:" + std::to_string(server.port()) + "/"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::refused_by_egress);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpClientTest, a_plugin_reaches_its_own_origins_only) {
  use({});
  HttpRequestOut request = post("https://other.test/");
  auto list = std::make_shared<EgressList>();
  list->push_back(*OriginPattern::parse("https://api.acme.com"));
  request.egress = list;
  const HttpOutcome outcome = send(std::move(request));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::refused_by_egress);
}

TEST_F(HttpClientTest, proxies_of_the_environment_are_ignored) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, "direct"));
  });
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  use({server.origin()});
  const HttpOutcome outcome = send(get(server.url("/")));
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  ASSERT_TRUE(outcome) << outcome.error().cause;
  EXPECT_EQ(outcome->body, "direct");
}

TEST_F(HttpClientTest, stop_cancels_and_says_whether_it_was_too_late) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use({server.origin()});
  std::stop_source stop;
  std::thread stopper([&server, &stop] {
    while (server.requests() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const HttpOutcome outcome = executor_.run(client_->send(post(server.url("/")), stop.get_token()));
  stopper.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::cancelled);
  EXPECT_TRUE(outcome.error().may_have_reached_peer);

  const HttpOutcome early = executor_.run(client_->send(post(server.url("/")), stop.get_token()));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, Kind::cancelled);
}

TEST_F(HttpClientTest, shutdown_ends_every_request_once) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use({server.origin()});
  std::atomic<int> ended{0};
  for (int i = 0; i < 10; ++i) {
    HttpCallbacks callbacks;
    callbacks.on_done = [&ended](const HttpOutcome& outcome) {
      EXPECT_EQ(outcome.error().kind, Kind::cancelled);
      ++ended;
    };
    client_->start(post(server.url("/")), std::move(callbacks));
  }
  while (server.requests() < 5) std::this_thread::yield();
  client_.reset();
  EXPECT_EQ(ended, 10);
}

TEST_F(HttpClientTest, too_many_at_once_fail_without_being_sent) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use({server.origin()}, {.max_in_flight = 1});
  const HttpClient::RequestId holder = client_->start(post(server.url("/")), {});
  const HttpOutcome outcome = send(post(server.url("/")));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::not_sent);
  client_->cancel(holder);
}

TEST_F(HttpClientTest, streams_pause_and_resume_without_loss) {
  const std::size_t size = 4 * 1024 * 1024;
  MisbehavingServer server([size](Peer& peer) {
    peer.read_request();
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 31 / 7);
    peer.write(http_response(200, body));
  });
  use({server.origin()});
  std::string received;
  std::promise<HttpOutcome> done;
  std::promise<HttpClient::RequestId> id;
  const std::shared_future<HttpClient::RequestId> known = id.get_future().share();
  int status = 0;
  HttpCallbacks callbacks;
  callbacks.on_head = [&status](int code, const HttpHeaders&) { status = code; };
  callbacks.on_chunk = [this, &received, known](std::string_view chunk) {
    received += chunk;
    client_->resume(known.get());  // posted behind the pause that follows
    return false;
  };
  callbacks.on_done = [&done](HttpOutcome outcome) { done.set_value(std::move(outcome)); };
  HttpRequestOut request = get(server.url("/"));
  request.stream = true;
  request.max_response = 0;
  id.set_value(client_->start(std::move(request), std::move(callbacks)));
  const HttpOutcome outcome = done.get_future().get();
  ASSERT_TRUE(outcome) << outcome.error().cause;
  EXPECT_EQ(status, 200);
  EXPECT_EQ(outcome->body, "");
  ASSERT_EQ(received.size(), size);
  bool same = true;
  for (std::size_t i = 0; i < size; ++i) same &= received[i] == static_cast<char>(i * 31 / 7);
  EXPECT_TRUE(same);
}

TEST_F(HttpClientTest, a_paused_stream_ends_at_its_limit) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    while (peer.write(std::string(65536, 'x'))) {
    }
  });
  use({server.origin()});
  std::promise<HttpOutcome> done;
  std::atomic<int> chunks{0};
  HttpCallbacks callbacks;
  callbacks.on_chunk = [&chunks](std::string_view) {
    ++chunks;
    return false;
  };
  callbacks.on_done = [&done](HttpOutcome outcome) { done.set_value(std::move(outcome)); };
  HttpRequestOut request = get(server.url("/"));
  request.stream = true;
  request.total_timeout = std::chrono::milliseconds(150);
  client_->start(std::move(request), std::move(callbacks));
  const HttpOutcome outcome = done.get_future().get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::timeout_maybe_sent);
  EXPECT_EQ(chunks, 1);
}

}  // namespace
}  // namespace commsd::net
