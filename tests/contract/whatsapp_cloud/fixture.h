#pragma once

#include "plugin_fixture.h"

inline const std::string kAccessToken = "EAAmock0123456789abcdefMOCK";
inline const std::string kAppSecret = "0123456789abcdef0123456789abcdef";
inline const std::string kVerifyToken = "mock-verify-token-0123";
inline const std::string kNumberUrl = "https://graph.facebook.com/v23.0/106540352242922";
inline const std::string kFrom = "+15550783881";
inline const std::string kTo = "+14155550101";

class CloudTest : public PluginTest<comms_whatsapp> {
 protected:
  CloudTest() : PluginTest(COMMS_SLOT_WHATSAPP) {}

  std::string usual_config() const override {
    return R"({"phone_number_id":"106540352242922","access_token":")" + kAccessToken +
           R"(","app_secret":")" + kAppSecret + R"(","verify_token":")" + kVerifyToken +
           R"(","pin":"123456"})";
  }
  static comms_whatsapp_message message(std::string_view body) {
    comms_whatsapp_message m{};
    m.size = sizeof m;
    m.from = comms::str(kFrom);
    m.to = comms::str(kTo);
    m.body = comms::str(body);
    return m;
  }
  OpResult send(const comms_whatsapp_message& m) { return run(&comms_whatsapp::send, &m); }
};
