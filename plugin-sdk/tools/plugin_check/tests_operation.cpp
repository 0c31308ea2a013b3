#include <algorithm>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tape.h"
#include "tests.h"

namespace comms::check {
namespace {

constexpr std::int64_t kMostMemory = 64 * 1024 * 1024;  // eight times the largest body

/// An instance and one op of it.
class Bench {
 public:
  Bench(Context& test, const Operation& operation)
      : test_(test),
        operation_(operation),
        instance_(test),
        values_(values_for(test.plugin, test.config)),
        tape_(Tape::find(test, test_name(operation))),
        good_(ordinary_answer(values_.origin)) {
    table_ = instance_.table(operation.slot_id);
    if (!instance_.good()) {
      test.fail(kCreate, "create refused the configuration: " + instance_.error().message);
    } else if (!table_) {
      test.fail(kSameAsManifest, std::string("it has no table for ") + operation.slot_id);
    }
  }

  bool ready() const { return table_ && instance_.good(); }
  CheckedHost& host() { return instance_.host(); }
  /// What the vendor answered, recorded; NULL without a recording.
  Tape* tape() const { return tape_; }

  /// Forgets the run before; then `times` good answers are waiting, those of the recording first.
  void prepare(int times) {
    host().forget();
    for (int i = 0; i < times; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool recorded = tape_ && at < tape_->answers().size();
      host().fake.answers.push_back(recorded ? tape_->answers()[at] : good_);
    }
  }
  void add_sockets() {
    testing::SocketScript script;
    script.frames = {{true, R"({"type":"ready"})"}, {false, std::string(320, '\0')}};
    for (int i = 0; i < 2; ++i) host().fake.socket_scripts.push_back(script);
  }
  OpResult run(const std::string& what) {
    test_.step(what);
    return quietly(what);
  }
  /// Where the step is told already.
  OpResult quietly(const std::string& what) {
    return host().run(what, [&](comms_op* op) {
      return operation_.begin(table_, instance_.self(), op, values_);
    });
  }
  bool idempotent() const {
    const auto& requests = instance_host().fake.requests;
    return !requests.empty() && (requests.back().flags & COMMS_HTTP_IDEMPOTENT) != 0;
  }

 private:
  CheckedHost& instance_host() const { return const_cast<Instance&>(instance_).host(); }

  Context& test_;
  const Operation& operation_;
  Instance instance_;
  Values values_;
  Tape* tape_;
  testing::Answer good_;
  const void* table_ = nullptr;
};

/// An op needs others before it: what get, head and remove look for is put first.
bool needs_object(const Operation& operation) {
  const std::string_view name = operation.name;
  return std::string_view(operation.slot_id) == "comms.storage/1" && name != "put";
}

void put_object(Context& test) {
  const auto& all = operations();
  const auto put = std::find_if(all.begin(), all.end(), [](const Operation& operation) {
    return std::string_view(operation.name) == "put";
  });
  Bench bench(test, *put);
  if (!bench.ready()) return;
  bench.prepare(1);
  bench.run("put");
}

void success(Context& test, const Operation& operation) {
  if (needs_object(operation)) put_object(test);
  Bench bench(test, operation);
  if (!bench.ready()) return;
  bench.prepare(8);
  bench.add_sockets();
  if (bench.tape()) bench.tape()->play(bench.host());
  const OpResult result = bench.run(operation.name);
  check_results(test, operation.name, operation, result);
  if (bench.tape()) {
    bench.tape()->check();
    if (result.status != COMMS_OK) {
      test.fail(kResults, std::string(operation.name) + " ended with " +
                              name_of_status(result.status) +
                              " after what its vendor answered: " + result.error.message);
    }
  }
  test.fact("requests", std::to_string(bench.host().fake.requests.size()));
  test.fact("sockets", std::to_string(bench.host().fake.sockets.size()));
  if (result.status != COMMS_OK) {
    test.note(std::string("with an answer made up for all vendors it ended with ") +
              name_of_status(result.status) + ": " + result.error.message);
  }
}

/// Many runs leave nothing behind once the instance is gone. What it remembers in between, such as
/// the last messages, is its own affair and told as a note.
void repeated(Context& test, const Operation& operation) {
  constexpr int kTimes = 40;
  std::int64_t before = 0, kept = 0;
  for (int round = 0; round < 2; ++round) {  // the first one makes what is made once
    before = allocation::live_blocks();
    Bench bench(test, operation);
    if (!bench.ready()) return;
    for (int i = 0; i < kTimes; ++i) {
      bench.prepare(8);
      bench.add_sockets();
      bench.run(operation.name);
      if (i == 5) kept = allocation::live_blocks();
    }
    kept = allocation::live_blocks() - kept;
  }
  const std::int64_t more = allocation::live_blocks() - before;
  if (more >= kTimes) {
    test.fail(kOwnership, std::to_string(kTimes) + " runs of " + operation.name + " left " +
                              std::to_string(more) + " allocations after destroy");
  } else if (kept >= kTimes - 6) {
    test.note("an instance keeps something of every run: it must be bounded");
  }
  if (!allocation::available()) {
    test.not_tried("allocations are not counted in a build with a sanitizer", "use another build");
  }
}

void with_fault(Context& test, const Operation& operation, const Fault& fault, int requests) {
  for (int before = 0; before < std::min(requests, 3); ++before) {
    Bench bench(test, operation);
    if (!bench.ready()) return;
    bench.prepare(before);
    for (int i = 0; i < fault.how_often; ++i) bench.host().fake.answers.push_back(fault.answer);
    std::string what = std::string(operation.name) + " after " + fault.name;
    if (requests > 1) what += " (request " + std::to_string(before + 1) + ")";
    allocation::reset_peak();
    const std::int64_t held = allocation::live_bytes();
    const OpResult result = bench.run(what);
    const std::int64_t most = allocation::peak_bytes() - held;
    if (most > kMostMemory) {
      test.fail(kMemory, what + ": it allocated " + std::to_string(most >> 20) + " MB at once");
    }
    check_results(test, what, operation, result);
    // Not reached any more, because the made-up answers before led elsewhere.
    const bool reached = static_cast<int>(bench.host().fake.requests.size()) > before;
    if (reached && fault.judge) fault.judge(test, what, operation, result, bench.idempotent());
  }
}

void cancelled(Context& test, const Operation& operation, int after) {
  Bench bench(test, operation);
  if (!bench.ready()) return;
  const std::string what = std::string(operation.name) + " cancelled " +
                           (after == 0 ? "before the answer" : "after an answer");
  for (int i = 0; i < 3; ++i) {
    bench.prepare(8);
    bench.add_sockets();
    bench.host().cancel_at = after;
    bench.run(what);
  }
  bench.prepare(8);
  bench.add_sockets();
  const OpResult result = bench.run(std::string(operation.name) + " again");
  check_results(test, std::string(operation.name) + " again", operation, result);
}

void short_of_memory(Context& test, const Operation& operation) {
  const std::string what = std::string(operation.name) + " without the memory it wanted";
  std::int64_t before = 0;
  for (int round = 0; round < 2; ++round) {  // the first one makes what is made once
    before = allocation::live_blocks();
    Bench bench(test, operation);
    if (!bench.ready()) return;
    fail_each_allocation(test, Leaves::what_instances_keep, [&] {
      bench.prepare(8);
      bench.add_sockets();
      const OpResult result = bench.quietly(what);
      check_results(test, what, operation, result);
    });
  }
  const std::int64_t more = allocation::live_blocks() - before;
  if (more > 0 && !test.failed()) {
    left_behind(test, what + " left " + std::to_string(more) + " allocations after destroy");
  }
}

struct SocketFault {
  const char* name;
  testing::SocketScript script;
};

std::vector<SocketFault> socket_faults() {
  using Script = testing::SocketScript;
  Script refused;
  refused.refuse = true;
  Script early;
  early.close_code = 1011;
  Script garbage;
  garbage.frames = {{true, "<html>"}, {true, R"({"type":)"}, {true, ""}, {false, "\xff\xfe"}};
  Script latin;
  latin.frames = {{true, "{\"type\":\"error\",\"message\":\"caf\xe9\"}"}};
  return {{"socket_refused", refused},
          {"socket_closed_early", early},
          {"socket_garbage", garbage},
          {"socket_wrong_charset", latin}};
}

void with_socket_fault(Context& test, const Operation& operation, const SocketFault& fault) {
  Bench bench(test, operation);
  if (!bench.ready()) return;
  bench.prepare(8);
  bench.host().fake.socket_scripts.assign(4, fault.script);
  const std::string what = std::string(operation.name) + " after " + fault.name;
  const OpResult result = bench.run(what);
  check_results(test, what, operation, result);
  if (fault.script.refuse && result.status == COMMS_OK) {
    test.fail(kClass, what + " ended with COMMS_OK");
  }
}

}  // namespace

std::string test_name(const Operation& operation, const std::string& what) {
  const std::string slot(operation.slot_id);
  return "op." + slot.substr(6, slot.find('/') - 6) + '.' + operation.name +
         (what.empty() ? "" : '.' + what);
}

std::vector<Test> success_tests(const PluginFile& plugin) {
  std::vector<Test> tests;
  for (const Operation& operation : operations()) {
    const DeclaredSlot* slot = plugin.slot(operation.slot_id);
    if (!slot || !slot->has(operation.name)) continue;
    tests.push_back({test_name(operation, "success"),
                     [&operation](Context& test) { success(test, operation); }});
  }
  return tests;
}

std::vector<Test> fault_tests(const Operation& operation, int requests, int sockets) {
  std::vector<Test> tests;
  const auto add = [&](const std::string& what, std::function<void(Context&)> run) {
    tests.push_back({test_name(operation, what), std::move(run), 20});
  };
  if (requests > 0) {
    for (const Fault& fault : faults()) {
      add(fault.name, [&operation, &fault, requests](Context& test) {
        with_fault(test, operation, fault, requests);
      });
    }
  }
  if (sockets > 0) {
    for (const SocketFault& fault : socket_faults()) {
      add(fault.name,
          [&operation, fault](Context& test) { with_socket_fault(test, operation, fault); });
    }
  }
  if (requests + sockets > 0) {
    add("cancel_before", [&operation](Context& test) { cancelled(test, operation, 0); });
    add("cancel_after", [&operation](Context& test) { cancelled(test, operation, 1); });
  }
  add("leak", [&operation](Context& test) { repeated(test, operation); });
  add("allocation_failure", [&operation](Context& test) { short_of_memory(test, operation); });
  return tests;
}

}  // namespace comms::check
