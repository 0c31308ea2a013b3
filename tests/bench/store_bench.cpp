#include <cstdlib>
#include <memory>

#include <benchmark/benchmark.h>

#include "base/ids.h"
#include "base/manual_executor.h"
#include "store/agent_repository.h"
#include "store/audit_log.h"
#include "store/database_store.h"
#include "store/idempotency_repository.h"
#include "store/message_repository.h"
#include "store/organization_repository.h"
#include "store/sqlite_loader.h"

// Durable commits a second (SQLite, synchronous=FULL) by the number of callers that wait for one at
// a time, and reads a second. The disk decides: quote ratios between rows, not figures. The folder
// is TMPDIR's.

namespace commsd::store {
namespace {

class Bench {
 public:
  Bench() {
    UnitOfWork unit;
    OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", 1});
    AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", 1});
    if (!executor.run(store->commit(std::move(unit)))) std::abort();
  }

  /// What accepting a message writes.
  UnitOfWork accept() {
    Message message;
    message.id = ids.make("msg");
    message.org_id = "org_1";
    message.agent_id = "agt_1";
    message.channel = "sms";
    message.from_address = "+15005550006";
    message.to_address = "+15005550001";
    message.state = "accepted";
    message.state_rank = 1;
    message.content_hash = message.id;
    message.created_at = message.updated_at = clock.now();
    UnitOfWork unit;
    IdempotencyRepository::add_claim(unit, {"org_1", "agt_1", "comms_send_message", message.id,
                                            "hash", message.id, message.created_at});
    MessageRepository::add_accept(unit, message, R"({"body":"Your table is booked for eight."})");
    MessageRepository::add_timeline(unit, "org_1", message.id,
                                    {message.created_at, "accepted", ""});
    return unit;
  }

  SystemClock clock;
  SystemRandom random;
  Ids ids{clock, random};
  test::TemporaryFolder folder;
  ManualExecutor executor;
  std::unique_ptr<DatabaseStore> store =
      std::move(*DatabaseStore::open(test::load_sqlite(folder.file("bench.db")), clock));
  AuditLog audit{*store, clock, ids};
};

constexpr int commits_each = 20;

Task<void> caller(Bench& bench, bool audited, int& left, Completion<bool> all_done) {
  for (int number = 0; number < commits_each; ++number) {
    UnitOfWork unit = bench.accept();
    if (audited) bench.audit.add_entry(unit, {"org_1", "tok_1", "message_accepted", "m", ""});
    const Result<UnitOutcome> outcome = co_await bench.store->commit(std::move(unit));
    if (!outcome || !outcome->committed) std::abort();
  }
  if (--left == 0) all_done.complete(true);
}

Task<bool> wait_for(Completion<bool> all_done) {
  co_return co_await all_done;
}

void commits(benchmark::State& state, bool audited) {
  Bench bench;
  const auto callers = static_cast<int>(state.range(0));
  for (auto _ : state) {
    int left = callers;
    const Completion<bool> all_done;
    for (int number = 0; number < callers; ++number) {
      spawn(bench.executor, caller(bench, audited, left, all_done));
    }
    bench.executor.run(wait_for(all_done));
  }
  state.SetItemsProcessed(state.iterations() * callers * commits_each);
}

void BM_Accept(benchmark::State& state) {
  commits(state, false);
}
BENCHMARK(BM_Accept)->Arg(1)->Arg(16)->Arg(64)->UseRealTime()->MinTime(2);

void BM_AcceptAudited(benchmark::State& state) {
  commits(state, true);
}
BENCHMARK(BM_AcceptAudited)->Arg(64)->UseRealTime()->MinTime(2);

Task<void> reader(Bench& bench, std::string id, int& left, Completion<bool> all_done) {
  const MessageRepository messages(*bench.store);
  for (int number = 0; number < commits_each; ++number) {
    const Result<std::optional<Message>> found = co_await messages.find("org_1", id);
    if (!found || !*found) std::abort();
  }
  if (--left == 0) all_done.complete(true);
}

void BM_Find(benchmark::State& state) {
  Bench bench;
  UnitOfWork unit = bench.accept();
  const std::string id = std::get<std::string>(unit.steps()[1].parameters[0].value);
  if (!bench.executor.run(bench.store->commit(std::move(unit)))) std::abort();
  const auto callers = static_cast<int>(state.range(0));
  for (auto _ : state) {
    int left = callers;
    const Completion<bool> all_done;
    for (int number = 0; number < callers; ++number) {
      spawn(bench.executor, reader(bench, id, left, all_done));
    }
    bench.executor.run(wait_for(all_done));
  }
  state.SetItemsProcessed(state.iterations() * callers * commits_each);
}
BENCHMARK(BM_Find)->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace commsd::store
