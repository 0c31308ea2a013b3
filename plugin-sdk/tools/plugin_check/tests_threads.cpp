#include <algorithm>
#include <atomic>
#include <thread>

#include <comms/slot/database.h>
#include <comms/slot/storage.h>
#include <comms/slot/telephony.h>
#include <comms/slot/voice.h>

#include "allocation.h"
#include "tests.h"
#include "webhook_request.h"

namespace comms::check {
namespace {

using allocation::PluginSide;
using testing::FakeHost;

constexpr Rule kAnyThread{
    "comms.h, rule 9: [any] functions are called by any thread, several at once",
    "keep what a call needs in the call: no static buffers, nothing in the instance that is "
    "written"};

/// What the pure functions of one slot say to arguments that are always the same, in one text.
class PureFunctions {
 public:
  PureFunctions(Instance& instance, const DeclaredSlot& slot)
      : instance_(instance), slot_(slot), table_(instance.table(slot.id)) {}

  std::string answers() const {
    std::string said;
    if (!table_) return said;
    if (slot_.has("verify_webhook")) webhook(said);
    if (slot_.has("render")) render(said);
    if (slot_.id == COMMS_SLOT_VOICE) connect(said);
    if (slot_.has("signed_url")) sign(said);
    if (slot_.has("dialect")) dialect(said);
    return said;
  }

 private:
  template <class Table>
  const Table& as() const {
    return *static_cast<const Table*>(table_);
  }
  void* self() const { return instance_.self(); }

  static void add(std::string& said, Status status) { said += std::to_string(status) + ';'; }

  void webhook(std::string& said) const {
    using Verify = Status (*)(void*, const comms_http_in*);
    using Parse = Status (*)(void*, const comms_http_in*, const comms_emit*);
    const auto verify = reinterpret_cast<Verify>(member_of(slot_.id, table_, "verify_webhook"));
    const auto parse = reinterpret_cast<Parse>(member_of(slot_.id, table_, "parse_webhook"));
    WebhookRequest request;
    request.body = R"({"id":"check-id-1","from":"+14155550100","text":"hello"})";
    request.headers.emplace_back("Content-Type", "application/json");
    testing::OpResult events;
    const comms_emit emit{&events, [](void* ctx, const comms_event* event) {
                            const allocation::HostSide side;
                            static_cast<testing::OpResult*>(ctx)->add(*event);
                          }};
    request.use([&](const comms_http_in* in) {
      const PluginSide side;
      add(said, verify(self(), in));
      if (parse) add(said, parse(self(), in, &emit));
      return 0;
    });
    for (const auto& event : events.events) {
      for (const auto& [name, text] : event.text) said += text + ';';
    }
  }
  void render(std::string& said) const {
    comms_verb verb{};
    verb.size = sizeof verb;
    verb.kind = COMMS_VERB_SAY;
    verb.text = str("5 < 6 & more");
    verb.language = str("en-US");
    std::string type;
    const PluginSide side;
    add(said,
        as<comms_telephony>().render(self(), &verb, 1, FakeHost::sink(said), FakeHost::sink(type)));
  }
  void connect(std::string& said) const {
    comms_voice_connect connect{};
    connect.size = sizeof connect;
    connect.ws_url = str("wss://commsd.example.com/voice?a=1");
    connect.action_url = str("https://commsd.example.com/voice/end");
    connect.greeting = str("hello");
    connect.language = str("en-US");
    const PluginSide side;
    add(said, as<comms_voice>().mode(self()));
    add(said, as<comms_voice>().connect_verb(self(), &connect, FakeHost::sink(said)));
  }
  void sign(std::string& said) const {
    const PluginSide side;
    add(said, as<comms_storage>().signed_url(self(), str("a/b.txt"), str("GET"), 600,
                                             FakeHost::sink(said)));
  }
  void dialect(std::string& said) const {
    const PluginSide side;
    said += view(as<comms_database>().dialect(self()));
  }

  Instance& instance_;
  const DeclaredSlot& slot_;
  const void* table_;
};

/// The same questions to one instance, by four threads at once. A race is seen where its answers
/// differ, and in every case where plugin-check is built with ThreadSanitizer.
void pure_functions(Context& test) {
  constexpr int kThreads = 4, kTimes = 200;
  Instance instance(test);
  if (!instance.good()) return;
  for (const DeclaredSlot& slot : test.plugin.slots) {
    const PureFunctions functions(instance, slot);
    test.step("the [any] functions of " + slot.id + " by several threads");
    const std::string alone = functions.answers();
    if (alone.empty() || functions.answers() != alone) continue;  // random by nature, as a nonce is
    std::atomic<int> ready{0}, different{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        ++ready;
        while (ready < kThreads) std::this_thread::yield();
        for (int n = 0; n < kTimes; ++n) different += functions.answers() != alone ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (different > 0) {
      test.fail(kAnyThread, "the [any] functions of " + slot.id + " gave other answers " +
                                std::to_string(different) +
                                " times when several threads called them at once");
    }
  }
}

}  // namespace

std::vector<Test> thread_tests(const PluginFile& plugin) {
  if (plugin.slots.empty()) return {};
  return {{"threads.any_functions", &pure_functions, 20}};
}

}  // namespace comms::check
