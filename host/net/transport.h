#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <Poco/Net/StreamSocket.h>
#include <openssl/ssl.h>

namespace commsd::net {

/// A connected, non-blocking byte stream: TCP, or TLS over it. One thread.
class Transport {
 public:
  enum class Status {
    ok,      // `bytes` were moved, at least one
    again,   // not now: wait for the descriptor (see wants_write())
    closed,  // the peer has ended its side
    failed,  // broken
  };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
  };

  virtual ~Transport() = default;
  virtual Outcome read(char* buffer, std::size_t size) = 0;
  virtual Outcome write(std::string_view data) = 0;
  /// True when read() has bytes that epoll does not know of.
  virtual bool pending() const { return false; }
  /// True when read() or the handshake waits for the descriptor to be writable.
  virtual bool wants_write() const { return false; }
  virtual bool encrypted() const { return false; }
  /// Ends our side; the peer's may still be read.
  virtual void shutdown_write() = 0;
  virtual int descriptor() const = 0;
};

/// A socket from accept4(): Poco's own accept makes four more system calls and throws on EAGAIN.
class AcceptedSocket final : public Poco::Net::StreamSocket {
 public:
  /// Takes ownership of `descriptor`, which must be non-blocking.
  explicit AcceptedSocket(int descriptor);
  int descriptor() const { return sockfd(); }
};

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(AcceptedSocket socket) : socket_(std::move(socket)) {}
  Outcome read(char* buffer, std::size_t size) override;
  Outcome write(std::string_view data) override;
  void shutdown_write() override;
  int descriptor() const override { return socket_.descriptor(); }

 private:
  AcceptedSocket socket_;
};

/// The server's end of TLS on a non-blocking SSL*. Why not Poco::Net::SecureStreamSocket: on 1.11
/// setBlocking(false) does not reach the inner socket, so that eight bytes of a record stop the
/// whole loop (poco issue 822).
class TlsTransport final : public Transport {
 public:
  /// Throws std::bad_alloc when OpenSSL has no memory.
  TlsTransport(AcceptedSocket socket, SSL_CTX& context);
  Outcome read(char* buffer, std::size_t size) override;
  Outcome write(std::string_view data) override;
  bool pending() const override;
  bool wants_write() const override { return wants_write_; }
  bool encrypted() const override { return true; }
  void shutdown_write() override;
  int descriptor() const override { return socket_.descriptor(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Outcome outcome(int result);

  AcceptedSocket socket_;
  std::unique_ptr<SSL, Free> ssl_;
  bool wants_write_ = false;
  bool broken_ = false;
};

}  // namespace commsd::net
