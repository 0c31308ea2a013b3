#include <comms/slot/telephony.h>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

/// Breaks out of XML and of JSON where it is not escaped.
constexpr std::string_view kSharp = "5 < 6 & \"quoted\" ]]> {\\n} caf\xc3\xa9 </Say>";

struct Named {
  const char* name;
  comms_verb verb;
};

comms_verb verb(std::int32_t kind) {
  comms_verb v{};
  v.size = sizeof v;
  v.kind = kind;
  return v;
}

std::vector<Named> verbs() {
  static const comms_kv params[] = {{str("call"), str(kSharp)}};
  const comms_str url = str("https://commsd.example.com/webhooks/voice?a=1&b=2");
  std::vector<Named> all;
  const auto add = [&](const char* name, comms_verb v) { all.push_back({name, v}); };
  comms_verb v = verb(COMMS_VERB_SAY);
  v.text = str(kSharp);
  v.language = str("en-US");
  add("say", v);
  v = verb(COMMS_VERB_PLAY);
  v.url = url;
  add("play", v);
  v = verb(COMMS_VERB_GATHER);
  v.text = str(kSharp);
  v.url = url;
  v.max_digits = 4;
  v.finish_key = str("#");
  v.timeout_ms = 5000;
  add("gather", v);
  v.flags = COMMS_VERB_SPEECH;
  add("gather_speech", v);
  v = verb(COMMS_VERB_DIAL);
  v.number = str("+14155550101");
  v.from = str("+14155550100");
  v.url = url;
  v.timeout_ms = 20000;
  add("dial", v);
  v = verb(COMMS_VERB_RECORD);
  v.url = url;
  v.max_length_ms = 60000;
  v.finish_key = str("#");
  v.timeout_ms = 5000;
  v.flags = COMMS_VERB_BEEP;
  add("record", v);
  v = verb(COMMS_VERB_STREAM);
  v.url = str("wss://commsd.example.com/media");
  v.params = params;
  v.param_count = 1;
  add("stream", v);
  v = verb(COMMS_VERB_PAUSE);
  v.timeout_ms = 1500;
  add("pause", v);
  v = verb(COMMS_VERB_REDIRECT);
  v.url = url;
  add("redirect", v);
  v = verb(COMMS_VERB_REJECT);
  v.text = str("busy");
  add("reject", v);
  add("hangup", verb(COMMS_VERB_HANGUP));
  v = verb(COMMS_VERB_NATIVE);
  v.text = str("<Check/>");
  add("native", v);
  return all;
}

struct Rendered {
  Status status;
  std::string body, type;
};

Rendered render(Instance& instance, const std::vector<comms_verb>& list) {
  Rendered out{COMMS_INTERNAL, {}, {}};
  const auto* table = instance.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  const PluginSide side;
  out.status = table->render(instance.self(), list.data(), list.size(),
                             testing::FakeHost::sink(out.body), testing::FakeHost::sink(out.type));
  return out;
}

void check(Context& test, Instance& instance, const std::string& what,
           const std::vector<comms_verb>& list) {
  test.step("render of " + what);
  const Rendered out = render(instance, list);
  if (out.status == COMMS_UNSUPPORTED) {
    test.note(what + " is unsupported");
    return;
  }
  if (out.status != COMMS_OK) {
    test.fail(kRender, "render of " + what + " ended with " + name_of_status(out.status));
    return;
  }
  if (out.body.empty() || out.type.empty()) {
    test.fail(kRender, "render of " + what + " wrote no body or no content type");
  }
  instance.host().check_text("what render wrote for " + what, out.body);
  const bool xml = out.type.find("xml") != out.type.npos;
  if (xml &&
      (out.body.find("5 < 6") != out.body.npos || out.body.find("a=1&b=2") != out.body.npos)) {
    test.fail(kRender, "render of " + what + " wrote < or & unescaped into XML");
  }
  if (out.type.find("json") != out.type.npos && !testing::JsonDocument().parse(out.body)) {
    test.fail(kRender, "render of " + what + " wrote what is not JSON");
  }
}

void every_verb(Context& test) {
  Instance instance(test);
  if (!instance.slot<comms_telephony>(COMMS_SLOT_TELEPHONY)) return;
  std::vector<comms_verb> supported;
  for (const Named& named : verbs()) {
    check(test, instance, named.name, {named.verb});
    const bool alone = named.verb.kind == COMMS_VERB_NATIVE;  // its text is another's business
    if (!alone && render(instance, {named.verb}).status == COMMS_OK) {
      supported.push_back(named.verb);
    }
  }
  if (supported.empty()) {
    test.fail(kRender, "render supports no verb at all");
    return;
  }
  check(test, instance, "all verbs together", supported);
  test.step("render of unknown kinds");
  for (const std::int32_t kind : {0, -1, 99}) {
    if (render(instance, {verb(kind)}).status == COMMS_OK) {
      test.fail(kRender,
                "render of the unknown verb " + std::to_string(kind) + " ended with COMMS_OK");
    }
  }
  const Status nothing = render(instance, {}).status;
  if (nothing != COMMS_OK && nothing != COMMS_INVALID) {
    test.fail(kRender, "render of no verb ended with " + name_of_status(nothing));
  }
}

/// A plugin that says it has callee_url asked must not lose it: somebody would not be told what
/// the law wants told.
void callee_url(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  if (!table || !COMMS_HAS(comms_telephony, table, features) ||
      (table->features & COMMS_TELEPHONY_ASKS_CALLEE_URL) == 0) {
    return;
  }
  comms_verb dial = verb(COMMS_VERB_DIAL);
  dial.number = str("+14155550101");
  dial.from = str("+14155550100");
  dial.callee_url = str("https://commsd.example.com/callee-voice");
  test.step("render of a dial with callee_url");
  const Rendered out = render(instance, {dial});
  if (out.status != COMMS_OK || out.body.find("callee-voice") == out.body.npos) {
    test.fail(kRender,
              "its features have COMMS_TELEPHONY_ASKS_CALLEE_URL, but what render wrote "
              "for a dial has no callee_url in it");
  }
}

void short_of_memory(Context& test) {
  Instance instance(test);
  if (!instance.slot<comms_telephony>(COMMS_SLOT_TELEPHONY)) return;
  const std::vector<Named> all = verbs();
  fail_each_allocation(test, Leaves::nothing, [&] {
    render(instance, {all[0].verb, all[2].verb, all[4].verb});
  });
}

}  // namespace

std::vector<Test> render_tests(const PluginFile& plugin) {
  const DeclaredSlot* slot = plugin.slot(COMMS_SLOT_TELEPHONY);
  if (!slot || !slot->has("render")) return {};
  return {{"render.every_verb", &every_verb},
          {"render.callee_url", &callee_url},
          {"render.allocation_failure", &short_of_memory}};
}

}  // namespace comms::check
