#include "messaging/inbound_media.h"

#include <algorithm>

#include "base/json.h"
#include "base/json_writer.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds fetch_limit{30'000};
constexpr milliseconds store_limit{15'000};
/// In which a file is fetched, stored and noted.
constexpr UnixMillis lease = 120'000;
/// Each holds a whole file in memory.
constexpr int most_open = 8;
constexpr std::int64_t most_claimed = 4;

std::string object_key(const store::Media& media) {
  return "media/" + media.org_id + '/' + media.id;
}

Error too_large(std::int64_t most) {
  return make_error(ErrorCode::too_large,
                    "the file has more than " + std::to_string(most) + " bytes",
                    "an administrator may raise messaging.max_media_bytes");
}

/// What will be no better the next time.
bool is_final(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::too_large ||
         code == ErrorCode::rejected || code == ErrorCode::invalid_argument ||
         code == ErrorCode::unsupported;
}

/// One of the files that may be in memory at a time.
class Slot {
 public:
  explicit Slot(std::atomic<int>& taken) : taken_(taken), free_(taken_.fetch_add(1) < most_open) {}
  ~Slot() { taken_.fetch_sub(1); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  bool is_free() const { return free_; }

 private:
  std::atomic<int>& taken_;
  bool free_;
};

}  // namespace

void add_media(store::UnitOfWork& unit, const store::InboxItem& item,
               const std::vector<plugin::MediaReference>& files, const Ids& ids,
               const ReceivedMediaSettings& settings) {
  store::Media media;
  media.org_id = item.org_id;
  media.agent_id = item.agent_id;
  media.item_id = item.id;
  media.channel = item.channel;
  media.provider = item.provider;
  media.created_at = item.received_at;
  for (const plugin::MediaReference& file : files) {
    media.id = ids.make("med");
    store::MediaRepository::add(unit, media, settings.days);
    if (!file.bytes.empty() && std::cmp_less_equal(file.bytes.size(), settings.most_bytes)) {
      store::InboxFileRepository::add(
          unit, {ids.make("fil"), item.org_id, item.agent_id, item.id, media.position}, file.bytes);
    }
    ++media.position;
  }
}

Task<Result<plugin::FetchedMedia>> InboundMedia::fetch(std::string org_id, std::string agent_id,
                                                       std::string channel, std::string provider,
                                                       std::string url) const {
  const auto kind = plugin::parse_channel(channel);
  const auto vendor = kind ? providers_.named(*kind, provider, {org_id, agent_id}) : nullptr;
  const bool with_credentials = vendor && vendor->can_fetch_media();
  if (!with_credentials && (!fetch_open_ || !url.starts_with("https://"))) {
    co_return fail(ErrorCode::unavailable,
                   "the provider '" + provider + "' that has this file is not active");
  }
  Task<Result<plugin::FetchedMedia>> fetching =
      with_credentials ? vendor->fetch_media(url, fetch_limit)
                       : fetch_open_(url, static_cast<std::size_t>(settings_.most_bytes));
  Result<plugin::FetchedMedia> file = co_await std::move(fetching);
  if (!file) co_return fail(file.error());
  if (std::cmp_greater(file->bytes.size(), settings_.most_bytes)) {
    co_return fail(too_large(settings_.most_bytes));
  }
  co_return std::move(*file);
}

Task<Result<plugin::FetchedMedia>> InboundMedia::from_item(MediaLinks::Target target,
                                                           std::int64_t size) const {
  if (size > settings_.most_bytes) co_return fail(too_large(settings_.most_bytes));
  auto bytes =
      co_await files_.bytes(target.org_id, target.agent_id, target.item_id, target.position);
  if (!bytes) co_return fail(bytes.error());
  if (!*bytes || (*bytes)->empty()) co_return fail(ErrorCode::not_found, "this file is gone");
  plugin::FetchedMedia file;
  file.bytes = std::move(**bytes);
  co_return file;
}

Task<Result<InboundMedia::File>> InboundMedia::passed_through(MediaLinks::Target target) const {
  auto item = co_await items_.find(target.org_id, target.agent_id, target.item_id);
  if (!item) co_return fail(item.error());
  File file;
  std::string url;
  std::int64_t size = 0;
  bool found = false;
  if (*item) {
    const auto list = JsonDocument::parse((*item)->media_json);
    std::int64_t position = 0;
    if (list) {
      list->root().each([&](JsonValue one) {
        if (position++ != target.position) return;
        found = true;
        url = one.string("url").value_or("");
        size = one.integer("size").value_or(0);
        file.content_type = one.string("contentType").value_or("");
        file.filename = one.string("filename").value_or("");
      });
    }
  }
  if (!found) co_return fail(ErrorCode::not_found, "the message of this file is gone");
  Task<Result<plugin::FetchedMedia>> fetching =
      url.empty() ? from_item(target, size)
                  : fetch(target.org_id, target.agent_id, (*item)->channel, (*item)->provider,
                          std::move(url));
  Result<plugin::FetchedMedia> fetched = co_await std::move(fetching);
  if (!fetched) co_return fail(fetched.error());
  if (!fetched->content_type.empty()) file.content_type = std::move(fetched->content_type);
  file.bytes = std::move(fetched->bytes);
  co_return file;
}

std::string InboundMedia::shown(const store::InboxItem& item) const {
  return links_.media_json(item, clock_.now() + milliseconds(settings_.link_lifetime).count());
}

Task<Result<InboundMedia::File>> InboundMedia::open(std::string token) {
  const auto target = links_.open(token, clock_.now());
  if (!target) co_return fail(ErrorCode::not_found, "there is nothing here");
  const Slot slot(open_);
  if (!slot.is_free()) {
    co_return fail(make_error(ErrorCode::unavailable, "too many files are fetched at this moment",
                              "come again in a few seconds"));
  }
  auto kept =
      co_await media_.find(target->org_id, target->agent_id, target->item_id, target->position);
  if (!kept) co_return fail(kept.error());
  const auto storage =
      *kept && (*kept)->state == "stored" ? storage_({target->org_id, target->agent_id}) : nullptr;
  if (storage) {
    Result<plugin::StoredObject> object =
        co_await storage->get(object_key(**kept), 0, 0, store_limit);
    if (object) {
      co_return File{std::move(object->content_type), {}, std::move(object->bytes)};
    }
    log::warn("media_not_read", {{"media", (*kept)->id}, {"code", to_string(object.error().code)}});
  }
  Task<Result<File>> asking = passed_through(*target);
  Result<File> file = co_await std::move(asking);
  co_return file;
}

Task<Result<InboundMedia::State>> InboundMedia::state(std::string org_id,
                                                      std::string agent_id) const {
  auto settings = co_await media_.settings(org_id, agent_id);
  if (!settings) co_return fail(settings.error());
  auto totals = co_await media_.totals(org_id, agent_id);
  if (!totals) co_return fail(totals.error());
  State state;
  const store::AgentMedia of = settings->value_or(store::AgentMedia());
  state.persistent = of.persistent;
  state.quota_bytes = of.quota_bytes.value_or(settings_.quota_bytes);
  state.retention_days = of.retention_days.value_or(settings_.retention_days);
  state.used_bytes = of.used_bytes;
  for (const store::MediaTotal& total : *totals) {
    std::int64_t& count = total.state == "stored"                                ? state.stored
                          : total.state == "waiting" || total.state == "storing" ? state.waiting
                                                                                 : state.failed;
    count += total.count;
  }
  co_return state;
}

Task<Result<InboundMedia::State>> InboundMedia::change(std::string org_id, std::string agent_id,
                                                       std::string actor, Change change) {
  constexpr std::int64_t most_quota = std::int64_t{1} << 50;
  if (change.quota_bytes && (*change.quota_bytes < 0 || *change.quota_bytes > most_quota)) {
    co_return fail(ErrorCode::invalid_argument, "'quotaBytes' must be 0 to 2^50");
  }
  if (change.retention_days && (*change.retention_days < 0 || *change.retention_days > 3650)) {
    co_return fail(ErrorCode::invalid_argument, "'retentionDays' must be 0 to 3650");
  }
  if (change.persistent.value_or(false) && !storage_({org_id, agent_id})) {
    co_return fail(ErrorCode::rejected,
                   "files have nowhere to be kept: name a provider under 'providers.storage' in "
                   "the configuration");
  }
  auto before = co_await media_.settings(org_id, agent_id);
  if (!before) co_return fail(before.error());
  store::AgentMedia settings = before->value_or(store::AgentMedia());
  settings.org_id = org_id;
  settings.agent_id = agent_id;
  settings.persistent = change.persistent.value_or(settings.persistent);
  const auto take = [](std::optional<std::int64_t>& into, std::optional<std::int64_t> given) {
    if (given && *given == 0) into.reset();
    if (given && *given != 0) into = given;
  };
  take(settings.quota_bytes, change.quota_bytes);
  take(settings.retention_days, change.retention_days);
  store::UnitOfWork unit;
  store::MediaRepository::add_settings(unit, settings, clock_.now());
  if (change.retention_days) {
    store::MediaRepository::add_set_days(
        unit, org_id, agent_id, settings.retention_days.value_or(settings_.retention_days));
  }
  JsonWriter details;
  details.begin_object().field("persistent", settings.persistent).end_object();
  audit_.add_entry(unit, {org_id, std::move(actor), "media_storage_set", agent_id, details.take()});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no such agent");
  Task<Result<State>> reading = state(std::move(org_id), std::move(agent_id));
  Result<State> now = co_await std::move(reading);
  co_return now;
}

Task<Result<std::size_t>> InboundMedia::run_due() {
  const UnixMillis now = clock_.now();
  auto due = co_await media_.any_due(now);
  if (!due) co_return fail(due.error());
  if (!*due) co_return std::size_t{0};
  store::UnitOfWork unit;
  store::MediaRepository::add_claim(unit, now, now + lease, most_claimed);
  auto claimed = co_await store_.commit(std::move(unit));
  if (!claimed) co_return fail(claimed.error());
  if (!claimed->committed) co_return std::size_t{0};
  std::vector<store::Media> files = store::MediaRepository::read(claimed->rows.front());
  const std::size_t count = files.size();
  for (store::Media& media : files) {
    Task<void> keeping = keep(std::move(media));
    co_await std::move(keeping);
  }
  co_return count;
}

// The bytes are counted before the object is there, so that nothing is stored that does not count;
// a row that was counted and whose worker died is fetched again and counts as it did.
Task<void> InboundMedia::keep(store::Media media) {
  if (media.item_id.empty()) co_return;  // the sweep removes it
  const auto storage = storage_({media.org_id, media.agent_id});
  Error why;
  if (!storage) {
    why.code = ErrorCode::unavailable;
    Task<void> waiting = give_up_or_wait(std::move(media), std::move(why));
    co_await std::move(waiting);
    co_return;
  }
  Task<Result<File>> fetching =
      passed_through({media.org_id, media.agent_id, media.item_id, media.position});
  Result<File> file = co_await std::move(fetching);
  if (!file) {
    Task<void> waiting = give_up_or_wait(std::move(media), file.error());
    co_await std::move(waiting);
    co_return;
  }
  if (media.state == "waiting") {
    const auto bytes = static_cast<std::int64_t>(file->bytes.size());
    store::UnitOfWork unit;
    store::MediaRepository::add_storing(unit, media, bytes, settings_.quota_bytes);
    auto counted = co_await store_.commit(std::move(unit));
    if (!counted) co_return;  // due again
    if (!counted->committed) {
      if (counted->failed_step != 0) co_return;  // somebody else has it
      why.code = ErrorCode::rejected;
      why.rule = "media_quota";
      Task<void> ending = give_up_or_wait(std::move(media), std::move(why));
      co_await std::move(ending);
      co_return;
    }
    media.state = "storing";
    media.bytes = bytes;
  }
  Result<void> stored = co_await storage->put(object_key(media), std::move(file->content_type),
                                              std::move(file->bytes), store_limit);
  if (!stored) {
    why = stored.error();
    if (is_final(why.code)) why.code = ErrorCode::unavailable;  // the row counts: try on
    Task<void> waiting = give_up_or_wait(std::move(media), std::move(why));
    co_await std::move(waiting);
    co_return;
  }
  store::UnitOfWork unit;
  store::MediaRepository::add_finish(unit, media, "stored", std::nullopt, {});
  store::InboxFileRepository::add_remove(unit, media.org_id, media.agent_id, media.item_id,
                                         media.position);
  auto noted = co_await store_.commit(std::move(unit));
  if (!noted) log::warn("media_not_noted", {{"media", media.id}});  // due again, and harmless
}

Task<void> InboundMedia::give_up_or_wait(store::Media media, Error why) {
  std::string state = media.state;
  std::optional<UnixMillis> next;
  if (why.rule == "media_quota") {
    state = "over_quota";
  } else if (is_final(why.code) || media.attempts >= settings_.most_attempts) {
    state = "failed";
  } else {
    const auto index = static_cast<std::size_t>(std::max<std::int64_t>(media.attempts - 1, 0));
    const milliseconds wait = settings_.waits.empty()
                                  ? milliseconds(60'000)
                                  : settings_.waits[std::min(index, settings_.waits.size() - 1)];
    next = clock_.now() + wait.count();
  }
  if (!next) {
    log::warn("media_not_kept",
              {{"media", media.id}, {"agent_id", media.agent_id}, {"state", state}});
  }
  store::UnitOfWork unit;
  store::MediaRepository::add_finish(unit, media, state, next, to_string(why.code));
  co_await store_.commit(std::move(unit));  // else the lease ends and it is due again
}

Task<Result<void>> InboundMedia::sweep(std::int64_t limit) {
  const UnixMillis now = clock_.now();
  auto over = co_await media_.removable(now, limit);
  if (!over) co_return fail(over.error());
  for (const store::Media& media : *over) {
    if (media.bytes > 0) {
      const auto storage = storage_({media.org_id, media.agent_id});
      if (!storage) continue;  // its object cannot be removed now
      Result<void> removed = co_await storage->remove(object_key(media), store_limit);
      if (!removed) continue;  // the next sweep tries again
    }
    store::UnitOfWork unit;
    store::MediaRepository::add_remove(unit, media, now);
    auto forgotten = co_await store_.commit(std::move(unit));
    if (!forgotten) co_return fail(forgotten.error());
  }
  co_return Result<void>();
}

}  // namespace commsd::messaging
