#include "identity/server_keys.h"

#include <array>

#include "base/digest.h"
#include "base/json.h"
#include "store/setting_repository.h"

namespace commsd::identity {

namespace {

Result<std::string> decode(const std::string& json) {
  const auto document = JsonDocument::parse(json);
  const auto text = document ? document->root().string() : std::nullopt;
  if (!text || text->size() != 64) return fail(ErrorCode::internal, "a server key is damaged");
  return std::string(*text);
}

}  // namespace

Task<Result<std::string>> server_key(store::Store& store, std::string name, const Clock& clock,
                                     Random& random) {
  const store::SettingRepository settings(store);
  auto existing = co_await settings.find("", name);
  if (!existing) co_return fail(existing.error());
  if (*existing) co_return decode(**existing);

  std::array<std::uint8_t, 32> noise{};
  random.fill(noise);
  const std::string key =
      to_hex(std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()));
  store::UnitOfWork unit;
  store::SettingRepository::add_claim(unit, "", name, '"' + key + '"', clock.now());
  Result<store::UnitOutcome> claimed = co_await store.commit(std::move(unit));
  if (!claimed) co_return fail(claimed.error());
  if (claimed->committed) co_return key;
  // Another worker was faster; its key is the key.
  auto winner = co_await settings.find("", name);
  if (!winner) co_return fail(winner.error());
  if (!*winner) co_return fail(ErrorCode::internal, "a server key vanished");
  co_return decode(**winner);
}

}  // namespace commsd::identity
