#include "net/transport.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <sys/socket.h>

#include <Poco/Net/StreamSocketImpl.h>
#include <openssl/err.h>

namespace commsd::net {

namespace {

Transport::Outcome outcome_of(ssize_t result) {
  if (result > 0) return {Transport::Status::ok, static_cast<std::size_t>(result)};
  if (result == 0) return {Transport::Status::closed};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {Transport::Status::again};
  return {Transport::Status::failed};
}

}  // namespace

AcceptedSocket::AcceptedSocket(int descriptor)
    : StreamSocket(new Poco::Net::StreamSocketImpl(descriptor)) {}

Transport::Outcome PlainTransport::read(char* buffer, std::size_t size) {
  return outcome_of(recv(descriptor(), buffer, size, 0));
}

Transport::Outcome PlainTransport::write(std::string_view data) {
  return outcome_of(send(descriptor(), data.data(), data.size(), MSG_NOSIGNAL));
}

void PlainTransport::shutdown_write() {
  shutdown(descriptor(), SHUT_WR);
}

TlsTransport::TlsTransport(AcceptedSocket socket, SSL_CTX& context)
    : socket_(std::move(socket)), ssl_(SSL_new(&context)) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.descriptor()) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
}

Transport::Outcome TlsTransport::outcome(int result) {
  wants_write_ = false;
  if (result > 0) return {Status::ok, static_cast<std::size_t>(result)};
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return {Status::again};
  if (error == SSL_ERROR_WANT_WRITE) {
    wants_write_ = true;
    return {Status::again};
  }
  if (error == SSL_ERROR_ZERO_RETURN) return {Status::closed};
  broken_ = true;
  return {Status::failed};
}

Transport::Outcome TlsTransport::read(char* buffer, std::size_t size) {
  if (broken_) return {Status::failed};
  ERR_clear_error();
  return outcome(
      SSL_read(ssl_.get(), buffer, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
}

Transport::Outcome TlsTransport::write(std::string_view data) {
  if (broken_) return {Status::failed};
  ERR_clear_error();
  return outcome(SSL_write(ssl_.get(), data.data(),
                           static_cast<int>(std::min<std::size_t>(data.size(), INT_MAX))));
}

bool TlsTransport::pending() const {
  return SSL_has_pending(ssl_.get()) == 1;
}

void TlsTransport::shutdown_write() {
  if (!broken_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  shutdown(descriptor(), SHUT_WR);
}

}  // namespace commsd::net
