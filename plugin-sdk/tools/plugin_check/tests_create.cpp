#include <algorithm>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include <Poco/JSON/Stringifier.h>

#include "allocation.h"
#include "faults.h"
#include "process_state.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using Poco::JSON::Object;

std::string text_of(const Object::Ptr& object) {
  std::ostringstream out;
  Poco::JSON::Stringifier::condense(object, out);
  return out.str();
}

/// Any outcome of the contract will do: it was not given what its schema asks for.
void try_config(Context& test, const std::string& what, const std::string& config) {
  test.step("create with " + what);
  Instance instance(test, config);
  const Status status = instance.status();
  if (status == COMMS_OK && !instance.self()) {
    test.fail(kCreate, "create with " + what + " returned COMMS_OK and no instance");
  }
  if (status == COMMS_OK) return;
  if (status != COMMS_INVALID && status != COMMS_INTERNAL) {
    test.fail(kCreate, "create with " + what + " returned " + name_of_status(status));
  }
  if (instance.error().message.empty()) {
    test.fail(kCreate, "create with " + what + " was refused without a reason");
  } else if (instance.error().status != status) {
    test.fail(kCreate, "create with " + what + " reported " +
                           name_of_status(instance.error().status) + " and returned " +
                           name_of_status(status));
  }
}

void empty_config(Context& test) {
  try_config(test, "{}", "{}");
}

void garbage_config(Context& test) {
  const std::map<std::string, std::string> all = {
      {"no text", ""},
      {"null", "null"},
      {"an array", "[]"},
      {"a number", "12"},
      {"half of an object", R"({"api_key": "x)"},
      {"bytes that are not UTF-8", "\xff\xfe\x00{"},
      {"sixty levels", std::string(60, '[') + std::string(60, ']')},
      {"a thousand levels", std::string(1000, '{')}};
  for (const auto& [what, text] : all) try_config(test, what, text);
  // Every setting with every other type.
  const Object::Ptr properties = test.plugin.config->getObject("properties");
  for (const auto& entry : *properties) {
    for (const Poco::Dynamic::Var& value :
         {Poco::Dynamic::Var(17), Poco::Dynamic::Var(true), Poco::Dynamic::Var(std::string()),
          Poco::Dynamic::Var(), Poco::Dynamic::Var(Object::Ptr(new Object))}) {
      Object::Ptr config = new Object(*test.config.value);
      config->set(entry.first, value);
      try_config(test, "a wrong value for '" + entry.first + "'", text_of(config));
    }
  }
  std::mt19937_64 random(test.seed);
  for (int i = 0; i < 50; ++i) {
    std::string mutated = test.config.json;
    for (int n = 0; n < 4 && !mutated.empty(); ++n) {
      mutated[random() % mutated.size()] = static_cast<char>(random() & 0xff);
    }
    try_config(test, "random bytes in it (--seed " + std::to_string(test.seed) + ")", mutated);
  }
}

void huge_config(Context& test) {
  const Object::Ptr properties = test.plugin.config->getObject("properties");
  const std::string long_text(1024 * 1024, 'x');
  for (const auto& entry : *properties) {
    if (entry.second.extract<Object::Ptr>()->getValue<std::string>("type") != "string") continue;
    Object::Ptr config = new Object(*test.config.value);
    config->set(entry.first, long_text);
    try_config(test, "1 MB in '" + entry.first + "'", text_of(config));
  }
  Object::Ptr config = new Object(*test.config.value);
  for (int i = 0; i < 10000; ++i) config->set("unknown_setting_" + std::to_string(i), i);
  try_config(test, "10,000 unknown settings", text_of(config));
}

void valid_config(Context& test) {
  test.step("create with a valid configuration");
  Instance instance(test);
  test.fact("config", instance.good() ? "accepted" : "refused");
  if (instance.good()) return;
  std::string why = instance.error().message;
  if (why.empty()) why = "no reason was given (" + name_of_status(instance.status()) + ")";
  test.fail(kCreate, "create refused " + test.config.json + ": " + why);
}

void many_times(Context& test) {
  constexpr int kWarmUp = 20, kTimes = 1000;
  if (!Instance(test).good()) return;
  test.step("making and destroying an instance " + std::to_string(kTimes) + " times");
  std::int64_t blocks = 0, bytes = 0;
  std::size_t files = 0, tasks = 0;
  for (int i = -kWarmUp; i < kTimes; ++i) {
    if (i == 0) {
      blocks = allocation::live_blocks();
      bytes = allocation::live_bytes();
      files = open_files();
      tasks = threads_after_a_while(1);
    }
    Instance instance(test);
    if (!instance.good()) {
      test.fail(kInstances, "create failed after " + std::to_string(i + kWarmUp) +
                                " others: " + instance.error().message);
      return;
    }
    for (const DeclaredSlot& slot : test.plugin.slots) instance.table(slot.id);
  }
  const std::int64_t more = allocation::live_blocks() - blocks;
  if (more > kTimes / 10) {
    test.fail(kOwnership, "1000 instances left " + std::to_string(more) + " allocations, " +
                              std::to_string(allocation::live_bytes() - bytes) + " bytes");
  }
  if (open_files() > files) {
    test.fail(kOwnership,
              "1000 instances left " + std::to_string(open_files() - files) + " files open");
  }
  if (threads_after_a_while(tasks) > tasks) {
    test.fail(kDestroy, "1000 instances left " + std::to_string(threads() - tasks) + " threads");
  }
  if (!allocation::available()) {
    test.not_tried("allocations are not counted in a build with a sanitizer", "use another build");
  }
}

void allocation_failure(Context& test) {
  fail_each_allocation(test, Leaves::nothing, [&] {
    Instance instance(test);
    const Status status = instance.status();
    if (status == COMMS_OK && !instance.self()) {
      test.fail(kCreate, "create returned COMMS_OK and no instance when memory was short");
    } else if (status == COMMS_INVALID) {
      test.fail(kNoMemory, "create blamed a valid configuration when memory was short: " +
                               instance.error().message);
    } else if (status != COMMS_OK && status != COMMS_INTERNAL) {
      test.fail(kCreate, "create returned " + name_of_status(status) + " when memory was short");
    } else if (status != COMMS_OK && instance.error().message.empty()) {
      test.fail(kDetail, "create did not say why it failed when memory was short");
    }
  });
}

/// One op with whatever it asks answered the ordinary way.
OpResult one_op(Instance& instance, const Operation& operation) {
  CheckedHost& host = instance.host();
  host.forget();
  const Values values = values_for(host.test().plugin, host.test().config);
  for (int i = 0; i < 4; ++i) host.fake.answers.push_back(ordinary_answer(values.origin));
  const void* table = instance.table(operation.slot_id);
  return host.run(operation.name, [&](comms_op* op) {
    return operation.begin(table, instance.self(), op, values);
  });
}

std::vector<const Operation*> offered(const PluginFile& plugin) {
  std::vector<const Operation*> found;
  for (const Operation& operation : operations()) {
    const DeclaredSlot* slot = plugin.slot(operation.slot_id);
    if (slot && slot->has(operation.name)) found.push_back(&operation);
  }
  return found;
}

/// The second works with its own host and configuration, also when the first is gone.
void two_instances(Context& test) {
  Instance first(test);
  // The same settings with other secrets: another account at the same vendor.
  Object::Ptr other = new Object(*test.config.value);
  const std::vector<SampleConfig> samples = sample_configs(*test.plugin.config, 2);
  for (const auto& [name, secret] : samples.front().secrets) {
    if (other->has(name)) other->set(name, secret);
  }
  Instance second(test, text_of(other));
  if (!first.good()) return;
  if (!second.good()) {
    test.fail(kInstances,
              "a second instance beside the first was refused: " + second.error().message);
    return;
  }
  for (const Operation* operation : offered(test.plugin)) {
    test.step(std::string(operation->name) + " of two instances in turn");
    one_op(first, *operation);
    const std::size_t before = first.host().fake.requests.size();
    one_op(second, *operation);
    if (first.host().fake.requests.size() != before) {
      test.fail(kInstances,
                std::string(operation->name) + " of the second instance used the first one's host");
    }
  }
  test.step("destroying the first instance and going on with the second");
  first.destroy();
  for (const Operation* operation : offered(test.plugin)) one_op(second, *operation);
}

void silent_after_destroy(Context& test) {
  std::thread([] {}).join();  // beside the first, ThreadSanitizer starts one of its own
  const std::size_t before = threads();
  Instance instance(test);
  if (!instance.good()) return;
  for (const Operation* operation : offered(test.plugin)) one_op(instance, *operation);
  test.step("destroying it");
  instance.destroy();
  const std::size_t left = threads_after_a_while(before);
  if (left > before) {
    test.fail(kDestroy, std::to_string(left - before) + " threads of it run on after destroy");
  }
  test.step("making another instance after destroy");
  Instance next(test);
  for (const Operation* operation : offered(test.plugin)) {
    if (next.good()) one_op(next, *operation);
  }
}

}  // namespace

void left_behind(Context& test, const std::string& what) {
  // libc++ 14's std::vector forgets its buffer when the copy of an element throws (its
  // <vector>, copy constructor; mended in 15). That is no fault of the author's.
  const auto& texts = test.plugin.elf.strings;
  const bool of_libcxx = std::any_of(texts.begin(), texts.end(), [](const std::string& text) {
    return text.rfind("libc++abi", 0) == 0;
  });
  if (of_libcxx) {
    test.note(what + ", which libc++ may have left: build it with libstdc++ to know");
  } else {
    test.fail(kOwnership, what);
  }
}

void fail_each_allocation(Context& test, Leaves leaves, const std::function<void()>& run) {
  constexpr int kMost = 2000;
  if (!allocation::available()) {
    test.not_tried("allocations cannot fail in a build with a sanitizer", "use another build");
    return;
  }
  /// Whether there was an allocation of that number; `more` is what is left of the run.
  const auto fail_one = [&](int number, std::int64_t& more) {
    const std::int64_t before = allocation::live_blocks();
    allocation::fail_at(number);
    run();
    const bool failed = allocation::failed();
    allocation::fail_at(-1);
    more = allocation::live_blocks() - before;
    return failed;
  };
  run();  // what is made once is made now
  for (int i = 0; i < kMost; ++i) {
    const std::string which = "allocation number " + std::to_string(i + 1) + " of the plugin fails";
    test.step(which);
    std::int64_t more = 0;
    if (!fail_one(i, more)) {
      test.note(std::to_string(i) + " allocations, each failed once");
      return;
    }
    // Once more, because what goes wrong for the first time may make what is made once.
    if (leaves == Leaves::nothing && more > 0 && fail_one(i, more) && more > 0) {
      left_behind(test, std::to_string(more) + " allocations are left when " + which);
    }
    if (test.failed()) return;
  }
  test.note("the first " + std::to_string(kMost) + " allocations failed once each");
}

std::vector<Test> create_tests() {
  return {{"create.valid_config", &valid_config},
          {"create.empty_config", &empty_config},
          {"create.garbage_config", &garbage_config, 30},
          {"create.huge_config", &huge_config, 30},
          {"create.a_thousand_times", &many_times, 60},
          {"create.two_instances", &two_instances},
          {"create.silent_after_destroy", &silent_after_destroy},
          {"create.allocation_failure", &allocation_failure, 30}};
}

}  // namespace comms::check
