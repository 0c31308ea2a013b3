#pragma once

#include <dlfcn.h>
#include <memory>
#include <string>
#include <vector>

#include <comms/slot/email.h>
#include <comms/slot/whatsapp.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built plugin (PLUGIN_FILE) in a host whose answers are scripted.

using comms::testing::OpResult;
using SeenEvent = OpResult::SeenEvent;

inline const comms_plugin* load_plugin() {
  static void* library = dlopen(PLUGIN_FILE, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

/// An inbound request with what it borrows.
struct Webhook {
  std::string method = "POST", url = "https://comms.example.test/webhooks/agent_1/x", body;
  comms::Fields headers;

  template <class Use>
  auto use(Use&& consume) const {
    std::vector<comms_kv> fields;
    for (const auto& [name, value] : headers) {
      fields.push_back({comms::str(name), comms::str(value)});
    }
    comms_http_in in{};
    in.size = sizeof in;
    in.method = comms::str(method);
    in.url = comms::str(url);
    in.headers = fields.data();
    in.header_count = fields.size();
    in.body = comms::bytes(body);
    return consume(&in);
  }
};

/// Table is comms_whatsapp or comms_email, whose members are named alike.
template <class Table>
class PluginTest : public testing::Test {
 protected:
  explicit PluginTest(const char* slot_id) : slot_id_(slot_id) {
    host.crypto = comms::testing::openssl_crypto();
  }

  comms::testing::Plugin& start(const std::string& config) {
    plugin = std::make_unique<comms::testing::Plugin>(host, load_plugin(), config);
    return *plugin;
  }
  /// The instance that tests get which start none themselves.
  virtual std::string usual_config() const = 0;
  comms::testing::Plugin& instance() { return plugin ? *plugin : start(usual_config()); }
  const Table& slot() { return *instance().template slot<Table>(slot_id_); }

  template <class Argument>
  OpResult run(comms_status (*Table::*op)(void*, comms_op*, Argument), Argument argument) {
    const Table& table = slot();
    return host.run([&](comms_op* handle) { return (table.*op)(plugin->self, handle, argument); });
  }
  OpResult probe() {
    instance();
    return host.run([&](comms_op* op) { return plugin->plugin->probe(plugin->self, op); });
  }

  bool is_authentic(const Webhook& webhook) {
    const Table& table = slot();
    const comms_status status = webhook.use(
        [&](const comms_http_in* in) { return table.verify_webhook(plugin->self, in); });
    EXPECT_TRUE(status == COMMS_OK || status == COMMS_DENIED) << status;
    return status == COMMS_OK;
  }
  struct Parsed {
    comms_status status;
    std::vector<SeenEvent> events;
  };
  Parsed parse(const Webhook& webhook) {
    const Table& table = slot();
    OpResult result;
    const comms_emit emit = comms::testing::FakeHost::emit(result);
    const comms_status status = webhook.use(
        [&](const comms_http_in* in) { return table.parse_webhook(plugin->self, in, &emit); });
    return {status, result.events};
  }
  /// The only event of a body.
  SeenEvent event(const std::string& body) {
    Webhook webhook;
    webhook.body = body;
    const Parsed parsed = parse(webhook);
    EXPECT_EQ(parsed.status, COMMS_OK) << body;
    EXPECT_EQ(parsed.events.size(), 1u) << body;
    return parsed.events.empty() ? SeenEvent{} : parsed.events[0];
  }
  Parsed parse_body(const std::string& body) {
    Webhook webhook;
    webhook.body = body;
    return parse(webhook);
  }
  std::string reply(const Webhook& webhook) {
    const Table& table = slot();
    std::string body, type;
    webhook.use([&](const comms_http_in* in) {
      return table.webhook_reply(plugin->self, in, 0, comms::testing::FakeHost::sink(body),
                                 comms::testing::FakeHost::sink(type));
    });
    return body + '|' + type;
  }

  /// No text that a person may see holds `secret`.
  void expect_hidden(const OpResult& result, const std::string& secret) {
    for (const std::string& text :
         {result.error.message, result.error.remedy, result.error.vendor_code, result.vendor_id}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << text;
    }
    for (const std::string& line : host.log) EXPECT_EQ(line.find(secret), std::string::npos);
  }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;

 private:
  const char* slot_id_;
};
