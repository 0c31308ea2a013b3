#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/gate.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/callback_endpoints.h"
#include "messaging/change_listener.h"
#include "messaging/media_links.h"
#include "messaging/threads.h"
#include "store/callback_repository.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"
#include "store/store.h"

namespace commsd::messaging {

struct CallbackRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds limit{0};
};

struct CallbackAnswer {
  int status = 0;
  std::chrono::milliseconds retry_after{0};  // 0 = not stated
};

/// Posts a callback under the server's egress rules; no redirects. An error says why there was no
/// answer, without the path of the address.
using PostCallback = std::function<Task<Result<CallbackAnswer>>(CallbackRequest)>;

struct CallbackSettings {
  std::vector<std::chrono::milliseconds> waits;  // after the 1st, 2nd ... failure; the last repeats
  std::int64_t most_attempts = 8;
  std::chrono::milliseconds limit{15'000};  // for one try
  std::chrono::milliseconds lease{90'000};  // in which a try is made and saved
  std::chrono::hours disable_after{120};    // of nothing but failures
  std::string worker = "worker";            // names this process among those on one database
};

/// Tells agents' own hosts what happened. At least once: a process that ends between the answer and
/// its record tells again, under the same `webhook-id`. In order within a lane (an agent, a channel
/// and a contact), side by side otherwise, shared among all workers of one database.
///
/// Only 2xx is a success, and acknowledges the inbox item. 410 ends a delivery at once. What failed
/// too often is a dead letter: the item goes on waiting in the inbox and says why.
/// [any executor]
class CallbackSender {
 public:
  CallbackSender(store::Store& store, const CallbackEndpoints& endpoints, PostCallback post,
                 ContactIds contacts, const Clock& clock, CallbackSettings settings)
      : store_(store),
        callbacks_(store),
        items_(store),
        messages_(store),
        endpoints_(endpoints),
        post_(std::move(post)),
        threads_(store, std::move(contacts)),
        clock_(clock),
        settings_(std::move(settings)) {}

  /// Set once, before the first call; outlives this.
  void set_listener(ChangeListener* listener) { listener_ = listener; }

  /// Once, before anything is started: what the last process of this worker had taken and not
  /// saved is due now, and need not wait for its lease to run out.
  Task<Result<void>> recover();

  /// Whose links stand for received files; without it vendors' own do. As above.
  void set_media(const MediaLinks* media) { media_ = media; }

  /// Something may have been queued by this process: look soon. What another one queued is found
  /// by run_due.
  void wake();
  /// Starts what is due; returns how many deliveries.
  Task<Result<std::size_t>> run_due();
  /// Advances lanes that two transactions left standing.
  Task<Result<void>> sweep();

  std::size_t in_flight() const { return gate_.inside(); }
  /// Starts nothing more and returns when the deliveries under way have ended.
  Task<void> close() { return gate_.close(); }

 private:
  struct Outcome {
    store::CallbackResult result;
    bool reached = false;  // the endpoint was asked: its health is part of the outcome
  };

  Task<void> run_woken(Gate::Pass pass);
  Task<void> deliver(Gate::Pass pass, store::CallbackDelivery delivery);
  Task<Result<Outcome>> attempt(const store::CallbackDelivery& delivery);
  /// Empty when what it is about is no longer kept.
  Task<Result<std::optional<std::string>>> payload(const store::CallbackDelivery& delivery) const;
  Outcome judge(const store::CallbackDelivery& delivery,
                const Result<CallbackAnswer>& answer) const;
  Task<void> save(store::CallbackDelivery delivery, Outcome outcome);

  store::Store& store_;
  store::CallbackRepository callbacks_;
  store::InboxRepository items_;
  store::MessageRepository messages_;
  const CallbackEndpoints& endpoints_;
  PostCallback post_;
  Threads threads_;
  const Clock& clock_;
  CallbackSettings settings_;
  ChangeListener* listener_ = nullptr;
  const MediaLinks* media_ = nullptr;
  std::atomic<bool> woken_{false};
  Gate gate_;
};

}  // namespace commsd::messaging
