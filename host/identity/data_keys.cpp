#include "identity/data_keys.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "base/json_writer.h"
#include "base/sealed_text.h"

namespace commsd::identity {

namespace {

/// A setting of the server's that is another one after each time that keys were destroyed.
constexpr std::string_view destroyed_setting = "data_keys_destroyed";

std::string place_of(std::string_view org_id, std::string_view id) {
  return "data_keys|" + std::string(org_id) + '|' + std::string(id);
}

Sha256 key_of(std::string_view server_secret) {
  return hmac_sha256(server_secret, "data keys");
}

std::string name_of(std::string_view server_secret) {
  return to_hex(hmac_sha256(server_secret, "name of the data keys' key")).substr(0, 16);
}

}  // namespace

DataKeys::DataKeys(store::Store& store, const store::AuditLog& audit, const Clock& clock,
                   Random& random, const Ids& ids, std::string_view server_secret,
                   std::string_view secret_before)
    : rows_(store),
      settings_(store),
      store_(store),
      audit_(audit),
      clock_(clock),
      random_(random),
      ids_(ids),
      server_keys_{key_of(server_secret), {}},
      name_(name_of(server_secret)) {
  if (secret_before.empty()) return;
  server_keys_.before = key_of(secret_before);
  name_before_ = name_of(secret_before);
}

DataKeys::Shared DataKeys::known(std::string_view org_id) const {
  const std::shared_lock lock(mutex_);
  const auto ring = rings_.find(std::string(org_id));
  if (ring == rings_.end() || ring->second.newest.empty()) return nullptr;
  return ring->second.keys.at(ring->second.newest);
}

DataKeys::Shared DataKeys::known(std::string_view org_id, std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto ring = rings_.find(std::string(org_id));
  if (ring == rings_.end()) return nullptr;
  const auto key = ring->second.keys.find(std::string(id));
  return key == ring->second.keys.end() ? nullptr : key->second;
}

std::uint64_t DataKeys::losses() const {
  const std::shared_lock lock(mutex_);
  return losses_;
}

void DataKeys::note(const std::string& org_id, const Shared& key, bool newest,
                    std::uint64_t losses) {
  const std::unique_lock lock(mutex_);
  if (losses != losses_) return;
  Ring& ring = rings_[org_id];
  ring.keys[key->id] = key;
  if (newest) ring.newest = key->id;
}

Result<DataKeys::Shared> DataKeys::open(const store::DataKey& row) const {
  const auto secret = open_text(server_keys_, row.sealed_key, place_of(row.org_id, row.id));
  auto key = std::make_shared<Key>();
  key->id = row.id;
  if (!secret || secret->size() != key->secret.size()) {
    return fail(make_error(ErrorCode::unavailable,
                           "the key of the organization's content cannot be opened",
                           "start the server with the credentials_key it had before"));
  }
  std::copy(secret->begin(), secret->end(), key->secret.begin());
  return Shared(std::move(key));
}

Task<Result<DataKeys::Shared>> DataKeys::in_use(std::string org_id) {
  if (Shared key = known(org_id)) co_return key;
  const std::uint64_t before = losses();
  auto row = co_await rows_.newest(org_id);
  if (!row) co_return fail(row.error());
  if (!*row) {
    std::string actor = "system";
    Task<Result<Shared>> making = make(std::move(org_id), std::move(actor));
    Result<Shared> made = co_await std::move(making);
    co_return made;
  }
  Result<Shared> key = open(**row);
  if (key) note(org_id, *key, true, before);
  co_return key;
}

// Of two workers that make one at the same time each uses its own until it hears of the newer; both
// are read by their ids.
Task<Result<DataKeys::Shared>> DataKeys::make(std::string org_id, std::string actor) {
  const std::uint64_t before = losses();
  auto key = std::make_shared<Key>();
  key->id = ids_.make("dk");
  random_.fill(key->secret);
  const std::string_view secret(reinterpret_cast<const char*>(key->secret.data()),
                                key->secret.size());
  store::DataKey row{org_id, key->id,
                     seal_text(server_keys_.now, secret, place_of(org_id, key->id), random_),
                     name_};
  store::UnitOfWork unit;
  store::DataKeyRepository::add(unit, row, clock_.now());
  audit_.add_entry(unit, {org_id, actor, "data_key_made", key->id, ""});
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::unavailable, "no key could be saved; try again");
  Shared made = std::move(key);
  note(org_id, made, true, before);
  co_return made;
}

Task<Result<DataKeys::Shared>> DataKeys::find(std::string org_id, std::string id) {
  if (Shared key = known(org_id, id)) co_return key;
  const std::uint64_t before = losses();
  auto row = co_await rows_.find(org_id, id);
  if (!row) co_return fail(row.error());
  if (!*row) co_return Shared();
  Result<Shared> key = open(**row);
  if (key) note(org_id, *key, false, before);
  co_return key;
}

Task<Result<void>> DataKeys::check() const {
  auto others = co_await rows_.count_of_others(name_, name_before_);
  if (!others) co_return fail(others.error());
  if (*others == 0) co_return Result<void>();
  co_return fail(ErrorCode::unavailable,
                 "content in the database was encrypted under another credentials_key than the one "
                 "the server has now; bring that one back, from a backup or from the other servers "
                 "of this database: the secret 'credentials_key', or the file credentials.key in "
                 "data_dir; or give it as the secret 'credentials_key_before'");
}

Task<Result<std::size_t>> DataKeys::reseal() {
  std::size_t done = 0;
  if (!server_keys_.before) co_return done;
  auto rows = co_await rows_.under(name_before_);
  if (!rows) co_return fail(rows.error());
  for (store::DataKey& row : *rows) {
    auto sealed = reseal_text(server_keys_, row.sealed_key, place_of(row.org_id, row.id), random_);
    if (!sealed) {
      co_return fail(ErrorCode::unavailable, "the data key '" + row.id +
                                                 "' does not open under credentials_key_before; "
                                                 "its row was altered");
    }
    row.sealed_key = std::move(*sealed);
    row.server_key = name_;
    store::UnitOfWork unit;
    store::DataKeyRepository::add_reseal(unit, row, name_before_);
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    if (saved->committed) ++done;  // else it was destroyed, or another worker was there
  }
  co_return done;
}

Task<Result<void>> DataKeys::refresh() {
  auto rows = co_await rows_.all();
  if (!rows) co_return fail(rows.error());
  IdsOf there;
  for (store::DataKey& row : *rows) there[row.org_id].push_back(std::move(row.id));
  keep_only(there);
  co_return Result<void>();
}

Task<Result<void>> DataKeys::hear_of_destroyed() {
  auto said = co_await settings_.find("", destroyed_setting);
  if (!said) co_return fail(said.error());
  const std::string now = said->value_or("");
  {
    const std::shared_lock lock(mutex_);
    if (now == heard_) co_return Result<void>();
  }
  Task<Result<void>> refreshing = refresh();
  Result<void> refreshed = co_await std::move(refreshing);
  if (!refreshed) co_return fail(refreshed.error());
  const std::unique_lock lock(mutex_);
  heard_ = now;
  co_return Result<void>();
}

void DataKeys::keep_only(const IdsOf& there) {
  const std::unique_lock lock(mutex_);
  ++losses_;
  for (auto entry = rings_.begin(); entry != rings_.end();) {
    const auto found = there.find(entry->first);
    if (found == there.end()) {
      entry = rings_.erase(entry);
      continue;
    }
    Ring& ring = entry->second;
    const std::vector<std::string>& ids = found->second;
    std::erase_if(ring.keys, [&ids](const auto& key) {
      return std::find(ids.begin(), ids.end(), key.first) == ids.end();
    });
    // A newer one is read when it is needed.
    if (ring.newest != ids.back()) ring.newest.clear();
    ++entry;
  }
}

Task<Result<std::string>> DataKeys::rotate(std::string org_id, std::string actor) {
  Task<Result<Shared>> making = make(std::move(org_id), std::move(actor));
  Result<Shared> made = co_await std::move(making);
  if (!made) co_return fail(made.error());
  co_return (*made)->id;
}

Task<Result<std::size_t>> DataKeys::destroy(std::string org_id, std::string actor) {
  store::UnitOfWork unit;
  store::DataKeyRepository::add_destroy(unit, org_id);
  store::SettingRepository::add_set(unit, "", destroyed_setting, '"' + ids_.make("gone") + '"',
                                    clock_.now());
  audit_.add_entry(unit, {org_id, actor, "data_keys_destroyed", "", ""});
  Result<store::UnitOutcome> done = co_await store_.commit(std::move(unit));
  if (!done) co_return fail(done.error());
  if (!done->committed) co_return fail(ErrorCode::unavailable, "nothing was saved; try again");
  {
    const std::unique_lock lock(mutex_);
    rings_.erase(org_id);
    ++losses_;
  }
  co_return done->rows.front().size();
}

}  // namespace commsd::identity
