#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
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

/// Whether a delivery is about a message, else about an inbox item.
bool is_about_message(const store::CallbackDelivery& delivery);

/// One try of a callback, whoever its receiver is: what it says, how it is signed, and what its
/// answer means. [any executor]
class CallbackPost {
 public:
  CallbackPost(store::Store& store, PostCallback post, ContactIds contacts, const Clock& clock,
               CallbackSettings settings)
      : items_(store),
        messages_(store),
        post_(std::move(post)),
        threads_(store, std::move(contacts)),
        clock_(clock),
        settings_(std::move(settings)) {}

  /// Set once, before the first try; outlives this. Without it, files are told as vendors name
  /// them.
  void set_media(const MediaLinks* media) { media_ = media; }

  const CallbackSettings& settings() const { return settings_; }

  /// Tells `url`, signed with `keys`, and says what becomes of the delivery; `reached` is set when
  /// it was asked. An error is ours, from the store: nothing was tried.
  Task<Result<store::CallbackResult>> tell(const store::CallbackDelivery& delivery, std::string url,
                                           std::vector<std::string> keys, bool& reached) const;

 private:
  /// Empty when what it is about is no longer kept.
  Task<Result<std::optional<std::string>>> payload(const store::CallbackDelivery& delivery) const;
  store::CallbackResult judge(const store::CallbackDelivery& delivery,
                              const Result<CallbackAnswer>& answer) const;

  store::InboxRepository items_;
  store::MessageRepository messages_;
  PostCallback post_;
  Threads threads_;
  const Clock& clock_;
  CallbackSettings settings_;
  const MediaLinks* media_ = nullptr;
};

}  // namespace commsd::messaging
