#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "store/store.h"
#include "store/whatsapp_window_repository.h"

namespace commsd::messaging {

/// The customer service window of WhatsApp: words of one's own may be sent for 24 hours after the
/// contact last wrote, and only an approved template outside of it. A vendor would refuse the
/// message later and with a number (131047, 63016); here the agent hears at once what to do.
/// [any executor]
class WhatsappWindow {
 public:
  /// A `length` of 0 is no window at all, for bridges that drive a linked phone.
  WhatsappWindow(store::Store& store, const Clock& clock, std::chrono::hours length)
      : windows_(store), clock_(clock), length_(length) {}

  /// rejected: outside of the window.
  Task<Result<void>> check(std::string org_id, std::string agent_id,
                           std::string contact_hash) const;

 private:
  store::WhatsappWindowRepository windows_;
  const Clock& clock_;
  std::chrono::milliseconds length_;
};

}  // namespace commsd::messaging
