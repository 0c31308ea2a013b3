#pragma once

#include "plugin_fixture.h"

inline const std::string kApiToken = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";
inline const std::string kWebhookToken = "a-secret-of-our-own-0123456789";
inline const std::string kFrom = "+14155550100";
inline const std::string kTo = "+14155550101";

inline std::string method_url(const std::string& method) {
  return "https://7103.api.greenapi.com/waInstance7103000000/" + method + '/' + kApiToken;
}

class GreenapiTest : public PluginTest<comms_whatsapp> {
 protected:
  GreenapiTest() : PluginTest(COMMS_SLOT_WHATSAPP) {}

  static std::string config(const std::string& more = "") {
    return R"({"id_instance":"7103000000","api_token":")" + kApiToken + R"(","webhook_token":")" +
           kWebhookToken +
           R"(","api_url":"https://7103.api.greenapi.com/","media_url":"https://7103.media.greenapi.com")" +
           more + '}';
  }
  std::string usual_config() const override { return config(); }

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
