#pragma once

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <comms/slot/storage.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built local.so on a folder of its own.

using comms::testing::OpResult;

inline const comms_plugin* load_local() {
  static void* library = dlopen(LOCAL_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class LocalTest : public testing::Test {
 protected:
  LocalTest() {
    host.crypto = comms::testing::openssl_crypto();
    std::string pattern = testing::TempDir() + "localXXXXXX";
    base = mkdtemp(pattern.data());
    root = base / "media";
  }
  ~LocalTest() override {
    plugin.reset();
    std::filesystem::remove_all(base);
  }

  /// Makes the instance; `more` is the rest of the configuration, `,"name":value`.
  void start(const std::string& more = "") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_local(), R"({"root":")" + root.string() + '"' + more + '}');
  }
  const comms_storage& storage() {
    if (!plugin) start();
    return *plugin->slot<comms_storage>(COMMS_SLOT_STORAGE);
  }

  OpResult put(std::string_view key, std::string_view data, std::string_view type = "image/png") {
    const comms_storage& slot = storage();
    return host.run([&](comms_op* op) {
      return slot.put(plugin->self, op, comms::str(key), comms::str(type), comms::bytes(data));
    });
  }
  OpResult get(std::string_view key, std::uint64_t offset = 0, std::uint64_t length = 0) {
    const comms_storage& slot = storage();
    return host.run(
        [&](comms_op* op) { return slot.get(plugin->self, op, comms::str(key), offset, length); });
  }
  OpResult head(std::string_view key) {
    const comms_storage& slot = storage();
    return host.run([&](comms_op* op) { return slot.head(plugin->self, op, comms::str(key)); });
  }
  OpResult remove(std::string_view key) {
    const comms_storage& slot = storage();
    return host.run([&](comms_op* op) { return slot.remove(plugin->self, op, comms::str(key)); });
  }

  /// The plain files of the folder: objects, or what was left behind in tmp/.
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    return found;
  }

  comms::testing::FakeHost host;
  std::filesystem::path base;
  std::filesystem::path root;
  std::unique_ptr<comms::testing::Plugin> plugin;
};
