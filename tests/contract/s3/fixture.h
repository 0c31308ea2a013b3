#pragma once

#include <dlfcn.h>
#include <memory>
#include <string>

#include <comms/slot/storage.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built s3.so in a host whose answers are scripted and whose clock stands at the time of the
// examples in the S3 API reference, with their keys.

using comms::testing::OpResult;

inline const comms_plugin* load_s3() {
  static void* library = dlopen(S3_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class S3Test : public testing::Test {
 protected:
  S3Test() {
    host.crypto = comms::testing::openssl_crypto();
    host.now_ms = 1369353600000;  // 2013-05-24T00:00:00Z
  }

  /// Makes the instance; `more` is the rest of the configuration, `,"name":"value"`.
  void start(const std::string& more = "", const std::string& bucket = "examplebucket") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_s3(),
        R"({"bucket":")" + bucket +
            R"(","access_key_id":"AKIAIOSFODNN7EXAMPLE",)"
            R"("secret_access_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")" +
            more + '}');
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
  OpResult probe() {
    storage();
    return host.run([&](comms_op* op) { return plugin->plugin->probe(plugin->self, op); });
  }
  std::string signed_url(std::string_view key, std::string_view method, std::uint32_t ttl_s) {
    std::string url;
    status = storage().signed_url(plugin->self, comms::str(key), comms::str(method), ttl_s,
                                  comms::testing::FakeHost::sink(url));
    return url;
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
  comms_status status = COMMS_INTERNAL;
};
