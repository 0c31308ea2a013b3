#pragma once

#include <memory>

#include <comms/slot/database.h>

namespace commsd::plugin {

/// The active database provider, raw: its calls block, so the store runs them on threads of its
/// own, one per connection. `table` and `self` are valid while a copy of `keep_alive` lives, which
/// the store must hold until its last connection is closed: disconnect() needs the instance.
/// Members of the table beyond table->size are absent (COMMS_HAS).
struct DatabaseHandle {
  const comms_database* table = nullptr;  // never null in a handle that was given out
  void* self = nullptr;
  bool one_process = false;  // as ManifestSlot says
  std::shared_ptr<const void> keep_alive;
};

}  // namespace commsd::plugin
