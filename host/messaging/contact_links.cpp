#include "messaging/contact_links.h"

#include <algorithm>
#include <set>

#include "base/json_writer.h"
#include "base/text.h"
#include "messaging/threads.h"

namespace commsd::messaging {

namespace {

constexpr std::size_t most_addresses = 20;

Result<std::set<std::string>> clean(const std::vector<std::string>& given) {
  std::set<std::string> addresses;
  for (const std::string& one : given) {
    std::string address = thread_address(one);
    if (!is_e164(address) && !is_email_address(address)) {
      return fail(ErrorCode::invalid_argument,
                  "'addresses': each must be an E.164 number like +14155552671 or an e-mail "
                  "address like name@example.com");
    }
    addresses.insert(std::move(address));
  }
  if (addresses.size() < 2 || addresses.size() > most_addresses) {
    return fail(ErrorCode::invalid_argument,
                "'addresses' must name 2 to 20 different addresses of the contact");
  }
  return addresses;
}

}  // namespace

Task<Result<ContactLinks::Contact>> ContactLinks::read(const Agent& agent,
                                                       std::string contact_id) const {
  auto addresses = co_await contacts_.addresses(agent.org_id, agent.agent_id, contact_id);
  if (!addresses) co_return fail(addresses.error());
  Contact contact;
  if (!addresses->empty()) contact.id = std::move(contact_id);
  contact.addresses = std::move(*addresses);
  co_return contact;
}

Task<Result<ContactLinks::Contact>> ContactLinks::link(Agent agent,
                                                       std::vector<std::string> addresses) {
  const Result<std::set<std::string>> wanted = clean(addresses);
  if (!wanted) co_return fail(wanted.error());
  std::vector<std::string> alone;
  std::set<std::string> known;  // contacts
  for (const std::string& address : *wanted) {
    auto contact = co_await contacts_.contact_of(agent.org_id, agent.agent_id, address);
    if (!contact) co_return fail(contact.error());
    if (*contact) {
      known.insert(std::move(**contact));
    } else {
      alone.push_back(address);
    }
  }
  std::size_t total = alone.size();
  for (const std::string& contact : known) {
    auto held = co_await contacts_.addresses(agent.org_id, agent.agent_id, contact);
    if (!held) co_return fail(held.error());
    total += held->size();
  }
  if (total > most_addresses) {
    co_return fail(ErrorCode::invalid_argument, "the contact would have " + std::to_string(total) +
                                                    " addresses; at most 20 are one contact");
  }
  const UnixMillis now = clock_.now();
  // The oldest one's name stays: ids begin with their time.
  const std::string id = known.empty() ? ids_.make("ct") : *known.begin();
  store::UnitOfWork unit;
  for (const std::string& address : alone) {
    store::ContactRepository::add_link(unit, agent.org_id, agent.agent_id, address, id, now);
  }
  for (const std::string& contact : known) {
    if (contact == id) continue;
    store::ContactRepository::add_merge(unit, agent.org_id, agent.agent_id, contact, id);
  }
  JsonWriter details;
  details.begin_object().field("contact", id).field("addresses", total).end_object();
  audit_.add_entry(unit,
                   {agent.org_id, agent.actor, "contact_linked", agent.agent_id, details.take()});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict,
                   "one of the addresses was linked by somebody else at this moment; try again");
  }
  Task<Result<Contact>> reading = read(agent, id);
  Result<Contact> contact = co_await std::move(reading);
  co_return contact;
}

Task<Result<ContactLinks::Contact>> ContactLinks::unlink(Agent agent, std::string address) {
  const std::string name = thread_address(address);
  auto contact = co_await contacts_.contact_of(agent.org_id, agent.agent_id, name);
  if (!contact) co_return fail(contact.error());
  if (!*contact) {
    co_return fail(ErrorCode::not_found, "the address is linked to no contact of this agent");
  }
  store::UnitOfWork unit;
  store::ContactRepository::add_unlink(unit, agent.org_id, agent.agent_id, name, **contact);
  JsonWriter details;
  details.begin_object().field("contact", **contact).end_object();
  audit_.add_entry(unit,
                   {agent.org_id, agent.actor, "contact_unlinked", agent.agent_id, details.take()});
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::not_found, "the address is linked to no contact of this agent");
  }
  Task<Result<Contact>> reading = read(agent, std::move(**contact));
  Result<Contact> left = co_await std::move(reading);
  co_return left;
}

}  // namespace commsd::messaging
