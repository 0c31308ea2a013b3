#include "store/sqlite_loader.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <memory>

#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>

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

}  // namespace commsd::store::test
