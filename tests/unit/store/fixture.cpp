#include "store/fixture.h"

#include <cstdio>
#include <cstdlib>

#include <sqlite3.h>

#include "store/agent_repository.h"
#include "store/organization_repository.h"
#include "store/postgres_cluster.h"

namespace commsd::store::test {

void execute_aside(const std::string& path, const std::string& sql) {
  if (on_postgres()) {
    PostgresCluster& cluster = PostgresCluster::shared();
    cluster.execute(cluster.database_for(path, true), sql);
    return;
  }
  sqlite3* handle = nullptr;
  sqlite3_open(path.c_str(), &handle);
  char* problem = nullptr;
  sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &problem);
  if (problem) ADD_FAILURE() << problem;
  sqlite3_free(problem);
  sqlite3_close(handle);
}

StoreTest::StoreTest() {
  open();
  UnitOfWork unit;
  OrganizationRepository::add_create(unit, {"org_1", "One", "sandbox", "active", clock_.now()});
  AgentRepository::add_create(unit, {"agt_1", "org_1", "Ada", "active", "US", clock_.now()});
  EXPECT_TRUE(committed(std::move(unit)));
}

void StoreTest::open(DatabaseStore::Options options) {
  open(load_database(path_), options);
}

void StoreTest::open(const plugin::DatabaseHandle& provider, DatabaseStore::Options options) {
  store_.reset();
  Result<std::unique_ptr<DatabaseStore>> opened = DatabaseStore::open(provider, clock_, options);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    std::abort();
  }
  store_ = std::move(*opened);
}

void StoreTest::reopen() {
  open();
}

Result<UnitOutcome> StoreTest::try_commit(UnitOfWork unit) {
  return executor_.run(store_->commit(std::move(unit)));
}

UnitOutcome StoreTest::commit(UnitOfWork unit) {
  return get(store_->commit(std::move(unit)));
}

Rows StoreTest::query(std::string_view statement, Parameters parameters) {
  return get(store_->query(statement, std::move(parameters)));
}

Message StoreTest::message(std::string id) {
  Message message;
  message.id = std::move(id);
  message.org_id = "org_1";
  message.agent_id = "agt_1";
  message.channel = "sms";
  message.from_address = "+15005550006";
  message.to_address = "+15005550001";
  message.state = "accepted";
  message.state_rank = 1;
  message.content_hash = "c0ffee";
  message.created_at = 1000;
  message.updated_at = 1000;
  return message;
}

}  // namespace commsd::store::test
