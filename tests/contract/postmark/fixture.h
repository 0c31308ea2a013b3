#pragma once

#include "email_fixture.h"

inline const std::string kServerToken = "a-server-token-of-nobody";
inline const std::string kAccountToken = "an-account-token-of-nobody";
inline const std::string kPassword = "a-password-of-our-own-0123456789";
inline const std::string kApi = "https://api.postmarkapp.com";

class PostmarkTest : public EmailTest {
 protected:
  static std::string config(const std::string& more = "") {
    return R"({"server_token":")" + kServerToken + R"(","account_token":")" + kAccountToken +
           R"(","webhook_password":")" + kPassword + '"' + more + '}';
  }
  std::string usual_config() const override { return config(); }
};
