#include "context.h"

#include <algorithm>

#include "allocation.h"

namespace comms::check {

void Context::add(Finding finding) {
  const allocation::HostSide side;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::find(told_.begin(), told_.end(), finding.what) != told_.end()) return;
  told_.push_back(finding.what);
  if (finding.level == Level::failure) failed_ = true;
  listener_.found(finding);
}

void Context::fail(const Rule& rule, const std::string& what) {
  add({Level::failure, what, rule.contract, rule.remedy});
}

void Context::warn(const Rule& rule, const std::string& what) {
  add({Level::warning, what, rule.contract, rule.remedy});
}

void Context::note(const std::string& what) {
  add({Level::note, what, {}, {}});
}

void Context::not_tried(const std::string& what, const std::string& remedy) {
  add({Level::skipped, what, {}, remedy});
}

void Context::step(const std::string& what) {
  const allocation::HostSide side;
  const std::lock_guard<std::mutex> lock(mutex_);
  listener_.step(what);
}

void Context::fact(const std::string& key, const std::string& value) {
  const allocation::HostSide side;
  const std::lock_guard<std::mutex> lock(mutex_);
  listener_.fact(key, value);
}

}  // namespace comms::check
