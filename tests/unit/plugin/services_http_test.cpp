#include <gmock/gmock.h>

#include "plugin/services_fixture.h"

namespace commsd::plugin {
namespace {

using net::testing::http_response;
using net::testing::MisbehavingServer;
using testing::Exchange;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ServicesTest;
using Peer = MisbehavingServer::Peer;

class HttpServiceTest : public ServicesTest {
 protected:
  comms_status send(comms_op* op, const comms_http_request& request, Exchange& exchange) {
    return kHttpService.send(table(), op, &request, Exchange::heard, &exchange, Exchange::release);
  }
};

TEST_F(HttpServiceTest, hands_the_answer_to_the_continuation_once) {
  std::string seen;
  MisbehavingServer server([&seen](Peer& peer) {
    seen = *peer.read_request();
    peer.write(http_response(201, "made", "X-Id: 7\r\n"));
  });
  use(server.origin());
  Exchange exchange;
  const std::string url = server.url("/v1");
  const comms_kv headers[] = {{to_str("Content-Type"), to_str("application/json")},
                              {to_str("Host"), to_str("ours")},
                              {to_str("User-Agent"), to_str("ours")}};
  OpRequest made;
  made.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  made.call = [&](comms_op* op) {
    comms_http_request request = Exchange::request(url);
    request.headers = headers;
    request.header_count = 3;
    return send(op, request, exchange);
  };
  const OpOutcome outcome = run(std::move(made));
  EXPECT_THAT(seen,
              HasSubstr("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_EQ(outcome.status, COMMS_OK);
  EXPECT_TRUE(outcome.may_have_reached_vendor);
  EXPECT_EQ(exchange.calls, 1);
  EXPECT_EQ(exchange.released, 1);
  EXPECT_EQ(exchange.status, 201);
  EXPECT_EQ(exchange.body, "made");
  EXPECT_THAT(seen, HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(seen, Not(HasSubstr("ours")));
}

TEST_F(HttpServiceTest, refusals_come_at_once_and_still_release) {
  use("http://127.0.0.1:1", 0);
  Exchange exchange;
  comms_status outside = COMMS_OK;
  comms_status malformed = COMMS_OK;
  comms_status full = COMMS_OK;
  run_call([&](comms_op* op) {
    outside = send(op, Exchange::request("https://api.example.com/"), exchange);
    comms_http_request broken = Exchange::request("http://127.0.0.1:1/");
    broken.size = 16;
    malformed = send(op, broken, exchange);
    full = send(op, Exchange::request("http://127.0.0.1:1/"), exchange);
    return COMMS_OK;
  });
  EXPECT_EQ(outside, COMMS_DENIED);
  EXPECT_EQ(malformed, COMMS_INVALID);
  EXPECT_EQ(full, COMMS_UNAVAILABLE);
  EXPECT_EQ(send(nullptr, Exchange::request("http://127.0.0.1:1/"), exchange), COMMS_INVALID);
  EXPECT_EQ(exchange.calls, 0);
  EXPECT_EQ(exchange.released, 4);
}

TEST_F(HttpServiceTest, transport_classes_tell_sent_from_not_sent) {
  MisbehavingServer closes([](Peer& peer) { peer.read_request(); });
  use(closes.origin());
  Exchange lost;
  lost.answer = COMMS_AMBIGUOUS;
  const std::string url = closes.url("/");
  const OpOutcome ambiguous =
      run_call([&](comms_op* op) { return send(op, Exchange::request(url), lost); });
  EXPECT_EQ(lost.transport, COMMS_AMBIGUOUS);
  EXPECT_EQ(lost.status, 0);
  EXPECT_EQ(ambiguous.status, COMMS_AMBIGUOUS);

  std::string dead;
  {
    dead = MisbehavingServer([](Peer&) {}).origin();
  }
  use(dead);
  Exchange refused;
  refused.answer = COMMS_UNAVAILABLE;
  const OpOutcome unavailable =
      run_call([&](comms_op* op) { return send(op, Exchange::request(dead), refused); });
  EXPECT_EQ(refused.transport, COMMS_UNAVAILABLE);
  EXPECT_EQ(unavailable.status, COMMS_UNAVAILABLE);
  EXPECT_FALSE(unavailable.may_have_reached_vendor);
}

TEST_F(HttpServiceTest, a_plugin_cannot_call_a_lost_answer_safe_to_repeat) {
  MisbehavingServer server([](Peer& peer) { peer.read_request(); });
  use(server.origin());
  for (const comms_status claim : {COMMS_UNAVAILABLE, COMMS_TIMEOUT}) {
    Exchange exchange;
    exchange.answer = claim;
    const std::string url = server.url("/");
    const OpOutcome outcome =
        run_call([&](comms_op* op) { return send(op, Exchange::request(url), exchange); });
    EXPECT_EQ(outcome.status, COMMS_AMBIGUOUS);
  }
}

TEST_F(HttpServiceTest, the_time_limit_of_the_op_ends_its_request) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use(server.origin());
  Exchange exchange;
  exchange.answer = COMMS_AMBIGUOUS;
  const std::string url = server.url("/");
  const OpOutcome outcome =
      run_call([&](comms_op* op) { return send(op, Exchange::request(url), exchange); },
               std::chrono::milliseconds(100));
  EXPECT_EQ(outcome.status, COMMS_AMBIGUOUS);
  EXPECT_EQ(exchange.released, 1);
}

TEST_F(HttpServiceTest, a_cancelled_op_is_ambiguous_once_the_request_was_written) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.wait_closed();
  });
  use(server.origin());
  Exchange exchange;
  std::stop_source stop;
  std::thread stopper([&] {
    while (server.requests() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const std::string url = server.url("/");
  OpRequest request;
  request.call = [&](comms_op* op) { return send(op, Exchange::request(url), exchange); };
  const OpOutcome outcome = run(std::move(request), stop.get_token());
  stopper.join();
  EXPECT_EQ(outcome.status, COMMS_AMBIGUOUS);
  EXPECT_EQ(exchange.calls, 0);
  EXPECT_EQ(exchange.released, 1);
}

TEST_F(HttpServiceTest, idempotent_requests_are_tried_again) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    if (peer.index() == 2) peer.write(http_response(200, "third"));
  });
  use(server.origin());
  Exchange exchange;
  const std::string url = server.url("/");
  const OpOutcome outcome = run_call([&](comms_op* op) {
    return send(op, Exchange::request(url, "GET", COMMS_HTTP_IDEMPOTENT), exchange);
  });
  EXPECT_EQ(outcome.status, COMMS_OK);
  EXPECT_EQ(exchange.body, "third");
  EXPECT_EQ(exchange.calls, 1);
  EXPECT_FALSE(outcome.may_have_reached_vendor);
}

TEST_F(HttpServiceTest, follows_redirects_only_when_asked_and_drops_credentials_elsewhere) {
  std::string at_target;
  MisbehavingServer server([&at_target](Peer& peer) {
    while (const auto request = peer.read_request()) {
      if (request->find("/start") != std::string::npos) {
        peer.write(http_response(303, "moved", "Location: ../target?x=1\r\n"));
      } else {
        at_target = *request;
        peer.write(http_response(200, "there"));
      }
    }
  });
  use(server.origin());
  const std::string url = server.url("/a/start");
  for (const std::uint32_t flags : {0U, std::uint32_t{COMMS_HTTP_FOLLOW}}) {
    Exchange exchange;
    run_call(
        [&](comms_op* op) { return send(op, Exchange::request(url, "POST", flags), exchange); });
    EXPECT_EQ(exchange.status, flags ? 200 : 303);
    EXPECT_EQ(exchange.released, 1);
  }
  EXPECT_THAT(at_target, HasSubstr("GET /target?x=1 HTTP/1.1"));
}

TEST_F(HttpServiceTest, a_redirect_out_of_the_egress_list_is_denied) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) {
      peer.write(http_response(302, "", "Location: https://169.254.169.254/latest\r\n"));
    }
  });
  use(server.origin());
  Exchange exchange;
  const std::string url = server.url("/");
  run_call([&](comms_op* op) {
    return send(op, Exchange::request(url, "GET", COMMS_HTTP_FOLLOW), exchange);
  });
  EXPECT_EQ(exchange.transport, COMMS_DENIED);
}

/// Streams into result.chunk as a speech provider does.
struct Streamer {
  int heads = 0;
  static comms_status heard(void* user, comms_op* op, const comms_http_response* response) {
    auto& self = *static_cast<Streamer*>(user);
    if (response->status == 200) ++self.heads;
    const comms_status taken = kResultService.chunk(op, response->body);
    if (response->last) return COMMS_OK;
    return taken == COMMS_BACKPRESSURE ? COMMS_BACKPRESSURE : COMMS_PENDING;
  }
};

TEST_F(HttpServiceTest, streams_with_backpressure_lose_nothing) {
  std::string body(3 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 13 / 5);
  MisbehavingServer server([&body](Peer& peer) {
    peer.read_request();
    peer.write(http_response(200, body));
  });
  use(server.origin());
  const std::string url = server.url("/");
  Streamer streamer;
  std::string taken;
  std::shared_ptr<Op> op;
  OpRequest request;
  request.call = [&](comms_op* handle) {
    const comms_http_request made = Exchange::request(url, "GET", COMMS_HTTP_STREAM);
    return kHttpService.send(table(), handle, &made, Streamer::heard, &streamer, nullptr);
  };
  request.on_chunk = [&](std::string_view piece) {
    taken += piece;
    executor_.post([&op] { op->resume_chunks(); });
    return false;  // full after every piece
  };
  const auto task = [](OpRequest made, std::shared_ptr<Op>& started) -> Task<OpOutcome> {
    started = Op::start(std::move(made));
    OpOutcome outcome = co_await started->outcome();
    co_return outcome;
  };
  const OpOutcome outcome = executor_.run(task(std::move(request), op));
  EXPECT_EQ(outcome.status, COMMS_OK);
  EXPECT_EQ(taken.size(), body.size());
  EXPECT_TRUE(taken == body);
}

TEST_F(HttpServiceTest, collected_data_is_bounded) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    while (peer.write(std::string(65536, 'x'))) {
    }
  });
  use(server.origin());
  const std::string url = server.url("/");
  Streamer streamer;
  OpRequest request;
  request.max_data = 1000000;
  request.call = [&](comms_op* handle) {
    comms_http_request made = Exchange::request(url, "GET", COMMS_HTTP_STREAM);
    made.max_response_bytes = 200000000;
    return kHttpService.send(table(), handle, &made, Streamer::heard, &streamer, nullptr);
  };
  EXPECT_EQ(run(std::move(request)).status, COMMS_REJECTED);
}

TEST_F(HttpServiceTest, perform_blocks_and_streams_on_the_calling_thread) {
  MisbehavingServer server([](Peer& peer) {
    while (peer.read_request()) peer.write(http_response(200, std::string(1000000, 'z')));
  });
  use(server.origin());
  const std::string url = server.url("/");
  for (const std::uint32_t flags : {0U, std::uint32_t{COMMS_HTTP_STREAM}}) {
    Exchange exchange;
    const comms_http_request request = Exchange::request(url, "POST", flags);
    EXPECT_EQ(kHttpService.perform(table(), &request, Exchange::heard, &exchange), COMMS_OK);
    EXPECT_EQ(exchange.body.size(), 1000000U);
  }
  Exchange outside;
  const comms_http_request denied = Exchange::request("https://api.example.com/");
  EXPECT_EQ(kHttpService.perform(table(), &denied, Exchange::heard, &outside), COMMS_DENIED);
  EXPECT_EQ(outside.calls, 0);
}

}  // namespace
}  // namespace commsd::plugin
