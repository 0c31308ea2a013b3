#include "plugin/services/session.h"

#include <algorithm>
#include <utility>

namespace commsd::plugin {

Session::Session(std::shared_ptr<const void> generation)
    : generation_(std::move(generation)), executor_(Executor::current()) {}

std::shared_ptr<Session> Session::create(std::shared_ptr<const void> generation) {
  return std::shared_ptr<Session>(new Session(std::move(generation)));
}

Session::~Session() {
  close();
}

void Session::close() {
  closed_ = true;
  const auto parts = std::move(parts_);
  parts_.clear();
  for (const auto& part : parts) part->cancel();
}

void Session::part_began(std::shared_ptr<Part> part) {
  parts_.push_back(std::move(part));
}

void Session::part_ended(const Part* part) {
  std::erase_if(parts_, [part](const auto& mine) { return mine.get() == part; });
}

}  // namespace commsd::plugin
