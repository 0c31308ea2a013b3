#pragma once

#include <memory>
#include <string>

#include "checked_host.h"

namespace comms::check {

/// The plugin's shared object in this process, opened as the host opens it. Never closed.
struct Library {
  comms_entry_fn entry = nullptr;
  const comms_plugin* plugin = nullptr;  // what entry(1, 0) returned
  std::string error;                     // why there is none
  double milliseconds = 0;               // of dlopen, with the libraries it needs loaded before

  static const Library& open(Context& test);
};

/// One instance in a host of its own. Destroyed at the end of the scope.
class Instance {
 public:
  /// With the test's configuration, or another one.
  explicit Instance(Context& test) : Instance(test, test.config.json) {}
  Instance(Context& test, const std::string& config);
  Instance(const Instance&) = delete;
  ~Instance() { destroy(); }

  /// Whether create said COMMS_OK.
  bool good() const { return status_ == COMMS_OK && self_; }
  Status status() const { return status_; }
  const Error& error() const { return error_; }
  void* self() const { return self_; }
  CheckedHost& host() { return *host_; }

  const void* table(const std::string& slot_id);
  template <class Table>
  const Table* slot(const char* slot_id) {
    return static_cast<const Table*>(table(slot_id));
  }
  /// quiesce and destroy; afterwards every call of the plugin is a failure.
  void destroy();

 private:
  CheckedHost* host_;
  const comms_plugin* plugin_;
  void* self_ = nullptr;
  Status status_ = COMMS_INTERNAL;
  Error error_{COMMS_OK};
};

/// The function `op` of a slot table, NULL where the table ends before it.
void* member_of(const std::string& slot_id, const void* table, const std::string& op);

}  // namespace comms::check
