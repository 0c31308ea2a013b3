#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/comms.h>

#include "base/result.h"
#include "base/task.h"
#include "plugin/blocking_lane.h"
#include "plugin/host_factory.h"
#include "plugin/instance_monitor.h"
#include "plugin/loaded_plugin.h"
#include "plugin/manifest.h"
#include "plugin/operation_turns.h"
#include "plugin/reaper.h"
#include "plugin/services/op.h"
#include "plugin/trust_gate.h"

namespace commsd::plugin {

/// How the file of an instance was let in, and where the instance may go.
struct Admission {
  std::string sha256;  // of the file
  Trust trust = Trust::any;
  std::string signer;               // empty without a signature
  std::vector<std::string> egress;  // origin patterns
};

/// One instance of a plugin with one configuration: the unit of a swap. Whoever holds a pointer to
/// it may call its tables; when the last pointer goes, the reaper destroys the instance.
/// [any thread], the plugin's functions by their own thread rules.
class Generation : public std::enable_shared_from_this<Generation> {
 public:
  struct Parts {
    std::shared_ptr<const LoadedPlugin> plugin;
    std::shared_ptr<const Manifest> manifest;
    std::shared_ptr<const comms_host> host;
    Reaper::Post destroy_later;                // runs the destructor off the event loops
    std::shared_ptr<InstanceMonitor> monitor;  // the one that `host` was made with
    Admission admission;
    std::string provider;     // the configured name
    std::string config_json;  // holds secrets
    std::uint64_t number = 0;
  };

  /// Blocks for at most `limit`: create() runs on a thread that is left behind when it hangs, and
  /// the error is timeout then. Other errors as LoadedPlugin::create and check_slots.
  static Result<std::shared_ptr<Generation>> make(Parts parts, std::chrono::milliseconds limit);

  /// How many threads of its own an instance has for operations that block.
  static std::size_t lane_threads(const Manifest& manifest);

  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  const Manifest& manifest() const { return *parts_.manifest; }
  const std::string& provider() const { return parts_.provider; }
  const Admission& admission() const { return parts_.admission; }
  const std::string& sha256() const { return parts_.admission.sha256; }
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
  /// on until its next chunk, which is told so. Waits for its turn when as many are under way as
  /// the manifest allows; unavailable when too many wait already.
  Task<OpOutcome> run(std::string_view slot_id, OpRequest request, std::stop_token stop = {});

  /// Ends what operations are still under way, as they have had their time since the instance was
  /// replaced: what was not sent yet ends as unavailable and may be tried with the new one.
  /// Sessions go on. [any thread]
  void end_operations() { drained_.request_stop(); }
  std::size_t under_way() const { return turns_.under_way(); }

  /// Whether it does not return from calls; see InstanceMonitor. It is to get no traffic then.
  bool stuck() const { return parts_.monitor->stuck(); }
  const InstanceMonitor& monitor() const { return *parts_.monitor; }

  /// The plugin's health check through the real services; an instance without one is healthy.
  /// Remembers the answer.
  Task<Result<void>> probe(std::chrono::milliseconds limit, std::stop_token stop = {});
  /// What the last probe said; empty while it was good or has not been asked.
  std::string ailment() const;

  /// A call into the plugin that must not take long, [any] or [op]; see InstanceMonitor.
  template <typename Call>
  auto timed(std::string_view what, Call call) const {
    return parts_.monitor->timed(what, std::move(call));
  }
  template <typename Call>
  auto timed_long_read(std::string_view what, Call call) const {
    return parts_.monitor->timed_long_read(what, std::move(call));
  }

 private:
  explicit Generation(Parts parts);
  Result<void> create();
  const void* raw_table(std::string_view slot_id) const;
  Task<OpOutcome> run_uncounted(std::string_view slot_id, OpRequest request, std::stop_token stop);
  static Task<OpOutcome> run_in_turn(std::shared_ptr<Generation> self, std::string slot_id,
                                     OpRequest request, std::stop_token stop);
  static Task<OpOutcome> run_on_lane(std::shared_ptr<Generation> self, OpRequest request,
                                     std::stop_token stop);

  Parts parts_;
  void* self_ = nullptr;
  BlockingLane lane_;
  OperationTurns turns_;
  std::stop_source drained_;
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> faults_{0};
  mutable std::mutex mutex_;
  std::string ailment_;
};

}  // namespace commsd::plugin
