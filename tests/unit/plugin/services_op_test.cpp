#include "plugin/services_fixture.h"

namespace commsd::plugin {
namespace {

using testing::ServicesTest;

class OpTest : public ServicesTest {
 protected:
  void SetUp() override { use("http://127.0.0.1:1"); }
};

comms_error error_with(comms_status status, const char* code) {
  comms_error error{};
  error.size = sizeof error;
  error.status = status;
  error.vendor_code = to_str(code);
  error.message = to_str("the vendor said no");
  error.remedy = to_str("say please");
  error.retry_after_ms = 1500;
  return error;
}

TEST_F(OpTest, collects_what_the_plugin_reports) {
  const OpOutcome outcome = run_call([](comms_op* op) {
    kResultService.message(op, to_str("SM1"), to_str("queued"), 7500, to_str("USD"));
    kResultService.field(op, to_str("a"), to_str("1"));
    kResultService.field(op, to_str("a"), to_str("2"));
    kResultService.chunk(op, to_bytes(std::string_view("da")));
    kResultService.chunk(op, to_bytes(std::string_view("ta")));
    comms_event event{};
    event.size = sizeof event;
    event.kind = COMMS_EVENT_MESSAGE_IN;
    event.vendor_id = to_str("m1");
    event.cost_micros = COMMS_COST_UNKNOWN;
    comms_media files[2] = {};
    files[0].url = to_str("https://vendor.example/1");
    files[0].byte_count = 9;
    files[1].filename = to_str("a.bin");
    files[1].data = to_bytes(std::string_view("a\0b", 3));
    event.media = files;
    event.media_count = 2;
    kResultService.event(op, &event);
    event.kind = 4711;
    kResultService.event(op, &event);
    return COMMS_OK;
  });
  EXPECT_TRUE(outcome.ok());
  ASSERT_TRUE(outcome.receipt);
  EXPECT_EQ(outcome.receipt->vendor_id, "SM1");
  EXPECT_EQ(outcome.receipt->cost_micros, 7500);
  EXPECT_EQ(outcome.fields, (KeyValues{{"a", "1"}, {"a", "2"}}));
  EXPECT_EQ(outcome.data, "data");
  ASSERT_EQ(outcome.events.size(), 1U);
  EXPECT_EQ(outcome.events[0].vendor_id, "m1");
  EXPECT_FALSE(outcome.events[0].cost_micros);
  const std::vector<MediaReference>& media = outcome.events[0].media;
  ASSERT_EQ(media.size(), 2U);
  EXPECT_EQ(media[0].size, 9);
  EXPECT_TRUE(media[0].bytes.empty());
  EXPECT_EQ(media[1].bytes, std::string("a\0b", 3));
  EXPECT_EQ(media[1].size, 3) << "what there is, whatever the provider says";
}

TEST_F(OpTest, failures_keep_the_vendors_words) {
  const OpOutcome outcome = run_call([](comms_op* op) {
    const comms_error error = error_with(COMMS_RATE_LIMITED, "20429");
    kResultService.fail(op, &error);
    return COMMS_RATE_LIMITED;
  });
  const Error error = outcome.to_error("acme");
  EXPECT_EQ(error.code, ErrorCode::rate_limited);
  EXPECT_EQ(error.message, "acme: the vendor said no");
  EXPECT_EQ(error.vendor_code, "20429");
  EXPECT_EQ(error.remedy, "say please");
  EXPECT_EQ(error.retry_after.count(), 1500);
}

TEST_F(OpTest, pending_with_nothing_under_way_is_a_defect) {
  EXPECT_EQ(run_call([](comms_op*) { return COMMS_PENDING; }).status, COMMS_INTERNAL);
  EXPECT_EQ(run_call([](comms_op*) { return COMMS_BACKPRESSURE; }).status, COMMS_INTERNAL);
}

struct Waiter {
  const comms_host* host = nullptr;
  int rounds = 0;
  int released = 0;
  static comms_status woke(void* user, comms_op* op) {
    auto& self = *static_cast<Waiter*>(user);
    if (++self.rounds == 3) return COMMS_OK;
    return kClockService.delay(self.host, op, 10, woke, user, release);
  }
  static void release(void* user) { ++static_cast<Waiter*>(user)->released; }
};

TEST_F(OpTest, delays_continue_the_op_and_release_each) {
  Waiter waiter{table()};
  const OpOutcome outcome = run_call([&waiter](comms_op* op) {
    return kClockService.delay(waiter.host, op, 10, Waiter::woke, &waiter, Waiter::release);
  });
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(waiter.rounds, 3);
  EXPECT_EQ(waiter.released, 3);
}

TEST_F(OpTest, a_delay_beyond_the_limit_is_refused) {
  Waiter waiter{table()};
  const OpOutcome outcome = run_call(
      [&waiter](comms_op* op) {
        return kClockService.delay(waiter.host, op, 60000, Waiter::woke, &waiter, Waiter::release);
      },
      std::chrono::seconds(1));
  EXPECT_EQ(outcome.status, COMMS_TIMEOUT);
  EXPECT_EQ(waiter.rounds, 0);
  EXPECT_EQ(waiter.released, 1);
}

TEST_F(OpTest, cancel_runs_releases_and_ends_once) {
  Waiter waiter{table()};
  std::stop_source stop;
  stop.request_stop();
  OpRequest request;
  request.call = [&waiter](comms_op* op) {
    return kClockService.delay(waiter.host, op, 5000, Waiter::woke, &waiter, Waiter::release);
  };
  const OpOutcome outcome = run(std::move(request), stop.get_token());
  EXPECT_EQ(outcome.status, COMMS_CANCELLED);
  EXPECT_EQ(waiter.rounds, 0);
  EXPECT_EQ(waiter.released, 1);
}

TEST_F(OpTest, results_after_the_end_are_ignored) {
  struct Late {
    static comms_status woke(void*, comms_op* op) {
      kResultService.field(op, to_str("late"), to_str("1"));
      EXPECT_EQ(kResultService.chunk(op, to_bytes(std::string_view("x"))), COMMS_CANCELLED);
      return COMMS_INTERNAL;
    }
  };
  std::shared_ptr<Op> op;
  executor_.post([&] {
    OpRequest request;
    request.call = [](comms_op*) { return COMMS_OK; };
    op = Op::start(std::move(request));
    op->continued(Late::woke(nullptr, op->handle()));
  });
  executor_.run_ready();
  ASSERT_TRUE(op->outcome().completed());
  Late::woke(nullptr, op->handle());
}

TEST_F(OpTest, the_generation_lives_as_long_as_the_op) {
  auto generation = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = generation;
  OpRequest request;
  request.generation = std::move(generation);
  bool alive = false;
  request.call = [&](comms_op*) {
    alive = !watch.expired();
    return COMMS_OK;
  };
  run(std::move(request));
  executor_.run_ready();
  EXPECT_TRUE(alive);
  EXPECT_TRUE(watch.expired());
}

TEST_F(OpTest, blocking_operations_run_inline_and_may_not_pend) {
  OpRequest request;
  request.call = [](comms_op* op) {
    kResultService.field(op, to_str("k"), to_str("v"));
    return COMMS_OK;
  };
  const OpOutcome outcome = Op::run_blocking(std::move(request));
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.fields.size(), 1U);

  Waiter waiter{table()};
  OpRequest pending;
  pending.call = [&waiter](comms_op* op) {
    EXPECT_EQ(kClockService.delay(waiter.host, op, 1, Waiter::woke, &waiter, Waiter::release),
              COMMS_INVALID);
    return COMMS_PENDING;
  };
  EXPECT_EQ(Op::run_blocking(std::move(pending)).status, COMMS_INTERNAL);
  EXPECT_EQ(waiter.released, 1);
}

TEST_F(OpTest, every_status_has_a_host_word) {
  EXPECT_EQ(to_error_code(COMMS_AMBIGUOUS), ErrorCode::ambiguous);
  EXPECT_EQ(to_error_code(COMMS_UNAVAILABLE), ErrorCode::unavailable);
  EXPECT_EQ(to_error_code(COMMS_DENIED), ErrorCode::permission_denied);
  EXPECT_EQ(to_error_code(4711), ErrorCode::internal);
}

TEST_F(OpTest, services_are_found_by_id) {
  for (const char* id :
       {COMMS_SVC_HTTP, COMMS_SVC_WS, COMMS_SVC_RESULT, COMMS_SVC_CRYPTO, COMMS_SVC_JSON,
        COMMS_SVC_CLOCK, COMMS_SVC_CACHE, COMMS_SVC_LOG, COMMS_SVC_METRICS}) {
    EXPECT_NE(table()->service(table(), id), nullptr) << id;
  }
  EXPECT_EQ(table()->service(table(), "comms.http/2"), nullptr);
  EXPECT_EQ(table()->service(table(), nullptr), nullptr);
}

TEST_F(OpTest, counters_are_bounded_and_named_safely) {
  for (int i = 0; i < 150; ++i) {
    const std::string name = "n" + std::to_string(i);
    kMetricsService.count(table(), to_str(name), 1);
  }
  kMetricsService.count(table(), to_str("n0"), 2);
  kMetricsService.count(table(), to_str("Bad Name"), 1);
  const std::string text = metrics_.render();
  EXPECT_NE(text.find("event=\"n0\""), std::string::npos);
  EXPECT_NE(text.find("} 3"), std::string::npos);
  EXPECT_NE(text.find("event=\"n99\""), std::string::npos);
  EXPECT_EQ(text.find("event=\"n100\""), std::string::npos);
  EXPECT_EQ(text.find("Bad"), std::string::npos);
}

}  // namespace
}  // namespace commsd::plugin
