#include "voice/voice_bed.h"

#include "store/channel_repository.h"

namespace commsd::voice::test {

VoiceBed::VoiceBed() {
  store::UnitOfWork unit;
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_1", "voice", own, "phone second", "PN1", "active"});
  EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  dialler_settings_.public_url = "https://comms.example.com";
  events_settings_.public_url = dialler_settings_.public_url;
  events_settings_.greeting = "Hello from Ada.";
  events_settings_.disclosure = "This is a machine.";
  build_calls();
}

VoiceBed::~VoiceBed() {
  executor_.run(dialler_->close());
}

void VoiceBed::build_calls() {
  call_breaker_.emplace(clock_);
  calls_in_flight_.emplace();
  dialler_.emplace(*store_, phones_, *call_breaker_, *calls_in_flight_, clock_, ids_,
                   dialler_settings_);
  OutboundCallsSettings settings;
  settings.contact_key = "key";
  calls_.emplace(*store_, *gate_, *spend_, *dialler_, *calls_in_flight_, clock_, ids_, settings);
  events_.emplace(*store_, phones_, phones_, *gate_, *spend_, *inbox_, *dialler_, clock_, ids_,
                  events_settings_);
  bridges_.emplace(*store_, *calls_, clock_, ids_);
  view_.emplace(*store_);
}

void VoiceBed::restart_calls() {
  executor_.run(dialler_->close());
  build_calls();
  auto open = executor_.run(dialler_->interrupted());
  ASSERT_TRUE(open);
  for (store::CallAttempt& one : *open) executor_.run(dialler_->recover(std::move(one)));
}

CallRequest VoiceBed::call_to(std::string to, std::string greeting, std::string key) const {
  CallRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.tool = "comms_make_call";
  request.to = std::move(to);
  request.script.disclosure = "This is a machine.";
  request.script.words = greeting;
  request.idempotency_key = std::move(key);
  request.arguments_hash = std::move(greeting);
  return request;
}

Result<CallOutcome> VoiceBed::place(CallRequest request) {
  return executor_.run(calls_->place(std::move(request)));
}

CallOutcome VoiceBed::placed(CallRequest request) {
  Result<CallOutcome> outcome = place(std::move(request));
  if (!outcome) ADD_FAILURE() << outcome.error().message;
  return outcome.value_or(CallOutcome());
}

store::Call VoiceBed::stored_call(const std::string& id) {
  const store::CallRepository calls(*store_);
  auto found = executor_.run(calls.find("org_1", id));
  return found && *found ? **found : store::Call();
}

CallHistory::View VoiceBed::call_history(const std::string& id) {
  auto view = executor_.run(view_->find("org_1", "agt_1", id));
  if (!view) ADD_FAILURE() << view.error().message;
  return view.value_or(CallHistory::View());
}

std::optional<std::string> VoiceBed::script_of(const std::string& id) {
  const store::CallRepository calls(*store_);
  return *executor_.run(calls.script("org_1", id));
}

std::string VoiceBed::cut_off(const std::string& call_id) {
  store::Call call;
  call.id = call_id;
  call.org_id = "org_1";
  call.agent_id = "agt_1";
  call.direction = "outbound";
  call.purpose = "conversation";
  call.from_address = own;
  call.to_address = person;
  call.content_hash = call_id;
  call.created_at = clock_.now();
  call.updated_at = clock_.now();
  const auto attempt = dialler_->choose(call, {});
  Dialler::note_attempt(call, *attempt);
  store::UnitOfWork unit;
  store::CallRepository::add_accept(unit, call, encode_script({}));
  store::CallRepository::add_attempt(unit, attempt->record);
  EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  return attempt->record.id;
}

Result<plugin::WebhookReply> VoiceBed::hear(plugin::ProviderEvent event, std::string reference,
                                            CallWebhook::Wants wants, std::string bridge_call) {
  phone_->events = {std::move(event)};
  CallWebhook webhook;
  webhook.agent_id = "agt_1";
  webhook.reference = std::move(reference);
  webhook.call_id = std::move(bridge_call);
  webhook.wants = wants;
  return executor_.run(events_->handle(std::move(webhook)));
}

plugin::ProviderEvent VoiceBed::news(std::string vendor_id, std::string status) {
  plugin::ProviderEvent event;
  event.kind = plugin::EventKind::call_status;
  event.event_id = vendor_id + ':' + status + ':' + std::to_string(++told_);
  event.vendor_id = std::move(vendor_id);
  event.status = std::move(status);
  return event;
}

plugin::ProviderEvent VoiceBed::ringing(std::string vendor_id, std::string from) {
  plugin::ProviderEvent event = news(std::move(vendor_id), "ringing");
  event.kind = plugin::EventKind::call_received;
  event.event_id = event.vendor_id + ":ringing";
  event.from = std::move(from);
  event.to = own;
  event.extra = {{"direction", "inbound"}};
  return event;
}

}  // namespace commsd::voice::test
