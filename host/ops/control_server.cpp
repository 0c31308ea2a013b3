#include "ops/control_server.h"

#include <cerrno>
#include <cstring>
#include <future>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "ops/control_connection.h"
#include "telemetry/log.h"

namespace commsd::ops {

namespace {

/// Closes a descriptor on every path that does not keep it.
class Owned {
 public:
  explicit Owned(int descriptor) : descriptor_(descriptor) {}
  ~Owned() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

int make_socket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/// Removes a socket that nobody listens on: a server that was killed leaves one behind.
Result<void> make_room(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorCode::invalid_argument,
                path + " exists and is no socket: name another server.control_socket");
  }
  const Owned probe(make_socket());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(probe.get(), generic, sizeof address) == 0 || errno == EAGAIN) {
    return fail(ErrorCode::conflict, "another server listens at " + path +
                                         ": stop it, or name another server.control_socket");
  }
  ::unlink(path.c_str());
  return {};
}

bool is_allowed(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace

ControlServer::ControlServer(net::EventLoop& loop, const ControlRegistry& registry,
                             std::string path)
    : loop_(loop), registry_(registry), path_(std::move(path)) {}

ControlServer::~ControlServer() {
  if (listener_ >= 0) ::close(listener_);
}

Result<int> ControlServer::listen_at_path() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.empty() || path_.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::invalid_argument, "server.control_socket has " +
                                                 std::to_string(path_.size()) +
                                                 " bytes: a socket's path has 1 to 107");
  }
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (const auto room = make_room(path_, address); !room) return fail(room.error());

  Owned listener(make_socket());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  // the mode is set between bind and listen: until listen nobody can connect
  if (listener.get() < 0 || ::bind(listener.get(), generic, sizeof address) != 0 ||
      ::chmod(path_.c_str(), 0600) != 0 || ::listen(listener.get(), 16) != 0) {
    return fail(ErrorCode::unavailable, "the control socket " + path_ + " cannot be made (" +
                                            std::generic_category().message(errno) +
                                            "): its folder must exist and belong to this user");
  }
  return listener.release();
}

Result<void> ControlServer::start() {
  const Result<int> listener = listen_at_path();
  if (!listener) return fail(listener.error());
  listener_ = *listener;
  std::promise<void> added;
  loop_.post([this, &added] {
    loop_.add(listener_, EPOLLIN, *this);
    added.set_value();
  });
  added.get_future().wait();
  return {};
}

void ControlServer::on_events(std::uint32_t) {
  const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE) pause();
    return;
  }
  auto connection = std::make_shared<ControlConnection>(*this, descriptor);
  connections_.emplace(descriptor, connection);
  connection->start();
  Error error;
  if (!is_allowed(descriptor)) {
    log::warn("control_peer_refused");
    error.code = ErrorCode::permission_denied;
    error.message = "only the server's user and root may use the control socket";
    error.remedy = "Run commsctl as that user, for example with sudo -u commsd.";
    connection->refuse(error);
  } else if (connections_.size() > most_connections) {
    error.code = ErrorCode::unavailable;
    error.message = "too many control connections are open";
    connection->refuse(error);
  }
}

/// Out of descriptors: the listener stays readable and would keep the loop busy.
void ControlServer::pause() {
  loop_.remove(listener_);
  pause_timer_ = loop_.start_timer(std::chrono::seconds(1), [this] {
    pause_timer_ = 0;
    loop_.add(listener_, EPOLLIN, *this);
  });
}

void ControlServer::closed(int descriptor) {
  connections_.erase(descriptor);
}

Task<void> ControlServer::stop() {
  co_await resume_on(loop_);
  if (pause_timer_ != 0) loop_.cancel_timer(std::exchange(pause_timer_, 0));
  if (listener_ >= 0) {
    loop_.remove(listener_);
    ::unlink(path_.c_str());
    ::close(std::exchange(listener_, -1));
  }
  std::vector<std::shared_ptr<ControlConnection>> open;
  for (const auto& [descriptor, connection] : connections_) open.push_back(connection);
  for (const auto& connection : open) connection->close();
  co_await gate_.close();
}

}  // namespace commsd::ops
