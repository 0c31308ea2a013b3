#include "ops/control_server.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/json.h"
#include "net/event_loops.h"

namespace commsd::ops {
namespace {

/// A plain blocking client.
class Client {
 public:
  explicit Client(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ =
        ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(const std::string& text) const {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t part =
          ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (part <= 0) return;
      sent += static_cast<std::size_t>(part);
    }
  }
  void end() const { ::shutdown(descriptor_, SHUT_WR); }
  /// The next line; empty when the server closed.
  std::string line() {
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      char chunk[65536];
      const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
      if (got <= 0) return {};
      buffer_.append(chunk, static_cast<std::size_t>(got));
    }
  }
  std::string ask(const std::string& text) {
    send(text + "\n");
    return line();
  }

 private:
  int descriptor_;
  bool connected_ = false;
  std::string buffer_;
};

class ControlServerTest : public testing::Test {
 protected:
  ControlServerTest() {
    char folder[] = "/tmp/commsd-control-XXXXXX";
    folder_ = ::mkdtemp(folder);
    registry_.add("echo", "Says it again.", [](JsonValue arguments) -> Task<Result<std::string>> {
      co_return arguments.to_string();
    });
    registry_.add("later", "Answers after a moment.",
                  [](JsonValue arguments) -> Task<Result<std::string>> {
                    co_await sleep_for(std::chrono::milliseconds(20));
                    co_return arguments.to_string();
                  });
    registry_.add("large", "A large answer.", [](JsonValue) -> Task<Result<std::string>> {
      co_return "\n\"" + std::string(3000000, 'x') + "\"";
    });
    registry_.add("fails", "Fails.", [](JsonValue) -> Task<Result<std::string>> {
      Error error;
      error.code = ErrorCode::not_found;
      error.message = "no agent 'a1'";
      error.cause = "select failed";
      error.remedy = "See commsctl agents list.";
      co_return fail(error);
    });
    registry_.add("throws", "Throws.", [](JsonValue) -> Task<Result<std::string>> {
      throw std::runtime_error("boom");
      co_return std::string();
    });
  }
  ~ControlServerTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/control.sock"; }

  void stop(ControlServer& server) {
    std::promise<void> stopped;
    const auto run = [](ControlServer& target, std::promise<void>& done) -> Task<void> {
      co_await target.stop();
      done.set_value();
    };
    spawn(loops_.at(0), run(server, stopped));
    stopped.get_future().wait();
  }

  std::string folder_;
  ControlRegistry registry_;
  net::EventLoops loops_{1};
};

TEST_F(ControlServerTest, AnswersCommandsInOrder) {
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  {
    Client client(path());
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.ask(R"({"command":"echo","arguments":{"a":[1,"x"]}})"),
              R"({"result":{"a":[1,"x"]}})");
    client.send(R"({"command":"later","arguments":{"n":1}})"
                "\n"
                R"({"command":"echo","arguments":{"n":2}})"
                "\n"
                R"({"command":"echo"})"
                "\n");
    client.end();  // half-closed: answers still come
    EXPECT_EQ(client.line(), R"({"result":{"n":1}})");
    EXPECT_EQ(client.line(), R"({"result":{"n":2}})");
    EXPECT_EQ(client.line(), R"({"result":{}})");
    EXPECT_EQ(client.line(), "");
  }
  stop(server);
  EXPECT_NE(::stat(path().c_str(), &status), 0);
}

TEST_F(ControlServerTest, TellsErrorsWithoutTheirCause) {
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  Client client(path());
  EXPECT_EQ(client.ask(R"({"command":"fails"})"),
            R"({"error":{"code":"not_found","message":"no agent 'a1'",)"
            R"("remedy":"See commsctl agents list."}})");
  EXPECT_EQ(client.ask(R"({"command":"throws"})"),
            R"({"error":{"code":"internal","message":"the command failed; the server's log says )"
            R"(why"}})");
  EXPECT_EQ(client.ask(R"({"command":"ecko"})"),
            R"({"error":{"code":"not_found","message":"the server has no command 'ecko'",)"
            R"("remedy":"Did you mean 'echo'?"}})");
  stop(server);
}

TEST_F(ControlServerTest, SendsLargeAnswersAsOneLine) {
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  Client client(path());
  const std::string line = client.ask(R"({"command":"large"})");
  EXPECT_EQ(line.size(), 3000000U + 14);
  EXPECT_EQ(client.ask(R"({"command":"echo"})"), R"({"result":{}})");
  stop(server);
}

TEST_F(ControlServerTest, ClosesAfterWhatIsNoRequest) {
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  for (const std::string& text :
       {std::string("GET / HTTP/1.1"), std::string("[]"), std::string("{}"), std::string("{"),
        std::string(R"({"command":7})"), std::string(R"({"command":"echo","arguments":[]})")}) {
    Client client(path());
    EXPECT_NE(client.ask(text).find("invalid_argument"), std::string::npos) << text;
    EXPECT_EQ(client.ask(R"({"command":"echo"})"), "") << text;
  }
  Client client(path());
  client.send(std::string(ControlServer::longest_line + 70000, 'x'));
  EXPECT_NE(client.line().find("too_large"), std::string::npos);
  stop(server);
}

TEST_F(ControlServerTest, LimitsOpenConnections) {
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t number = 0; number < ControlServer::most_connections; ++number) {
    clients.push_back(std::make_unique<Client>(path()));
    EXPECT_EQ(clients.back()->ask(R"({"command":"echo"})"), R"({"result":{}})");
  }
  Client one_more(path());
  EXPECT_NE(one_more.line().find("too many"), std::string::npos);
  clients.pop_back();
  std::string answer;
  while (answer != R"({"result":{}})") {  // until the server has seen the other one go
    Client next(path());
    answer = next.ask(R"({"command":"echo"})");
  }
  stop(server);
}

TEST_F(ControlServerTest, TakesOverAStaleSocketButNotALiveOneOrAFile) {
  ControlServer first(loops_.at(0), registry_, path());
  ASSERT_TRUE(first.start());
  ControlServer second(loops_.at(0), registry_, path());
  const Result<void> refused = second.start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find(path()), std::string::npos);
  stop(first);

  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path().data(), path().size());
  ASSERT_EQ(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(stale);
  ASSERT_TRUE(second.start());
  EXPECT_EQ(Client(path()).ask(R"({"command":"echo"})"), R"({"result":{}})");
  stop(second);

  std::ofstream(path()) << "precious";
  ControlServer third(loops_.at(0), registry_, path());
  EXPECT_EQ(third.start().error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(std::filesystem::exists(path()));
  ControlServer nowhere(loops_.at(0), registry_, folder_ + "/none/control.sock");
  EXPECT_EQ(nowhere.start().error().code, ErrorCode::unavailable);
  ControlServer long_path(loops_.at(0), registry_, "/" + std::string(200, 'x'));
  EXPECT_EQ(long_path.start().error().code, ErrorCode::invalid_argument);
}

TEST_F(ControlServerTest, StopWaitsForRunningCommands) {
  bool ended = false;
  std::promise<void> began;
  registry_.add("slow", "Slow.", [&](JsonValue) -> Task<Result<std::string>> {
    began.set_value();
    co_await sleep_for(std::chrono::milliseconds(50));
    ended = true;
    co_return "1";
  });
  ControlServer server(loops_.at(0), registry_, path());
  ASSERT_TRUE(server.start());
  Client client(path());
  client.send("{\"command\":\"slow\"}\n");
  began.get_future().wait();
  stop(server);
  EXPECT_TRUE(ended);
  EXPECT_EQ(client.line(), "");
}

using ControlRegistryDeathTest = ControlServerTest;
TEST_F(ControlRegistryDeathTest, ANameGivenTwiceEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(registry_.add("echo", "Again.", nullptr), "control_command_registered_twice");
}

}  // namespace
}  // namespace commsd::ops
