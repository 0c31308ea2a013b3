#include "messaging/limit_news.h"

#include <gmock/gmock.h>

#include "messaging/callback_payload.h"
#include "messaging/messaging_bed.h"
#include "policy/limit_service.h"
#include "store/agent_repository.h"

namespace commsd::messaging::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LimitNewsTest : public MessagingBed {
 protected:
  LimitNewsTest() {
    limits_.per_day = 5;
    build();
    news_.emplace(*store_, *inbox_, clock_, ids_, "key");
    alerts_->set_audience(&*news_);
    inbox_->set_listener(&listener_);
  }
  struct Heard final : ChangeListener {
    std::vector<std::string> agents;
    void item_received(const store::InboxItem& item) override { agents.push_back(item.agent_id); }
    void items_acknowledged(const std::string&, const std::string&) override {}
    void message_changed(const store::Message&) override {}
  };
  std::vector<std::string> told(const std::string& agent = "agt_1") {
    store::InboxFilter filter;
    filter.org_id = "org_1";
    filter.agent_id = agent;
    std::vector<std::string> all;
    const auto page = executor_.run(inbox_->fetch(filter, false));
    for (const auto& item : page->items) {
      all.push_back(item.channel + ' ' + item.reason + ' ' + item.body);
    }
    return all;
  }

  Heard listener_;
  std::optional<LimitNews> news_;
};

TEST_F(LimitNewsTest, AnAgentHearsOfItsLimitsOnceInAPeriod) {
  for (int i = 0; i < 3; ++i) sent(request("message " + std::to_string(i)));
  EXPECT_THAT(told(), IsEmpty());
  sent(request("the fourth"));
  sent(request("the fifth"));
  EXPECT_THAT(told(), ElementsAre("limit limit_warning limit.per_day: 4 of 5 are used."));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(send(request("too many")));
  EXPECT_THAT(told(), ElementsAre(HasSubstr("limit_warning"),
                                  "limit limit_reached limit.per_day: 5 of 5 are used."));
  EXPECT_THAT(listener_.agents, ElementsAre("agt_1", "agt_1"));
  clock_.advance(std::chrono::hours(24));
  for (int i = 0; i < 4; ++i) sent(request("tomorrow " + std::to_string(i)));
  EXPECT_EQ(told().size(), 3U) << "a new period";
}

TEST_F(LimitNewsTest, ACapOfTheOrganizationIsToldToAllOfItsActiveAgents) {
  store::UnitOfWork unit;
  for (const char* agent : {"agt_2", "agt_3"}) {
    store::AgentRepository::add_create(unit, {agent, "org_1", "Bea", "active", "US", clock_.now()});
  }
  store::AgentRepository::add_set_status(unit, "org_1", "agt_3", "inactive");
  store::LimitSettings caps;
  caps.org_id = "org_1";
  caps.cap_per_day = 1;
  caps.updated_at = clock_.now();
  store::LimitRepository::add_set(unit, caps);
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  EXPECT_FALSE(send(request("too dear")));
  EXPECT_THAT(told("agt_1"), ElementsAre(HasSubstr("limit_reached spend.org_daily")));
  EXPECT_THAT(told("agt_2"), ElementsAre(HasSubstr("limit_reached spend.org_daily")));
  EXPECT_THAT(told("agt_3"), IsEmpty());
}

TEST_F(LimitNewsTest, ACallbackSaysTheRuleAndTheNumbers) {
  for (int i = 0; i < 4; ++i) sent(request("message " + std::to_string(i)));
  const auto items = waiting();
  ASSERT_EQ(items.size(), 1U);
  store::CallbackDelivery delivery;
  delivery.event = item_event(items[0]);
  EXPECT_EQ(delivery.event, "limit.warning");
  const std::string body = item_payload(delivery, items[0], items[0].media_json, ContactIds("key"));
  EXPECT_THAT(body, HasSubstr(R"("type":"limit.warning")"));
  EXPECT_THAT(body, HasSubstr(R"("rule":"limit.per_day","current":4,"max":5)"));
  EXPECT_THAT(body, testing::Not(HasSubstr("+1415")));
}

}  // namespace
}  // namespace commsd::messaging::test
