#include "messaging/whatsapp_templates.h"

#include <algorithm>

#include "base/text.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

using plugin::MessageTemplate;

constexpr std::chrono::milliseconds vendor_limit{5'000};
constexpr UnixMillis keep_for = 300'000;
constexpr UnixMillis read_again_after = 10'000;  // for a name that is not in the list
constexpr std::size_t most_lists = 1'000;
constexpr std::size_t most_named = 20;

/// "en_US" and "en-us" are one language.
std::string plain(std::string_view language) {
  std::string text = to_lower_ascii(language);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::vector<const MessageTemplate*> matches(const std::vector<MessageTemplate>& all,
                                            std::string_view id, std::string_view language) {
  std::vector<const MessageTemplate*> found;
  for (const MessageTemplate& one : all) {
    if (one.vendor_id == id) return {&one};
    const bool same_language = language.empty() || plain(one.language) == plain(language);
    if (one.name == id && same_language) found.push_back(&one);
  }
  return found;
}

/// "welcome (en), welcome (es) and 3 more"
std::string names(const std::vector<MessageTemplate>& all) {
  std::vector<std::string> words;
  for (const MessageTemplate& one : all) {
    if (one.status != "approved") continue;
    words.push_back((one.name.empty() ? one.vendor_id : one.name) + " (" + one.language + ")");
  }
  if (words.empty()) return "none is approved";
  std::sort(words.begin(), words.end());
  std::string text = "approved are ";
  for (std::size_t i = 0; i < std::min(words.size(), most_named); ++i) {
    text += (i == 0 ? "" : ", ") + words[i];
  }
  if (words.size() > most_named) {
    text += " and " + std::to_string(words.size() - most_named) + " more";
  }
  return text;
}

Error unknown(const std::string& provider, std::string_view language,
              const std::vector<MessageTemplate>& all) {
  return make_error(ErrorCode::rejected,
                    "whatsapp_template: the provider '" + provider +
                        "' has no template of this id or name" +
                        (language.empty() ? "" : " in this language") + "; " + names(all),
                    "name one of those in 'templateId', or have the template made and approved",
                    "whatsapp_template");
}

Error several(const std::vector<const MessageTemplate*>& found) {
  Error error = make_error(ErrorCode::invalid_argument,
                           "there are several templates of this name; say which language:");
  for (const MessageTemplate* one : found) error.message += ' ' + one->language;
  return error;
}

}  // namespace

std::optional<WhatsappTemplates::List> WhatsappTemplates::kept(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = lists_.find(key);
  if (found == lists_.end()) return std::nullopt;
  return found->second;
}

void WhatsappTemplates::keep(const std::string& key,
                             const std::vector<MessageTemplate>& templates) {
  const std::lock_guard lock(mutex_);
  if (lists_.size() >= most_lists) lists_.clear();
  lists_[key] = {clock_.now(), templates};
}

void WhatsappTemplates::forget() {
  const std::lock_guard lock(mutex_);
  lists_.clear();
}

Task<Result<std::optional<MessageTemplate>>> WhatsappTemplates::find(plugin::Scope scope,
                                                                     std::string id,
                                                                     std::string language) {
  std::optional<MessageTemplate> chosen;
  const auto vendors = providers_.for_channel(plugin::ChannelKind::whatsapp, scope);
  const auto vendor = vendors.empty()
                          ? nullptr
                          : std::dynamic_pointer_cast<plugin::WhatsappProvider>(vendors.front());
  if (!vendor || !vendor->can_list_templates()) co_return chosen;
  const std::string key = scope.org_id + '\n' + scope.agent_id + '\n' + vendor->name();
  std::optional<List> list = kept(key);
  const UnixMillis age = list ? clock_.now() - list->read_at : keep_for;
  const bool here = list && !matches(list->templates, id, language).empty();
  if (age >= (here ? keep_for : read_again_after)) {
    Task<Result<std::vector<MessageTemplate>>> reading = vendor->list_templates(vendor_limit);
    Result<std::vector<MessageTemplate>> read = co_await std::move(reading);
    if (read) {
      keep(key, *read);
      list = List{clock_.now(), std::move(*read)};
    } else {
      log::warn("templates_not_listed",
                {{"provider", vendor->name()}, {"code", to_string(read.error().code)}});
      if (!here) co_return chosen;
    }
  }
  const std::vector<const MessageTemplate*> found = matches(list->templates, id, language);
  if (found.empty()) co_return fail(unknown(vendor->name(), language, list->templates));
  if (found.size() > 1) co_return fail(several(found));
  chosen = *found.front();
  co_return chosen;
}

Task<Result<std::vector<MessageTemplate>>> WhatsappTemplates::list(plugin::Scope scope) {
  const auto vendor = providers_.whatsapp(scope);
  if (!vendor) co_return fail(providers_.why_none("the slot 'whatsapp'", scope));
  Task<Result<std::vector<MessageTemplate>>> reading = vendor->list_templates(vendor_limit);
  co_return co_await std::move(reading);
}

Task<Result<MessageTemplate>> WhatsappTemplates::create(plugin::Scope scope,
                                                        plugin::NewTemplate wanted) {
  const auto vendor = providers_.whatsapp(scope);
  if (!vendor) co_return fail(providers_.why_none("the slot 'whatsapp'", scope));
  Task<Result<std::vector<MessageTemplate>>> reading = vendor->list_templates(vendor_limit);
  Result<std::vector<MessageTemplate>> all = co_await std::move(reading);
  if (all && !matches(*all, wanted.name, wanted.language).empty()) {
    co_return fail(ErrorCode::conflict, "there is a template of this name and language already");
  }
  Task<Result<MessageTemplate>> making = vendor->create_template(std::move(wanted), vendor_limit);
  Result<MessageTemplate> made = co_await std::move(making);
  forget();
  co_return made;
}

Task<Result<void>> WhatsappTemplates::remove(plugin::Scope scope, std::string id,
                                             std::string language) {
  const auto vendor = providers_.whatsapp(scope);
  if (!vendor) co_return fail(providers_.why_none("the slot 'whatsapp'", scope));
  Task<Result<std::vector<MessageTemplate>>> reading = vendor->list_templates(vendor_limit);
  Result<std::vector<MessageTemplate>> all = co_await std::move(reading);
  if (!all) co_return fail(all.error());
  const std::vector<const MessageTemplate*> found = matches(*all, id, language);
  if (found.empty()) {
    co_return fail(ErrorCode::not_found, "there is no template of this id or name");
  }
  if (found.size() > 1) co_return fail(several(found));
  Task<Result<void>> removing = vendor->remove_template(found.front()->vendor_id, vendor_limit);
  Result<void> removed = co_await std::move(removing);
  forget();
  co_return removed;
}

}  // namespace commsd::messaging
