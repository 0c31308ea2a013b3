#include "net/websocket.h"

#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/websocket_codec.h"
#include "server_fixture.h"

namespace commsd::net {
namespace {

const std::string handshake =
    "GET /ws HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: audio, chat\r\n\r\n";

std::string masked(WebSocketOpcode opcode, std::string_view payload) {
  const std::array<unsigned char, 4> mask{1, 2, 3, 4};
  std::string out;
  append_websocket_frame(out, opcode, payload, &mask);
  return out;
}

/// "/ws" echoes; "/voice" does the same on the voice loop.
class WebSocketTest : public ServerFixture {
 protected:
  WebSocketTest() {
    const Handler echo = [this](HttpExchange& exchange) -> Task<void> {
      std::shared_ptr<WebSocket> socket = exchange.upgrade_websocket("chat");
      if (!socket) co_return;
      {
        const std::lock_guard lock(mutex_);
        socket_ = socket;
      }
      WebSocket::Callbacks callbacks;
      callbacks.on_message = [this, weak = std::weak_ptr<WebSocket>(socket)](
                                 MessageKind kind, std::string_view data) {
        const std::shared_ptr<WebSocket> own = weak.lock();
        if (own->loop().in_loop_thread() && data != "quiet") own->send(kind, data);
      };
      callbacks.on_close = [this](std::uint16_t code, std::string_view reason) {
        const std::lock_guard lock(mutex_);
        closes_.push_back(std::to_string(code) + " " + std::string(reason));
      };
      socket->start(std::move(callbacks));
    };
    router.add("GET", "/ws", echo);
    router.add("GET", "/voice", echo, {.lane = Lane::voice});
  }
  ~WebSocketTest() override { server.reset(); }

  RawClient open(std::string request = handshake) {
    RawClient client = connect();
    client.send(request);
    EXPECT_EQ(client.read_response(true).status, 101);
    eventually([&] {
      const std::lock_guard lock(mutex_);
      return socket_ != nullptr;
    });
    return client;
  }
  void expect_closes(const std::vector<std::string>& wanted) {
    eventually([&] {
      const std::lock_guard lock(mutex_);
      return closes_.size() >= wanted.size();
    });
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(closes_, wanted);
  }
  static std::string unmasked(WebSocketOpcode opcode, std::string_view payload) {
    std::string out;
    append_websocket_frame(out, opcode, payload);
    return out;
  }
  void expect_frame(RawClient& client, WebSocketOpcode opcode, std::string_view payload) {
    const std::string wanted = unmasked(opcode, payload);
    EXPECT_EQ(client.read_exactly(wanted.size()), wanted);
  }

  std::mutex mutex_;
  std::shared_ptr<WebSocket> socket_;
  std::vector<std::string> closes_;
};

TEST_F(WebSocketTest, ShakesHandsAsTheStandardsExample) {
  start();
  RawClient client = connect();
  client.send(handshake);
  const RawClient::Response response = client.read_response(true);
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(response.field("Sec-WebSocket-Protocol"), "chat");
  EXPECT_EQ(response.field("Upgrade"), "websocket");
  EXPECT_EQ(response.field("Connection"), "Upgrade");
  EXPECT_EQ(server->stats().connections_open, 1U);
}

TEST_F(WebSocketTest, RefusesOtherHandshakes) {
  start();
  const auto status = [&](const std::string& from, const std::string& to) {
    std::string request = handshake;
    request.replace(request.find(from), from.size(), to);
    RawClient client = connect();
    client.send(request);
    return client.read_response().status;
  };
  EXPECT_EQ(status("Version: 13", "Version: 8"), 426);
  EXPECT_EQ(status("Upgrade: websocket\r\n", ""), 426);
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", "short"), 400);
  EXPECT_EQ(status("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400);
}

TEST_F(WebSocketTest, EchoesMessagesSentWithTheHandshakeAndLater) {
  start();
  RawClient client = open(handshake + masked(WebSocketOpcode::text, "early"));
  expect_frame(client, WebSocketOpcode::text, "early");
  client.send(masked(WebSocketOpcode::binary, std::string(70'000, 'b')));
  expect_frame(client, WebSocketOpcode::binary, std::string(70'000, 'b'));
  client.send(masked(WebSocketOpcode::ping, "are you there"));
  expect_frame(client, WebSocketOpcode::pong, "are you there");
  client.send(masked(WebSocketOpcode::close, websocket_close_payload(1000, "bye")));
  expect_frame(client, WebSocketOpcode::close, websocket_close_payload(1000, ""));
  EXPECT_TRUE(client.at_end());
  expect_closes({"1000 bye"});
  eventually([&] { return server->stats().connections_open == 0; });
  EXPECT_EQ(server->stats().websockets_open, 0U);
}

TEST_F(WebSocketTest, VoiceRoutesLiveOnTheVoiceLoop) {
  start();
  std::string request = handshake;
  request.replace(request.find("/ws"), 3, "/voice");
  RawClient client = open(request);
  EXPECT_EQ(&socket_->loop(), &loops.voice());
  client.send(masked(WebSocketOpcode::text, "x"));
  expect_frame(client, WebSocketOpcode::text, "x");
}

TEST_F(WebSocketTest, PartOfAFrameStallsNobody) {
  start();
  std::vector<RawClient> partial;
  for (int i = 0; i < 20; ++i) {
    partial.push_back(open());
    partial.back().send(masked(WebSocketOpcode::text, "hello").substr(0, 3));
  }
  RawClient other = open();
  for (int i = 0; i < 50; ++i) {
    other.send(masked(WebSocketOpcode::text, "x"));
    expect_frame(other, WebSocketOpcode::text, "x");
  }
  RawClient plain = connect();
  EXPECT_EQ(plain.get("/hello").body, "hello");
  partial[0].send(masked(WebSocketOpcode::text, "hello").substr(3));
  expect_frame(partial[0], WebSocketOpcode::text, "hello");
}

TEST_F(WebSocketTest, AFaultOfThePeerEndsWithItsCode) {
  start();
  RawClient client = open();
  client.send(unmasked(WebSocketOpcode::text, "not masked"));
  expect_frame(client, WebSocketOpcode::close, websocket_close_payload(1002, ""));
  EXPECT_TRUE(client.at_end());
  expect_closes({"1002 "});
}

TEST_F(WebSocketTest, OurCloseWaitsForThePeersAnswer) {
  start();
  RawClient client = open();
  socket_->send_text("last");
  socket_->close(4000, "enough");
  EXPECT_FALSE(socket_->send_text("too late"));
  expect_frame(client, WebSocketOpcode::text, "last");
  expect_frame(client, WebSocketOpcode::close, websocket_close_payload(4000, "enough"));
  client.send(masked(WebSocketOpcode::close, websocket_close_payload(4000, "")));
  EXPECT_TRUE(client.at_end());
  expect_closes({"4000 enough"});
}

TEST_F(WebSocketTest, ABrokenConnectionIs1006) {
  start();
  RawClient client = open();
  client.reset();
  expect_closes({"1006 "});
  EXPECT_FALSE(socket_->send_text("x"));
}

TEST_F(WebSocketTest, APeerThatDoesNotReadIsDropped) {
  start();
  RawClient client(server->port(), 4096);
  client.send(handshake);
  client.read_response(true);
  eventually([&] {
    const std::lock_guard lock(mutex_);
    return socket_ != nullptr;
  });
  bool accepted = true;
  for (int i = 0; i < 5000 && accepted; ++i)
    accepted = socket_->send_binary(std::string(10'000, 'x'));
  EXPECT_FALSE(accepted);
  EXPECT_LE(socket_->queued(), WebSocket::max_queued + 1000);
  expect_closes({"1013 the peer reads too slowly"});
}

TEST_F(WebSocketTest, APeerThatAnswersNoPingIsDropped) {
  options.websocket_ping = std::chrono::milliseconds(100);
  start();
  RawClient client = open();
  expect_frame(client, WebSocketOpcode::ping, "");
  client.send(masked(WebSocketOpcode::pong, ""));
  expect_closes({"1006 "});
}

TEST_F(WebSocketTest, DrainSaysGoingAway) {
  start();
  RawClient client = open();
  std::thread drained([&] { drain(std::chrono::seconds(10)); });
  expect_frame(client, WebSocketOpcode::close,
               websocket_close_payload(1001, "the server is stopping"));
  client.send(masked(WebSocketOpcode::close, websocket_close_payload(1001, "")));
  EXPECT_TRUE(client.at_end());
  drained.join();
  expect_closes({"1001 the server is stopping"});
}

}  // namespace
}  // namespace commsd::net
