#include "plugin/reaper.h"

#include <utility>

#include "telemetry/log.h"

namespace commsd::plugin {
namespace {
constexpr std::chrono::seconds kPatience{5};
}

Reaper::Reaper() : state_(std::make_shared<State>()) {
  std::thread([state = state_] { work(state); }).detach();
}

Reaper::~Reaper() {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  state_->wake.notify_all();
  if (!state_->wake.wait_for(lock, kPatience, [this] { return state_->ended; })) {
    log::error("plugin_destroy_hangs");
  }
}

void Reaper::Post::operator()(Job job) const {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->ended) {
      state_->jobs.push_back(std::move(job));
      state_->wake.notify_all();
      return;
    }
  }
  job();
}

void Reaper::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (true) {
    state->wake.wait(lock, [&state] { return state->closing || !state->jobs.empty(); });
    if (state->jobs.empty()) break;
    Job job = std::move(state->jobs.front());
    state->jobs.pop_front();
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
  }
  state->ended = true;
  state->wake.notify_all();
}

}  // namespace commsd::plugin
