#include "messaging/threads.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <tuple>

#include "base/text.h"

namespace commsd::messaging {

namespace {

constexpr std::int64_t most_entries = 200;

/// Where a page begins: entries that are older than this one.
struct Cursor {
  UnixMillis at = std::numeric_limits<UnixMillis>::max();
  std::string id;
};

Result<Cursor> read_cursor(const std::string& text) {
  Cursor cursor;
  if (text.empty()) return cursor;
  const std::size_t dot = text.find('.');
  const auto read = std::from_chars(text.data(), text.data() + text.size(), cursor.at);
  if (dot == std::string::npos || read.ec != std::errc() || read.ptr != text.data() + dot) {
    return fail(ErrorCode::invalid_argument,
                "'before' is not the 'next' of an earlier page of this thread");
  }
  cursor.id = text.substr(dot + 1);
  return cursor;
}

bool is_newer(const store::ThreadEntry& a, const store::ThreadEntry& b) {
  return std::tie(a.at, a.id) > std::tie(b.at, b.id);
}

}  // namespace

std::string thread_address(std::string_view address) {
  return to_lower_ascii(trim(address));
}

bool is_contact_id(std::string_view name) {
  // Names of senders may begin so, but are 11 characters at most (3GPP TS 23.040).
  return name.starts_with("ct_") && name.size() > 20 && name.find('@') == std::string_view::npos;
}

Task<Result<std::vector<std::string>>> Threads::names_of(std::string org_id, std::string agent_id,
                                                         std::string address) const {
  std::vector<std::string> names{thread_address(address)};
  auto contact = co_await repository_.contact_of(org_id, agent_id, names.front());
  if (!contact) co_return fail(contact.error());
  if (!*contact) co_return names;
  auto addresses = co_await repository_.addresses(org_id, agent_id, **contact);
  if (!addresses) co_return fail(addresses.error());
  names = {std::move(**contact)};
  names.insert(names.end(), addresses->begin(), addresses->end());
  co_return names;
}

Task<Result<std::string>> Threads::name_of(std::string org_id, std::string agent_id,
                                           std::string address) const {
  std::string name = thread_address(address);
  auto contact = co_await repository_.contact_of(org_id, agent_id, name);
  if (!contact) co_return fail(contact.error());
  if (*contact) name = std::move(**contact);
  co_return name;
}

Task<Result<Threads::View>> Threads::find(std::string org_id, std::string agent_id,
                                          std::string thread_id, Page page) const {
  const auto unknown = [] { return fail(ErrorCode::not_found, "there is no such thread here"); };
  const Result<Cursor> from = read_cursor(page.before);
  if (!from) co_return fail(from.error());
  const auto name = contacts_.open(org_id, thread_id);
  if (!name) co_return unknown();

  View view;
  if (is_contact_id(*name)) {
    auto addresses = co_await repository_.addresses(org_id, agent_id, *name);
    if (!addresses) co_return fail(addresses.error());
    view.name = *name;
    view.addresses = std::move(*addresses);
  } else {
    auto names = co_await names_of(org_id, agent_id, *name);
    if (!names) co_return fail(names.error());
    view.name = names->front();
    view.addresses.assign(names->begin() + (names->size() > 1 ? 1 : 0), names->end());
  }
  if (view.addresses.empty()) co_return unknown();

  const std::int64_t limit = std::clamp<std::int64_t>(page.limit, 1, most_entries);
  for (const std::string& address : view.addresses) {
    // One more than shown tells whether there is another page.
    auto found =
        co_await repository_.entries(org_id, agent_id, address, from->at, from->id, limit + 1);
    if (!found) co_return fail(found.error());
    std::move(found->begin(), found->end(), std::back_inserter(view.entries));
  }
  std::sort(view.entries.begin(), view.entries.end(), is_newer);
  if (view.entries.empty() && page.before.empty() && !is_contact_id(view.name)) {
    co_return unknown();
  }
  if (view.entries.size() > static_cast<std::size_t>(limit)) {
    view.entries.resize(static_cast<std::size_t>(limit));
    view.next = std::to_string(view.entries.back().at) + '.' + view.entries.back().id;
  }
  co_return view;
}

}  // namespace commsd::messaging
