#include <cstdlib>
#include <memory>

#include <benchmark/benchmark.h>

#include "base/ids.h"
#include "base/manual_executor.h"
#include "policy/spend_guard.h"
#include "store/agent_repository.h"
#include "store/database_store.h"
#include "store/message_repository.h"
#include "store/organization_repository.h"
#include "store/sqlite_loader.h"

// What limits add to a durable accept (SQLite, synchronous=FULL): the same accept without them,
// with the read and the guards, and with the organization's caps; with little history and with
// much. The disk decides: quote ratios between rows, not figures. The folder is TMPDIR's.

namespace commsd::policy {
namespace {

constexpr int callers = 64;
constexpr int accepts_each = 20;
constexpr std::int64_t no_limit = 1'000'000'000;

class Bench {
 public:
  explicit Bench(std::int64_t history) {
    store::UnitOfWork unit;
    store::OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", 1});
    store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    save(std::move(unit));
    for (std::int64_t made = 0; made < history; made += 1'000) {
      store::UnitOfWork many;
      for (int number = 0; number < 1'000; ++number) {
        store::Reservation row{"org_1", "agt_1", 0, ids.make("msg"), "sms", clock.now(),
                               "USD",   1,       {}};
        store::ReservationRepository::add(many, row, std::nullopt, std::nullopt);
      }
      save(std::move(many));
    }
  }
  void save(store::UnitOfWork unit) {
    const auto outcome = executor.run(store->commit(std::move(unit)));
    if (!outcome || !outcome->committed) std::abort();
  }

  SystemClock clock;
  SystemRandom random;
  Ids ids{clock, random};
  store::test::TemporaryFolder folder;
  ManualExecutor executor;
  std::unique_ptr<store::DatabaseStore> store = std::move(
      *store::DatabaseStore::open(store::test::load_sqlite(folder.file("bench.db")), clock));
  PriceTable prices = PriceTable::standard();
  TierTable tiers = TierTable::standard();
  store::AuditLog audit{*store, clock, ids};
  LimitAlerts alerts{*store, audit, clock};
  SpendGuard guard{
      *store, prices, tiers,
      alerts, clock,  {no_limit, no_limit, no_limit, no_limit, no_limit * 1'000, no_limit * 1'000}};
};

Task<void> caller(Bench& bench, bool limited, int& left, Completion<bool> all_done) {
  for (int number = 0; number < accepts_each; ++number) {
    store::Message message;
    message.id = bench.ids.make("msg");
    message.org_id = "org_1";
    message.agent_id = "agt_1";
    message.channel = "sms";
    message.to_address = "+15005550001";
    message.state = "accepted";
    message.created_at = message.updated_at = bench.clock.now();
    store::UnitOfWork unit;
    if (limited) {
      Spending spending;
      spending.org_id = "org_1";
      spending.agent_id = "agt_1";
      spending.subject = message.id;
      spending.action = spending.item = "sms";
      spending.provider = "sandbox";
      spending.to = message.to_address;
      spending.at = message.created_at;
      Result<Reservation> reservation = co_await bench.guard.reserve(std::move(spending));
      if (!reservation) std::abort();
      Admission admission(Sender{});
      reservation->add_to(admission);
      admission.add_to(unit);
    }
    store::MessageRepository::add_accept(unit, message, R"({"body":"Your table is booked."})");
    const auto outcome = co_await bench.store->commit(std::move(unit));
    if (!outcome || !outcome->committed) std::abort();
  }
  if (--left == 0) all_done.complete(true);
}

Task<bool> wait_for(Completion<bool> all_done) {
  co_return co_await all_done;
}

void accepts(benchmark::State& state, bool limited, bool capped) {
  Bench bench(state.range(0));
  if (capped) {
    store::LimitSettings caps;
    caps.org_id = "org_1";
    caps.cap_per_day = no_limit * 1'000;
    store::UnitOfWork unit;
    store::LimitRepository::add_set(unit, caps);
    bench.save(std::move(unit));
  }
  for (auto _ : state) {
    int left = callers;
    const Completion<bool> all_done;
    for (int number = 0; number < callers; ++number) {
      spawn(bench.executor, caller(bench, limited, left, all_done));
    }
    bench.executor.run(wait_for(all_done));
  }
  state.SetItemsProcessed(state.iterations() * callers * accepts_each);
}

void BM_Accept(benchmark::State& state) {
  accepts(state, false, false);
}
BENCHMARK(BM_Accept)->Arg(0)->UseRealTime()->MinTime(2);

void BM_AcceptLimited(benchmark::State& state) {
  accepts(state, true, false);
}
BENCHMARK(BM_AcceptLimited)->Arg(0)->Arg(100'000)->Arg(1'000'000)->UseRealTime()->MinTime(2);

void BM_AcceptCapped(benchmark::State& state) {
  accepts(state, true, true);
}
BENCHMARK(BM_AcceptCapped)->Arg(0)->UseRealTime()->MinTime(2);

}  // namespace
}  // namespace commsd::policy
