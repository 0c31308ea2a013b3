#include "policy/spend_bed.h"

#include "policy/calendar.h"
#include "store/agent_repository.h"
#include "store/organization_repository.h"

namespace commsd::policy::test {

PriceTable flat_prices() {
  std::string yaml = "currency: USD\nprices:\n";
  for (const char* item : {"sms", "mms", "whatsapp", "email", "voice"}) {
    yaml += std::string("  - {item: ") + item + ", price: \"0.01\", source: test, date: today}\n";
  }
  return std::move(*PriceTable::parse(yaml));
}

void fill(store::Store& store, ManualExecutor& executor) {
  store::UnitOfWork unit;
  for (const char* id : {"org_1", "org_2"}) {
    store::OrganizationRepository::add_create(unit, {id, "Name", "sandbox", "active", 1});
  }
  store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
  store::AgentRepository::add_create(unit, {"agt_2", "org_1", "Bob", "active", "US", 1});
  store::AgentRepository::add_create(unit, {"agt_3", "org_2", "Eve", "active", "US", 1});
  ASSERT_TRUE(executor.run(store.commit(std::move(unit)))->committed);
}

Task<Result<std::int64_t>> spend(store::Store& store, SpendGuard& guard, Spending spending) {
  Result<Reservation> reservation = co_await guard.reserve(std::move(spending));
  if (!reservation) co_return fail(reservation.error());
  const std::int64_t micros = reservation->micros();
  Admission admission(Sender{"+14155550100", ""});
  reservation->add_to(admission);
  store::UnitOfWork unit;
  admission.add_to(unit);
  auto saved = co_await store.commit(std::move(unit));
  if (!saved) co_return fail(saved.error());
  if (saved->committed) {
    co_await guard.note(std::move(*reservation));
    co_return micros;
  }
  std::optional<Error> refusal = admission.refusal(saved->failed_step);
  if (!refusal) co_return fail(ErrorCode::internal, "a step of nobody's failed");
  Task<Error> explaining = guard.explain(*reservation, std::move(*refusal));
  Error why = co_await std::move(explaining);
  co_return fail(std::move(why));
}

SpendBed::SpendBed() : prices_(flat_prices()) {
  reopen();
  fill(*store_, executor_);
}

void SpendBed::reopen() {
  auto opened =
      store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
  if (!opened) std::abort();
  store_ = std::move(*opened);
  audit_.emplace(*store_, clock_, ids_);
  alerts_.emplace(*store_, *audit_, clock_);
  guard_.emplace(*store_, prices_, tiers_, *alerts_, clock_, Limits());
  service_.emplace(*store_, *audit_, tiers_, clock_, Limits(), 0);
  report_.emplace(*store_, clock_, 0);
}

Spending SpendBed::action(const std::string& subject, const std::string& agent_id) const {
  Spending spending;
  spending.org_id = agent_id == "agt_3" ? "org_2" : "org_1";
  spending.agent_id = agent_id;
  spending.subject = subject;
  spending.action = "sms";
  spending.item = "sms";
  spending.to = "+14155552671";
  spending.at = clock_.now();
  return spending;
}

Result<std::int64_t> SpendBed::act(Spending spending) {
  return executor_.run(spend(*store_, *guard_, std::move(spending)));
}

void SpendBed::set(store::LimitSettings settings) {
  if (settings.org_id.empty()) settings.org_id = "org_1";
  auto view = executor_.run(service_->set("tok_1", std::move(settings)));
  ASSERT_TRUE(view) << view.error().message;
}

void SpendBed::settle(const Spending& spending, std::int64_t micros, const std::string& currency) {
  store::UnitOfWork unit;
  SpendGuard::add_settle(unit, {spending.org_id, spending.agent_id, spending.subject,
                                spending.action, spending.at, micros, currency, clock_.now()});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
}

store::LimitSituation SpendBed::situation(const std::string& agent_id) {
  auto view = executor_.run(service_->view(agent_id == "agt_3" ? "org_2" : "org_1", agent_id));
  if (!view) ADD_FAILURE() << view.error().message;
  return view ? view->situation : store::LimitSituation();
}

std::vector<std::string> SpendBed::audited() {
  auto entries = executor_.run(audit_->list({}, 0, 1000));
  std::vector<std::string> lines;
  for (const store::AuditEntry& entry : *entries) {
    lines.push_back(entry.action + ' ' + entry.target + ' ' + entry.details_json);
  }
  return lines;
}

}  // namespace commsd::policy::test
