#include "mcp/task_service.h"

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "base/iso_time.h"
#include "mcp/task_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(TaskTest, TheExtensionIsAdvertised) {
  const Reply reply = request("server/discover", "");
  EXPECT_THAT(reply.body, HasSubstr(R"("extensions":{"io.modelcontextprotocol/tasks":{}})"));
  EXPECT_THAT(reply.body, Not(HasSubstr(R"("tasks":{})")));
}

TEST_F(TaskTest, ACallBecomesATaskThatCanBeReadAtOnce) {
  const Reply created = call("task_wait");
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.text("resultType"), "task");
  EXPECT_EQ(created.text("status"), "working");
  EXPECT_EQ(created.result()->integer("ttlMs"), 2 * 3'600'000);
  EXPECT_EQ(created.result()->integer("pollIntervalMs"), 1000);
  EXPECT_EQ(created.text("createdAt"), iso_time(task_clock_.now()));
  for (const char* member : {"result", "error", "inputRequests", "requestState", "content"}) {
    EXPECT_FALSE(created.result()->get(member)) << member;
  }
  const std::string id = created.text("taskId");

  const Reply working = get(id);
  EXPECT_EQ(working.text("resultType"), "complete");
  EXPECT_EQ(working.text("taskId"), id);
  EXPECT_EQ(working.text("status"), "working");
  EXPECT_FALSE(working.result()->get("result"));

  release();
  const Reply done = await_status(id, "completed");
  const auto result = done.result()->get("result");
  ASSERT_TRUE(result) << done.body;
  EXPECT_EQ(result->get("structuredContent")->string("ended"), "released");
  EXPECT_EQ(result->string("resultType"), "complete");
  EXPECT_THAT(result->get("content")->to_string(), HasSubstr(R"({\"ended\":\"released\"})"));
  EXPECT_FALSE(result->get("_meta"));
}

TEST_F(TaskTest, AToolWithoutTaskSupportAnswersAtOnce) {
  const Reply reply =
      request("tools/call", R"("name":"test_echo","task":{"ttl":60000})", "test_echo");
  EXPECT_EQ(reply.text("resultType"), "complete");
  EXPECT_FALSE(reply.result()->get("taskId"));
}

TEST_F(TaskTest, AClientWithoutTheExtensionIsAnsweredAtOnce) {
  const Reply reply = call("task_secret", "agent", "{}");
  EXPECT_EQ(reply.text("resultType"), "complete");
  EXPECT_EQ(reply.result()->get("structuredContent")->string("token"), secret);
  EXPECT_EQ(tasks_->running(), 0u);
}

TEST_F(TaskTest, WithoutTheExtensionWhatNeedsItIsRefused) {
  const std::string id = create("task_wait");
  std::vector<Reply> replies{call("task_refuse", "agent", "{}")};
  for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    replies.push_back(request(method, R"("inputResponses":{},"taskId":")" + id + "\"", id, "agent",
                              R"({"elicitation":{}})"));
  }
  for (const Reply& reply : replies) {
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.error_code(), rpc_code::missing_capability) << reply.body;
    EXPECT_THAT(reply.body, HasSubstr(R"("data":{"requiredCapabilities":{"extensions":)"
                                      R"({"io.modelcontextprotocol/tasks":{}}}})"));
  }
  EXPECT_EQ(get(id).text("status"), "working");
}

TEST_F(TaskTest, AToolsErrorCompletesTheTask) {
  const Reply done = await_status(create("task_refuse"), "completed");
  const auto result = done.result()->get("result");
  EXPECT_EQ(result->boolean("isError"), true);
  EXPECT_THAT(result->to_string(), HasSubstr("opted out"));
}

TEST_F(TaskTest, AFaultOfTheToolFailsTheTaskAndHidesItsDetail) {
  const Reply failed = await_status(create("task_burst"), "failed");
  EXPECT_EQ(failed.result()->get("error")->integer("code"), rpc_code::internal_error);
  EXPECT_TRUE(failed.result()->get("error")->string("message"));
  EXPECT_FALSE(failed.text("statusMessage").empty());
  EXPECT_FALSE(failed.result()->get("result"));
  EXPECT_THAT(failed.body, Not(HasSubstr("hidden detail")));
}

TEST_F(TaskTest, OnlyItsPrincipalKnowsATask) {
  const std::string id = create("task_wait");
  const std::string never = "task_never";
  for (const std::string token : {"other", "org"}) {
    for (const Reply& reply :
         {get(id, token), update(id, "{}", token), cancel(id, token), get(never, token)}) {
      EXPECT_EQ(reply.error_code(), rpc_code::invalid_params);
      EXPECT_EQ(reply.body, get(never).body) << "an existing task looks like one that never was";
    }
    EXPECT_FALSE(run(tasks_->visible({identity::Role::agent, "t2", "org_1", "agt_2"}, id)));
  }
  EXPECT_TRUE(run(tasks_->visible(agent(), id)));
  EXPECT_EQ(get(id).text("status"), "working");
}

TEST_F(TaskTest, MalformedRequestsAreRefused) {
  const std::string id = create("task_confirm");
  await_status(id, "input_required");
  EXPECT_EQ(request("tasks/get", "").error_code(), rpc_code::invalid_params);
  EXPECT_EQ(request("tasks/cancel", R"("taskId":7)").error_code(), rpc_code::invalid_params);
  EXPECT_EQ(update(id, "[]").error_code(), rpc_code::invalid_params);
  EXPECT_EQ(update(id, R"({"confirm":true})").error_code(), rpc_code::invalid_params);
  EXPECT_EQ(request("tasks/update", R"("taskId":")" + id + "\"", id).error_code(),
            rpc_code::invalid_params);
  EXPECT_EQ(request("tasks/get", R"("taskId":")" + id + "\"", "task_other").error_code(),
            rpc_code::header_mismatch);
  for (const char* removed : {"tasks/list", "tasks/result"}) {
    EXPECT_EQ(request(removed, R"("taskId":")" + id + "\"").error_code(),
              rpc_code::method_not_found);
  }
  EXPECT_EQ(get(id).text("status"), "input_required");
}

TEST_F(TaskTest, CancellingEndsTheTaskAndIsHarmlessTwice) {
  const std::string id = create("task_wait");
  for (int i = 0; i < 2; ++i) {
    const Reply acknowledged = cancel(id);
    EXPECT_EQ(acknowledged.text("resultType"), "complete");
    EXPECT_FALSE(acknowledged.result()->get("status"));
    await_status(id, "cancelled");
  }
  EXPECT_FALSE(get(id).result()->get("result"));
}

TEST_F(TaskTest, WhatWasDoneInSpiteOfACancellationIsTold) {
  const std::string id = create("task_deaf");
  cancel(id);
  EXPECT_EQ(get(id).text("status"), "working");
  EXPECT_FALSE(get(id).text("statusMessage").empty());
  release();
  await_status(id, "completed");
}

TEST_F(TaskTest, ProgressIsTheStatusMessage) {
  const std::string id = create("task_progress");
  eventually([&] { return get(id).text("statusMessage") == "1 of 4"; });
}

TEST_F(TaskTest, TheDatabaseHoldsNeitherTheIdNorTheResult) {
  const std::string id = create("task_secret");
  const Reply done = await_status(id, "completed");
  EXPECT_THAT(done.body, HasSubstr(secret));
  std::string bytes;
  for (const char* suffix : {"", "-wal"}) {
    std::ostringstream file;
    file << std::ifstream(path_ + suffix, std::ios::binary).rdbuf();
    bytes += file.str();
  }
  EXPECT_NE(bytes.find(TaskLedger::hash_of(id)), std::string::npos) << "looked in the wrong files";
  EXPECT_EQ(bytes.find(secret), std::string::npos);
  EXPECT_EQ(bytes.find(id), std::string::npos);
}

TEST_F(TaskTest, IdsDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.insert(create("task_secret"));
  EXPECT_EQ(ids.size(), 10u);
  EXPECT_GE(ids.begin()->size(), 40u);
}

TEST_F(TaskTest, EveryChangeIsTold) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto subscription = mcp_->hub().subscribe(agent(), [&](const Change& change) {
    if (change.kind != Change::Kind::task) return;
    const std::lock_guard lock(mutex);
    heard.push_back(change.subject + " " + change.params_json);
  });
  const std::string id = create("task_confirm");
  const Reply asking = await_status(id, "input_required");
  update(id, R"({"confirm":{"action":"accept"}})");
  const Reply done = await_status(id, "completed");
  const std::lock_guard lock(mutex);
  ASSERT_GE(heard.size(), 3u);
  for (const std::string& text : heard) EXPECT_TRUE(text.starts_with(id)) << text;
  EXPECT_THAT(heard.front(), HasSubstr(R"("inputRequests":{"confirm":{)"));
  EXPECT_THAT(heard.back(), HasSubstr(done.result()->get("result")->to_string()));
}

TEST_F(TaskTest, OnlyItsOwnerListensToATask) {
  const std::string id = create("task_wait");
  const auto listen = [&](HttpPeer& peer, const std::string& token, const std::string& client) {
    HttpPeer::Fields fields{{"MCP-Protocol-Version", "2026-07-28"},
                            {"Mcp-Method", "subscriptions/listen"}};
    return peer.exchange(
        "POST", "/mcp", json_as(token, std::move(fields)),
        rpc("7", "subscriptions/listen",
            R"({"notifications":{"taskIds":[")" + id +
                R"(","task_never"]},"_meta":{"io.modelcontextprotocol/protocolVersion":)" +
                R"("2026-07-28","io.modelcontextprotocol/clientCapabilities":)" + client + "}}"));
  };
  HttpPeer owner(port()), stranger(port()), undeclared(port());
  const auto refused = listen(undeclared, "agent", "{}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_code(refused.body), rpc_code::missing_capability);
  EXPECT_EQ(listen(owner, "agent", with_tasks).status, 200);
  EXPECT_THAT(owner.next_event().data, HasSubstr(R"("notifications":{"taskIds":[")" + id + "\"]}"));
  EXPECT_EQ(listen(stranger, "org", with_tasks).status, 200);
  EXPECT_THAT(stranger.next_event().data, HasSubstr(R"("notifications":{})"));

  release();
  const std::string told = owner.next_event().data;
  EXPECT_THAT(told, HasSubstr(R"("method":"notifications/tasks")"));
  EXPECT_THAT(told, HasSubstr(R"("taskId":")" + id + R"(","status":"completed")"));
  EXPECT_THAT(told, HasSubstr(R"("io.modelcontextprotocol/subscriptionId":7)"));
}

TEST_F(TaskTest, OneTokenRunsOnlySoMany) {
  options_.most_per_principal = 2;
  start({});
  create("task_wait");
  create("task_wait");
  const Reply refused = call("task_wait");
  EXPECT_EQ(refused.result()->boolean("isError"), true);
  EXPECT_THAT(refused.body, HasSubstr("rate_limited"));
  EXPECT_EQ(call("task_wait", "org").text("resultType"), "task");
  release();
  eventually([&] { return tasks_->running() == 0; });
  EXPECT_EQ(call("task_wait").text("resultType"), "task");
}

TEST_F(TaskTest, AStoppingServerLetsTasksEndAndTakesNone) {
  const std::string id = create("task_wait");
  eventually([&] { return entered_ == 1; });
  tasks_->stop_accepting();
  const Reply done = await_status(id, "completed");
  EXPECT_THAT(done.body, HasSubstr("draining"));
  const Reply refused = call("task_wait");
  EXPECT_THAT(refused.body, HasSubstr("unavailable"));
  EXPECT_EQ(refused.result()->boolean("isError"), true);
}

TEST_F(TaskTest, ATaskThatOutlastsTheDrainIsFailedOnceAndForAll) {
  const std::string id = create("task_deaf");
  eventually([&] { return entered_ == 1; });
  drain(std::chrono::milliseconds(1));
  const Reply failed = get(id);
  EXPECT_EQ(failed.text("status"), "failed");
  EXPECT_THAT(failed.body, HasSubstr("Look with test_echo."));
  release();
  eventually([&] { return tasks_->running() == 0; });
  EXPECT_EQ(get(id).body, failed.body) << "a late end changes nothing";
}

TEST_F(TaskTest, TheSuccessorFailsWhatADeadProcessLeft) {
  const std::string id = create("task_wait");
  const std::string done = create("task_secret");
  await_status(done, "completed");
  task_clock_.advance(std::chrono::milliseconds(1));
  TaskService other(*store_, mcp_->hub(), task_clock_, random_, {worker("elsewhere"), 9, 9},
                    metrics_);
  ASSERT_TRUE(run(other.recover()));
  EXPECT_EQ(get(id).text("status"), "working") << "another worker's name";

  TaskService successor(*store_, mcp_->hub(), task_clock_, random_, options_, metrics_);
  ASSERT_TRUE(run(successor.recover()));
  const Reply failed = get(id);
  EXPECT_EQ(failed.text("status"), "failed");
  EXPECT_EQ(failed.result()->get("error")->integer("code"), rpc_code::internal_error);
  EXPECT_THAT(failed.text("statusMessage"), HasSubstr("The server stopped while this ran"));
  EXPECT_EQ(get(done).text("status"), "completed");

  // The process was not dead after all: what it says too late is not believed.
  release();
  eventually([&] { return tasks_->running() == 0; });
  EXPECT_EQ(get(id).body, failed.body);

  const std::string fresh = create("task_secret");
  ASSERT_TRUE(run(successor.recover()));
  await_status(fresh, "completed");
}

TEST_F(TaskTest, AnotherWorkerFailsATaskWhoseLeaseIsOver) {
  const std::string id = create("task_wait");
  TaskService other(*store_, mcp_->hub(), task_clock_, random_, {worker("elsewhere"), 9, 9},
                    metrics_);
  task_clock_.advance(std::chrono::seconds(59));
  ASSERT_TRUE(run(tasks_->keep_leases()));
  task_clock_.advance(std::chrono::seconds(59));
  ASSERT_TRUE(run(other.keep_leases()));
  EXPECT_EQ(get(id).text("status"), "working") << "its lease was renewed";
  task_clock_.advance(std::chrono::seconds(2));
  ASSERT_TRUE(run(other.keep_leases()));
  EXPECT_EQ(get(id).text("status"), "failed");
}

TEST_F(TaskTest, AnEndedTaskIsForgottenAfterItsTimeAndARunningOneIsNot) {
  const std::string id = create("task_secret");
  const std::string running = create("task_wait");
  await_status(id, "completed");
  task_clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(get(id).text("status"), "completed");
  task_clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(get(id).error_code(), rpc_code::invalid_params);
  ASSERT_TRUE(run(tasks_->purge()));
  EXPECT_EQ(get(running).text("status"), "working");
  const auto rows = run(store_->query("mcp_tasks.find", {{"org_id", std::string("org_1")},
                                                         {"principal", agent().key()},
                                                         {"id_hash", TaskLedger::hash_of(id)}}));
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->empty());
}

}  // namespace
}  // namespace commsd::mcp::testing
