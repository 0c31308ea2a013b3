#include "ctl/control_client.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/json.h"
#include "base/json_writer.h"

namespace commsd::ctl {

namespace {

constexpr timeval longest_wait{120, 0};
constexpr std::size_t largest_answer = 256 << 20;

tl::unexpected<Error> no_connection(const std::string& path, int reason) {
  if (reason == EACCES || reason == EPERM) {
    return fail(make_error(ErrorCode::permission_denied, "this user may not use the socket " + path,
                           "Run commsctl as the server's user or as root, for example with sudo."));
  }
  return fail(make_error(
      ErrorCode::unavailable,
      "no server answers at " + path + " (" + std::generic_category().message(reason) + ")",
      "Start it with 'systemctl start commsd' or 'commsd --config FILE'. If it runs, "
      "name its server.control_socket with --socket PATH, or its file with --config."));
}

ErrorCode code_named(std::string_view name) {
  for (int number = 1; number <= static_cast<int>(ErrorCode::internal); ++number) {
    const auto code = static_cast<ErrorCode>(number);
    if (to_string(code) == name) return code;
  }
  return ErrorCode::internal;
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(make_error(ErrorCode::invalid_argument, "the socket path " + path + " is too long",
                           "A socket's path has at most 107 bytes."));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  ControlClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(client.descriptor_, SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof longest_wait);
  ::setsockopt(client.descriptor_, SOL_SOCKET, SO_SNDTIMEO, &longest_wait, sizeof longest_wait);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (client.descriptor_ < 0 || ::connect(client.descriptor_, generic, sizeof address) != 0) {
    return no_connection(path, errno);
  }
  return client;
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

ControlClient::~ControlClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

pid_t ControlClient::server_process() const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return peer.pid;
}

Result<std::string> ControlClient::ask(std::string_view command, const std::string& arguments) {
  JsonWriter request;
  request.begin_object().field("command", command);
  request.raw_field("arguments", arguments).end_object();
  const std::string line = request.take() + '\n';
  std::size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t part = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) break;  // the server may have said why before it closed
    sent += static_cast<std::size_t>(part);
  }

  const Result<std::string> answer = read_line();
  if (!answer) return fail(answer.error());
  const Result<JsonDocument> document = JsonDocument::parse(*answer);
  if (!document) {
    return fail(make_error(ErrorCode::internal, "the server's answer is not JSON",
                           "Is another program listening there?"));
  }
  if (const auto error = document->root().get("error")) {
    return fail(make_error(code_named(error->string("code").value_or("")),
                           std::string(error->string("message").value_or("the server failed")),
                           std::string(error->string("remedy").value_or(""))));
  }
  const auto result = document->root().get("result");
  return result ? result->to_string() : std::string("null");
}

Result<std::string> ControlClient::read_line() {
  for (;;) {
    const std::size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char chunk[65536];
    const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return fail(make_error(ErrorCode::timeout, "the server has not answered for two minutes",
                             "Look at its log; whether the command was done is not known."));
    }
    if (got <= 0 || buffer_.size() > largest_answer) {
      return fail(make_error(ErrorCode::unavailable, "the server closed the connection",
                             "It may be stopping; look at its log."));
    }
    buffer_.append(chunk, static_cast<std::size_t>(got));
  }
}

}  // namespace commsd::ctl
