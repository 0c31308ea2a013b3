#include <array>
#include <atomic>
#include <functional>
#include <numeric>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "store/acquisition_repository.h"
#include "store/audit_log.h"
#include "store/callback_repository.h"
#include "store/fixture.h"
#include "store/idempotency_repository.h"
#include "store/inbox_repository.h"
#include "store/message_repository.h"
#include "store/one_time_code_repository.h"
#include "store/organization_repository.h"
#include "store/suppression_repository.h"
#include "store/usage_repository.h"

// What must hold when several processes share one database: 64 callers in each of two processes,
// all at once. What the limits of an agent add to it is in policy/spend_race_test.cpp.

namespace commsd::store::test {
namespace {

constexpr int threads_each = 64;
constexpr int callers = 2 * threads_each;

/// One of the 128.
class Caller {
 public:
  Caller(Store& store, int number) : store_(store), number_(number) {}

  int number() const { return number_; }
  std::string name() const { return std::to_string(number_); }
  /// Whether the unit was committed. A busy database saved nothing, so it is asked again.
  bool commit(const UnitOfWork& unit) { return outcome_of(unit).committed; }
  UnitOutcome outcome_of(const UnitOfWork& unit) {
    for (;;) {
      Result<UnitOutcome> outcome = executor_.run(store_.commit(unit));
      if (outcome) return std::move(*outcome);
      if (outcome.error().code != ErrorCode::unavailable) {
        std::fprintf(stderr, "%s: %s\n", outcome.error().message.c_str(),
                     outcome.error().cause.c_str());
        _exit(3);
      }
    }
  }
  template <typename T>
  T read(Task<Result<T>> task) {
    Result<T> result = executor_.run(std::move(task));
    if (!result) _exit(4);
    return std::move(*result);
  }
  Store& store() { return store_; }

 private:
  Store& store_;
  int number_;
  ManualExecutor executor_;
};

using Work = std::function<int(Caller&)>;

/// Seen by both processes.
struct Shared {
  std::atomic<int> waiting{callers};
  std::array<std::atomic<int>, callers> results{};
};

class ProcessRaceTest : public StoreTest {
 protected:
  ProcessRaceTest() {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    shared_ = new (memory) Shared();
  }
  ~ProcessRaceTest() override { munmap(shared_, sizeof(Shared)); }

  /// What the callers answered, together. Afterwards the store is open again.
  int race(const Work& work) {
    store_.reset();  // a fork takes no threads along
    shared_->waiting = callers;
    std::array<pid_t, 2> children{};
    for (int process = 0; process < 2; ++process) {
      children[static_cast<std::size_t>(process)] = fork();
      if (children[static_cast<std::size_t>(process)] == 0) run(process, work);
    }
    for (const pid_t child : children) {
      int status = 0;
      EXPECT_EQ(waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    reopen();
    return std::accumulate(shared_->results.begin(), shared_->results.end(), 0);
  }

 private:
  [[noreturn]] void run(int process, const Work& work) {
    alarm(120);  // or a caller that waits for the other process's would wait for ever
    auto store = DatabaseStore::open(load_database(path_), clock_);
    if (!store) _exit(2);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < threads_each; ++thread) {
      const int number = process * threads_each + thread;
      threads.emplace_back([&, number] {
        Caller caller(**store, number);
        --shared_->waiting;
        while (shared_->waiting > 0) std::this_thread::yield();
        shared_->results[static_cast<std::size_t>(number)] = work(caller);
      });
    }
    for (std::thread& thread : threads) thread.join();
    store->reset();  // its thread too, which ThreadSanitizer counts
    _exit(0);
  }

  Shared* shared_;
};

InboxItem item(std::string id) {
  InboxItem item;
  item.id = std::move(id);
  item.org_id = "org_1";
  item.agent_id = "agt_1";
  item.channel = "sms";
  item.provider = "first";
  item.received_at = 1;
  return item;
}

TEST_F(ProcessRaceTest, AnIdempotencyKeyIsUsedOnce) {
  constexpr int keys = 12;
  const int won = race([](Caller& caller) {
    int mine = 0;
    for (int number = 0; number < keys; ++number) {
      const int key = (number + caller.number()) % keys;
      Message sent = message("msg_" + caller.name() + '_' + std::to_string(key));
      UnitOfWork unit;
      IdempotencyRepository::add_claim(
          unit, {"org_1", "agt_1", "send", std::to_string(key), "hash", sent.id, 1});
      MessageRepository::add_accept(unit, sent, "{}");
      if (caller.commit(unit)) ++mine;
    }
    return mine;
  });
  EXPECT_EQ(won, keys);
  MessageFilter filter;
  filter.org_id = "org_1";
  filter.limit = 1000;
  const auto messages = get(MessageRepository(*store_).list(filter));
  EXPECT_EQ(messages.size(), static_cast<std::size_t>(keys));
  const IdempotencyRepository claims(*store_);
  for (int key = 0; key < keys; ++key) {
    const auto claim = get(claims.find("org_1", "agt_1", "send", std::to_string(key)));
    ASSERT_TRUE(claim);
    EXPECT_TRUE(std::any_of(messages.begin(), messages.end(), [&](const Message& message) {
      return message.id == claim->message_id;
    }));
  }
}

TEST_F(ProcessRaceTest, AMessageIsAttemptedByOneWorker) {
  constexpr int messages = 30;
  for (int number = 0; number < messages; ++number) {
    UnitOfWork unit;
    MessageRepository::add_accept(unit, message("msg_" + std::to_string(number)), "{}");
    ASSERT_TRUE(committed(std::move(unit)));
  }
  const int started = race([](Caller& caller) {
    int mine = 0;
    for (int number = 0; number < messages; ++number) {
      Attempt attempt;
      attempt.id = "att_" + caller.name() + '_' + std::to_string(number);
      attempt.org_id = "org_1";
      attempt.message_id = "msg_" + std::to_string((number + caller.number()) % messages);
      attempt.number = 1;
      attempt.provider = "first";
      attempt.started_at = 1;
      attempt.worker = caller.number() < threads_each ? "one" : "two";
      UnitOfWork unit;
      MessageRepository::add_attempt_started(unit, attempt, "accepted", "attempting", 2);
      if (caller.commit(unit)) ++mine;
    }
    return mine;
  });
  EXPECT_EQ(started, messages);
  // After a crash each worker finds its own and nobody else's.
  const MessageRepository repository(*store_);
  const auto of_one = get(repository.open_attempts_of("one", "", 1000));
  const auto of_two = get(repository.open_attempts_of("two", "", 1000));
  EXPECT_EQ(of_one.size() + of_two.size(), static_cast<std::size_t>(messages));
  EXPECT_EQ(get(repository.open_attempts("", 1000)).size(), static_cast<std::size_t>(messages));
}

TEST_F(ProcessRaceTest, GuessesOfAOneTimeCodeAreCounted) {
  UnitOfWork unit;
  OneTimeCode code;
  code.id = "otp_1";
  code.org_id = "org_1";
  code.agent_id = "agt_1";
  code.contact_hash = "contact";
  code.code_hash = "hash";
  code.created_at = 1;
  code.expires_at = 1'000'000;
  OneTimeCodeRepository::add_create(unit, code, 0, 5);
  ASSERT_TRUE(committed(std::move(unit)));
  const int looked_at = race([](Caller& caller) {
    int mine = 0;
    for (int time = 0; time < 3; ++time) {
      UnitOfWork guess;
      OneTimeCodeRepository::add_guess(guess, "org_1", "agt_1", "contact", 3, 10);
      mine += static_cast<int>(caller.outcome_of(guess).rows.front().size());
    }
    return mine;
  });
  EXPECT_EQ(looked_at, 3);
}

TEST_F(ProcessRaceTest, AContactGetsNoMoreCodesThanAllowed) {
  const int made = race([](Caller& caller) {
    OneTimeCode code;
    code.id = "otp_" + caller.name();
    code.org_id = "org_1";
    code.agent_id = "agt_1";
    code.contact_hash = "contact";
    code.code_hash = "hash";
    code.created_at = 100;
    code.expires_at = 1'000'000;
    UnitOfWork unit;
    OneTimeCodeRepository::add_create(unit, code, 0, 5);
    return caller.commit(unit) ? 1 : 0;
  });
  EXPECT_EQ(made, 5);
}

TEST_F(ProcessRaceTest, APoolGivesNoMoreSlotsThanItHas) {
  const auto take = [](Caller& caller, const std::string& agent, int slots) {
    UnitOfWork unit;
    OrganizationRepository::add_take_agent_slot(unit, "org_1", slots);
    AcquisitionRepository::add_begin(
        unit, {"prv_" + agent + '_' + caller.name(), "org_1", agent, "worker", 1});
    return caller.commit(unit) ? 1 : 0;
  };
  EXPECT_EQ(race([&](Caller& caller) { return take(caller, "agent" + caller.name(), 7); }), 7);
  EXPECT_EQ(race([&](Caller& caller) { return take(caller, "the_same", 100); }), 1);
  const auto slots = get(OrganizationRepository(*store_).audit_slots("org_1"));
  ASSERT_TRUE(slots);
  EXPECT_EQ(slots->counted, 8);
}

TEST_F(ProcessRaceTest, NothingIsSentAfterStop) {
  const int sent = race([](Caller& caller) {
    if (caller.number() == 0) {
      while (caller.read(InboxRepository(caller.store()).count_waiting("org_1", "agt_1")) < 30) {
        std::this_thread::yield();
      }
      UnitOfWork stop;
      SuppressionRepository::add_lock_contact(stop, "org_1", "contact");
      SuppressionRepository::add_suppression(stop, {"org_1", "", "sms", "contact", "keyword", 1});
      InboxRepository::add_item(stop, item("stop"));
      return caller.commit(stop) ? 0 : 1'000'000;
    }
    for (int number = 0;; ++number) {
      UnitOfWork unit;
      SuppressionRepository::add_share_contact(unit, "org_1", "contact");
      SuppressionRepository::add_require_absent(unit, "org_1", "agt_1", "sms", "contact");
      InboxRepository::add_item(unit, item(caller.name() + '_' + std::to_string(number)));
      if (!caller.commit(unit)) return number;
    }
  });
  EXPECT_GE(sent, 30);
  InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  filter.limit = 1'000'000;
  const auto items = get(InboxRepository(*store_).list(filter));
  ASSERT_EQ(items.size(), static_cast<std::size_t>(sent) + 1);
  EXPECT_EQ(items.back().id, "stop") << "the inbox numbers what is committed in its order";
}

TEST_F(ProcessRaceTest, ACounterStaysWithinItsLimits) {
  Usage usage;
  usage.org_id = "org_1";
  usage.agent_id = "agt_1";
  usage.action = "sms";
  usage.window = "day";
  usage.count = 1;
  usage.spend_micros = 10'000;
  const int by_count = race([&](Caller& caller) {
    UnitOfWork unit;
    UsageRepository::add_reserve(unit, usage, 41, std::nullopt);
    return caller.commit(unit) ? 1 : 0;
  });
  EXPECT_EQ(by_count, 41);
  usage.window = "month";
  const int by_spend = race([&](Caller& caller) {
    UnitOfWork unit;
    UsageRepository::add_reserve(unit, usage, std::nullopt, 299'999);
    return caller.commit(unit) ? 1 : 0;
  });
  EXPECT_EQ(by_spend, 29);
  const auto counter = get(UsageRepository(*store_).find("org_1", "agt_1", "sms", "month", 0));
  ASSERT_TRUE(counter);
  EXPECT_EQ(counter->spend_micros, 290'000);
}

TEST_F(ProcessRaceTest, ADeliveryIsClaimedByOneWorker) {
  constexpr int deliveries = 60;
  UnitOfWork endpoint;
  CallbackRepository::add_create(endpoint, "org_1", "agt_1", "https://example.com", "sealed", 1);
  ASSERT_TRUE(committed(std::move(endpoint)));
  for (int number = 0; number < deliveries; ++number) {
    CallbackDelivery delivery;
    delivery.id = "cb_" + std::to_string(number);
    delivery.org_id = "org_1";
    delivery.agent_id = "agt_1";
    delivery.lane = std::to_string(number);
    delivery.event = "message.received";
    delivery.subject_id = std::to_string(number);
    delivery.created_at = 1;
    UnitOfWork unit;
    CallbackRepository::add_item(unit, delivery);
    ASSERT_TRUE(committed(std::move(unit)));
  }
  const int claimed = race([](Caller& caller) {
    int mine = 0;
    for (int time = 0; time < 3; ++time) {
      UnitOfWork unit;
      CallbackRepository::add_claim(unit, caller.name(), 1000, 60'000, 2);
      mine += static_cast<int>(caller.outcome_of(unit).rows.front().size());
    }
    return mine;
  });
  EXPECT_EQ(claimed, deliveries);
  for (const auto& delivery :
       get(CallbackRepository(*store_).list("org_1", "agt_1", "waiting", 1000))) {
    EXPECT_EQ(delivery.attempts, 1);
  }
}

TEST_F(ProcessRaceTest, TheAuditLogHasNoGap) {
  const int written = race([&](Caller& caller) {
    SeededRandom random(static_cast<std::uint64_t>(caller.number()) + 100);
    const Ids ids(clock_, random);
    const AuditLog own(caller.store(), clock_, ids);
    int mine = 0;
    for (int time = 0; time < 4; ++time) {
      UnitOfWork unit;
      own.add_entry(unit, {"org_1", "tok_" + caller.name(), "did", "it", ""});
      if (caller.commit(unit)) ++mine;
    }
    return mine;
  });
  EXPECT_EQ(written, callers * 4);
  const AuditLog audit(*store_, clock_, ids_);
  const AuditLog::Verdict verdict = get(audit.verify());
  EXPECT_TRUE(verdict.intact) << verdict.fault;
  EXPECT_EQ(verdict.size, written);
}

}  // namespace
}  // namespace commsd::store::test
