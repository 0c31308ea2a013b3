#include "messaging/contact_erasure.h"

#include "base/json.h"
#include "base/json_writer.h"
#include "base/sealed_text.h"
#include "base/text.h"
#include "embedded/erasure_rules.h"
#include "policy/opt_out.h"
#include "telemetry/log.h"

namespace commsd::messaging {

namespace {

/// Renewed behind each rule; a worker that died is followed after it, and what is under way is
/// looked at again.
constexpr UnixMillis lease = 60'000;

/// A text for LIKE that stands for itself.
std::string pattern_of(std::string_view text) {
  std::string pattern;
  for (const char character : text) {
    if (character == '%' || character == '_' || character == '\\') pattern += '\\';
    pattern += character;
  }
  return pattern;
}

std::string counts_json(const std::map<std::string, std::int64_t>& counts) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [name, count] : counts) out.field(name, count);
  return out.end_object().take();
}

std::map<std::string, std::int64_t> counts_of(const std::string& json) {
  std::map<std::string, std::int64_t> counts;
  if (const auto document = JsonDocument::parse(json)) {
    document->root().each_member([&](std::string_view name, JsonValue count) {
      counts[std::string(name)] = count.integer().value_or(0);
    });
  }
  return counts;
}

constexpr std::string_view cancelled_messages = "cancelled";

}  // namespace

ContactErasure::ContactErasure(store::Store& store, ScheduledSends& scheduled,
                               const store::AuditLog& audit, const Clock& clock, Random& random,
                               const Ids& ids, std::vector<store::DeletionRule> rules,
                               Settings settings)
    : store_(store),
      requests_(store),
      holds_(store),
      deletion_(store),
      scheduled_(scheduled),
      audit_(audit),
      clock_(clock),
      random_(random),
      ids_(ids),
      contact_ids_(settings.contact_key),
      rules_(std::move(rules)),
      settings_(std::move(settings)) {}

Result<std::vector<store::DeletionRule>> ContactErasure::standard_rules() {
  return store::parse_deletion_rules(commsd::embedded::erasure_rules::erasure_json());
}

Result<std::string> ContactErasure::normalised(std::string_view contact) {
  const std::string_view trimmed = trim(contact);
  if (is_email_address(trimmed)) return to_lower_ascii(trimmed);
  std::string number;
  for (const char character : trimmed) {
    if (std::string_view(" -.()/").find(character) == std::string_view::npos) number += character;
  }
  if (number.starts_with("00")) number.replace(0, 2, "+");
  if (is_e164(number)) return number;
  return fail(ErrorCode::invalid_argument,
              "'contactAddress' is neither a phone number in E.164 form, like +14155552671, nor an "
              "e-mail address");
}

std::string ContactErasure::binding(const store::Erasure& erasure) const {
  return "erasures|" + erasure.org_id + '|' + erasure.id;
}

Task<Result<ContactErasure::Outcome>> ContactErasure::erase(std::string org_id, std::string contact,
                                                            std::string actor) {
  const Result<std::string> address = normalised(contact);
  if (!address) co_return fail(address.error());
  auto hold = co_await holds_.find_hold(org_id);
  if (!hold) co_return fail(hold.error());
  if (*hold) {
    co_return fail(
        make_error(ErrorCode::rejected,
                   "nothing of this organization may be erased while a legal hold is on it",
                   "the server's operator lifts it with: commsctl holds lift", "legal_hold"));
  }
  auto own = co_await requests_.is_own_address(org_id, *address);
  if (!own) co_return fail(own.error());
  if (*own) {
    co_return fail(ErrorCode::rejected,
                   "this is an address of the organization's own, and no contact's; deprovision "
                   "its agent instead");
  }

  const UnixMillis now = clock_.now();
  const std::string hash = policy::contact_hash(settings_.contact_key, *address);
  auto pending = co_await requests_.find_pending(org_id, hash);
  if (!pending) co_return fail(pending.error());
  store::Erasure erasure;
  store::UnitOfWork unit;
  if (*pending) {
    erasure = std::move(**pending);
    erasure.worker = settings_.worker;
  } else {
    erasure.id = ids_.make("era");
    erasure.org_id = org_id;
    erasure.contact_hash = hash;
    erasure.worker = settings_.worker;
    erasure.requested_at = now;
    erasure.lease_until = now + lease;
    erasure.sealed_contact = seal_text(settings_.keys.now, *address, binding(erasure), random_);
    store::ErasureRepository::add(unit, erasure);
    audit_.add_entry(unit, {org_id, std::move(actor), "erasure_requested", erasure.id, ""});
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    if (!saved->committed) co_return fail(ErrorCode::unavailable, "nothing was saved; try again");
  }
  Task<Result<Outcome>> running = run(std::move(erasure), *address);
  Result<Outcome> outcome = co_await std::move(running);
  co_return outcome;
}

Task<Result<void>> ContactErasure::resume() {
  constexpr std::int64_t most = 20;
  const UnixMillis now = clock_.now();
  auto due = co_await requests_.due(now, most);
  if (!due) co_return fail(due.error());
  for (store::Erasure& erasure : *due) {
    auto held = co_await holds_.find_hold(erasure.org_id);
    if (!held) co_return fail(held.error());
    if (*held) continue;
    const auto address = open_text(settings_.keys, erasure.sealed_contact, binding(erasure));
    if (!address) {
      log::error("erasure_unreadable", {{"erasure", erasure.id}});
      continue;
    }
    erasure.worker = settings_.worker;
    erasure.lease_until = now + lease;
    store::UnitOfWork claim;
    store::ErasureRepository::add_claim(claim, erasure, now);
    Result<store::UnitOutcome> claimed = co_await store_.commit(std::move(claim));
    if (!claimed) co_return fail(claimed.error());
    if (!claimed->committed) continue;  // another worker was faster
    std::string whose = *address;
    Task<Result<Outcome>> running = run(std::move(erasure), std::move(whose));
    Result<Outcome> outcome = co_await std::move(running);
    if (!outcome) co_return fail(outcome.error());
  }
  co_return Result<void>();
}

store::Parameters ContactErasure::known(const std::string& org_id, const std::string& address,
                                        const std::string& hash) const {
  return {{"org_id", org_id},
          {"address", address},
          {"pattern", pattern_of(address)},
          {"contact_hash", hash},
          {"code_hash", policy::contact_hash(settings_.code_key, address)},
          {"thread", pattern_of(contact_ids_.seal(org_id, address))}};
}

Task<Result<ContactErasure::Outcome>> ContactErasure::run(store::Erasure erasure,
                                                          std::string address) const {
  Outcome outcome;
  outcome.id = erasure.id;
  outcome.rows = counts_of(erasure.counts_json);
  Task<Result<std::int64_t>> cancelling = cancel_waiting(erasure.org_id, address);
  Result<std::int64_t> cancelled = co_await std::move(cancelling);
  if (!cancelled) co_return fail(cancelled.error());
  outcome.rows[std::string(cancelled_messages)] += *cancelled;

  for (const store::DeletionRule& rule : rules_) {
    const auto never = [] { return false; };
    Task<Result<std::int64_t>> deleting =
        deletion_.run(&rule, known(erasure.org_id, address, erasure.contact_hash), never);
    Result<std::int64_t> gone = co_await std::move(deleting);
    if (!gone) co_return fail(gone.error());
    outcome.rows[rule.name] += *gone;
    erasure.counts_json = counts_json(outcome.rows);
    erasure.lease_until = clock_.now() + lease;
    store::UnitOfWork progress;
    store::ErasureRepository::add_progress(progress, erasure);
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(progress));
    if (!saved) co_return fail(saved.error());
  }
  auto left = co_await requests_.under_way(erasure.org_id, address);
  if (!left) co_return fail(left.error());
  auto kept = co_await requests_.suppressions(erasure.org_id, erasure.contact_hash);
  if (!kept) co_return fail(kept.error());
  outcome.suppressions_kept = *kept;
  if (*left == 0) {
    erasure.completed_at = clock_.now();
    store::UnitOfWork unit;
    store::ErasureRepository::add_finish(unit, erasure);
    audit_.add_entry(unit,
                     {erasure.org_id, "system", "contact_erased", erasure.id, erasure.counts_json});
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    outcome.done = true;
  }
  outcome.cancelled = outcome.rows[std::string(cancelled_messages)];
  outcome.rows.erase(std::string(cancelled_messages));
  co_return outcome;
}

// As somebody would cancel them, so that what they had reserved is given back and nobody finds them
// due. What a vendor may hold already cannot be cancelled; its row goes all the same.
Task<Result<std::int64_t>> ContactErasure::cancel_waiting(std::string org_id,
                                                          std::string address) const {
  constexpr std::int64_t most = 1'000;
  std::int64_t cancelled = 0;
  auto waiting = co_await requests_.waiting_messages(org_id, address, most);
  if (!waiting) co_return fail(waiting.error());
  for (const std::string& id : *waiting) {
    std::string any_agent;
    Task<Result<store::Message>> cancelling = scheduled_.cancel(org_id, std::move(any_agent), id);
    Result<store::Message> message = co_await std::move(cancelling);
    if (message) ++cancelled;
  }
  co_return cancelled;
}

Task<Result<void>> ContactErasure::check() const {
  auto pending = co_await requests_.pending();
  if (!pending) co_return fail(pending.error());
  for (const store::Erasure& erasure : *pending) {
    if (open_text(settings_.keys, erasure.sealed_contact, binding(erasure))) continue;
    co_return fail(make_error(
        ErrorCode::unavailable,
        "the erasure '" + erasure.id +
            "' is not done yet, and whom it is about was encrypted under another "
            "credentials_key than the server has now",
        "bring that key back as the secret 'credentials_key', or as 'credentials_key_before' with "
        "the new one beside it"));
  }
  co_return Result<void>();
}

Task<Result<std::size_t>> ContactErasure::reseal() {
  auto pending = co_await requests_.pending();
  if (!pending) co_return fail(pending.error());
  std::size_t done = 0;
  for (store::Erasure& erasure : *pending) {
    auto anew = reseal_text(settings_.keys, erasure.sealed_contact, binding(erasure), random_);
    if (!anew) continue;
    const std::string before = std::exchange(erasure.sealed_contact, std::move(*anew));
    store::UnitOfWork unit;
    store::ErasureRepository::add_reseal(unit, erasure, before);
    Result<store::UnitOutcome> saved = co_await store_.commit(std::move(unit));
    if (!saved) co_return fail(saved.error());
    if (saved->committed) ++done;  // else it has been carried out
  }
  co_return done;
}

}  // namespace commsd::messaging
