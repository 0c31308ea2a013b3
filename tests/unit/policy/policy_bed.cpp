#include "policy/policy_bed.h"

#include "policy/standard_rules.h"
#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/organization_repository.h"

namespace commsd::policy::test {

PolicyBed::PolicyBed() {
  auto opened =
      store::DatabaseStore::open(store::test::load_database(folder_.file("commsd.db")), clock_);
  if (!opened) std::abort();
  store_ = std::move(*opened);
  modes_.emplace(*store_);
  lists_.emplace(*store_);
  audit_.emplace(*store_, clock_, ids_);
  contacts_.emplace(*store_, *audit_, clock_, ids_, "key");

  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit, {"org_1", "One", "production", "active", 1});
  store::OrganizationRepository::add_create(unit, {"org_2", "Two", "sandbox", "active", 1});
  for (const auto& [org, agent, last] :
       {std::tuple("org_1", "agt_1", "0"), std::tuple("org_1", "agt_1b", "1"),
        std::tuple("org_2", "agt_2", "2")}) {
    store::AgentRepository::add_create(unit, {agent, org, "Ada", "active", "US", 1});
    for (const char* channel : {"sms", "voice", "whatsapp", "email"}) {
      const std::string address = std::string(channel) == "email"
                                      ? std::string(agent) + "@example.com"
                                      : std::string("+1415555010") + last;
      store::ChannelRepository::add_create(unit,
                                           {org, agent, channel, address, "first", "", "active"});
    }
  }
  EXPECT_TRUE(commit(std::move(unit)));
}

PolicyGate PolicyBed::gate(store::Store& store) const {
  return {store, {*modes_, standard_countries(), standard_content(), *lists_}, clock_, settings_};
}

OutboundAction PolicyBed::action(plugin::ChannelKind channel) const {
  OutboundAction action;
  action.org_id = "org_1";
  action.agent_id = "agt_1";
  action.channel = channel;
  action.to = channel == plugin::ChannelKind::email ? "ada@example.com" : number;
  action.text = "hello";
  return action;
}

Result<Admission> PolicyBed::ask(OutboundAction action, bool again) {
  const PolicyGate gate = this->gate(*store_);
  return executor_.run(again ? gate.readmit(std::move(action)) : gate.admit(std::move(action)));
}

std::string PolicyBed::refusal(OutboundAction action) {
  const Result<Admission> answer = ask(std::move(action));
  if (answer) return {};
  EXPECT_FALSE(answer.error().message.empty());
  return answer.error().rule.empty() ? std::string(to_string(answer.error().code))
                                     : answer.error().rule;
}

bool PolicyBed::commit(store::UnitOfWork unit) {
  const auto outcome = executor_.run(store_->commit(std::move(unit)));
  return outcome && outcome->committed;
}

ContactPreferences::Contact PolicyBed::contact(plugin::ChannelKind channel,
                                               std::string agent) const {
  return {"org_1", std::move(agent), channel,
          channel == plugin::ChannelKind::email ? "ada@example.com" : number};
}

store::Consent PolicyBed::record(ContactPreferences::Contact contact, std::string type,
                                 std::optional<UnixMillis> expires_at) {
  auto done = executor_.run(
      contacts_->record(std::move(contact), {std::move(type), "form", "", expires_at}, "tok_1"));
  if (!done) ADD_FAILURE() << done.error().message;
  return done.value_or(store::Consent());
}

void PolicyBed::stop(std::string channel, std::string source) {
  store::UnitOfWork unit;
  ContactPreferences::add_opt_out(unit, "org_1", channel, contacts_->hash(number), source,
                                  clock_.now());
  EXPECT_TRUE(commit(std::move(unit)));
}

}  // namespace commsd::policy::test
