#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/media_links.h"
#include "plugin/providers.h"
#include "plugin/storage_provider.h"
#include "store/audit_log.h"
#include "store/inbox_file_repository.h"
#include "store/inbox_repository.h"
#include "store/media_repository.h"
#include "store/store.h"

namespace commsd::messaging {

struct MediaSettings {
  std::int64_t most_bytes = 16 * 1024 * 1024;     // of one file
  std::int64_t quota_bytes = 1024 * 1024 * 1024;  // of an agent that has none of its own
  std::int64_t retention_days = 30;               // the same
  std::vector<std::chrono::milliseconds> waits;  // after the 1st, 2nd ... failure; the last repeats
  std::int64_t most_attempts = 8;
  std::chrono::minutes link_lifetime{60};
};

/// Files that agents receive. By default nothing of them is kept: whoever comes with a link gets
/// the file from the vendor, fetched with the vendor's credentials through the provider, whose
/// requests are bound to its manifest's hosts and the server's egress rules, redirects included.
/// Some vendors put a file into the webhook and have it no more: such a one lies beside the inbox
/// item, as the message's text does, sealed like it, and goes with it.
///
/// For an agent whose files are kept, a row says so in the transaction that stores the inbox item;
/// the file is fetched afterwards, again and again until it is in object storage, is refused for
/// good, or the agent's quota is full. Until then, and then too, the link works as without. A kept
/// file goes when its time is over or its item is deleted: first the object, then the row. What
/// came in a webhook lies beside its item no more once the object is there.
/// [any executor]
class InboundMedia {
 public:
  using Storage = std::function<std::shared_ptr<plugin::StorageProvider>(const plugin::Scope&)>;

  InboundMedia(store::Store& store, plugin::Providers& providers, Storage storage,
               const MediaLinks& links, store::AuditLog& audit, const Clock& clock,
               MediaSettings settings)
      : store_(store),
        media_(store),
        files_(store),
        items_(store),
        providers_(providers),
        storage_(std::move(storage)),
        links_(links),
        audit_(audit),
        clock_(clock),
        settings_(std::move(settings)) {}

  /// Gets a file that needs no credentials, of at most so many bytes, under the server's egress
  /// rules and without redirects.
  using FetchOpen = std::function<Task<Result<plugin::FetchedMedia>>(std::string, std::size_t)>;
  /// Without it files of providers that fetch none cannot be kept. Set once, before the first call.
  void set_fetch_open(FetchOpen fetch) { fetch_open_ = std::move(fetch); }

  struct File {
    std::string content_type;
    std::string filename;
    std::string bytes;
  };
  /// The item's files as an agent is shown them now: MediaLinks::media_json().
  std::string shown(const store::InboxItem& item) const;
  /// What a link stands for. not_found: forged, expired, or the item is gone; too_large;
  /// unavailable also when too many are fetched at this moment; else the vendor's errors.
  Task<Result<File>> open(std::string token);

  struct State {
    bool persistent = false;
    std::int64_t quota_bytes = 0;
    std::int64_t retention_days = 0;
    std::int64_t used_bytes = 0;
    std::int64_t stored = 0;
    std::int64_t waiting = 0;
    std::int64_t failed = 0;  // over the quota included
  };
  Task<Result<State>> state(std::string org_id, std::string agent_id) const;
  /// What is not given stays as it was. Files that came before are not fetched; what is kept stays
  /// until its time is over, which new days count anew from when it came. invalid_argument;
  /// unavailable: nowhere to keep them.
  struct Change {
    std::optional<bool> persistent;
    std::optional<std::int64_t> quota_bytes;     // 0 = as configured
    std::optional<std::int64_t> retention_days;  // 0 = as configured
  };
  Task<Result<State>> change(std::string org_id, std::string agent_id, std::string actor,
                             Change change);

  /// Fetches what is due, a few at a time; returns how many files were tried.
  Task<Result<std::size_t>> run_due();
  /// Removes what is over, under no legal hold, at most `limit` files.
  Task<Result<void>> sweep(std::int64_t limit);

 private:
  Task<Result<plugin::FetchedMedia>> fetch(std::string org_id, std::string agent_id,
                                           std::string channel, std::string provider,
                                           std::string url) const;
  /// Without what is kept: from the vendor, or from beside the item.
  Task<Result<File>> passed_through(MediaLinks::Target target) const;
  Task<Result<plugin::FetchedMedia>> from_item(MediaLinks::Target target, std::int64_t size) const;
  Task<void> keep(store::Media media);
  Task<void> give_up_or_wait(store::Media media, Error why);

  store::Store& store_;
  store::MediaRepository media_;
  store::InboxFileRepository files_;
  store::InboxRepository items_;
  plugin::Providers& providers_;
  Storage storage_;
  const MediaLinks& links_;
  store::AuditLog& audit_;
  const Clock& clock_;
  MediaSettings settings_;
  FetchOpen fetch_open_;
  std::atomic<int> open_{0};
};

/// What of received files is decided with their item.
struct ReceivedMediaSettings {
  std::int64_t days = 30;                      // they are kept, for agents whose are
  std::int64_t most_bytes = 16 * 1024 * 1024;  // of one that came inside a webhook
};

/// Adds the rows for an item's files to the unit that stores it: for agents whose files are kept,
/// and for files that came inside the webhook. Of a larger one the item only says that it came.
void add_media(store::UnitOfWork& unit, const store::InboxItem& item,
               const std::vector<plugin::MediaReference>& files, const Ids& ids,
               const ReceivedMediaSettings& settings);

}  // namespace commsd::messaging
