#include "mcp/session.h"

#include <algorithm>
#include <utility>

#include "net/event_stream.h"

namespace commsd::mcp {

Session::Running::Running(std::shared_ptr<Session> session, std::string id_json)
    : session_(std::move(session)), id_json_(std::move(id_json)) {
  const std::lock_guard lock(session_->mutex_);
  session_->running_.push_back(this);
}

Session::Running::~Running() {
  const std::lock_guard lock(session_->mutex_);
  std::erase(session_->running_, this);
}

std::size_t Session::running() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

bool Session::cancel(std::string_view id_json) {
  // The sources are copied out, because a callback of one may end its request and come back here.
  std::vector<std::stop_source> sources;
  {
    const std::lock_guard lock(mutex_);
    for (const Running* running : running_) {
      if (running->id_json_ == id_json) sources.push_back(running->source_);
    }
  }
  for (std::stop_source& source : sources) source.request_stop();
  return !sources.empty();
}

void Session::cancel_all() {
  std::vector<std::stop_source> sources;
  {
    const std::lock_guard lock(mutex_);
    for (const Running* running : running_) sources.push_back(running->source_);
  }
  for (std::stop_source& source : sources) source.request_stop();
}

bool Session::reserve_stream() {
  const std::lock_guard lock(mutex_);
  if (stream_reserved_ || (stream_ && !stream_->closed())) return false;
  stream_reserved_ = true;
  return true;
}

void Session::attach(std::shared_ptr<net::EventStream> stream) {
  const std::lock_guard lock(mutex_);
  stream_ = std::move(stream);
  stream_reserved_ = false;
}

void Session::detach(const net::EventStream* stream) {
  const std::lock_guard lock(mutex_);
  if (stream_.get() == stream) stream_.reset();
}

std::shared_ptr<net::EventStream> Session::stream() const {
  const std::lock_guard lock(mutex_);
  return stream_;
}

UnixMillis Session::last_used() const {
  const std::lock_guard lock(mutex_);
  return last_used_;
}

void Session::touch(UnixMillis now) {
  const std::lock_guard lock(mutex_);
  last_used_ = now;
}

bool Session::idle() const {
  const std::lock_guard lock(mutex_);
  return running_.empty() && !stream_ && !stream_reserved_;
}

}  // namespace commsd::mcp
