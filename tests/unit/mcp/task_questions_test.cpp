#include "mcp/task_questions.h"

#include <set>
#include <thread>

#include "mcp/task_fixture.h"

namespace commsd::mcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(TaskTest, AQuestionIsShownAndItsAnswerReachesTheTool) {
  const std::string id = create("task_confirm");
  const Reply asking = await_status(id, "input_required");
  const auto questions = asking.result()->get("inputRequests");
  ASSERT_TRUE(questions) << asking.body;
  EXPECT_EQ(questions->size(), 1u);
  EXPECT_EQ(questions->get("confirm")->string("method"), "elicitation/create");
  EXPECT_EQ(questions->get("confirm")->get("params")->string("message"), "Sure?");

  const Reply acknowledged = update(id, R"({"confirm":{"action":"accept","content":{"ok":true}}})");
  EXPECT_EQ(acknowledged.text("resultType"), "complete");
  for (const char* member : {"taskId", "status", "result", "inputRequests"}) {
    EXPECT_FALSE(acknowledged.result()->get(member)) << member;
  }
  const Reply done = await_status(id, "completed");
  EXPECT_THAT(done.result()->get("result")->get("structuredContent")->to_string(),
              HasSubstr(R"("content":{"ok":true})"));
  EXPECT_FALSE(done.result()->get("inputRequests"));
  eventually([this] { return told_ == 1; });  // after the write that others see already
}

TEST_F(TaskTest, AnswersMayComeOneByOne) {
  const std::string id = create("task_two");
  const Reply asking = await_status(id, "input_required");
  EXPECT_EQ(asking.result()->get("inputRequests")->size(), 2u);
  update(id, R"({"one":{"action":"accept"},"never_asked":{"action":"accept"}})");
  const Reply waiting = get(id);
  EXPECT_EQ(waiting.text("status"), "input_required");
  EXPECT_FALSE(waiting.result()->get("inputRequests")->get("one"));
  EXPECT_TRUE(waiting.result()->get("inputRequests")->get("two"));
  update(id, R"({"one":{"action":"decline"}})");  // too late: the first answer counts
  update(id, R"({"two":{"action":"cancel"}})");
  const Reply done = await_status(id, "completed");
  EXPECT_THAT(done.body, HasSubstr(R"("one":{"action":"accept"},"two":{"action":"cancel"})"));
}

TEST_F(TaskTest, AnUpdateOfATaskThatAsksNothingIsIgnored) {
  const std::string id = create("task_wait");
  EXPECT_EQ(update(id, R"({"confirm":{"action":"accept"}})").text("resultType"), "complete");
  EXPECT_EQ(get(id).text("status"), "working");
  release();
  const Reply done = await_status(id, "completed");
  update(id, R"({"confirm":{"action":"accept"}})");
  EXPECT_EQ(get(id).body, done.body);
}

TEST_F(TaskTest, AClientIsNotAskedWhatItDidNotDeclare) {
  const Reply created =
      call("task_confirm", "agent", R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})");
  const Reply done = await_status(created.text("taskId"), "completed");
  EXPECT_EQ(done.result()->get("result")->boolean("isError"), true);
  EXPECT_THAT(done.body, HasSubstr("elicitation/create"));
}

TEST_F(TaskTest, ATaskThatAsksCanBeCancelled) {
  const std::string id = create("task_confirm");
  await_status(id, "input_required");
  cancel(id);
  await_status(id, "cancelled");
  EXPECT_EQ(ended_, 1);
}

TEST_F(TaskTest, AStoppingServerWaitsForNoAnswer) {
  const std::string id = create("task_confirm");
  await_status(id, "input_required");
  tasks_->stop_accepting();
  const Reply done = await_status(id, "completed");
  EXPECT_THAT(done.body, HasSubstr("the server stops"));
}

TEST_F(TaskTest, AnswersAndCancellationsOfAnotherWorkerArrive) {
  TaskLedger other(*store_, mcp_->hub(), task_clock_, random_, worker("elsewhere"));
  const std::string asking = create("task_confirm");
  await_status(asking, "input_required");
  TaskLedger::Alter answer = [](TaskState& state) {
    state.responses.emplace("confirm", R"({"action":"accept"})");
    state.record.status = task_status::working;
    return true;
  };
  ASSERT_TRUE(run(other.change(agent(), asking, answer)));
  await_status(asking, "completed");

  const std::string working = create("task_wait");
  TaskLedger::Alter stop = [](TaskState& state) {
    state.record.cancel_requested = true;
    return true;
  };
  ASSERT_TRUE(run(other.change(agent(), working, stop)));
  ASSERT_TRUE(run(tasks_->take_cancellations()));
  await_status(working, "cancelled");
}

TEST_F(TaskTest, SixtyFourUpdatesAndCancellationsAtOnceGiveOneEnd) {
  for (int round = 0; round < 3; ++round) {
    ended_ = 0;
    std::mutex mutex;
    std::vector<std::string> ends;
    const auto subscription = mcp_->hub().subscribe(agent(), [&](const Change& change) {
      const auto document = JsonDocument::parse(change.params_json);
      const std::string status(document->root().string("status").value_or(""));
      if (status == "working" || status == "input_required") return;
      const std::lock_guard lock(mutex);
      ends.push_back(status);
    });
    const std::string id = create("task_confirm");
    await_status(id, "input_required");
    std::vector<std::thread> clients;
    std::atomic<int> acknowledged{0};
    for (int i = 0; i < 64; ++i) {
      clients.emplace_back([&, i] {
        const Reply reply = i % 2 == 0
                                ? update(id, R"({"confirm":{"action":"accept","content":{"by":)" +
                                                 std::to_string(i) + "}}}")
                                : cancel(id);
        if (reply.text("resultType") == "complete") ++acknowledged;
      });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(acknowledged, 64);
    eventually([&] { return tasks_->running() == 0; });
    const Reply end = get(id);
    {
      const std::lock_guard lock(mutex);
      ASSERT_EQ(ends.size(), 1u);
      EXPECT_EQ(end.text("status"), ends.front());
    }
    EXPECT_THAT(end.text("status"), ::testing::AnyOf("completed", "cancelled"));
    EXPECT_EQ(ended_, 1);
    EXPECT_EQ(get(id).body, end.body);
  }
}

/// A client that answers in the request, as it does on the modern wire's second round.
class Answering final : public ClientRequests {
 public:
  const ClientCapabilities& capabilities() const override { return capabilities_; }
  Task<Result<std::vector<InputAnswer>>> ask(std::vector<InputRequest> requests) override {
    asked_ += requests.size();
    if (!answers_) co_return fail(ErrorCode::unavailable, "ask me again");
    std::vector<InputAnswer> answers;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto owner = std::make_shared<const JsonDocument>(
          std::move(*JsonDocument::parse(R"({"action":"accept","content":{"name":"Ada"}})")));
      answers.push_back({owner, owner->root()});
    }
    co_return answers;
  }

  ClientCapabilities capabilities_{true};
  bool answers_ = false;
  std::size_t asked_ = 0;
};

TEST_F(TaskTest, WhatWasAskedInTheRequestIsNotAskedAgainInTheTask) {
  const ToolRegistry::Entry* entry = registry_->find(identity::Role::agent, "task_first");
  ASSERT_TRUE(entry);
  const auto arguments = JsonDocument::parse("{}");
  Answering client;
  ToolContext context{agent(), {}, {}, [](double, double, std::string_view) {}, &client};
  const auto first =
      executor_.run(tasks_->start(*entry, arguments->root(), client.capabilities_, context));
  ASSERT_FALSE(first) << "no task before the answer";
  EXPECT_EQ(first.error().message, "ask me again");
  EXPECT_EQ(tasks_->running(), 0u);

  client.answers_ = true;
  const auto second =
      executor_.run(tasks_->start(*entry, arguments->root(), client.capabilities_, context));
  ASSERT_TRUE(second);
  const auto task = JsonDocument::parse("{" + second->task_members + "}");
  const std::string id(task->root().string("taskId").value_or(""));
  // The task was started on this executor, which runs when it is told to.
  eventually([&] {
    executor_.run_ready();
    return get(id).text("status") == "completed";
  });
  EXPECT_THAT(get(id).body, HasSubstr("Ada"));
  EXPECT_EQ(client.asked_, 2u) << "once in each round of the request";
}

}  // namespace
}  // namespace commsd::mcp::testing
