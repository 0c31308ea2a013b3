#include "net/misbehaving_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace commsd::net::testing {

TestIdentity make_identity(const std::string& host, long valid_from, long valid_to) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), valid_to);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const std::string alternative = "DNS:" + host;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate, key, EVP_sha256());

  TestIdentity identity;
  identity.context.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(identity.context.get(), certificate);
  SSL_CTX_use_PrivateKey(identity.context.get(), key);

  char path[] = "/tmp/commsd-test-ca-XXXXXX";
  const int fd = mkstemp(path);
  FILE* file = fdopen(fd, "w");
  PEM_write_X509(file, certificate);
  fclose(file);
  identity.ca_file = path;
  identity.removal = std::shared_ptr<void>(
      nullptr, [file_name = identity.ca_file](void*) { ::unlink(file_name.c_str()); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

MisbehavingServer::MisbehavingServer(Behaviour behaviour, SSL_CTX* tls)
    : behaviour_(std::move(behaviour)), tls_(tls) {
  signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_, 512) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no loopback socket");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        ::close(fd);
        return;
      }
      const int index = connections_++;
      open_.push_back(fd);
      threads_.emplace_back([this, fd, index] { serve(fd, index); });
    }
  });
}

MisbehavingServer::~MisbehavingServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

std::string MisbehavingServer::origin(const std::string& host) const {
  return std::string(tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_);
}

void MisbehavingServer::serve(int fd, int index) {
  Peer peer;
  peer.fd_ = fd;
  peer.index_ = index;
  peer.server_ = this;
  bool ready = true;
  if (tls_) {
    peer.tls_ = SSL_new(tls_);
    SSL_set_fd(peer.tls_, fd);
    ready = SSL_accept(peer.tls_) == 1;
  }
  if (ready) behaviour_(peer);
  if (peer.tls_) {
    if (peer.fd_ >= 0 && ready) SSL_shutdown(peer.tls_);
    SSL_free(peer.tls_);
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  if (peer.fd_ >= 0) ::close(fd);
}

std::string MisbehavingServer::Peer::read_some() {
  char bytes[16384];
  const long got = tls_ ? SSL_read(tls_, bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
  return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
}

std::optional<std::string> MisbehavingServer::Peer::read_request() {
  std::size_t head = std::string::npos;
  std::size_t body = 0;
  for (;;) {
    if (head == std::string::npos) {
      head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t length = buffer_.find("Content-Length: ");
        if (length != std::string::npos && length < head) {
          body = static_cast<std::size_t>(std::atoll(buffer_.c_str() + length + 16));
        }
        head += 4;
      }
    }
    if (head != std::string::npos && buffer_.size() >= head + body) {
      std::string request = buffer_.substr(0, head + body);
      buffer_.erase(0, head + body);
      ++server_->requests_;
      return request;
    }
    const std::string more = read_some();
    if (more.empty()) return std::nullopt;
    buffer_ += more;
  }
}

void MisbehavingServer::Peer::wait_readable() {
  pollfd wait{fd_, POLLIN, 0};
  ::poll(&wait, 1, 10000);
}

bool MisbehavingServer::Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const long sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void MisbehavingServer::Peer::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  const std::lock_guard lock(server_->mutex_);
  std::erase(server_->open_, fd_);
  ::close(fd_);
  fd_ = -1;
}

void MisbehavingServer::Peer::wait_closed() {
  while (!read_some().empty()) {
  }
}

std::string http_response(int status, std::string_view body, std::string_view more_headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more_headers) + "\r\n" + std::string(body);
}

}  // namespace commsd::net::testing
