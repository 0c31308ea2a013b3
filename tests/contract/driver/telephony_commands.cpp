#include <utility>
#include <vector>

#include "command.h"

namespace commsd::contract {
namespace {

Answer done(const Result<void>& result) {
  if (!result) return fail(result.error());
  return std::string("{}");
}

Answer number(const Result<plugin::BoughtNumber>& bought) {
  if (!bought) return fail(bought.error());
  JsonWriter out;
  out.begin_object().field("number", bought->number).field("vendorId", bought->vendor_id);
  return out.end_object().take();
}

Answer account(const Result<plugin::VendorAccount>& made) {
  if (!made) return fail(made.error());
  JsonWriter out;
  out.begin_object().field("vendorId", made->vendor_id);
  write_pairs(out, "settings", made->settings);
  return out.end_object().take();
}

plugin::CallVerbKind verb_kind(std::string_view name) {
  static constexpr std::string_view kNames[] = {"say",    "play",    "gather", "dial",
                                                "record", "stream",  "pause",  "redirect",
                                                "reject", "hang_up", "native"};
  int kind = 1;
  for (const std::string_view known : kNames) {
    if (known == name) return static_cast<plugin::CallVerbKind>(kind);
    ++kind;
  }
  return plugin::CallVerbKind::hang_up;
}

plugin::CallVerb verb(const Command& given) {
  plugin::CallVerb verb;
  verb.kind = verb_kind(given.text("verb"));
  verb.text = given.text("text");
  verb.url = given.text("url");
  verb.number = given.text("number");
  verb.callee_url = given.text("calleeUrl");
  verb.from = given.text("from");
  verb.voice = given.text("voice");
  verb.language = given.text("language");
  verb.finish_key = given.text("finishKey");
  verb.timeout_ms = given.small("timeoutMs");
  verb.max_digits = given.small("maxDigits");
  verb.max_length_ms = given.small("maxLengthMs");
  verb.speech = given.flag("speech");
  verb.transcribe = given.flag("transcribe");
  verb.beep = given.flag("beep");
  verb.params = given.pairs("params");
  return verb;
}

Answer report(const Result<plugin::CallReport>& found) {
  if (!found) return fail(found.error());
  JsonWriter out;
  out.begin_object();
  write_receipt(out, found->receipt);
  return out.field("durationMs", found->duration_ms).end_object().take();
}

}  // namespace

Answer run_number_command(plugin::TelephonyProvider& provider, Stage& stage, const std::string& op,
                          const Command& command) {
  const plugin::BoughtNumber bought{command.text("number"), command.text("vendorId")};
  if (op == "buy_number") {
    plugin::NumberQuery query;
    query.country = command.text("country");
    query.area_code = command.text("areaCode");
    query.sms = command.flag("sms", true);
    query.voice = command.flag("voice");
    query.mms = command.flag("mms");
    query.client_reference = command.text("clientReference");
    return number(stage.executor.run(provider.buy_number(query, command.limit())));
  }
  if (op == "find_number") {
    return number(
        stage.executor.run(provider.find_number(command.text("clientReference"), command.limit())));
  }
  if (op == "configure_number") {
    const plugin::NumberRoutes routes{command.text("smsUrl"), command.text("voiceUrl"),
                                      command.text("callStatusUrl")};
    return done(stage.executor.run(provider.configure_number(bought, routes, command.limit())));
  }
  if (op == "release_number") {
    return done(stage.executor.run(provider.release_number(bought, command.limit())));
  }
  const plugin::AccountRequest request{command.text("name"), command.text("clientReference")};
  if (op == "create_account") {
    return account(stage.executor.run(provider.create_account(request, command.limit())));
  }
  if (op == "find_account") {
    return account(stage.executor.run(provider.find_account(request, command.limit())));
  }
  if (op == "close_account") {
    return done(
        stage.executor.run(provider.close_account(command.text("vendorId"), command.limit())));
  }
  return no_such_op(op);
}

Answer run_call_command(plugin::TelephonyProvider& provider, Stage& stage, const std::string& op,
                        const Command& command) {
  if (op == "make_call") {
    plugin::OutboundCall call;
    call.from = command.text("from");
    call.to = command.text("to");
    call.answer_url = command.text("answerUrl");
    call.status_url = command.text("statusUrl");
    call.client_reference = command.text("clientReference");
    call.ring_ms = static_cast<std::uint32_t>(command.number("ringMs", 30000));
    call.longest_ms = command.small("longestMs");
    call.detect_machine = command.flag("detectMachine");
    call.record = command.flag("record");
    const auto made = stage.executor.run(provider.make_call(call, command.limit()));
    if (!made) return fail(made.error());
    JsonWriter out;
    out.begin_object();
    write_receipt(out, *made);
    return out.end_object().take();
  }
  if (op == "transfer_call") {
    const plugin::CallTransfer transfer{command.text("vendorId"),  command.text("to"),
                                        command.text("from"),      command.text("announce"),
                                        command.text("answerUrl"), command.text("statusUrl"),
                                        command.text("calleeUrl")};
    return done(stage.executor.run(provider.transfer_call(transfer, command.limit())));
  }
  if (op == "end_call") {
    return done(stage.executor.run(provider.end_call(command.text("vendorId"), command.limit())));
  }
  if (op == "find_call") {
    plugin::LookUp what;
    what.vendor_id = command.text("vendorId");
    what.client_reference = command.text("clientReference");
    what.from = command.text("from");
    what.to = command.text("to");
    what.not_before = command.number("notBefore");
    what.not_after = command.number("notAfter");
    return report(stage.executor.run(provider.find_call(what, command.limit())));
  }
  if (op == "render") {
    std::vector<plugin::CallVerb> verbs;
    if (const auto given = command.root().get("verbs")) {
      given->each([&](JsonValue one) { verbs.push_back(verb(Command(one))); });
    }
    const auto instructions = provider.render(verbs);
    if (!instructions) return fail(instructions.error());
    JsonWriter out;
    out.begin_object().field("contentType", instructions->content_type);
    return out.field("body", instructions->body).end_object().take();
  }
  return no_such_op(op);
}

}  // namespace commsd::contract
