#include "net/ws_client.h"

#include <deque>

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "base/completion.h"
#include "base/digest.h"
#include "base/manual_executor.h"
#include "net/misbehaving_server.h"
#include "net/ws_client_frame.h"

namespace commsd::net {
namespace {

using ::testing::HasSubstr;
using testing::make_identity;
using testing::MisbehavingServer;
using testing::TestIdentity;
using Peer = MisbehavingServer::Peer;

std::string frame(int first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xffff) {
    bytes += static_cast<char>(126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  } else {
    bytes += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(payload.size() >> shift & 0xff);
    }
  }
  return bytes + std::string(payload);
}

std::string accept_for(const std::string& request) {
  const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
  const std::string text =
      request.substr(at, request.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  return base64_encode(std::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

std::string upgrade_answer(const std::string& request, const std::string& more = "") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(request) + "\r\n" + more + "\r\n";
}

/// Reads client frames: unmasked payload and opcode; empty at the end of the connection.
class ClientFrames {
 public:
  explicit ClientFrames(Peer& peer) : peer_(peer) {}
  std::optional<std::pair<int, std::string>> next() {
    const auto need = [this](std::size_t size) {
      while (bytes_.size() < size) {
        const std::string more = peer_.read_some();
        if (more.empty()) return false;
        bytes_ += more;
      }
      return true;
    };
    if (!need(2)) return std::nullopt;
    EXPECT_TRUE(bytes_[1] & 0x80) << "client frames are masked";
    std::size_t length = static_cast<std::uint8_t>(bytes_[1]) & 0x7f;
    std::size_t head = 2;
    if (length >= 126) {
      const std::size_t width = length == 126 ? 2 : 8;
      if (!need(head + width)) return std::nullopt;
      length = 0;
      for (std::size_t i = 0; i < width; ++i) {
        length = length << 8 | static_cast<std::uint8_t>(bytes_[head + i]);
      }
      head += width;
    }
    if (!need(head + 4 + length)) return std::nullopt;
    std::string payload = bytes_.substr(head + 4, length);
    for (std::size_t i = 0; i < length; ++i) {
      payload[i] = static_cast<char>(payload[i] ^ bytes_[head + i % 4]);
    }
    const int opcode = bytes_[0] & 0x0f;
    bytes_.erase(0, head + 4 + length);
    return std::make_pair(opcode, payload);
  }

 private:
  Peer& peer_;
  std::string bytes_;
};

class WsClientTest : public ::testing::Test {
 protected:
  void use(const std::vector<std::string>& origins, WsClient::Options options = {}) {
    Resolver::Options resolver;
    resolver.threads = 1;
    resolver.lookup = [](const std::string&) -> Addresses {
      return std::vector<std::string>{"127.0.0.1"};
    };
    client_ = std::make_unique<WsClient>(std::move(options), std::make_shared<Resolver>(resolver),
                                         std::make_shared<const EgressPolicy>(*EgressPolicy::make(
                                             {.ports = {443}, .exceptions = origins})));
  }

  void open(WsRequest request) {
    WsCallbacks callbacks;
    callbacks.on_open = [this](const std::string& subprotocol) {
      opened_ = true;
      subprotocol_ = subprotocol;
    };
    callbacks.on_message = [this](bool text, std::string message) {
      messages_.emplace_back(text, std::move(message));
      if (messages_.size() == stop_after_) reached_.complete(true);
    };
    callbacks.on_end = [this](const WsEnd& how) {
      ++ends_;
      end_.complete(how);
    };
    socket_ = client_->connect(std::move(request), std::move(callbacks), executor_);
  }

  static std::string ws(const MisbehavingServer& server, const std::string& path = "/s?a=b#frag") {
    return "ws" + server.url(path).substr(4);
  }

  WsEnd wait_end() { return executor_.run(await(end_)); }
  void wait_messages() { executor_.run(await(reached_)); }
  template <typename T>
  static Task<T> await(Completion<T> completion) {
    T value = co_await completion;
    co_return value;
  }

  ManualExecutor executor_;
  std::unique_ptr<WsClient> client_;
  std::shared_ptr<WsSocket> socket_;
  bool opened_ = false;
  std::string subprotocol_;
  std::vector<std::pair<bool, std::string>> messages_;
  std::size_t stop_after_ = 0;
  Completion<bool> reached_;
  int ends_ = 0;
  Completion<WsEnd> end_;
};

TEST_F(WsClientTest, echoes_messages_of_every_size_and_closes) {
  std::string head;
  MisbehavingServer server([&head](Peer& peer) {
    head = *peer.read_request();
    peer.write(upgrade_answer(head, "Sec-WebSocket-Protocol: b\r\n"));
    ClientFrames frames(peer);
    while (const auto got = frames.next()) {
      peer.write(frame(0x80 | got->first, got->second));
      if (got->first == 8) return;
    }
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  request.subprotocols = "a, b";
  request.headers = {{"Authorization", "Token t"}};
  open(std::move(request));
  stop_after_ = 5;
  const std::vector<std::string> sizes = {"", "hi", std::string(126, 'm'), std::string(65535, 'n'),
                                          std::string(100000, 'o')};
  for (const std::string& text : sizes) {
    EXPECT_EQ(socket_->send(text.size() != 126, text), WsSocket::Queued::yes);
  }
  wait_messages();
  EXPECT_TRUE(opened_);
  EXPECT_EQ(subprotocol_, "b");
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_EQ(messages_[i].second, sizes[i]);
    EXPECT_EQ(messages_[i].first, sizes[i].size() != 126);
  }
  EXPECT_THAT(head, HasSubstr("GET /s?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Token t\r\n"));
  socket_->close(1000, "done");
  const WsEnd how = wait_end();
  EXPECT_EQ(how.kind, WsEnd::Kind::closed);
  EXPECT_EQ(how.code, 1000);
  EXPECT_EQ(how.reason, "done");
  EXPECT_EQ(socket_->send(true, "late"), WsSocket::Queued::closed);
  EXPECT_EQ(ends_, 1);
}

TEST_F(WsClientTest, works_over_tls) {
  const TestIdentity identity = make_identity("vendor.test", -60, 3600);
  MisbehavingServer server(
      [](Peer& peer) {
        peer.write(upgrade_answer(*peer.read_request()) + frame(0x81, "hello"));
        ClientFrames frames(peer);
        const auto got = frames.next();
        peer.write(frame(0x81, got->second));
        peer.write(frame(0x88, std::string("\x03\xe9", 2) + "bye"));
        frames.next();
      },
      identity.context.get());
  use({server.origin("vendor.test")}, {.ca_file = identity.ca_file});
  WsRequest request;
  request.url = "wss" + server.url("/", "vendor.test").substr(5);
  open(std::move(request));
  socket_->send(true, "echo");
  const WsEnd how = wait_end();
  EXPECT_EQ(how.code, 1001);
  EXPECT_EQ(how.reason, "bye");
  ASSERT_EQ(messages_.size(), 2U);
  EXPECT_EQ(messages_[0].second, "hello");
  EXPECT_EQ(messages_[1].second, "echo");
}

TEST_F(WsClientTest, puts_fragments_together_and_answers_pings_between_them) {
  std::string pong;
  MisbehavingServer server([&pong](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    peer.write(frame(0x01, "gr\xc3") + frame(0x89, "p1"));
    for (const char c : frame(0x80,
                              "\xbc\xc3\x9f"
                              "e"))
      peer.write(std::string(1, c));
    ClientFrames frames(peer);
    pong = frames.next()->second;
    peer.write(frame(0x88, ""));
    frames.next();
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  open(std::move(request));
  const WsEnd how = wait_end();
  EXPECT_EQ(how.code, 1005);
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0].second,
            "gr\xc3\xbc\xc3\x9f"
            "e");
  EXPECT_EQ(pong, "p1");
}

TEST_F(WsClientTest, a_refused_upgrade_names_the_status) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write(testing::http_response(401, "no"));
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  open(std::move(request));
  const WsEnd how = wait_end();
  EXPECT_EQ(how.kind, WsEnd::Kind::unavailable);
  EXPECT_EQ(how.http_status, 401);
  EXPECT_FALSE(opened_);
}

TEST_F(WsClientTest, answers_that_are_no_upgrade_are_refused) {
  const std::vector<std::function<std::string(const std::string&)>> answers = {
      [](const std::string&) {
        return std::string(
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: AAAA\r\n\r\n");
      },
      [](const std::string& r) { return upgrade_answer(r, "Sec-WebSocket-Protocol: zzz\r\n"); },
      [](const std::string& r) {
        return upgrade_answer(r, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
      },
      [](const std::string&) { return std::string("\x01\x02garbage\r\n\r\n"); },
      [](const std::string&) { return std::string(20000, 'x'); },
      [](const std::string&) { return std::string(); }};
  for (const auto& answer : answers) {
    MisbehavingServer server([&answer](Peer& peer) { peer.write(answer(*peer.read_request())); });
    use({server.origin()});
    end_ = {};
    WsRequest request;
    request.url = ws(server);
    open(std::move(request));
    EXPECT_EQ(wait_end().kind, WsEnd::Kind::unavailable);
    EXPECT_FALSE(opened_);
  }
}

TEST_F(WsClientTest, protocol_errors_close_with_the_right_code) {
  struct Case {
    std::string bytes;
    int code;
  };
  const std::vector<Case> cases = {
      {frame(0xc1, "rsv"), 1002},
      {std::string("\x81\x81\x01\x02\x03\x04x", 7), 1002},
      {frame(0x83, "reserved"), 1002},
      {frame(0x80, "no start"), 1002},
      {frame(0x01, "a") + frame(0x81, "b"), 1002},
      {frame(0x09, "fragmented ping"), 1002},
      {frame(0x89, std::string(126, 'p')), 1002},
      {std::string("\x81\x7e\x00\x05hello", 9), 1002},
      {frame(0x81, "\xff\xfe"), 1007},
      {frame(0x88, "x"), 1002},
      {frame(0x88, std::string("\x03\xed", 2)), 1002},
      {std::string("\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00", 10), 1009}};
  for (const Case& c : cases) {
    int seen = 0;
    MisbehavingServer server([&c, &seen](Peer& peer) {
      peer.write(upgrade_answer(*peer.read_request()) + c.bytes);
      ClientFrames frames(peer);
      const auto closing = frames.next();
      if (closing && closing->first == 8) {
        seen = static_cast<std::uint8_t>(closing->second[0]) << 8 |
               static_cast<std::uint8_t>(closing->second[1]);
      }
    });
    {
      use({server.origin()});
      end_ = {};
      WsRequest request;
      request.url = ws(server);
      open(std::move(request));
      EXPECT_EQ(wait_end().code, c.code) << to_hex(c.bytes);
      client_.reset();
    }
    EXPECT_TRUE(messages_.empty());
  }
}

TEST_F(WsClientTest, a_slow_consumer_slows_the_peer_and_loses_nothing) {
  const int count = 400;
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    for (int i = 0; i < count; ++i)
      peer.write(frame(0x82, std::string(10000, static_cast<char>(i))));
    peer.wait_closed();
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  stop_after_ = count;
  open(std::move(request));
  wait_messages();
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(messages_[static_cast<std::size_t>(i)].second[0], static_cast<char>(i));
  }
  socket_->abort();
  wait_end();
}

TEST_F(WsClientTest, the_outbound_queue_is_bounded) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();  // and never an answer: everything is held back
    peer.wait_closed();
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  open(std::move(request));
  int taken = 0;
  const std::string piece(10000, 'x');
  while (socket_->send(false, piece) == WsSocket::Queued::yes && taken < 1000) ++taken;
  EXPECT_EQ(taken, 26);
  socket_->abort();
  EXPECT_EQ(wait_end().kind, WsEnd::Kind::unavailable);
}

TEST_F(WsClientTest, a_silent_upgrade_times_out) {
  MisbehavingServer server([](Peer& peer) { peer.wait_closed(); });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  request.open_timeout = std::chrono::milliseconds(100);
  open(std::move(request));
  EXPECT_EQ(wait_end().kind, WsEnd::Kind::timeout);
}

TEST_F(WsClientTest, a_peer_that_died_silently_is_found_by_ping) {
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    peer.wait_closed();
  });
  WsClient::Options options;
  options.ping_interval = std::chrono::milliseconds(50);
  use({server.origin()}, options);
  WsRequest request;
  request.url = ws(server);
  open(std::move(request));
  const WsEnd how = wait_end();
  EXPECT_TRUE(opened_);
  EXPECT_EQ(how.code, 1006);
}

TEST_F(WsClientTest, egress_rules_hold_here_too) {
  MisbehavingServer server([](Peer&) {});
  use({});
  for (const std::string& url :
       {ws(server), std::string("wss://vendor.test/"), std::string("wss://u:p@vendor.test/"),
        std::string("wss://169.254.169.254/")}) {
    end_ = {};
    WsRequest request;
    request.url = url;
    open(std::move(request));
    EXPECT_EQ(wait_end().kind, WsEnd::Kind::refused_by_egress) << url;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(WsClientTest, shutdown_ends_every_socket_once) {
  MisbehavingServer server([](Peer& peer) {
    const auto request = peer.read_request();
    if (!request) return;  // the client was gone before it asked
    peer.write(upgrade_answer(*request));
    peer.wait_closed();
  });
  use({server.origin()});
  WsRequest request;
  request.url = ws(server);
  open(std::move(request));
  client_.reset();
  wait_end();
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(socket_->send(true, "x"), WsSocket::Queued::closed);
}

TEST(WsFrame, close_reasons_are_cut_at_a_character) {
  const std::string reason(122, 'a');
  EXPECT_EQ(ws_close_payload(1000, reason + "\xc3\xbc").size(), 124U);
  EXPECT_EQ(ws_close_payload(1000, reason + "b").size(), 125U);
}

}  // namespace
}  // namespace commsd::net
