#include <deque>

#include <openssl/evp.h>

#include "base/digest.h"
#include "plugin/services/session.h"
#include "plugin/services_fixture.h"

namespace commsd::plugin {
namespace {

using net::testing::http_response;
using net::testing::MisbehavingServer;
using testing::ServicesTest;
using Peer = MisbehavingServer::Peer;

std::string upgrade_answer(const std::string& request) {
  const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
  const std::string text =
      request.substr(at, request.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         base64_encode({reinterpret_cast<const char*>(digest), sizeof digest}) + "\r\n\r\n";
}

std::string frame(int first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else {
    bytes += static_cast<char>(126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  return bytes + std::string(payload);
}

/// A plugin's view of one socket.
struct Socket {
  comms_ws* ws = nullptr;
  comms_op* op = nullptr;
  int opened = 0;
  int closed = 0;
  int released = 0;
  std::string frames;
  comms_ws_close how{};
  comms_status on_frame = COMMS_PENDING;
  bool as_chunks = false;
  Completion<bool> ended;

  static comms_status on_opened(void* user, comms_ws* ws) {
    auto& self = *static_cast<Socket*>(user);
    ++self.opened;
    return kWsService.send(ws, 1, to_bytes(std::string_view("hello"))) == COMMS_OK ? COMMS_PENDING
                                                                                   : COMMS_INTERNAL;
  }
  static comms_status on_message(void* user, comms_ws*, std::int32_t, comms_bytes message) {
    auto& self = *static_cast<Socket*>(user);
    self.frames += view(message);
    if (self.as_chunks) {
      const comms_status taken = kResultService.chunk(self.op, message);
      return taken == COMMS_BACKPRESSURE ? COMMS_BACKPRESSURE : COMMS_PENDING;
    }
    return self.on_frame;
  }
  static comms_status on_closed(void* user, comms_ws*, const comms_ws_close* how) {
    auto& self = *static_cast<Socket*>(user);
    ++self.closed;
    self.how = *how;
    self.how.reason = {};
    return how->transport == COMMS_OK ? COMMS_OK : how->transport;
  }
  static void release(void* user) {
    auto& self = *static_cast<Socket*>(user);
    ++self.released;
    self.ended.complete(true);
  }
};

const comms_ws_events kEvents = {sizeof(comms_ws_events), 0, Socket::on_opened, Socket::on_message,
                                 Socket::on_closed};

class WsServiceTest : public ServicesTest {
 protected:
  comms_status connect(comms_op* op, comms_session* session, const std::string& url,
                       Socket& socket) {
    comms_ws_request request{};
    request.size = sizeof request;
    request.url = to_str(url);
    socket.op = op;
    return kWsService.connect(table(), op, session, &request, &kEvents, &socket, Socket::release,
                              &socket.ws);
  }
  static std::string ws(const MisbehavingServer& server) {
    return "ws" + server.url("/").substr(4);
  }
  static Task<bool> await(Completion<bool> completion) {
    const bool value = co_await completion;
    co_return value;
  }
};

TEST_F(WsServiceTest, an_op_ends_with_the_close_of_its_socket) {
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    peer.read_some();  // "hello"
    peer.write(frame(0x81, "one") + frame(0x81, "two") + frame(0x88, "\x03\xe8"));
    peer.wait_closed();
  });
  use(server.origin());
  Socket socket;
  const OpOutcome outcome =
      run_call([&](comms_op* op) { return connect(op, nullptr, ws(server), socket); });
  EXPECT_EQ(outcome.status, COMMS_OK);
  EXPECT_EQ(socket.opened, 1);
  EXPECT_EQ(socket.frames, "onetwo");
  EXPECT_EQ(socket.closed, 1);
  EXPECT_EQ(socket.released, 1);
  EXPECT_EQ(socket.how.code, 1000U);
}

TEST_F(WsServiceTest, a_final_status_from_a_frame_completes_the_op) {
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()) + frame(0x81, "done") + frame(0x81, "more"));
    peer.wait_closed();
  });
  use(server.origin());
  Socket socket;
  socket.on_frame = COMMS_REJECTED;
  const OpOutcome outcome =
      run_call([&](comms_op* op) { return connect(op, nullptr, ws(server), socket); });
  EXPECT_EQ(outcome.status, COMMS_REJECTED);
  EXPECT_EQ(socket.frames, "done");
  EXPECT_EQ(socket.closed, 0);
  EXPECT_EQ(socket.released, 1);
}

TEST_F(WsServiceTest, a_refused_upgrade_is_unavailable) {
  MisbehavingServer server([](Peer& peer) {
    peer.read_request();
    peer.write(http_response(403, ""));
  });
  use(server.origin());
  Socket socket;
  const OpOutcome outcome =
      run_call([&](comms_op* op) { return connect(op, nullptr, ws(server), socket); });
  EXPECT_EQ(outcome.status, COMMS_UNAVAILABLE);
  EXPECT_EQ(socket.how.http_status, 403);
  EXPECT_EQ(socket.released, 1);
}

TEST_F(WsServiceTest, refusals_come_at_once_and_still_release) {
  use("http://127.0.0.1:1");
  Socket socket;
  run_call([&](comms_op* op) {
    EXPECT_EQ(connect(op, nullptr, "wss://api.example.com/", socket), COMMS_DENIED);
    EXPECT_EQ(connect(op, nullptr, "", socket), COMMS_INVALID);
    EXPECT_EQ(connect(nullptr, nullptr, "ws://127.0.0.1:1/", socket), COMMS_INVALID);
    return COMMS_OK;
  });
  EXPECT_EQ(socket.released, 3);
  EXPECT_EQ(socket.closed, 0);
}

TEST_F(WsServiceTest, frames_wait_while_chunks_are_full) {
  const int count = 300;
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    for (int i = 0; i < count; ++i)
      peer.write(frame(0x82, std::string(5000, static_cast<char>(i))));
    peer.write(frame(0x88, ""));
    peer.wait_closed();
  });
  use(server.origin());
  Socket socket;
  socket.as_chunks = true;
  std::shared_ptr<Op> op;
  std::size_t taken = 0;
  OpRequest request;
  request.call = [&](comms_op* handle) { return connect(handle, nullptr, ws(server), socket); };
  request.on_chunk = [&](std::string_view piece) {
    taken += piece.size();
    executor_.post([&op] { op->resume_chunks(); });
    return false;
  };
  const auto task = [](OpRequest made, std::shared_ptr<Op>& started) -> Task<OpOutcome> {
    started = Op::start(std::move(made));
    OpOutcome outcome = co_await started->outcome();
    co_return outcome;
  };
  EXPECT_EQ(executor_.run(task(std::move(request), op)).status, COMMS_OK);
  EXPECT_EQ(taken, count * 5000U);
}

TEST_F(WsServiceTest, a_cancelled_op_hears_no_more) {
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()));
    peer.wait_closed();
  });
  use(server.origin());
  Socket socket;
  const OpOutcome outcome =
      run_call([&](comms_op* op) { return connect(op, nullptr, ws(server), socket); },
               std::chrono::milliseconds(100));
  EXPECT_EQ(outcome.status, COMMS_TIMEOUT);
  EXPECT_EQ(socket.closed, 0);
  EXPECT_EQ(socket.released, 1);
}

TEST_F(WsServiceTest, a_session_goes_on_until_it_is_closed) {
  MisbehavingServer server([](Peer& peer) {
    peer.write(upgrade_answer(*peer.read_request()) + frame(0x81, "partial"));
    peer.wait_closed();
  });
  use(server.origin());
  auto generation = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = generation;
  Socket socket;
  std::shared_ptr<Session> session;
  executor_.post([&] {
    session = Session::create(std::move(generation));
    EXPECT_EQ(connect(nullptr, session->handle(), ws(server), socket), COMMS_PENDING);
  });
  const auto until_frame = [](Socket& seen) -> Task<bool> {
    while (seen.frames.empty()) co_await sleep_for(std::chrono::milliseconds(1));
    co_return true;
  };
  executor_.run(until_frame(socket));
  EXPECT_EQ(socket.frames, "partial");
  EXPECT_EQ(socket.released, 0);
  executor_.post([&] {
    session->close();
    EXPECT_EQ(kWsService.send(socket.ws, 1, to_bytes(std::string_view("late"))), COMMS_UNAVAILABLE);
    session.reset();
  });
  executor_.run(await(socket.ended));
  EXPECT_EQ(socket.closed, 0);
  EXPECT_EQ(socket.released, 1);
  ws_.reset();
  executor_.run_ready();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace commsd::plugin
