#include "provisioning/purchases.h"

#include <algorithm>

#include "base/crash_point.h"
#include "store/organization_repository.h"
#include "store/registered_provider_repository.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace commsd::provisioning {

namespace {

using store::Acquisition;
using store::AcquisitionRepository;

constexpr std::chrono::milliseconds vendor_limit{8'000};
constexpr UnixMillis longest_wait = 3'600'000;
/// A vendor may show a purchase only a while after it was made; not longer than the grace, in which
/// everything about it has to be over.
constexpr UnixMillis until_absent = 60'000;

/// Whether the vendor certainly did not sell.
bool is_definite(ErrorCode code) {
  switch (code) {
    case ErrorCode::timeout:
    case ErrorCode::ambiguous:
    case ErrorCode::cancelled:
    case ErrorCode::internal:
      return false;
    default:
      return true;
  }
}

Error not_configured(const std::string& provider) {
  return make_error(ErrorCode::unavailable, "its provider '" + provider + "' is not configured");
}

/// What a row says of an order of any kind.
template <typename Order>
Acquisition wanted_by(const Order& order, std::string kind, std::string provider) {
  Acquisition wanted;
  wanted.org_id = order.org_id;
  wanted.agent_id = order.agent_id;
  wanted.provisioning_id = order.provisioning_id;
  wanted.kind = std::move(kind);
  wanted.provider = std::move(provider);
  return wanted;
}

UnixMillis wait_after(std::int64_t tries, UnixMillis first) {
  UnixMillis wait = first;
  for (std::int64_t i = 1; i < tries && wait < longest_wait; ++i) wait *= 2;
  return std::min(wait, longest_wait);
}

}  // namespace

Task<Result<void>> Purchases::move(Acquisition& acquisition, AcquisitionRepository::Move change) {
  store::UnitOfWork unit;
  AcquisitionRepository::add_move(unit, acquisition, change, clock_.now());
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) {
    co_return fail(ErrorCode::conflict, "somebody else carries on with this purchase");
  }
  acquisition.state = change.state;
  if (!change.address.empty()) acquisition.address = change.address;
  if (!change.vendor_id.empty()) acquisition.vendor_id = change.vendor_id;
  co_return Result<void>();
}

Task<Result<Acquisition>> Purchases::ask(Acquisition acquisition) {
  acquisition.id = ids_.make("acq");
  acquisition.state = "asked";
  acquisition.worker = worker_;
  acquisition.started_at = clock_.now();
  store::UnitOfWork unit;
  AcquisitionRepository::add_ask(unit, acquisition,
                                 acquisition.started_at + patience_.grace.count());
  crash_point("purchase.before_ask");
  Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
  crash_point("purchase.after_ask");
  if (!saved) co_return fail(saved.error());
  if (!saved->committed) co_return fail(ErrorCode::not_found, "there is no such organization");
  co_return acquisition;
}

/// What to do when a purchase failed: it is closed when that is certain, else it stays and is
/// looked up once the grace is over.
Task<Result<void>> Purchases::refuse(Acquisition asked, Error error) {
  if (!is_definite(error.code)) {
    log::warn(
        "purchase_unknown",
        {{"acquisition", asked.id}, {"provider", asked.provider}, {"code", to_string(error.code)}});
    error.message += "; if it was sold all the same, it will be found and given back";
    co_return fail(std::move(error));
  }
  const std::string code(to_string(error.code));
  Task<Result<void>> closing = move(asked, {"refused", {}, {}, code});
  Result<void> closed = co_await std::move(closing);
  if (!closed) {  // then it is looked up and not found
    log::warn("purchase_not_closed", {{"acquisition", asked.id}});
  }
  co_return fail(std::move(error));
}

Task<Result<Acquisition>> Purchases::hold(Acquisition asked, std::string address,
                                          std::string vendor_id) {
  crash_point("purchase.after_vendor");
  Task<Result<void>> holding =
      move(asked, {"held", address, vendor_id, {}, clock_.now() + patience_.grace.count()});
  Result<void> held = co_await std::move(holding);
  crash_point("purchase.after_hold");
  if (held) co_return asked;
  // The vendor's answer is at hand, so it need not be looked for: give it back at once. Should that
  // fail too, the row is still `asked`, and is looked up.
  asked.address = std::move(address);
  asked.vendor_id = std::move(vendor_id);
  log::error("purchase_not_saved", {{"acquisition", asked.id}, {"provider", asked.provider}});
  Result<void> released = co_await release(asked);
  if (!released) {
    log::error("purchase_not_given_back",
               {{"acquisition", asked.id}, {"code", to_string(released.error().code)}});
  }
  co_return fail(held.error());
}

Task<Result<Acquisition>> Purchases::buy_number(std::shared_ptr<plugin::TelephonyProvider> vendor,
                                                Order order, std::chrono::milliseconds limit) {
  Acquisition wanted = wanted_by(order, "number", vendor->name());
  Result<Acquisition> asked = co_await ask(std::move(wanted));
  if (!asked) co_return fail(asked.error());
  plugin::NumberQuery query = order.query;
  query.client_reference = asked->id;
  Result<plugin::BoughtNumber> bought = co_await vendor->buy_number(std::move(query), limit);
  if (!bought) {
    Result<void> refused = co_await refuse(*asked, bought.error());
    co_return fail(refused.error());
  }
  Task<Result<Acquisition>> holding = hold(std::move(*asked), bought->number, bought->vendor_id);
  co_return co_await std::move(holding);
}

Task<Result<Purchases::Account>> Purchases::open_account(
    std::shared_ptr<plugin::TelephonyProvider> vendor, AccountOrder order,
    std::chrono::milliseconds limit) {
  if (!vendor->has_accounts()) {
    co_return fail(ErrorCode::unsupported,
                   "the telephony provider '" + vendor->name() +
                       "' has no sub-accounts: set provisioning.isolation to single-account, or "
                       "use a provider that has them");
  }
  Acquisition wanted = wanted_by(order, "account", vendor->name());
  wanted.address = order.name;  // what it is looked up by, beside its reference
  Result<Acquisition> asked = co_await ask(std::move(wanted));
  if (!asked) co_return fail(asked.error());
  plugin::AccountRequest request{order.name, asked->id};
  Result<plugin::VendorAccount> made = co_await vendor->create_account(std::move(request), limit);
  if (!made) {
    Result<void> refused = co_await refuse(*asked, made.error());
    co_return fail(refused.error());
  }
  Task<Result<Acquisition>> holding = hold(std::move(*asked), order.name, made->vendor_id);
  Result<Acquisition> held = co_await std::move(holding);
  if (!held) co_return fail(held.error());
  Account account;
  account.acquisition = std::move(*held);
  account.settings = std::move(made->settings);
  co_return account;
}

Task<Result<Purchases::Sender>> Purchases::register_sender(
    std::shared_ptr<plugin::WhatsappProvider> vendor, SenderOrder order,
    std::chrono::milliseconds limit) {
  Acquisition wanted = wanted_by(order, "sender", vendor->name());
  wanted.address = order.request.number;  // what it is looked up by
  Result<Acquisition> asked = co_await ask(std::move(wanted));
  if (!asked) co_return fail(asked.error());
  Result<plugin::SenderState> made =
      co_await vendor->register_sender(std::move(order.request), limit);
  if (!made) {
    Result<void> refused = co_await refuse(*asked, made.error());
    co_return fail(refused.error());
  }
  Task<Result<Acquisition>> holding = hold(std::move(*asked), made->number, made->vendor_id);
  Result<Acquisition> held = co_await std::move(holding);
  if (!held) co_return fail(held.error());
  co_return Sender{std::move(*held), made->status};
}

void Purchases::add_own(store::UnitOfWork& unit, const Acquisition& held) const {
  AcquisitionRepository::add_move(unit, held, {"owned"}, clock_.now());
}

void Purchases::add_release(store::UnitOfWork& unit, Acquisition& acquisition) const {
  AcquisitionRepository::add_move(unit, acquisition, {"releasing", {}, {}, {}, clock_.now()},
                                  clock_.now());
  acquisition.state = "releasing";
}

Task<void> Purchases::give_back(Acquisition held) {
  Task<Result<void>> marking = move(held, {"releasing", {}, {}, {}, clock_.now()});
  Result<void> marked = co_await std::move(marking);
  if (!marked) {  // it becomes due by itself when the grace is over
    log::error("purchase_not_released",
               {{"acquisition", held.id}, {"code", to_string(marked.error().code)}});
    co_return;
  }
  Result<void> settled = co_await settle(std::move(held));
  if (!settled) log::warn("release_postponed", {{"code", to_string(settled.error().code)}});
}

std::shared_ptr<plugin::TelephonyProvider> Purchases::vendor_of(
    const Acquisition& acquisition) const {
  // An account is the business of the provider it stands below, not of the instance in it.
  const plugin::Scope scope{acquisition.org_id,
                            acquisition.kind == "account" ? "" : acquisition.agent_id};
  return providers_.named_telephony(acquisition.provider, scope);
}

Task<Result<void>> Purchases::settle(Acquisition acquisition) {
  if (acquisition.state == "asked") {
    Task<Result<void>> looking = look_up(std::move(acquisition));
    co_return co_await std::move(looking);
  }
  if (acquisition.state == "held") {
    Task<Result<void>> marking = move(acquisition, {"releasing", {}, {}, {}, clock_.now()});
    Result<void> marked = co_await std::move(marking);
    if (!marked) co_return fail(marked.error());
  }
  Result<void> released = co_await release(acquisition);
  if (!released) {
    Task<Result<void>> postponing = postpone(std::move(acquisition), released.error());
    co_return co_await std::move(postponing);
  }
  crash_point("purchase.after_release");
  Task<Result<void>> moving = move(acquisition, {"released"});
  co_return co_await std::move(moving);
}

Task<Result<void>> Purchases::find_at_vendor(Acquisition& asked) const {
  if (asked.kind == "sender") {
    const auto whatsapp = providers_.named_whatsapp(asked.provider, {asked.org_id, asked.agent_id});
    if (!whatsapp) co_return fail(not_configured(asked.provider));
    Result<std::vector<plugin::SenderState>> senders =
        co_await whatsapp->list_senders(vendor_limit);
    if (!senders) co_return fail(senders.error());
    const auto found = std::find_if(senders->begin(), senders->end(),
                                    [&](const auto& one) { return one.number == asked.address; });
    if (found == senders->end()) co_return fail(ErrorCode::not_found, "there is no such sender");
    asked.vendor_id = found->vendor_id;
    co_return Result<void>();
  }
  const auto vendor = vendor_of(asked);
  if (!vendor) co_return fail(not_configured(asked.provider));
  if (asked.kind == "number") {
    Result<plugin::BoughtNumber> number = co_await vendor->find_number(asked.id, vendor_limit);
    if (!number) co_return fail(number.error());
    asked.address = number->number;
    asked.vendor_id = number->vendor_id;
    co_return Result<void>();
  }
  plugin::AccountRequest request{asked.address, asked.id};
  Result<plugin::VendorAccount> account =
      co_await vendor->find_account(std::move(request), vendor_limit);
  if (!account) co_return fail(account.error());
  asked.vendor_id = account->vendor_id;
  co_return Result<void>();
}

Task<Result<void>> Purchases::look_up(Acquisition asked) {
  Task<Result<void>> finding = find_at_vendor(asked);
  const Result<void> found = co_await std::move(finding);
  if (found) {
    log::warn("purchase_found", {{"acquisition", asked.id}, {"provider", asked.provider}});
    const std::string address = asked.address;
    const std::string vendor_id = asked.vendor_id;
    Task<Result<void>> marking = move(asked, {"releasing", address, vendor_id, {}, clock_.now()});
    Result<void> marked = co_await std::move(marking);
    if (!marked) co_return fail(marked.error());
    Task<Result<void>> settling = settle(std::move(asked));
    co_return co_await std::move(settling);
  }
  Error error = found.error();
  const UnixMillis shown_by =
      asked.started_at + std::min<UnixMillis>(until_absent, patience_.grace.count());
  if (error.code == ErrorCode::not_found && clock_.now() >= shown_by) {
    Task<Result<void>> moving = move(asked, {"refused", {}, {}, "not_found"});
    co_return co_await std::move(moving);
  }
  if (error.code == ErrorCode::unsupported && asked.kind == "sender") {
    // Such a vendor keeps no list of senders: what the number is stays with the number.
    Task<Result<void>> moving = move(asked, {"refused", {}, {}, "unsupported"});
    co_return co_await std::move(moving);
  }
  if (error.code == ErrorCode::unsupported) {
    // Only a person can tell; `commsctl provisioning check` shows it until then.
    log::error("purchase_perhaps_made", {{"acquisition", asked.id}, {"provider", asked.provider}});
  }
  Task<Result<void>> postponing = postpone(std::move(asked), std::move(error));
  co_return co_await std::move(postponing);
}

Task<Result<void>> Purchases::release(Acquisition acquisition) {
  Result<void> released;
  if (acquisition.kind == "sender") {
    const auto whatsapp =
        providers_.named_whatsapp(acquisition.provider, {acquisition.org_id, acquisition.agent_id});
    if (!whatsapp) co_return fail(not_configured(acquisition.provider));
    released = co_await whatsapp->remove_sender(acquisition.vendor_id, vendor_limit);
    if (!released && released.error().code == ErrorCode::unsupported) co_return Result<void>();
  } else {
    const auto vendor = vendor_of(acquisition);
    if (!vendor) co_return fail(not_configured(acquisition.provider));
    if (acquisition.kind == "account") {
      released = co_await vendor->close_account(acquisition.vendor_id, vendor_limit);
    } else {
      plugin::BoughtNumber number{acquisition.address, acquisition.vendor_id};
      released = co_await vendor->release_number(std::move(number), vendor_limit);
    }
  }
  if (!released && released.error().code == ErrorCode::not_found) co_return Result<void>();
  co_return released;
}

Task<Result<void>> Purchases::postpone(Acquisition acquisition, Error error) {
  ++acquisition.tries;
  const std::string state = acquisition.state;
  const std::string code(to_string(error.code));
  const UnixMillis due = clock_.now() + wait_after(acquisition.tries, patience_.retry.count());
  Task<Result<void>> postponing = move(acquisition, {state, {}, {}, code, due});
  Result<void> waiting = co_await std::move(postponing);
  telemetry::metrics()
      .counter("commsd_purchases_postponed_total",
               "Purchases that could not be looked up or given back yet.",
               {{"provider", acquisition.provider}})
      .add();
  log::warn("purchase_postponed", {{"acquisition", acquisition.id},
                                   {"provider", acquisition.provider},
                                   {"tries", acquisition.tries},
                                   {"code", code}});
  if (!waiting) co_return fail(waiting.error());
  co_return fail(std::move(error));
}

void Purchases::add_undo(store::UnitOfWork& unit, const store::Provisioning& provisioning) const {
  AcquisitionRepository::add_end(unit, provisioning, "undone", clock_.now());
  store::OrganizationRepository::add_return_agent_slot(unit, provisioning.org_id);
  store::RegisteredProviderRepository::add_remove_agent(unit, provisioning.org_id,
                                                        provisioning.agent_id);
}

Task<Result<std::size_t>> Purchases::recover(std::int64_t limit) {
  const UnixMillis now = clock_.now();
  auto cut = co_await ledger_.cut_short(worker_, begun_, now - patience_.grace.count(), limit);
  if (!cut) co_return fail(cut.error());
  for (const store::Provisioning& one : *cut) {
    store::UnitOfWork unit;
    add_undo(unit, one);
    audit_.add_entry(unit, {one.org_id, "system", "agent_not_provisioned", one.agent_id, ""});
    Result<store::UnitOutcome> undone = co_await store_.commit(std::move(unit));
    if (!undone) co_return fail(undone.error());
  }
  auto due = co_await ledger_.due(now, worker_, begun_, limit);
  if (!due) co_return fail(due.error());
  for (const Acquisition& one : *due) {
    Result<void> settled = co_await settle(one);
    // A purchase that cannot be settled waits longer each time, and does not hold up the others.
    if (!settled) log::warn("purchase_unsettled", {{"acquisition", one.id}});
  }
  co_return cut->size() + due->size();
}

}  // namespace commsd::provisioning
