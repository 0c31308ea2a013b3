#include "messaging/messaging_bed.h"

#include "store/agent_repository.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {

MessagingBed::MessagingBed() {
  settings_.public_url = "https://comms.example.com";
  settings_.contact_key = "key";
  settings_.vendor_blocks = policy::VendorBlocks::standard();
  auto opened =
      store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
  if (!opened) std::abort();
  store_ = std::make_unique<AwaitedStore>(executor_, std::move(*opened));
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit,
                                            {"org_1", "One", "sandbox", "active", clock_.now()});
  store::AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", clock_.now()});
  store::ChannelRepository::add_create(
      unit, {"org_1", "agt_1", "sms", "+14155550100", "first second", "PN1", "active"});
  EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  build();
}

MessagingBed::~MessagingBed() {
  executor_.run(inbound_->close());
  executor_.run(delivery_->close());
}

void MessagingBed::build() {
  breaker_.emplace(clock_);
  in_flight_.emplace();
  modes_.emplace(*store_);
  lists_.emplace(*store_);
  gate_.emplace(*store_,
                policy::GateRules{*modes_, policy::test::standard_countries(),
                                  policy::test::standard_content(), *lists_},
                clock_, gate_settings_);
  delivery_.emplace(*store_, providers_, *gate_, *breaker_, *in_flight_, clock_, ids_, settings_);
  audit_.emplace(*store_, clock_, ids_);
  alerts_.emplace(*store_, *audit_, clock_);
  spend_.emplace(*store_, prices_, tiers_, *alerts_, clock_, limits_);
  OutboundSettings settings;
  settings.contact_key = "key";
  settings.media = &media_;
  inbox_.emplace(*store_, clock_);
  delivery_->set_inbox(&*inbox_);
  agent_post_.emplace(*store_, *inbox_, clock_, ids_, "key", settings_.bodies);
  outbound_.emplace(*store_, *gate_, *spend_, *delivery_, *in_flight_, clock_, ids_, settings);
  outbound_->set_agent_post(&*agent_post_);
  scheduled_.emplace(*store_, *outbound_, *spend_, *delivery_, *agent_post_, clock_, ids_,
                     ScheduledSends::Settings{"worker", settings_.bodies});
  inbound_settings_.bodies = settings_.bodies;
  inbound_.emplace(*store_, providers_, *outbound_, *inbox_, keywords_, clock_, ids_,
                   inbound_settings_);
}

void MessagingBed::restart() {
  executor_.run(inbound_->close());
  executor_.run(delivery_->close());
  build();
  recover();
}

void MessagingBed::recover() {
  auto open = executor_.run(delivery_->interrupted());
  ASSERT_TRUE(open);
  for (store::Attempt& attempt : *open) executor_.run(delivery_->recover(std::move(attempt)));
}

SendRequest MessagingBed::request(std::string text, std::string key) const {
  SendRequest request;
  request.org_id = "org_1";
  request.agent_id = "agt_1";
  request.content.to = "+14155552671";
  request.content.text = text;
  request.idempotency_key = std::move(key);
  request.arguments_hash = std::move(text);
  return request;
}

Result<SendOutcome> MessagingBed::send(SendRequest request) {
  return executor_.run(outbound_->send(std::move(request)));
}

SendOutcome MessagingBed::sent(SendRequest request) {
  Result<SendOutcome> outcome = send(std::move(request));
  if (!outcome) ADD_FAILURE() << outcome.error().message;
  return outcome.value_or(SendOutcome());
}

store::Message MessagingBed::stored(const std::string& id) {
  const store::MessageRepository messages(*store_);
  auto found = executor_.run(messages.find("org_1", id));
  return found && *found ? **found : store::Message();
}

MessageHistory::View MessagingBed::history(const std::string& id) {
  const MessageHistory history(*store_);
  auto view = executor_.run(history.find("org_1", "agt_1", id));
  if (!view) ADD_FAILURE() << view.error().message;
  return view.value_or(MessageHistory::View());
}

void MessagingBed::pass(std::chrono::seconds time) {
  for (std::chrono::seconds gone{0}; gone < time; ++gone) {
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(executor_.run(scheduled_->run_due(100)));
    EXPECT_TRUE(executor_.run(scheduled_->run_due_copies(100)));
    EXPECT_TRUE(executor_.run(delivery_->run_due(100)));
    if (in_flight_->size() == 0) continue;
    const auto idle = [](InFlight& in_flight) -> Task<void> {
      while (in_flight.size() > 0) co_await sleep_for(std::chrono::milliseconds(10));
    };
    executor_.run(idle(*in_flight_));
  }
}

Result<plugin::WebhookReply> MessagingBed::webhook(plugin::ProviderEvent event,
                                                   std::string reference,
                                                   const std::string& agent_id) {
  vendor_->events = {std::move(event)};
  WebhookCall call;
  call.agent_id = agent_id;
  call.reference = std::move(reference);
  return executor_.run(inbound_->handle(std::move(call)));
}

void MessagingBed::keep_bodies() {
  bodies_.emplace(*store_, *audit_, clock_, BodyStorage::Settings{true});
  settings_.bodies = &*bodies_;
  restart();
}

std::vector<store::InboxItem> MessagingBed::waiting() {
  store::InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  auto page = executor_.run(inbox_->fetch(std::move(filter), false));
  return page ? page->items : std::vector<store::InboxItem>();
}

plugin::ProviderEvent text_event(std::string id, std::string from, std::string text) {
  plugin::ProviderEvent event;
  event.kind = plugin::EventKind::message_received;
  event.event_id = id;
  event.vendor_id = std::move(id);
  event.from = std::move(from);
  event.to = "+14155550100";
  event.text = std::move(text);
  return event;
}

plugin::ProviderEvent status_event(std::string vendor_id, std::string status) {
  plugin::ProviderEvent event;
  event.kind = plugin::EventKind::message_status;
  event.event_id = vendor_id + ':' + status;
  event.vendor_id = std::move(vendor_id);
  event.status = std::move(status);
  return event;
}

}  // namespace commsd::messaging::test
