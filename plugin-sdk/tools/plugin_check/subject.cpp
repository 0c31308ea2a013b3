#include "subject.h"

#include <chrono>
#include <cstring>
#include <dlfcn.h>

#include "allocation.h"
#include "manifest.h"

namespace comms::check {

using allocation::PluginSide;

const Library& Library::open(Context& test) {
  static Library library;
  if (library.entry || !library.error.empty()) return library;
  for (const std::string& needed : test.plugin.elf.needed) {
    ::dlopen(needed.c_str(), RTLD_NOW | RTLD_LOCAL);  // absent ones fail below
  }
  test.step("loading it (constructors of the library)");
  const auto begin = std::chrono::steady_clock::now();
  void* handle = ::dlopen(test.plugin.path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  library.milliseconds = took.count();
  if (!handle) {
    const char* why = ::dlerror();
    library.error = why ? why : "dlopen failed";
    return library;
  }
  library.entry = reinterpret_cast<comms_entry_fn>(::dlsym(handle, COMMS_ENTRY_SYMBOL));
  if (!library.entry) {
    library.error = "it has no function comms_plugin_entry";
    return library;
  }
  test.step("in its entry function");
  const PluginSide side;
  library.plugin = library.entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
  if (!library.plugin) library.error = "its entry function refuses this host (it returned NULL)";
  test.step("");
  return library;
}

Instance::Instance(Context& test, const std::string& config)
    : host_(&CheckedHost::make(test)), plugin_(Library::open(test).plugin) {
  if (!plugin_ || !plugin_->create) return;
  host_->creating = true;
  const OpResult made = host_->report("create", [&](const comms_report* report) {
    return plugin_->create(host_->raw(), str(config), report, &self_);
  });
  host_->creating = false;
  status_ = made.status;
  error_ = made.error;
}

const void* Instance::table(const std::string& slot_id) {
  const PluginSide side;
  return good() ? plugin_->slot(self_, slot_id.c_str()) : nullptr;
}

void Instance::destroy() {
  if (!good()) return;
  {
    const PluginSide side;
    if (plugin_->quiesce) plugin_->quiesce(self_);
    plugin_->destroy(self_);
  }
  self_ = nullptr;
  host_->end();
}

void* member_of(const std::string& slot_id, const void* table, const std::string& op) {
  // Every slot table is two numbers and then its functions, in the order of slot_ops.
  const auto& ops = manifest::slot_ops(slot_id);
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (ops[i] != op) continue;
    const std::size_t offset = 2 * sizeof size + i * sizeof(void*);
    void* function = nullptr;
    if (size >= offset + sizeof function) {
      std::memcpy(&function, static_cast<const char*>(table) + offset, sizeof function);
    }
    return function;
  }
  return nullptr;
}

}  // namespace comms::check
