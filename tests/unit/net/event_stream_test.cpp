#include "net/event_stream.h"

#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server_fixture.h"

namespace commsd::net {
namespace {

const std::string get_stream = "GET /stream HTTP/1.1\r\nHost: test\r\n\r\n";

/// "/stream" hands its streams to the test.
class EventStreamTest : public ServerFixture {
 protected:
  EventStreamTest() {
    router.add("GET", "/stream", [this](HttpExchange& exchange) -> Task<void> {
      std::shared_ptr<EventStream> stream = exchange.start_event_stream({{"X-Own", "1"}});
      stream->on_close([this](StreamEnd end) {
        const std::lock_guard lock(mutex_);
        ends_.push_back(std::string(to_string(end)));
      });
      const std::lock_guard lock(mutex_);
      streams_.push_back(std::move(stream));
      co_return;
    });
  }
  ~EventStreamTest() override { server.reset(); }

  std::shared_ptr<EventStream> stream(std::size_t index) {
    eventually([&] {
      const std::lock_guard lock(mutex_);
      return streams_.size() > index;
    });
    const std::lock_guard lock(mutex_);
    return streams_.at(index);
  }
  void expect_ends(const std::vector<std::string>& wanted) {
    eventually([&] {
      const std::lock_guard lock(mutex_);
      return ends_.size() >= wanted.size();
    });
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(ends_, wanted);
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<EventStream>> streams_;
  std::vector<std::string> ends_;
};

TEST_F(EventStreamTest, SendsEventsAndThenTheConnectionGoesOn) {
  start();
  RawClient client = connect();
  client.send(get_stream + "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(stream(0)->send("message", "one", "1"));
  EXPECT_TRUE(stream(0)->send("", "two\nthree\r\nfour\rfive"));
  EXPECT_TRUE(stream(0)->send("", "", "2"));
  EXPECT_TRUE(stream(0)->send_comment("hi"));
  EXPECT_TRUE(stream(0)->send_retry(std::chrono::milliseconds(1500)));
  stream(0)->close();
  EXPECT_FALSE(stream(0)->send("", "late"));
  const RawClient::Response response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(response.field("Cache-Control"), "no-cache, no-transform");
  EXPECT_EQ(response.field("X-Accel-Buffering"), "no");
  EXPECT_EQ(response.field("X-Own"), "1");
  EXPECT_EQ(response.body,
            "event: message\nid: 1\ndata: one\n\n"
            "data: two\ndata: three\ndata: four\ndata: five\n\n"
            "id: 2\ndata: \n\n: hi\n\nretry: 1500\n\n");
  EXPECT_EQ(client.read_response().body, "hello");
  expect_ends({"finished"});
}

TEST_F(EventStreamTest, FieldsCannotAddLines) {
  start();
  RawClient client = connect();
  client.send(get_stream);
  stream(0)->send("a\ndata: forged", "x", "1\r\nevent: forged");
  stream(0)->close();
  EXPECT_EQ(client.read_response().body, "event: a\nid: 1\ndata: x\n\n");
}

TEST_F(EventStreamTest, Http10GetsTheStreamWithoutChunks) {
  start();
  RawClient client = connect();
  client.send("GET /stream HTTP/1.0\r\n\r\n");
  stream(0)->send("", "x");
  stream(0)->close();
  const RawClient::Response response = client.read_response();
  EXPECT_EQ(response.field("Connection"), "close");
  EXPECT_EQ(response.body, "data: x\n\n");
}

TEST_F(EventStreamTest, HowMuchMayWaitIsAnOption) {
  options.max_stream_queued = 4096;
  start();
  RawClient client = connect();
  client.send(get_stream);
  const std::shared_ptr<EventStream> small = stream(0);
  // In one turn of the loop, so that nothing leaves in between.
  std::promise<std::pair<bool, bool>> taken;
  small->loop().post([&] {
    const bool first = small->send("", std::string(4000, 'x'));
    taken.set_value({first, small->send("", std::string(5000, 'x'))});
  });
  EXPECT_EQ(taken.get_future().get(), std::pair(true, false));
  expect_ends({"overflow"});
}

TEST_F(EventStreamTest, OverflowEndsTheStreamAndOthersGoOn) {
  start();
  RawClient stalled(server->port(), 4096);
  stalled.send(get_stream);
  const std::shared_ptr<EventStream> full = stream(0);
  RawClient healthy = connect();
  healthy.send(get_stream);
  const std::string data(10'000, 'x');
  bool accepted = true;
  for (int i = 0; i < 5000 && accepted; ++i) accepted = full->send("", data);
  EXPECT_FALSE(accepted);
  EXPECT_TRUE(full->closed());
  expect_ends({"overflow"});
  EXPECT_EQ(server->stats().streams_overflowed, 1U);
  EXPECT_TRUE(stream(1)->send("", "still here"));
  EXPECT_NE(healthy.read_until("data: still here\n\n"), "");
}

TEST_F(EventStreamTest, WrittenTellsWhetherTheClientGotIt) {
  std::atomic<int> first{-1};
  std::atomic<int> second{-1};
  router.add("GET", "/told", [&](HttpExchange& exchange) -> Task<void> {
    std::shared_ptr<EventStream> own = exchange.start_event_stream();
    own->send("", "x");
    const bool sent = co_await own->written();
    first = sent ? 1 : 0;
    Completion<bool> gone;
    own->on_close([gone](StreamEnd) { gone.complete(true); });
    co_await gone;
    own->send("", "y");
    const bool late = co_await own->written();
    second = late ? 1 : 0;
  });
  start();
  RawClient client = connect();
  client.send("GET /told HTTP/1.1\r\nHost: test\r\n\r\n");
  client.read_until("data: x\n\n");
  eventually([&] { return first >= 0; });
  EXPECT_EQ(first, 1);
  client.reset();
  eventually([&] { return second >= 0; });
  EXPECT_EQ(second, 0);
}

TEST_F(EventStreamTest, AClientThatLeavesIsNoticed) {
  start();
  {
    RawClient client = connect();
    client.send(get_stream);
    client.read_until("\r\n\r\n");
  }
  expect_ends({"client_gone"});
  EXPECT_FALSE(stream(0)->send("", "x"));
  eventually([&] { return server->stats().streams_open == 0; });
}

TEST_F(EventStreamTest, IdleStreamsGetComments) {
  options.stream_keep_alive = std::chrono::milliseconds(200);
  start();
  RawClient client = connect();
  client.send(get_stream);
  EXPECT_NE(client.read_until(": keep-alive\n\n"), "");
  EXPECT_NE(client.read_until(": keep-alive\n\n"), "");
}

TEST_F(EventStreamTest, OnCloseRunsEvenWhenSetTooLate) {
  start();
  {
    RawClient client = connect();
    client.send(get_stream);
    client.read_until("\r\n\r\n");
  }
  expect_ends({"client_gone"});
  std::promise<StreamEnd> told;
  stream(0)->on_close([&](StreamEnd end) { told.set_value(end); });
  EXPECT_EQ(told.get_future().get(), StreamEnd::client_gone);
}

TEST_F(EventStreamTest, DrainEndsStreamsProperly) {
  start();
  RawClient client = connect();
  client.send(get_stream);
  stream(0)->send("", "last");
  drain(std::chrono::seconds(10));
  EXPECT_EQ(client.read_response().body, "data: last\n\n");
  EXPECT_TRUE(client.at_end());
  expect_ends({"server_stopping"});
}

TEST_F(EventStreamTest, AThousandIdleStreamsAllGetABroadcast) {
  constexpr std::size_t count = 1000;
  start();
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(connect());
    clients.back().send(get_stream);
  }
  stream(count - 1);
  EXPECT_EQ(server->stats().streams_open, count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(stream(i)->send("", "to all"));
  RawClient other = connect();
  EXPECT_EQ(other.get("/hello").body, "hello");
  for (RawClient& client : clients) EXPECT_NE(client.read_until("data: to all\n\n"), "");
}

TEST_F(EventStreamTest, ManyThreadsMaySendAtOnce) {
  start();
  RawClient client = connect();
  client.send(get_stream);
  const std::shared_ptr<EventStream> own = stream(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) EXPECT_TRUE(own->send("", "0123456789"));
    });
  for (std::thread& thread : threads) thread.join();
  own->close();
  EXPECT_EQ(client.read_response().body.size(), 2000U * std::string("data: 0123456789\n\n").size());
}

}  // namespace
}  // namespace commsd::net
