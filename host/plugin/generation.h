#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include <comms/comms.h>

#include "base/result.h"
#include "base/task.h"
#include "plugin/blocking_lane.h"
#include "plugin/host_factory.h"
#include "plugin/loaded_plugin.h"
#include "plugin/manifest.h"
#include "plugin/reaper.h"
#include "plugin/services/op.h"

namespace commsd::plugin {

/// One instance of a plugin with one configuration: the unit of a swap. Whoever holds a pointer to
/// it may call its tables; when the last pointer goes, the reaper destroys the instance.
/// [any thread], the plugin's functions by their own thread rules.
class Generation : public std::enable_shared_from_this<Generation> {
 public:
  struct Parts {
    std::shared_ptr<const LoadedPlugin> plugin;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const comms_host> host;
    Reaper::Post destroy_later;  // runs the destructor off the event loops
    std::string provider;        // the configured name
    std::string sha256;          // of the file
    std::string config_json;     // holds secrets
    std::uint64_t number = 0;
  };

  /// Blocks for at most `limit`: create() runs on a thread that is left behind when it hangs, and
  /// the error is timeout then. Other errors as LoadedPlugin::create and check_slots.
  static Result<std::shared_ptr<Generation>> make(Parts parts, std::chrono::milliseconds limit);

  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  const Manifest& manifest() const { return *parts_.manifest; }
  const std::string& provider() const { return parts_.provider; }
  const std::string& sha256() const { return parts_.sha256; }
  const std::string& config_json() const { return parts_.config_json; }
  std::uint64_t number() const { return parts_.number; }
  void* self() const { return self_; }

  /// Null when the slot is not offered. Table is one of the structs of comms/slot/.
  template <typename Table>
  const Table* table(std::string_view slot_id) const {
    return static_cast<const Table*>(raw_table(slot_id));
  }
  /// True when the manifest lists the operation, which was checked against the table at load.
  bool offers(std::string_view slot_id, std::string_view op) const;

  /// How the operations went so far that run() ran. A fault is an outcome that speaks against the
  /// provider or its configuration; what is the caller's, the recipient's or the vendor's rate
  /// limit's doing is none.
  struct Tally {
    std::uint64_t operations = 0;
    std::uint64_t faults = 0;
  };
  Tally tally() const { return {operations_.load(), faults_.load()}; }

  /// Runs one operation of a slot as its class demands, on the current executor or on the
  /// instance's own threads, counts it, and times the call. `request.generation` is filled in here.
  /// On the instance's own threads `stop` and `limit` end the waiting only; the call itself goes
  /// on.
  Task<OpOutcome> run(std::string_view slot_id, OpRequest request, std::stop_token stop = {});

  /// The plugin's health check through the real services; an instance without one is healthy.
  /// Remembers the answer.
  Task<Result<void>> probe(std::chrono::milliseconds limit, std::stop_token stop = {});
  /// What the last probe said; empty while it was good or has not been asked.
  std::string ailment() const;

  /// Times a call into the plugin that must not take long, [any] or [op]: over 50 ms is logged and
  /// counted as misbehaviour.
  template <typename Call>
  auto timed(std::string_view what, Call call) const {
    const auto begun = std::chrono::steady_clock::now();
    auto result = call();
    note_duration(what, std::chrono::steady_clock::now() - begun);
    return result;
  }

 private:
  explicit Generation(Parts parts);
  Result<void> create();
  const void* raw_table(std::string_view slot_id) const;
  void note_duration(std::string_view what, std::chrono::steady_clock::duration took) const;
  Task<OpOutcome> run_uncounted(std::string_view slot_id, OpRequest request, std::stop_token stop);
  static Task<OpOutcome> count(std::shared_ptr<Generation> self, Task<OpOutcome> running);
  static Task<OpOutcome> run_on_lane(std::shared_ptr<Generation> self, OpRequest request,
                                     std::stop_token stop);

  Parts parts_;
  void* self_ = nullptr;
  BlockingLane lane_;
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> faults_{0};
  mutable std::mutex mutex_;
  std::string ailment_;
};

}  // namespace commsd::plugin
