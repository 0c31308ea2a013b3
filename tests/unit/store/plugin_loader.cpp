#include "store/plugin_loader.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <mutex>

#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>

#include "plugin/manifest_reader.h"

namespace commsd::store::test {

namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "store tests: %s\n", why.c_str());
  std::abort();
}

std::string file_of(const std::string& name) {
  return COMMSD_BINARY_DIR "/plugins/" + name + ".so";
}

const comms_plugin* plugin_named(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, const comms_plugin*> loaded;
  const std::lock_guard lock(mutex);
  const comms_plugin*& plugin = loaded[name];
  if (plugin) return plugin;
  const std::string file = file_of(name);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) give_up(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  if (!entry) give_up(file + " has no entry");
  return plugin = entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

struct Instance {
  Instance(const std::string& name, std::shared_ptr<const comms_host> given)
      : plugin(plugin_named(name)), host(std::move(given)) {
    fake.crypto = comms::testing::openssl_crypto();
  }
  ~Instance() {
    if (self) plugin->destroy(self);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// "" when it was made.
  std::string create(const std::string& config) {
    std::string problem;
    const comms_report report{&problem, [](void* text, const comms_error* error) {
                                *static_cast<std::string*>(text) =
                                    std::string(error->message.ptr, error->message.len);
                              }};
    const comms_status status = plugin->create(host ? host.get() : fake.raw(),
                                               {config.data(), config.size()}, &report, &self);
    if (status == COMMS_OK) return {};
    self = nullptr;
    return problem.empty() ? "refused without a word" : problem;
  }

  const comms_plugin* plugin;
  std::shared_ptr<const comms_host> host;
  comms::testing::FakeHost fake;
  void* self = nullptr;
};

}  // namespace

plugin::DatabaseHandle load_database_plugin(const std::string& name, const std::string& config,
                                            std::shared_ptr<const comms_host> host) {
  auto instance = std::make_shared<Instance>(name, std::move(host));
  if (const std::string problem = instance->create(config); !problem.empty()) {
    give_up("the provider refuses its settings: " + problem);
  }
  plugin::DatabaseHandle handle;
  handle.table = static_cast<const comms_database*>(
      instance->plugin->slot(instance->self, COMMS_SLOT_DATABASE));
  handle.self = instance->self;
  handle.one_process = plugin::read_manifest(file_of(name))->slot(COMMS_SLOT_DATABASE)->one_process;
  handle.keep_alive = instance;
  return handle;
}

std::string refusal_of_database_plugin(const std::string& name, const std::string& config) {
  return Instance(name, nullptr).create(config);
}

}  // namespace commsd::store::test
