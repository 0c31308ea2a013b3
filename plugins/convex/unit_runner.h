#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>

#include "deployment.h"

namespace convex_plugin {

/// Runs one group of units and tells what became of each.
class UnitRunner {
 public:
  UnitRunner(const Deployment& deployment, const Settings& settings, const comms::Crypto& crypto,
             const comms_unit* units, comms::UnitSink& results)
      : deployment_(deployment),
        settings_(settings),
        crypto_(crypto),
        units_(units),
        results_(results) {}

  /// Those from `begin` to before `end` in one mutation, which is one transaction; where that is
  /// more than Convex takes, in two, for each unit stands for itself. Throws comms::Error: the
  /// units of which nothing was told were not saved, or that is not known.
  void run(std::size_t begin, std::size_t end);
  /// Whether a unit was told that it is saved: then the group did not fail as a whole.
  bool has_saved() const { return has_saved_; }

 private:
  void attempt(std::size_t begin, std::size_t end);
  void tell(std::size_t unit, const comms::JsonNode& outcome);

  const Deployment& deployment_;
  const Settings& settings_;
  const comms::Crypto& crypto_;
  const comms_unit* units_;
  comms::UnitSink& results_;
  bool has_saved_ = false;
};

}  // namespace convex_plugin
