#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "server_fixture.h"

namespace commsd::net {
namespace {

/// A self-signed certificate made for the test by the openssl tool.
class TlsServerTest : public ServerFixture {
 protected:
  TlsServerTest() {
    directory_ =
        std::filesystem::temp_directory_path() / ("commsd-tls-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    options.tls_certificate = directory_ / "certificate.pem";
    options.tls_key = directory_ / "key.pem";
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        " -subj /CN=localhost -keyout " +
        options.tls_key + " -out " + options.tls_certificate + " 2>/dev/null";
    made_ = std::system(command.c_str()) == 0;
    options.addresses = {{"127.0.0.1", 0, true}};
  }
  ~TlsServerTest() override {
    server.reset();
    std::filesystem::remove_all(directory_);
  }

  /// TLS over a RawClient's socket.
  class Session {
   public:
    explicit Session(std::uint16_t port, const unsigned char* protocols = nullptr,
                     unsigned size = 0)
        : client_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
      SSL_set_fd(ssl_, client_.descriptor());
      if (protocols != nullptr) SSL_set_alpn_protos(ssl_, protocols, size);
      connected_ = SSL_connect(ssl_) == 1;
    }
    ~Session() {
      SSL_free(ssl_);
      SSL_CTX_free(context_);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    bool connected() const { return connected_; }
    std::string protocol() const {
      const unsigned char* name = nullptr;
      unsigned size = 0;
      SSL_get0_alpn_selected(ssl_, &name, &size);
      return {reinterpret_cast<const char*>(name), size};
    }
    void send(std::string_view text) {
      SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    }
    std::string read_all() {
      std::string all;
      std::array<char, 16384> chunk;
      int got = 0;
      while ((got = SSL_read(ssl_, chunk.data(), chunk.size())) > 0)
        all.append(chunk.data(), static_cast<std::size_t>(got));
      clean_end = SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN;
      return all;
    }
    bool clean_end = false;

   private:
    RawClient client_;
    SSL_CTX* context_;
    SSL* ssl_;
    bool connected_ = false;
  };

  std::filesystem::path directory_;
  bool made_ = false;
};

TEST_F(TlsServerTest, ServesAndEndsCleanly) {
  ASSERT_TRUE(made_);
  router.add("POST", "/size", [](HttpExchange& exchange) -> Task<void> {
    EXPECT_TRUE(exchange.over_tls());
    exchange.respond(200, {}, std::to_string(exchange.body().size()) + std::string(500'000, '.'));
    co_return;
  });
  start();
  const unsigned char protocols[] = "\x02h2\x08http/1.1";
  Session session(server->port(), protocols, sizeof protocols - 1);
  ASSERT_TRUE(session.connected());
  EXPECT_EQ(session.protocol(), "http/1.1");
  session.send("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" +
               std::string(200'000, 'x'));
  session.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = session.read_all();
  EXPECT_NE(all.find("200000..."), std::string::npos);
  EXPECT_EQ(all.substr(all.size() - 5), "hello");
  EXPECT_TRUE(session.clean_end);
}

TEST_F(TlsServerTest, PipelinedRecordsBehindASuspendedHandlerAreNotForgotten) {
  ASSERT_TRUE(made_);
  router.add("GET", "/later", [](HttpExchange& exchange) -> Task<void> {
    co_await sleep_for(std::chrono::milliseconds(30));
    exchange.respond(200, {}, "later");
  });
  start();
  Session session(server->port());
  ASSERT_TRUE(session.connected());
  session.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  session.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  session.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = session.read_all();
  EXPECT_EQ(all.substr(all.size() - 5), "hello");
}

TEST_F(TlsServerTest, PartOfARecordStallsNobody) {
  ASSERT_TRUE(made_);
  options.head_deadline = std::chrono::milliseconds(400);
  start();
  std::vector<RawClient> partial;
  for (int i = 0; i < 20; ++i) {
    partial.push_back(connect());
    partial.back().send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8));
  }
  for (int i = 0; i < 5; ++i) {
    Session session(server->port());
    ASSERT_TRUE(session.connected());
    session.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_NE(session.read_all().find("hello"), std::string::npos);
  }
  for (RawClient& client : partial) EXPECT_TRUE(client.at_end());
}

TEST_F(TlsServerTest, PlainHttpOnATlsPortIsEnded) {
  ASSERT_TRUE(made_);
  start();
  RawClient client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_until("hello"), "");
}

TEST_F(TlsServerTest, AClientThatOffersOnlyHttp2IsTold) {
  ASSERT_TRUE(made_);
  start();
  const unsigned char protocols[] = "\x02h2";
  Session session(server->port(), protocols, sizeof protocols - 1);
  EXPECT_FALSE(session.connected());
}

}  // namespace
}  // namespace commsd::net
