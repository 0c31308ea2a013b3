#pragma once

#include <dlfcn.h>
#include <memory>
#include <optional>
#include <string>

#include <comms/cpp/form.hpp>
#include <comms/slot/telephony.h>
#include <comms/slot/whatsapp.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The built twilio.so in a host whose answers are scripted.

inline const std::string kToken = "mock0auth0token0mock0auth0token0";
inline const std::string kAccount = "AC0123456789abcdef0123456789abcdef";
inline const std::string kRoot = "https://api.twilio.com/2010-04-01/Accounts/" + kAccount;
inline const std::string kFrom = "+14155550100";
inline const std::string kTo = "+14155550101";

using comms::testing::OpResult;

inline const comms_plugin* load_twilio() {
  static void* library = dlopen(TWILIO_PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
}

class TwilioTest : public testing::Test {
 protected:
  TwilioTest() { host.crypto = comms::testing::openssl_crypto(); }

  /// Makes the instance; `more` is the rest of the configuration, `,"name":"value"`.
  comms::testing::Plugin& start(const std::string& more = "") {
    plugin = std::make_unique<comms::testing::Plugin>(
        host, load_twilio(),
        R"({"account_sid":")" + kAccount + R"(","auth_token":")" + kToken + '"' + more + '}');
    return *plugin;
  }
  comms::testing::Plugin& instance() { return plugin ? *plugin : start(); }
  const comms_telephony& telephony() {
    return *instance().slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  }
  const comms_whatsapp& whatsapp() { return *instance().slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP); }

  OpResult send(const comms_sms& sms) {
    const comms_telephony& slot = telephony();
    return host.run([&](comms_op* op) { return slot.send_message(plugin->self, op, &sms); });
  }
  static comms_sms sms(std::string_view body) {
    comms_sms message{};
    message.size = sizeof message;
    message.from = comms::str(kFrom);
    message.to = comms::str(kTo);
    message.body = comms::str(body);
    return message;
  }

  /// The last request's form.
  comms::Form sent() const { return comms::Form(host.requests.back().body); }

  comms::testing::FakeHost host;
  std::unique_ptr<comms::testing::Plugin> plugin;
};

/// An inbound request with what it borrows.
struct Webhook {
  std::string method = "POST", url, type = "application/x-www-form-urlencoded", signature, body;
  std::optional<std::string> token;  // I-Twilio-Idempotency-Token

  template <class Use>
  auto use(Use&& consume) const {
    comms_kv headers[3];
    std::size_t count = 0;
    if (!type.empty()) headers[count++] = {comms::str("content-type"), comms::str(type)};
    if (!signature.empty()) {
      headers[count++] = {comms::str("x-twilio-signature"), comms::str(signature)};
    }
    if (token) headers[count++] = {comms::str("i-twilio-idempotency-token"), comms::str(*token)};
    comms_http_in in{};
    in.size = sizeof in;
    in.method = comms::str(method);
    in.url = comms::str(url);
    in.headers = headers;
    in.header_count = count;
    in.body = comms::bytes(body);
    return consume(&in);
  }
};
