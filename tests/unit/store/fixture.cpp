#include "store/fixture.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <sqlite3.h>

#include "store/agent_repository.h"
#include "store/organization_repository.h"

namespace commsd::store::test {

namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "store tests: %s\n", why.c_str());
  std::abort();
}

const comms_plugin* sqlite_plugin() {
  static const comms_plugin* plugin = [] {
    void* library = dlopen(COMMSD_BINARY_DIR "/plugins/sqlite.so", RTLD_NOW | RTLD_LOCAL);
    if (!library) give_up(dlerror());
    const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
    if (!entry) give_up("sqlite.so has no entry");
    return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
  }();
  return plugin;
}

struct Instance {
  comms::testing::FakeHost host;
  void* self = nullptr;
  ~Instance() { sqlite_plugin()->destroy(self); }
};

}  // namespace

TemporaryFolder::TemporaryFolder() {
  char pattern[] = "/tmp/commsd_store_XXXXXX";
  if (!mkdtemp(pattern)) give_up("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

plugin::DatabaseHandle load_sqlite(const std::string& path, std::string_view more) {
  auto instance = std::make_shared<Instance>();
  instance->host.crypto = comms::testing::openssl_crypto();
  const std::string config =
      R"({"path":")" + path + R"(","busy_timeout_ms":200)" + std::string(more) + "}";
  std::string problem;
  const comms_report report{&problem, [](void* text, const comms_error* error) {
                              *static_cast<std::string*>(text) =
                                  std::string(error->message.ptr, error->message.len);
                            }};
  const comms_status status = sqlite_plugin()->create(
      instance->host.raw(), {config.data(), config.size()}, &report, &instance->self);
  if (status != COMMS_OK) give_up("the provider refuses its settings: " + problem);
  plugin::DatabaseHandle handle;
  handle.table = static_cast<const comms_database*>(
      sqlite_plugin()->slot(instance->self, COMMS_SLOT_DATABASE));
  handle.self = instance->self;
  handle.keep_alive = instance;
  return handle;
}

void execute_aside(const std::string& path, const std::string& sql) {
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

void StoreTest::open(std::string_view more_settings, DatabaseStore::Options options) {
  store_.reset();
  Result<std::unique_ptr<DatabaseStore>> opened =
      DatabaseStore::open(load_sqlite(path_, more_settings), clock_, options);
  if (!opened) give_up(opened.error().message + ": " + opened.error().cause);
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
