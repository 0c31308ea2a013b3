#pragma once

#include <dlfcn.h>
#include <memory>
#include <stdexcept>
#include <string>

#include <comms/slot/email.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built ses.so in a host whose answers are scripted and whose clock stands still.

using comms::testing::OpResult;

inline const comms_plugin* load_ses() {
  static void* library = dlopen(SES_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class SesTest : public testing::Test {
 protected:
  static constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:commsd-mail";

  SesTest() { host.crypto = comms::testing::openssl_crypto(); }

  /// Makes the instance; `more` is the rest of the configuration, `,"name":"value"`.
  void start(const std::string& more = "") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_ses(),
        R"({"access_key_id":"AKIDEXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG+EXAMPLE",)"
        R"("region":"eu-west-1","topic_arns":")" +
            std::string(topic) + '"' + more + '}');
  }
  const comms_email& email() {
    if (!plugin) start();
    return *plugin->slot<comms_email>(COMMS_SLOT_EMAIL);
  }

  OpResult send(std::string_view text = "Hi") {
    const comms_str to[] = {comms::str("someone@example.org")};
    comms_email_message message{};
    message.size = sizeof message;
    message.from = comms::str("Agent <agent@example.com>");
    message.to = to;
    message.to_count = 1;
    message.subject = comms::str("Hello");
    message.text = comms::str(text);
    message.client_ref = comms::str("att_1");
    const comms_email& slot = email();
    return host.run([&](comms_op* op) { return slot.send(plugin->self, op, &message); });
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
};
