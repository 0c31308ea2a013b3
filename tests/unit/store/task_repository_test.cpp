#include "store/task_repository.h"

#include "store/fixture.h"

namespace commsd::store::test {
namespace {

class TaskRepositoryTest : public StoreTest {
 protected:
  static TaskRecord task(std::string id_hash, std::string worker = "here") {
    TaskRecord record;
    record.id_hash = std::move(id_hash);
    record.org_id = "org_1";
    record.agent_id = "agt_1";
    record.principal = "agent:org_1:agt_1";
    record.tool = "comms_provision_channels";
    record.status = "working";
    record.worker = std::move(worker);
    record.lease_until = 2000;
    record.created_at = record.updated_at = 1000;
    record.expires_at = 5000;
    return record;
  }
  void create(const TaskRecord& record) {
    UnitOfWork unit;
    TaskRepository::add_create(unit, record);
    ASSERT_TRUE(committed(std::move(unit)));
  }
  bool save(const TaskRecord& record) {
    UnitOfWork unit;
    TaskRepository::add_save(unit, record);
    return committed(std::move(unit));
  }
  std::optional<TaskRecord> find(std::string_view id_hash, std::string_view org_id = "org_1",
                                 std::string_view principal = "agent:org_1:agt_1") {
    return get(TaskRepository(*store_).find(org_id, principal, id_hash));
  }
};

TEST_F(TaskRepositoryTest, KeepsWhatItIsGiven) {
  create(task("a"));
  auto found = find("a");
  ASSERT_TRUE(found);
  found->status = "failed";
  found->status_message = "why";
  found->sealed_input = "in";
  found->sealed_result = "out";
  found->error_json = "{}";
  found->cancel_requested = true;
  found->updated_at = 1500;
  ASSERT_TRUE(save(*found));
  reopen();
  const auto again = find("a");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, "failed");
  EXPECT_EQ(again->status_message, "why");
  EXPECT_EQ(again->sealed_input, "in");
  EXPECT_EQ(again->sealed_result, "out");
  EXPECT_EQ(again->error_json, "{}");
  EXPECT_TRUE(again->cancel_requested);
  EXPECT_EQ(again->revision, 2);
  EXPECT_EQ(again->agent_id, "agt_1");
  EXPECT_EQ(again->tool, "comms_provision_channels");
  EXPECT_EQ(again->worker, "here");
  EXPECT_EQ(again->lease_until, 2000);
  EXPECT_EQ(again->created_at, 1000);
  EXPECT_EQ(again->updated_at, 1500);
  EXPECT_EQ(again->expires_at, 5000);
}

TEST_F(TaskRepositoryTest, OnlyItsPrincipalFindsIt) {
  create(task("a"));
  TaskRecord orchestrator = task("b");
  orchestrator.org_id.clear();
  orchestrator.agent_id.clear();
  orchestrator.principal = "orchestrator::";
  create(orchestrator);
  EXPECT_FALSE(find("a", "org_2"));
  EXPECT_FALSE(find("a", "org_1", "organization:org_1:"));
  EXPECT_FALSE(find("a", "", "orchestrator::"));
  ASSERT_TRUE(find("b", "", "orchestrator::"));
  EXPECT_EQ(find("b", "", "orchestrator::")->org_id, "");
  TaskRecord foreign = task("a");
  foreign.org_id = "org_2";
  EXPECT_FALSE(save(foreign));
}

TEST_F(TaskRepositoryTest, AnIdIsNewOnce) {
  create(task("a"));
  UnitOfWork unit;
  TaskRepository::add_create(unit, task("a"));
  EXPECT_FALSE(committed(std::move(unit)));
}

TEST_F(TaskRepositoryTest, WhoReadBeforeAChangeDoesNotSave) {
  create(task("a"));
  const TaskRecord stale = *find("a");
  ASSERT_TRUE(save(stale));
  EXPECT_FALSE(save(stale));
  TaskRecord fresh = *find("a");
  fresh.status = "completed";
  ASSERT_TRUE(save(fresh));
  fresh = *find("a");
  fresh.status = "cancelled";
  EXPECT_FALSE(save(fresh)) << "an end is the end";
}

TEST_F(TaskRepositoryTest, TasksOfDeadWorkersFail) {
  create(task("mine"));
  create(task("theirs", "there"));
  TaskRecord later = task("later");
  later.created_at = 1600;
  create(later);
  TaskRecord done = task("done");
  create(done);
  done.status = "completed";
  ASSERT_TRUE(save(done));

  UnitOfWork of_worker;
  TaskRepository::add_fail_worker(of_worker, "here", 1600, {"why", "{}", 1700});
  const UnitOutcome failed = commit(std::move(of_worker));
  ASSERT_EQ(failed.rows.front().size(), 1u);
  EXPECT_EQ(find("mine")->status, "failed");
  EXPECT_EQ(find("mine")->updated_at, 1700);
  EXPECT_EQ(find("theirs")->status, "working");
  EXPECT_EQ(find("later")->status, "working");
  EXPECT_EQ(find("done")->status, "completed");

  UnitOfWork renewal;
  TaskRepository::add_renew(renewal, "here", 9000);
  ASSERT_TRUE(committed(std::move(renewal)));
  UnitOfWork expired;
  TaskRepository::add_fail_expired(expired, {"why", "{}", 2001});
  EXPECT_EQ(commit(std::move(expired)).rows.front().size(), 1u);
  EXPECT_EQ(find("theirs")->status, "failed");
  EXPECT_EQ(find("later")->status, "working");
}

TEST_F(TaskRepositoryTest, ListsWhatAWorkerHasToCancel) {
  for (const char* id : {"a", "b", "c"}) create(task(id, id[0] == 'c' ? "there" : "here"));
  for (const char* id : {"a", "c"}) {
    TaskRecord record = *find(id);
    record.cancel_requested = true;
    ASSERT_TRUE(save(record));
  }
  EXPECT_EQ(get(TaskRepository(*store_).list_cancelled("here")), std::vector<std::string>{"a"});
}

TEST_F(TaskRepositoryTest, PurgesWhatHasEndedAndExpired) {
  for (const char* id : {"old", "running"}) create(task(id));
  TaskRecord young = task("young");
  young.expires_at = 7000;
  create(young);
  for (const char* id : {"old", "young"}) {
    TaskRecord record = *find(id);
    record.status = "completed";
    ASSERT_TRUE(save(record));
  }
  UnitOfWork unit;
  TaskRepository::add_purge(unit, 6000, 10);
  ASSERT_TRUE(committed(std::move(unit)));
  EXPECT_FALSE(find("old"));
  EXPECT_TRUE(find("young"));
  EXPECT_TRUE(find("running"));
}

}  // namespace
}  // namespace commsd::store::test
