#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

namespace commsd::net::testing {

/// A certificate with its key, signed by itself, so that its PEM doubles as the trust anchor.
struct TestIdentity {
  std::shared_ptr<SSL_CTX> context;
  std::string ca_file;
  std::shared_ptr<void> removal;  // takes the file away with the last copy
};
/// `valid_from` and `valid_to` in seconds from now.
TestIdentity make_identity(const std::string& host, long valid_from, long valid_to);

/// A server on a real loopback socket that does exactly what a test tells it to, one thread per
/// connection: the peers that vendors' load balancers sometimes are.
class MisbehavingServer {
 public:
  class Peer {
   public:
    int index() const { return index_; }  // 0 for the first connection
    /// One whole request, head and Content-Length body; empty when the peer went away.
    std::optional<std::string> read_request();
    /// Waits until there is something to read, and leaves it there.
    void wait_readable();
    /// False once the client is gone.
    bool write(std::string_view bytes);
    std::string read_some();  // empty at the end
    void reset();             // RST instead of FIN
    /// Returns when the client has closed or the server is being destroyed.
    void wait_closed();

   private:
    friend MisbehavingServer;
    int fd_ = -1;
    SSL* tls_ = nullptr;
    int index_ = 0;
    std::string buffer_;
    MisbehavingServer* server_ = nullptr;
  };
  using Behaviour = std::function<void(Peer& peer)>;

  explicit MisbehavingServer(Behaviour behaviour, SSL_CTX* tls = nullptr);
  ~MisbehavingServer();

  std::uint16_t port() const { return port_; }
  std::string origin(const std::string& host = "127.0.0.1") const;
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return origin(host) + path;
  }
  int connections() const { return connections_; }
  int requests() const { return requests_; }  // whole ones

 private:
  void serve(int fd, int index);

  Behaviour behaviour_;
  SSL_CTX* tls_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A complete response.
std::string http_response(int status, std::string_view body, std::string_view more_headers = "");

}  // namespace commsd::net::testing
