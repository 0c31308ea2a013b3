#include "provisioning/provider_registry.h"

#include <algorithm>
#include <set>

#include "base/completion.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/sealed_text.h"
#include "config/node.h"
#include "identity/organization_service.h"
#include "plugin/provider_catalog.h"
#include "telemetry/log.h"

namespace commsd::provisioning {

namespace {

using store::RegisteredProvider;
using store::RegisteredProviderRepository;

/// The database is what all this is kept in, and is chosen in the file.
constexpr std::string_view not_registrable = "database";

std::string place_of(const ProviderRegistration& one) {
  return one.org_id + '\n' + one.agent_id + '\n' + one.slot;
}

bool same(const ProviderRegistration& a, const ProviderRegistration& b) {
  return place_of(a) == place_of(b) && a.provider == b.provider &&
         a.settings_json == b.settings_json;
}

/// What the sealed settings are bound to: nobody can move them to another place or provider.
std::string bound_to(std::string_view org_id, std::string_view agent_id, std::string_view slot,
                     std::string_view provider) {
  std::string text = "registered_providers";
  for (const std::string_view part : {org_id, agent_id, slot, provider}) {
    text += '\n';
    text += part;
  }
  return text;
}

void hide(config::Node& node) {
  if (node.is_string()) node.secret = true;
  for (config::Node& item : node.items) hide(item);
  for (config::Node::Member& member : node.members) hide(member.value);
}

/// The settings that the file has for a provider of that name.
config::ProviderConfig of_file(const config::Config& config, const std::string& slot,
                               const std::string& provider) {
  const auto found = config.providers.find(slot);
  if (found != config.providers.end()) {
    if (found->second.use == provider) return found->second.config;
    const auto own = found->second.configs.find(provider);
    if (own != found->second.configs.end()) return own->second;
  }
  return {};
}

config::ProviderConfig settings_of(const config::Config& config, const ProviderRegistration& one) {
  if (!one.settings_json) return of_file(config, one.slot, one.provider);
  const auto document = JsonDocument::parse(*one.settings_json);
  config::Node node = document ? config::from_json(document->root()) : config::Node();
  node.type = config::Node::Type::object;
  hide(node);
  return {"registered providers", one.provider, std::move(node)};
}

}  // namespace

Result<ProviderRegistry::Offer> ProviderRegistry::offer(const std::string& provider) const {
  std::vector<std::string> folders;
  {
    const std::lock_guard lock(mutex_);
    folders = config_.plugins.path;
  }
  const plugin::ProviderCatalog catalog = plugin::ProviderCatalog::scan(folders);
  std::set<std::string> names;
  for (const plugin::PluginFile& file : catalog.files()) {
    if (!file.manifest || file.shadowed) continue;
    names.insert(file.manifest->provider);
    for (const plugin::ManifestPreset& preset : file.manifest->presets) {
      names.insert(preset.provider);
    }
    if (!file.manifest->answers_to(provider)) continue;
    Offer offer;
    offer.manifest_name = file.manifest->name;
    offer.is_sandbox = file.manifest->status == "sandbox";
    for (const plugin::ManifestSlot& slot : file.manifest->slots) {
      const std::string name(plugin::slot_name(slot.id));
      if (name != not_registrable) offer.slots.push_back(name);
    }
    const auto schema = JsonDocument::parse(file.manifest->config_schema);
    if (schema) {
      const auto required = schema->root().get("required");
      if (required) {
        required->each(
            [&](JsonValue key) { offer.required.emplace_back(key.string().value_or("")); });
      }
      offer.settings = offer.required;
      const auto properties = schema->root().get("properties");
      if (properties) {
        properties->each_member([&](std::string_view key, JsonValue) {
          const bool known =
              std::find(offer.required.begin(), offer.required.end(), key) != offer.required.end();
          if (!known) offer.settings.emplace_back(key);
        });
      }
    }
    return offer;
  }
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return fail(ErrorCode::not_found,
              "there is no provider '" + provider.substr(0, 64) + "'; installed are " + list);
}

bool ProviderRegistry::has(std::string_view org_id, std::string_view agent_id,
                           std::string_view slot) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(in_force_.begin(), in_force_.end(), [&](const ProviderRegistration& one) {
    return one.org_id == org_id && one.agent_id == agent_id && one.slot == slot;
  });
}

config::Config ProviderRegistry::merged(const std::vector<ProviderRegistration>& all) const {
  config::Config config;
  {
    const std::lock_guard lock(mutex_);
    config = config_;
  }
  const config::Config file = config;
  for (const ProviderRegistration& one : all) {
    if (one.org_id.empty()) {
      config::SlotConfig& slot = config.providers[one.slot];
      slot.use = one.provider;
      slot.config = settings_of(file, one);
      std::erase(slot.fallback, one.provider);
      continue;
    }
    std::erase_if(config.overrides, [&](const config::OverrideConfig& other) {
      return other.organization == one.org_id && other.agent == one.agent_id &&
             other.slot == one.slot;
    });
    config::OverrideConfig own;
    own.organization = one.org_id;
    own.agent = one.agent_id;
    own.slot = one.slot;
    own.use = one.provider;
    own.config = settings_of(file, one);
    config.overrides.push_back(std::move(own));
  }
  return config;
}

Task<std::shared_ptr<const void>> ProviderRegistry::turn() {
  std::optional<Completion<bool>> mine;
  {
    const std::lock_guard lock(mutex_);
    if (taken_) mine = waiting_.emplace_back();
    taken_ = true;
  }
  if (mine) co_await *mine;
  co_return std::shared_ptr<const void>(this, [this](const void*) { end_turn(); });
}

void ProviderRegistry::end_turn() {
  std::optional<Completion<bool>> next;
  {
    const std::lock_guard lock(mutex_);
    taken_ = !waiting_.empty();
    if (taken_) {
      next = waiting_.front();
      waiting_.pop_front();
    }
  }
  if (next) next->complete(true);
}

Task<Result<void>> ProviderRegistry::take_over(std::vector<ProviderRegistration> all) {
  auto config = std::make_shared<const config::Config>(merged(all));
  const Completion<Result<void>> done;
  thread_.post([this, config, done] { done.complete(providers_.reload(*config)); });
  Result<void> reloaded = co_await done;
  if (!reloaded) co_return fail(reloaded.error());
  const std::lock_guard lock(mutex_);
  in_force_ = std::move(all);
  co_return Result<void>();
}

Task<Result<void>> ProviderRegistry::check(const ProviderRegistration& one) const {
  const plugin::Scope scope{one.org_id, one.agent_id};
  Task<Result<void>> checking = providers_.check(one.slot, scope);
  Result<void> healthy = co_await std::move(checking);
  if (healthy) co_return healthy;
  Error error = healthy.error();
  for (const plugin::ProviderState& state : providers_.states()) {
    const std::string place =
        one.org_id.empty() ? "" : one.org_id + (one.agent_id.empty() ? "" : "/" + one.agent_id);
    if (state.slot == one.slot && state.scope == place && error.code == ErrorCode::not_found &&
        !state.reason.empty()) {
      error.code = ErrorCode::unavailable;
      error.message = state.reason;
    }
  }
  // Not the caller's own token is bad, but the vendor's.
  if (error.code == ErrorCode::unauthenticated || error.code == ErrorCode::permission_denied) {
    error.code = ErrorCode::rejected;
  }
  error.message = "the provider '" + one.provider + "' was not registered: " + error.message;
  co_return fail(std::move(error));
}

Task<Result<void>> ProviderRegistry::set(identity::Principal actor,
                                         std::vector<ProviderRegistration> wanted, bool verify) {
  const std::shared_ptr<const void> ours = co_await turn();
  std::vector<ProviderRegistration> before;
  {
    const std::lock_guard lock(mutex_);
    before = in_force_;
  }
  std::vector<ProviderRegistration> after = before;
  for (const ProviderRegistration& one : wanted) {
    if (one.slot == not_registrable) {
      co_return fail(ErrorCode::invalid_argument,
                     "the database is chosen in the configuration file, and cannot be registered");
    }
    std::erase_if(after, [&](const auto& other) { return place_of(other) == place_of(one); });
    after.push_back(one);
  }
  Result<void> taken = co_await take_over(after);
  if (!taken) co_return fail(taken.error());
  for (const ProviderRegistration& one : wanted) {
    if (!verify) break;
    Result<void> healthy = co_await check(one);
    if (healthy) continue;
    Result<void> back = co_await take_over(before);
    if (!back) log::error("providers_not_put_back", {{"code", to_string(back.error().code)}});
    co_return fail(healthy.error());
  }
  store::UnitOfWork unit;
  for (const ProviderRegistration& one : wanted) {
    RegisteredProvider row{one.org_id,   one.agent_id, one.slot,
                           one.provider, seal(one),    clock_.now()};
    RegisteredProviderRepository::add_set(unit, row);
    JsonWriter details;
    details.begin_object().field("slot", one.slot).field("provider", one.provider);
    details.field("agent", one.agent_id).end_object();
    audit_.add_entry(unit, {one.org_id, identity::actor_of(actor), "provider_registered",
                            one.provider, details.take()});
  }
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (saved && saved->committed) co_return Result<void>();
  Result<void> back = co_await take_over(std::move(before));
  if (!back) log::error("providers_not_put_back", {{"code", to_string(back.error().code)}});
  if (!saved) co_return fail(saved.error());
  co_return fail(ErrorCode::internal, "the provider could not be saved");
}

Task<Result<void>> ProviderRegistry::set_account(std::string org_id, std::string agent_id,
                                                 std::string provider, plugin::KeyValues settings) {
  std::vector<ProviderRegistration> wanted;
  {
    const std::lock_guard lock(mutex_);
    ProviderRegistration base{org_id, agent_id, "telephony", provider, {}};
    // The nearest registration of this provider is what the account stands below.
    for (const ProviderRegistration& one : in_force_) {
      const bool above = (one.org_id == org_id || one.org_id.empty()) &&
                         (one.agent_id.empty() || one.agent_id == agent_id);
      if (above && one.slot == base.slot && one.provider == provider) {
        base.settings_json = one.settings_json;
      }
    }
    config::ProviderConfig now = settings_of(config_, base);
    config::Node node = now.settings();
    node.type = config::Node::Type::object;
    for (const auto& [key, value] : settings) {
      config::Node text;
      text.type = config::Node::Type::string;
      text.string = value;
      if (config::Node* member = node.find(key)) {
        *member = std::move(text);
      } else {
        node.members.push_back({key, std::move(text), 0});
      }
    }
    base.settings_json = node.to_json();
    wanted.push_back(std::move(base));
  }
  Task<Result<void>> setting = set(identity::Principal(), std::move(wanted), true);
  co_return co_await std::move(setting);
}

Task<Result<void>> ProviderRegistry::remove_agent(std::string org_id, std::string agent_id) {
  const std::shared_ptr<const void> ours = co_await turn();
  std::vector<ProviderRegistration> after;
  {
    const std::lock_guard lock(mutex_);
    after = in_force_;
  }
  const auto gone = std::erase_if(after, [&](const ProviderRegistration& one) {
    return one.org_id == org_id && one.agent_id == agent_id;
  });
  if (gone == 0) co_return Result<void>();
  store::UnitOfWork unit;
  RegisteredProviderRepository::add_remove_agent(unit, org_id, agent_id);
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  Task<Result<void>> taking = take_over(std::move(after));
  co_return co_await std::move(taking);
}

std::string ProviderRegistry::seal(const ProviderRegistration& one) {
  if (!one.settings_json) return {};
  return seal_text(keys_.now, *one.settings_json,
                   bound_to(one.org_id, one.agent_id, one.slot, one.provider), random_);
}

std::optional<ProviderRegistration> ProviderRegistry::open(const RegisteredProvider& row) const {
  ProviderRegistration one{row.org_id, row.agent_id, row.slot, row.provider, {}};
  if (row.config_sealed.empty()) return one;
  one.settings_json = open_text(keys_, row.config_sealed,
                                bound_to(row.org_id, row.agent_id, row.slot, row.provider));
  if (one.settings_json) return one;
  return std::nullopt;
}

Task<Result<void>> ProviderRegistry::check() const {
  const RegisteredProviderRepository repository(store_);
  auto rows = co_await repository.list_all();
  if (!rows) co_return fail(rows.error());
  for (const RegisteredProvider& row : *rows) {
    if (open(row)) continue;
    co_return fail(make_error(
        ErrorCode::unavailable,
        "the settings of the registered provider '" + row.provider + "' (" + row.slot +
            ") were sealed under another credentials_key than the server has now",
        "bring that key back as the secret 'credentials_key', or as 'credentials_key_before' with "
        "the new one beside it"));
  }
  co_return Result<void>();
}

Task<Result<std::size_t>> ProviderRegistry::reseal() {
  const RegisteredProviderRepository repository(store_);
  auto rows = co_await repository.list_all();
  if (!rows) co_return fail(rows.error());
  std::size_t done = 0;
  for (RegisteredProvider& row : *rows) {
    auto anew = reseal_text(keys_, row.config_sealed,
                            bound_to(row.org_id, row.agent_id, row.slot, row.provider), random_);
    if (!anew) continue;
    const std::string before = std::exchange(row.config_sealed, std::move(*anew));
    store::UnitOfWork unit;
    RegisteredProviderRepository::add_reseal(unit, row, before);
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    if (saved->committed) ++done;  // else it was set anew meanwhile, under the key of now
  }
  co_return done;
}

Task<Result<std::vector<ProviderRegistration>>> ProviderRegistry::read() const {
  const RegisteredProviderRepository repository(store_);
  auto rows = co_await repository.list_all();
  if (!rows) co_return fail(rows.error());
  std::vector<ProviderRegistration> all;
  for (const RegisteredProvider& row : *rows) {
    auto one = open(row);
    if (one) {
      all.push_back(std::move(*one));
    } else {
      log::error("registered_provider_not_opened",
                 {{"slot", row.slot}, {"provider", row.provider}});
    }
  }
  co_return all;
}

Task<Result<void>> ProviderRegistry::refresh() {
  const std::shared_ptr<const void> ours = co_await turn();
  auto all = co_await read();
  if (!all) co_return fail(all.error());
  {
    const std::lock_guard lock(mutex_);
    if (std::equal(all->begin(), all->end(), in_force_.begin(), in_force_.end(), same)) {
      co_return Result<void>();
    }
  }
  Result<void> taken = co_await take_over(*all);
  if (taken) co_return taken;
  // One that cannot be had (its plugin is gone) must not keep the others out.
  log::error("registered_providers_refused", {{"code", to_string(taken.error().code)}});
  std::vector<ProviderRegistration> good;
  for (const ProviderRegistration& one : *all) {
    std::vector<ProviderRegistration> with = good;
    with.push_back(one);
    Result<void> possible = co_await take_over(with);
    if (possible) {
      good = std::move(with);
    } else {
      log::error("registered_provider_refused", {{"slot", one.slot}, {"provider", one.provider}});
    }
  }
  co_return Result<void>();
}

Result<void> ProviderRegistry::rebase(const config::Config& config) {
  std::vector<ProviderRegistration> all;
  config::Config before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(config_, config);
    all = in_force_;
  }
  Result<void> reloaded = providers_.reload(merged(all));
  if (reloaded) return reloaded;
  const std::lock_guard lock(mutex_);
  config_ = std::move(before);
  return reloaded;
}

}  // namespace commsd::provisioning
