#include "ops/control_connection.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "base/json.h"
#include "base/json_writer.h"
#include "config/nearest.h"
#include "ops/control_server.h"
#include "telemetry/log.h"

namespace commsd::ops {

namespace {

constexpr std::chrono::minutes longest_idleness{5};

std::string error_line(const Error& error) {
  JsonWriter out;
  out.begin_object().key("error").begin_object();
  out.field("code", to_string(error.code)).field("message", error.message);
  if (!error.remedy.empty()) out.field("remedy", error.remedy);
  out.end_object().end_object();
  return out.take();
}

Error unknown_command(std::string_view name, const ControlRegistry& registry) {
  std::vector<std::string_view> names;
  for (const auto& [known, command] : registry.commands()) names.push_back(known);
  const std::string_view nearest = config::nearest_name(name, names);
  return make_error(ErrorCode::not_found, "the server has no command '" + std::string(name) + "'",
                    nearest.empty() ? "Perhaps it is of another version than commsctl."
                                    : "Did you mean '" + std::string(nearest) + "'?");
}

}  // namespace

ControlConnection::ControlConnection(ControlServer& server, int descriptor)
    : server_(server), descriptor_(descriptor) {}

ControlConnection::~ControlConnection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ControlConnection::start() {
  server_.loop_.add(descriptor_, EPOLLIN, *this);
  watch_idleness();
}

void ControlConnection::refuse(const Error& error) {
  output_ += error_line(error) + '\n';
  close_when_sent_ = true;
  write();
}

void ControlConnection::close() {
  if (descriptor_ < 0) return;
  const std::shared_ptr<ControlConnection> self = shared_from_this();  // the server lets go below
  if (idle_timer_ != 0) server_.loop_.cancel_timer(idle_timer_);
  idle_timer_ = 0;
  server_.loop_.remove(descriptor_);
  ::close(descriptor_);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  server_.closed(descriptor);
}

void ControlConnection::on_events(std::uint32_t events) {
  const std::shared_ptr<ControlConnection> self = shared_from_this();
  if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && (events & EPOLLIN) == 0)) {
    return close();
  }
  if ((events & EPOLLOUT) != 0) write();
  if (descriptor_ >= 0 && (events & EPOLLIN) != 0 && !busy_) read();
}

void ControlConnection::read() {
  char buffer[16384];
  const ssize_t got = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return close();
  if (got == 0) {
    peer_is_done_ = true;
    if (output_.empty()) return close();
    close_when_sent_ = true;
    return update_interest();
  }
  input_.append(buffer, static_cast<std::size_t>(got));
  watch_idleness();
  take_line();
}

void ControlConnection::take_line() {
  if (busy_ || close_when_sent_) return;
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos) {
    if (input_.size() <= ControlServer::longest_line) return;
    return refuse(make_error(ErrorCode::too_large, "the request is longer than 1 MB"));
  }
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 1);
  busy_ = true;
  update_interest();
  spawn(server_.loop_, answer(shared_from_this(), std::move(line)));
}

Task<void> ControlConnection::answer(std::shared_ptr<ControlConnection> self, std::string line) {
  const std::optional<Gate::Pass> pass = self->server_.gate_.enter();
  if (!pass) co_return;
  std::string text = co_await self->run(line);
  self->busy_ = false;
  if (self->descriptor_ < 0) co_return;
  self->output_ += text + '\n';
  self->watch_idleness();
  self->write();
  if (self->descriptor_ >= 0) self->take_line();
}

Task<std::string> ControlConnection::run(const std::string& line) {
  const Result<JsonDocument> document = JsonDocument::parse(line);
  const auto name = document ? document->root().string("command") : std::nullopt;
  auto arguments = document ? document->root().get("arguments") : std::nullopt;
  if (!name || (arguments && !arguments->is_object())) {
    close_when_sent_ = true;
    co_return error_line(make_error(ErrorCode::invalid_argument,
                                    "a request is {\"command\":NAME,\"arguments\":{...}}"));
  }
  const ControlRegistry::Command* command = server_.registry_.find(*name);
  if (!command) co_return error_line(unknown_command(*name, server_.registry_));

  const Result<JsonDocument> none = JsonDocument::parse("{}");
  const JsonValue given = arguments ? *arguments : none->root();
  Result<std::string> result = fail(ErrorCode::internal, "the command failed");
  try {
    result = co_await command->handler(given);
  } catch (const std::exception& problem) {
    result =
        fail(ErrorCode::internal, "the command failed; the server's log says why", problem.what());
  }
  log::info("control_command",
            {{"command", *name}, {"result", result ? "ok" : to_string(result.error().code)}});
  if (!result) {
    if (!result.error().cause.empty()) {
      log::warn("control_command_failed", {{"command", *name}, {"cause", result.error().cause}});
    }
    co_return error_line(result.error());
  }
  // a line feed in JSON text is white space, but here it ends the answer
  std::replace(result->begin(), result->end(), '\n', ' ');
  co_return "{\"result\":" + *result + "}";
}

void ControlConnection::write() {
  while (!output_.empty()) {
    const ssize_t sent = ::send(descriptor_, output_.data(), output_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) return close();
    output_.erase(0, static_cast<std::size_t>(sent));
  }
  if (output_.empty() && close_when_sent_) return close();
  update_interest();
}

void ControlConnection::update_interest() {
  std::uint32_t events = 0;
  if (!busy_ && !close_when_sent_ && !peer_is_done_) events |= EPOLLIN;
  if (!output_.empty()) events |= EPOLLOUT;
  server_.loop_.modify(descriptor_, events);
}

void ControlConnection::watch_idleness() {
  if (idle_timer_ != 0) server_.loop_.cancel_timer(idle_timer_);
  idle_timer_ = server_.loop_.start_timer(longest_idleness, [this] {
    idle_timer_ = 0;
    if (busy_) return watch_idleness();
    close();
  });
}

}  // namespace commsd::ops
