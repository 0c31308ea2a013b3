#include "voice/scripted_phone.h"

namespace commsd::voice::test {

using plugin::Receipt;

Task<Result<Receipt>> ScriptedPhone::make_call(plugin::OutboundCall call,
                                               std::chrono::milliseconds) {
  ++asked;
  Answer answer = Answer::take;
  if (!answers.empty()) {
    answer = answers.front();
    answers.pop_front();
  }
  if (latency.count() > 0) co_await sleep_for(latency);
  switch (answer) {
    case Answer::take:
      co_return take(call);
    case Answer::refuse: {
      Error refusal;
      refusal.code = ErrorCode::rejected;
      refusal.message = "no such number";
      refusal.vendor_code = "21211";
      co_return fail(std::move(refusal));
    }
    case Answer::unavailable:
      co_return fail(ErrorCode::unavailable, "connection refused");
    case Answer::take_and_lose:
      take(call);
      break;
    case Answer::lose:
      break;
  }
  co_return fail(ErrorCode::ambiguous, "the connection was reset after the request");
}

Receipt ScriptedPhone::take(const plugin::OutboundCall& call) {
  dialled.push_back(call);
  return {"CA" + std::to_string(dialled.size()), status, {}, ""};
}

Task<Result<void>> ScriptedPhone::transfer_call(plugin::CallTransfer transfer,
                                                std::chrono::milliseconds) {
  Answer answer = Answer::take;
  if (!answers.empty()) {
    answer = answers.front();
    answers.pop_front();
  }
  if (answer == Answer::refuse) co_return fail(ErrorCode::not_found, "the call is over");
  transferred.push_back(std::move(transfer));
  if (answer == Answer::take_and_lose) co_return fail(ErrorCode::ambiguous, "no answer");
  co_return Result<void>();
}

Task<Result<void>> ScriptedPhone::end_call(std::string vendor_id, std::chrono::milliseconds) {
  ended.push_back(std::move(vendor_id));
  co_return Result<void>();
}

Task<Result<plugin::CallReport>> ScriptedPhone::find_call(plugin::LookUp what,
                                                          std::chrono::milliseconds) {
  if (!what.vendor_id.empty()) {
    if (report) co_return *report;
    co_return fail(ErrorCode::not_found, "no such call");
  }
  for (std::size_t i = 0; i < dialled.size(); ++i) {
    if (dialled[i].client_reference != what.client_reference) continue;
    co_return plugin::CallReport{{"CA" + std::to_string(i + 1), "ringing", {}, ""}, {}};
  }
  co_return fail(ErrorCode::not_found, "no such call");
}

Result<void> ScriptedPhone::verify_webhook(const plugin::WebhookRequest&) {
  if (!signs) return fail(ErrorCode::permission_denied, "bad signature");
  return {};
}

Result<plugin::CallInstructions> ScriptedPhone::render(const std::vector<plugin::CallVerb>& verbs) {
  rendered = verbs;
  std::string body;
  for (const plugin::CallVerb& verb : verbs) {
    using Kind = plugin::CallVerbKind;
    if (verb.kind == Kind::say) body += "say " + verb.text + ';';
    if (verb.kind == Kind::play) body += "play " + verb.url + ';';
    if (verb.kind == Kind::dial) body += "dial " + verb.number + ';';
    if (verb.kind == Kind::reject) body += "reject;";
    if (verb.kind == Kind::hang_up) body += "hang up;";
  }
  return plugin::CallInstructions{"text/plain", body};
}

std::shared_ptr<ScriptedPhone> PhoneProviders::add(const std::string& name) {
  order.push_back(std::make_shared<ScriptedPhone>(name));
  return order.back();
}

std::shared_ptr<plugin::MessageProvider> PhoneProviders::named(plugin::ChannelKind,
                                                               std::string_view name,
                                                               const plugin::Scope&) {
  for (const auto& phone : order) {
    if (phone->name() == name) return phone;
  }
  return nullptr;
}

}  // namespace commsd::voice::test
