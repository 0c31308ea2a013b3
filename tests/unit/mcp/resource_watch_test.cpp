#include "mcp/resource_watch.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/manual_executor.h"

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Principal agent{Role::agent, "t", "org_1", "agt_1"};
const Principal organization{Role::organization, "t", "org_1", ""};

/// A resource whose text, or whose fault, another process changes behind our back.
class ResourceWatchTest : public ::testing::Test {
 protected:
  ResourceWatchTest() {
    Resource items;
    items.name = "item";
    items.roles = {Role::agent, Role::organization};
    items.read = [this](ResourceContext& context) -> Task<Result<std::vector<ResourceContents>>> {
      ++reads;
      const std::string id = context.variables.find("id")->second;
      if (!texts.contains(id)) co_return fail(ErrorCode::not_found, "there is none");
      if (away) co_return fail(ErrorCode::unavailable, "the database is away");
      std::vector<ResourceContents> contents;
      contents.push_back({texts[id], false});
      // As a link that says until when it is good.
      if (!context.to_compare) contents.push_back({std::to_string(++shown), false});
      co_return contents;
    };
    registry.add(std::move(items));
    EXPECT_TRUE(
        registry.define(R"({"name":"item","title":"T","description":"D","mimeType":"text/plain",)"
                        R"("uriTemplate":"x:item/{id}"})"));
    EXPECT_TRUE(registry.seal());
    subscriptions.push_back(
        hub.subscribe(agent, [this](const Change& change) { heard.push_back(change.subject); }));
    subscriptions.push_back(hub.subscribe(
        organization, [this](const Change& change) { told.push_back(change.subject); }));
  }

  bool begin(const std::string& id, const Principal& who = agent) {
    return executor.run(watch.begin(who, "x:item/" + id)).has_value();
  }
  std::vector<std::string> look(const std::vector<std::string>& ids, const Principal& who = agent) {
    std::vector<WatchedResource> watched;
    for (const std::string& id : ids) watched.push_back({who, "x:item/" + id});
    heard.clear();
    told.clear();
    reads = 0;
    executor.run(watch.look(std::move(watched)));
    return heard;
  }

  ManualExecutor executor;
  NotificationHub hub;
  ResourceRegistry registry;
  ResourceWatch watch{hub, registry};
  std::map<std::string, std::string> texts{{"a", "one"}, {"b", "one"}};
  bool away = false;
  int reads = 0;
  int shown = 0;
  std::vector<std::string> heard;
  std::vector<std::string> told;
  std::vector<NotificationHub::Subscription> subscriptions;
};

TEST_F(ResourceWatchTest, WhatChangedSinceItBeganIsTold) {
  ASSERT_TRUE(begin("a"));
  ASSERT_TRUE(begin("b"));
  texts["a"] = "two";
  EXPECT_THAT(look({"a", "b"}), ElementsAre("x:item/a"));
  EXPECT_THAT(look({"a", "b"}), IsEmpty()) << "once";
  texts["b"] = "two";
  EXPECT_THAT(look({"a", "b"}), ElementsAre("x:item/b"));
}

TEST_F(ResourceWatchTest, WhatChangesByItselfIsNoChange) {
  ASSERT_TRUE(begin("a"));
  EXPECT_THAT(look({"a"}), IsEmpty());
  ResourceContext client{agent, "x:item/a", {}};
  const std::string first = *executor.run(registry.read(client));
  EXPECT_NE(*executor.run(registry.read(client)), first) << "clients are shown it";
}

TEST_F(ResourceWatchTest, OnlyWhatMayBeReadIsBegun) {
  EXPECT_FALSE(begin("none"));
  EXPECT_FALSE(executor.run(watch.begin(agent, "x:nothing")));
  away = true;
  EXPECT_FALSE(begin("a"));
}

TEST_F(ResourceWatchTest, WhoReadsItIsTold) {
  ASSERT_TRUE(begin("a", organization));
  texts["a"] = "two";
  EXPECT_THAT(look({"a"}, organization), IsEmpty()) << "the agent watches nothing";
  EXPECT_THAT(told, ElementsAre("x:item/a"));
}

TEST_F(ResourceWatchTest, ThatItIsGoneIsToldOnce) {
  ASSERT_TRUE(begin("a"));
  texts.erase("a");
  EXPECT_THAT(look({"a"}), ElementsAre("x:item/a"));
  EXPECT_THAT(look({"a"}), IsEmpty());
}

TEST_F(ResourceWatchTest, AFaultOfTheStoreIsNoChange) {
  ASSERT_TRUE(begin("a"));
  away = true;
  EXPECT_THAT(look({"a"}), IsEmpty());
  away = false;
  EXPECT_THAT(look({"a"}), IsEmpty());
  texts["a"] = "two";
  EXPECT_THAT(look({"a"}), ElementsAre("x:item/a"));
}

TEST_F(ResourceWatchTest, WhatIsNotWatchedAnyMoreIsForgotten) {
  ASSERT_TRUE(begin("a"));
  look({});  // the stream is not there yet
  texts["a"] = "two";
  EXPECT_THAT(look({"a"}), ElementsAre("x:item/a"));
  look({});
  EXPECT_THAT(look({"a"}), ElementsAre("x:item/a")) << "what was before it began is not known";
}

TEST_F(ResourceWatchTest, ALookIsBoundedAndEachHasItsTurn) {
  const std::size_t count = ResourceWatch::most_reads + 50;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(std::to_string(i));
    texts[ids.back()] = "one";
    ASSERT_TRUE(begin(ids.back()));
  }
  for (const std::string& id : ids) texts[id] = "two";
  const std::size_t first = look(ids).size();
  EXPECT_EQ(first, ResourceWatch::most_reads);
  EXPECT_EQ(first + look(ids).size(), count);
  EXPECT_EQ(reads, static_cast<int>(ResourceWatch::most_reads));
}

TEST_F(ResourceWatchTest, OneOfManyWatchersReads) {
  ASSERT_TRUE(begin("a"));
  texts["a"] = "two";
  EXPECT_THAT(look({"a", "a", "a"}), SizeIs(1));
  EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace commsd::mcp
