#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/agent_repository.h"
#include "store/channel_repository.h"
#include "store/fixture.h"
#include "store/idempotency_repository.h"
#include "store/inbound_event_repository.h"
#include "store/inbox_repository.h"
#include "store/mcp_session_repository.h"
#include "store/organization_repository.h"
#include "store/override_repository.h"
#include "store/setting_repository.h"
#include "store/suppression_repository.h"
#include "store/token_repository.h"
#include "store/usage_repository.h"
#include "store/user_repository.h"

namespace commsd::store::test {
namespace {

using testing::ElementsAre;
using testing::Field;

class RepositoriesTest : public StoreTest {
 protected:
  /// Commits what `contribute` adds, alone in its unit.
  template <typename Contribute>
  bool add(Contribute contribute) {
    UnitOfWork unit;
    contribute(unit);
    return committed(std::move(unit));
  }
  bool create_agent(const std::string& org, const std::string& agent) {
    return add([&](UnitOfWork& unit) {
      AgentRepository::add_create(unit, {agent, org, "Grace", "active", "", 2});
    });
  }
  void create_other_organization() {
    EXPECT_TRUE(add([](UnitOfWork& unit) {
      OrganizationRepository::add_create(unit, {"org_2", "Two", "production", "active", 2});
    }));
  }
};

TEST_F(RepositoriesTest, Organizations) {
  const OrganizationRepository organizations(*store_);
  create_other_organization();
  EXPECT_FALSE(add([](UnitOfWork& unit) {
    OrganizationRepository::add_create(unit, {"org_2", "Again", "sandbox", "active", 2});
  }));
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    OrganizationRepository::add_set_mode(unit, "org_1", "production");
    OrganizationRepository::add_set_status(unit, "org_1", "suspended");
  }));
  EXPECT_FALSE(add(
      [](UnitOfWork& unit) { OrganizationRepository::add_set_mode(unit, "org_3", "production"); }));
  EXPECT_EQ(get(organizations.find("org_1"))->status, "suspended");
  EXPECT_EQ(get(organizations.find("org_3")), std::nullopt);
  EXPECT_EQ(get(organizations.list()).size(), 2u);
}

TEST_F(RepositoriesTest, Agents) {
  const AgentRepository agents(*store_);
  create_other_organization();
  EXPECT_TRUE(create_agent("org_2", "agt_2"));
  EXPECT_FALSE(create_agent("org_1", "agt_2"));
  EXPECT_FALSE(create_agent("org_3", "agt_3"));
  EXPECT_EQ(get(agents.find("org_1", "agt_2")), std::nullopt);
  EXPECT_EQ(get(agents.find_for_webhook("agt_2"))->org_id, "org_2");
  EXPECT_FALSE(add([](UnitOfWork& unit) {
    AgentRepository::add_set_status(unit, "org_1", "agt_2", "inactive");
  }));
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    AgentRepository::add_set_status(unit, "org_2", "agt_2", "inactive");
  }));
  EXPECT_EQ(get(agents.count_active("org_2")), 0);
  EXPECT_TRUE(create_agent("org_1", "agt_4"));
  EXPECT_THAT(get(agents.list("org_1", "", 10)),
              ElementsAre(Field(&Agent::id, "agt_1"), Field(&Agent::id, "agt_4")));
  EXPECT_THAT(get(agents.list("org_1", "agt_1", 10)), ElementsAre(Field(&Agent::id, "agt_4")));
}

TEST_F(RepositoriesTest, Channels) {
  const ChannelRepository channels(*store_);
  ASSERT_TRUE(create_agent("org_1", "agt_2"));
  const Channel sms{"org_1", "agt_1", "sms", "+15005550006", "alpha", "PN1", "active"};
  const auto create = [this](const Channel& channel) {
    return add([&](UnitOfWork& unit) { ChannelRepository::add_create(unit, channel); });
  };
  EXPECT_TRUE(create(sms));
  EXPECT_FALSE(create(sms));
  Channel taken = sms;
  taken.agent_id = "agt_2";
  EXPECT_FALSE(create(taken));  // the address is in use
  Channel stray = sms;
  stray.org_id = "org_2";
  stray.address = "+15005550007";
  EXPECT_FALSE(create(stray));  // the agent is somebody else's
  EXPECT_EQ(get(channels.find_by_address("sms", "+15005550006"))->agent_id, "agt_1");
  EXPECT_EQ(get(channels.find_by_address("voice", "+15005550006")), std::nullopt);
  EXPECT_EQ(get(channels.find("org_1", "agt_1", "sms"))->provider_ref, "PN1");

  EXPECT_TRUE(add([](UnitOfWork& unit) {
    ChannelRepository::add_set_status(unit, "org_1", "agt_1", "sms", "released");
  }));
  EXPECT_EQ(get(channels.find("org_1", "agt_1", "sms")), std::nullopt);
  EXPECT_TRUE(create(taken));  // the number goes to the other agent
  Channel next = sms;
  next.address = "+15005550008";
  EXPECT_TRUE(create(next));  // and the first gets a new one
  EXPECT_EQ(get(channels.of_agent("org_1", "agt_1")).size(), 1u);
  EXPECT_TRUE(get(channels.of_agent("org_2", "agt_1")).empty());
}

TEST_F(RepositoriesTest, Tokens) {
  const TokenRepository tokens(*store_);
  Token token{"tok_1", "org_1", "agt_1", "agent", "hash_1", "laptop", 5,
              99,      {},      {},      {},      {},       {},       {}};
  const auto create = [this](const Token& added) {
    return add([&](UnitOfWork& unit) { TokenRepository::add_create(unit, added); });
  };
  EXPECT_TRUE(create(token));
  token.id = "tok_2";
  EXPECT_FALSE(create(token));  // the hash is taken
  EXPECT_TRUE(
      create({"tok_3", "", "", "orchestrator", "hash_3", "", 5, {}, {}, {}, {}, {}, {}, {}}));
  EXPECT_EQ(get(tokens.find_by_hash("hash_1"))->expires_at, 99);
  EXPECT_EQ(get(tokens.find_by_hash("hash_3"))->org_id, "");
  EXPECT_EQ(get(tokens.find_by_hash("hash_9")), std::nullopt);
  EXPECT_EQ(get(tokens.list("org_1")).size(), 1u);
  EXPECT_EQ(get(tokens.list("")).size(), 1u);

  const auto revoke = [this](std::string_view org, std::string_view id) {
    return add([&](UnitOfWork& unit) { TokenRepository::add_revoke(unit, org, id, 7); });
  };
  EXPECT_FALSE(revoke("org_2", "tok_1"));
  EXPECT_FALSE(revoke("org_1", "tok_3"));
  EXPECT_FALSE(revoke("", "tok_1"));
  EXPECT_TRUE(revoke("org_1", "tok_1"));
  EXPECT_FALSE(revoke("org_1", "tok_1"));
  EXPECT_TRUE(revoke("", "tok_3"));
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    TokenRepository::add_touch(unit, "org_1", "tok_1", 8);
    TokenRepository::add_touch(unit, "", "tok_3", 9);
    TokenRepository::add_revoke_agent(unit, "org_1", "agt_1", 10);
  }));
  EXPECT_EQ(get(tokens.find_by_hash("hash_1"))->revoked_at, 7);
  EXPECT_EQ(get(tokens.find_by_hash("hash_1"))->last_used_at, 8);
  EXPECT_EQ(get(tokens.find_by_hash("hash_3"))->last_used_at, 9);
}

TEST_F(RepositoriesTest, Users) {
  const UserRepository users(*store_);
  create_other_organization();
  const auto create = [this](const std::string& id, const std::string& org,
                             const std::string& email) {
    return add([&](UnitOfWork& unit) {
      UserRepository::add_create(
          unit, {id, org, email, "", "admin", "hash", "active", 9, 9, 9, 5});  // 9s: not stored
    });
  };
  EXPECT_TRUE(create("usr_1", "org_1", "one@example.com"));
  EXPECT_TRUE(create("usr_2", "", "two@example.com"));
  EXPECT_TRUE(create("usr_3", "org_2", "three@example.com"));
  EXPECT_TRUE(create("usr_4", "org_1", "four@example.com"));
  EXPECT_FALSE(create("usr_1", "org_1", "five@example.com"));  // the id is taken
  EXPECT_FALSE(create("usr_5", "org_2", "one@example.com"));   // the address is, by another tenant
  EXPECT_FALSE(create("usr_5", "org_3", "five@example.com"));  // no such organization

  const std::optional<User> made = get(users.find("org_1", "usr_1"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->email, "one@example.com");
  EXPECT_EQ(made->name, "");
  EXPECT_EQ(made->role, "admin");
  EXPECT_EQ(made->password_hash, "hash");
  EXPECT_EQ(made->status, "active");
  EXPECT_EQ(made->failed_logins, 0);
  EXPECT_EQ(made->locked_until, std::nullopt);
  EXPECT_EQ(made->last_login_at, std::nullopt);
  EXPECT_EQ(made->created_at, 5);
  EXPECT_EQ(get(users.find("org_2", "usr_1")), std::nullopt);
  EXPECT_EQ(get(users.find("", "usr_1")), std::nullopt);
  EXPECT_EQ(get(users.find("org_1", "usr_2")), std::nullopt);
  EXPECT_EQ(get(users.find("", "usr_2"))->org_id, "");
  EXPECT_EQ(get(users.find_by_email("three@example.com"))->id, "usr_3");
  EXPECT_EQ(get(users.find_by_email("five@example.com")), std::nullopt);

  EXPECT_THAT(get(users.list("org_1", "", 10)),
              ElementsAre(Field(&User::id, "usr_1"), Field(&User::id, "usr_4")));
  EXPECT_THAT(get(users.list("org_1", "usr_1", 10)), ElementsAre(Field(&User::id, "usr_4")));
  EXPECT_THAT(get(users.list("org_1", "", 1)), ElementsAre(Field(&User::id, "usr_1")));
  EXPECT_THAT(get(users.list("", "", 10)), ElementsAre(Field(&User::id, "usr_2")));

  const auto set_status = [this](std::string_view org, std::string_view id) {
    return add(
        [&](UnitOfWork& unit) { UserRepository::add_set_status(unit, org, id, "disabled"); });
  };
  EXPECT_FALSE(set_status("org_2", "usr_1"));
  EXPECT_FALSE(set_status("", "usr_1"));
  EXPECT_FALSE(set_status("org_1", "usr_2"));
  EXPECT_TRUE(set_status("org_1", "usr_1"));
  EXPECT_TRUE(set_status("", "usr_2"));
  EXPECT_EQ(get(users.find("org_1", "usr_1"))->status, "disabled");
  EXPECT_EQ(get(users.find("", "usr_2"))->status, "disabled");
  EXPECT_EQ(get(users.find("org_2", "usr_3"))->status, "active");
}

TEST_F(RepositoriesTest, LoginsOfUsers) {
  const UserRepository users(*store_);
  for (const auto& [org, id] : {std::pair("org_1", "usr_1"), std::pair("", "usr_2")}) {
    SCOPED_TRACE(id);
    const User user{id, org, std::string(id) + "@example.com", "", "admin", "h", "active", 0, {},
                    {}, 5};
    ASSERT_TRUE(add([&](UnitOfWork& unit) { UserRepository::add_create(unit, user); }));
    const auto failed = [&](UnixMillis locked_until) {
      return add([&](UnitOfWork& unit) {
        UserRepository::add_login_failed(unit, user.org_id, user.id, 3, locked_until);
      });
    };
    EXPECT_TRUE(failed(100));
    EXPECT_TRUE(failed(200));
    EXPECT_EQ(get(users.find(org, id))->failed_logins, 2);
    EXPECT_EQ(get(users.find(org, id))->locked_until, std::nullopt);
    EXPECT_TRUE(failed(300));  // the third in a row locks
    EXPECT_EQ(get(users.find(org, id))->locked_until, 300);
    EXPECT_TRUE(failed(400));  // and after the lock every further one
    EXPECT_EQ(get(users.find(org, id))->locked_until, 400);
    EXPECT_EQ(get(users.find(org, id))->last_login_at, std::nullopt);

    EXPECT_TRUE(add([&](UnitOfWork& unit) {
      UserRepository::add_login_succeeded(unit, user.org_id, user.id, 500);
    }));
    EXPECT_EQ(get(users.find(org, id))->failed_logins, 0);
    EXPECT_EQ(get(users.find(org, id))->locked_until, std::nullopt);
    EXPECT_EQ(get(users.find(org, id))->last_login_at, 500);
    EXPECT_TRUE(failed(600));  // the count began anew
    EXPECT_EQ(get(users.find(org, id))->locked_until, std::nullopt);
  }
  EXPECT_FALSE(add(
      [](UnitOfWork& unit) { UserRepository::add_login_succeeded(unit, "org_2", "usr_1", 700); }));
  EXPECT_FALSE(
      add([](UnitOfWork& unit) { UserRepository::add_login_failed(unit, "", "usr_1", 3, 700); }));
  EXPECT_EQ(get(users.find("org_1", "usr_1"))->failed_logins, 1);
  EXPECT_EQ(get(users.find("org_1", "usr_1"))->last_login_at, 500);
}

TEST_F(RepositoriesTest, FailedLoginsOfOneMomentAreAllCounted) {
  const UserRepository users(*store_);
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    UserRepository::add_create(
        unit, {"usr_1", "org_1", "one@example.com", "", "admin", "h", "active", 0, {}, {}, 5});
    for (int guess = 0; guess < 5; ++guess) {
      UserRepository::add_login_failed(unit, "org_1", "usr_1", 5, 100);
    }
  }));
  EXPECT_EQ(get(users.find("org_1", "usr_1"))->failed_logins, 5);
  EXPECT_EQ(get(users.find("org_1", "usr_1"))->locked_until, 100);
}

TEST_F(RepositoriesTest, IdempotencyKeys) {
  const IdempotencyRepository keys(*store_);
  const IdempotencyRecord record{"org_1", "agt_1", "comms_send_message", "k", "h", "msg_1", 5};
  const auto claim = [&] {
    return add([&](UnitOfWork& unit) { IdempotencyRepository::add_claim(unit, record); });
  };
  EXPECT_TRUE(claim());
  EXPECT_FALSE(claim());
  EXPECT_EQ(get(keys.find("org_1", "agt_1", "comms_send_message", "k"))->message_id, "msg_1");
  EXPECT_EQ(get(keys.find("org_1", "agt_1", "comms_make_call", "k")), std::nullopt);
  EXPECT_EQ(get(keys.find("org_2", "agt_1", "comms_send_message", "k")), std::nullopt);
  EXPECT_TRUE(add([](UnitOfWork& unit) { IdempotencyRepository::add_purge(unit, 5, 10); }));
  EXPECT_FALSE(claim());
  EXPECT_TRUE(add([](UnitOfWork& unit) { IdempotencyRepository::add_purge(unit, 6, 10); }));
  EXPECT_TRUE(claim());
}

TEST_F(RepositoriesTest, McpSessions) {
  const McpSessionRepository sessions(*store_);
  const auto save = [&](const char* org, const char* wishes) {
    return add(
        [&](UnitOfWork& unit) { McpSessionRepository::add_save(unit, org, "s", wishes, 100); });
  };
  EXPECT_EQ(get(sessions.find("org_1", "s")), std::nullopt);
  EXPECT_TRUE(save("org_1", "{}"));
  EXPECT_TRUE(save("org_1", R"({"level":"info"})"));
  EXPECT_TRUE(save("", "{}"));
  EXPECT_EQ(get(sessions.find("org_1", "s")), (McpSessionRecord{R"({"level":"info"})", false}));
  EXPECT_EQ(get(sessions.find("", "s")), (McpSessionRecord{"{}", false}));
  EXPECT_EQ(get(sessions.find("org_2", "s")), std::nullopt);
  EXPECT_TRUE(
      add([](UnitOfWork& unit) { McpSessionRepository::add_end(unit, "org_1", "s", 5, 200); }));
  EXPECT_TRUE(save("org_1", "{}"));  // too late
  EXPECT_EQ(get(sessions.find("org_1", "s")), (McpSessionRecord{"", true}));

  const auto use = [&](const char* org) {
    return add(
        [&](UnitOfWork& unit) { McpSessionRepository::add_use_state(unit, org, "state", 100); });
  };
  EXPECT_TRUE(use("org_1"));
  EXPECT_FALSE(use("org_1"));
  EXPECT_TRUE(use("org_2"));
  EXPECT_TRUE(add([](UnitOfWork& unit) { McpSessionRepository::add_purge(unit, 101, 10); }));
  EXPECT_EQ(get(sessions.find("", "s")), std::nullopt);
  EXPECT_TRUE(get(sessions.find("org_1", "s")).has_value());
  EXPECT_TRUE(use("org_1"));
}

TEST_F(RepositoriesTest, IdempotencyWindowsExpireAndAreReleased) {
  const IdempotencyRepository keys(*store_);
  IdempotencyRecord record{"org_1", "agt_1", "content", "hash", "h", "msg_1", 1000};
  const auto claim = [&](UnixMillis since) {
    return add(
        [&](UnitOfWork& unit) { IdempotencyRepository::add_claim_window(unit, record, since); });
  };
  EXPECT_TRUE(claim(0));
  record.message_id = "msg_2";
  record.created_at = 2000;
  EXPECT_FALSE(claim(1000));
  EXPECT_EQ(get(keys.find("org_1", "agt_1", "content", "hash"))->message_id, "msg_1");
  EXPECT_TRUE(claim(1001));
  EXPECT_EQ(get(keys.find("org_1", "agt_1", "content", "hash"))->message_id, "msg_2");
  const auto release = [&] {
    EXPECT_TRUE(add([&](UnitOfWork& unit) { IdempotencyRepository::add_release(unit, record); }));
  };
  record.message_id = "msg_1";
  release();  // no longer the holder
  EXPECT_TRUE(get(keys.find("org_1", "agt_1", "content", "hash")).has_value());
  record.message_id = "msg_2";
  release();
  EXPECT_EQ(get(keys.find("org_1", "agt_1", "content", "hash")), std::nullopt);
}

TEST_F(RepositoriesTest, Inbox) {
  const InboxRepository inbox(*store_);
  const auto receive = [this](const std::string& id, const std::string& channel) {
    InboxItem item;
    item.id = id;
    item.org_id = "org_1";
    item.agent_id = "agt_1";
    item.channel = channel;
    item.provider = "alpha";
    item.from_address = "+15005550001";
    item.body = "hello";
    item.received_at = 5;
    UnitOfWork unit;
    InboxRepository::add_item(unit, item);
    const UnitOutcome outcome = commit(std::move(unit));
    return outcome.committed ? outcome.rows.back().front().integer("sequence") : -1;
  };
  EXPECT_EQ(receive("inb_1", "sms"), 1);
  EXPECT_EQ(receive("inb_1", "sms"), -1);
  EXPECT_GT(receive("inb_2", "email"), 1);
  const std::int64_t third = receive("inb_3", "sms");
  EXPECT_GT(third, 2);  // an undone unit may leave a gap
  EXPECT_EQ(get(inbox.count_waiting("org_1", "agt_1")), 3);

  InboxFilter filter;
  filter.org_id = "org_1";
  filter.agent_id = "agt_1";
  filter.channel = "sms";
  const auto ids = [&] {
    std::vector<std::string> found;
    for (const InboxItem& item : get(inbox.list(filter))) found.push_back(item.id);
    return found;
  };
  EXPECT_THAT(ids(), ElementsAre("inb_1", "inb_3"));
  filter.after = 1;
  EXPECT_THAT(ids(), ElementsAre("inb_3"));
  filter.after = 0;
  filter.channel.clear();
  filter.limit = 2;
  EXPECT_THAT(ids(), ElementsAre("inb_1", "inb_2"));

  const auto acknowledge = [this](const std::string& org, const std::string& agent) {
    EXPECT_TRUE(add([&](UnitOfWork& unit) {
      InboxRepository::add_acknowledge(unit, org, agent, {"inb_1", "inb_9"}, 50);
    }));
  };
  acknowledge("org_2", "agt_1");
  acknowledge("org_1", "agt_2");
  EXPECT_EQ(get(inbox.count_waiting("org_1", "agt_1")), 3);
  acknowledge("org_1", "agt_1");
  EXPECT_THAT(ids(), ElementsAre("inb_2", "inb_3"));
  EXPECT_TRUE(add([&](UnitOfWork& unit) {
    InboxRepository::add_acknowledge_up_to(unit, "org_1", "agt_1", "sms", third, 60);
  }));
  EXPECT_THAT(ids(), ElementsAre("inb_2"));
  filter.include_acknowledged = true;
  filter.limit = 10;
  EXPECT_THAT(ids(), ElementsAre("inb_1", "inb_2", "inb_3"));
  EXPECT_EQ(get(inbox.find("org_1", "agt_1", "inb_1"))->acknowledged_at, 50);
  EXPECT_EQ(get(inbox.find("org_2", "agt_1", "inb_1")), std::nullopt);

  const auto remove = [this](const std::string& id) {
    EXPECT_TRUE(add([&](UnitOfWork& unit) {
      unit.fetch(
          "inbox.remove",
          {{"org_id", std::string("org_1")}, {"agent_id", std::string("agt_1")}, {"id", id}});
    }));
  };
  remove("inb_1");
  remove("inb_3");
  EXPECT_THAT(ids(), ElementsAre("inb_2"));
  remove("inb_2");
  EXPECT_GT(receive("inb_4", "sms"), third);  // a cursor never comes back
}

TEST_F(RepositoriesTest, InboundEvents) {
  const InboundEventRepository events(*store_);
  InboundEvent event{"alpha", "SM1", "message", "org_1", "agt_1", 5};
  const auto take = [&] {
    return add([&](UnitOfWork& unit) { InboundEventRepository::add_event(unit, event); });
  };
  EXPECT_FALSE(get(events.seen("alpha", "SM1", "message")));
  EXPECT_TRUE(take());
  EXPECT_TRUE(get(events.seen("alpha", "SM1", "message")));
  EXPECT_FALSE(take());
  event.kind = "status";
  EXPECT_TRUE(take());
  event.provider = "beta";
  event.org_id = event.agent_id = "";
  EXPECT_TRUE(take());
  EXPECT_TRUE(add([](UnitOfWork& unit) { InboundEventRepository::add_purge(unit, 6, 10); }));
  EXPECT_TRUE(take());
}

TEST_F(RepositoriesTest, Suppressions) {
  const SuppressionRepository suppressions(*store_);
  const auto suppress = [this](const std::string& agent, const std::string& channel,
                               const std::string& source) {
    EXPECT_TRUE(add([&](UnitOfWork& unit) {
      SuppressionRepository::add_suppression(unit, {"org_1", agent, channel, "h1", source, 5});
    }));
  };
  const auto stops = [&](std::string_view org, std::string_view agent, std::string_view channel) {
    return get(suppressions.find(org, agent, channel, "h1")).has_value();
  };
  EXPECT_FALSE(stops("org_1", "agt_1", "sms"));
  suppress("agt_1", "sms", "keyword");
  suppress("agt_1", "sms", "api");
  EXPECT_EQ(get(suppressions.find("org_1", "agt_1", "sms", "h1"))->source, "keyword");
  EXPECT_FALSE(stops("org_1", "agt_2", "sms"));
  EXPECT_FALSE(stops("org_1", "agt_1", "email"));
  EXPECT_FALSE(stops("org_2", "agt_1", "sms"));
  suppress("", "", "complaint");
  EXPECT_TRUE(stops("org_1", "agt_2", "email"));
  EXPECT_FALSE(stops("org_2", "agt_2", "email"));
  EXPECT_EQ(get(suppressions.list("org_1", "", 10)).size(), 2u);
  EXPECT_EQ(get(suppressions.list("org_1", "agt_1", 10)).size(), 1u);
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    SuppressionRepository::add_remove(unit, "org_1", "", "", "h1");
    SuppressionRepository::add_remove(unit, "org_2", "agt_1", "sms", "h1");
  }));
  EXPECT_FALSE(stops("org_1", "agt_2", "email"));
  EXPECT_TRUE(stops("org_1", "agt_1", "sms"));
}

TEST_F(RepositoriesTest, UsageIsReservedWithinItsLimits) {
  const UsageRepository usage(*store_);
  const Usage one{"org_1", "agt_1", "sms", "day", 1000, 1, 400};
  const auto reserve = [&](std::optional<std::int64_t> count, std::optional<std::int64_t> spend) {
    return add([&](UnitOfWork& unit) { UsageRepository::add_reserve(unit, one, count, spend); });
  };
  EXPECT_FALSE(reserve(0, {}));  // the first of a window is limited too
  EXPECT_FALSE(reserve({}, 399));
  EXPECT_TRUE(reserve(2, 800));
  EXPECT_TRUE(reserve(2, 800));
  EXPECT_FALSE(reserve(2, {}));
  EXPECT_FALSE(reserve({}, 1199));
  EXPECT_TRUE(reserve({}, {}));
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    UsageRepository::add(unit, {"org_1", "agt_1", "sms", "day", 1000, 0, -100});
    UsageRepository::add(unit, {"org_1", "agt_1", "sms", "day", 2000, 1, 1});
  }));
  const Usage found = get(usage.find("org_1", "agt_1", "sms", "day", 1000)).value();
  EXPECT_EQ(found.count, 3);
  EXPECT_EQ(found.spend_micros, 1100);
  EXPECT_EQ(get(usage.find("org_2", "agt_1", "sms", "day", 1000)), std::nullopt);
  EXPECT_EQ(get(usage.since("org_1", "", "day", 1000)).size(), 2u);
  EXPECT_EQ(get(usage.since("org_1", "agt_1", "day", 1001)).size(), 1u);
}

TEST_F(RepositoriesTest, ProviderOverrides) {
  const OverrideRepository overrides(*store_);
  const auto set = [this](const std::string& agent, const std::string& provider) {
    EXPECT_TRUE(add([&](UnitOfWork& unit) {
      OverrideRepository::add_set(unit, {"org_1", agent, "email", provider, 5});
    }));
  };
  set("", "beta");
  EXPECT_EQ(get(overrides.find("org_1", "agt_1", "email"))->provider, "beta");
  set("agt_1", "alpha");
  set("agt_1", "gamma");
  EXPECT_EQ(get(overrides.find("org_1", "agt_1", "email"))->provider, "gamma");
  EXPECT_EQ(get(overrides.find("org_1", "agt_2", "email"))->provider, "beta");
  EXPECT_EQ(get(overrides.find("org_2", "agt_1", "email")), std::nullopt);
  EXPECT_EQ(get(overrides.list("org_1")).size(), 2u);
  EXPECT_TRUE(add(
      [](UnitOfWork& unit) { OverrideRepository::add_clear(unit, "org_1", "agt_1", "email"); }));
  EXPECT_EQ(get(overrides.find("org_1", "agt_1", "email"))->agent_id, "");
}

TEST_F(RepositoriesTest, Settings) {
  const SettingRepository settings(*store_);
  const auto claim = [this] {
    return add([](UnitOfWork& unit) { SettingRepository::add_claim(unit, "", "setup", "1", 5); });
  };
  EXPECT_TRUE(claim());
  EXPECT_FALSE(claim());
  EXPECT_TRUE(add([](UnitOfWork& unit) {
    SettingRepository::add_set(unit, "org_1", "setup", "2", 5);
    SettingRepository::add_set(unit, "org_1", "setup", "3", 5);
  }));
  EXPECT_EQ(get(settings.find("", "setup")), "1");
  EXPECT_EQ(get(settings.find("org_1", "setup")), "3");
  EXPECT_EQ(get(settings.find("org_2", "setup")), std::nullopt);
}

}  // namespace
}  // namespace commsd::store::test
