#include <comms/cpp/basic_auth.hpp>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gtest/gtest.h>

namespace {

bool carries(const std::string& authorization, const std::string& password) {
  comms::testing::FakeHost fake;
  fake.crypto = comms::testing::openssl_crypto();
  const comms::Host host(fake.raw());
  const comms_kv header{comms::str("authorization"), comms::str(authorization)};
  comms::HttpIn in;
  in.headers = comms::Pairs(&header, 1);
  return comms::has_basic_password(comms::Crypto(host), in, password);
}

// base64 of "user:secret:x", ":secret:x", "user:secret:x!", "secret:x" and "secret"
TEST(BasicAuth, ComparesThePasswordOnly) {
  EXPECT_TRUE(carries("Basic dXNlcjpzZWNyZXQ6eA==", "secret:x"));
  EXPECT_TRUE(carries("bAsIc OnNlY3JldDp4", "secret:x")) << "without a user";
  EXPECT_FALSE(carries("Basic dXNlcjpzZWNyZXQ6eCE=", "secret:x"));
  EXPECT_FALSE(carries("Basic c2VjcmV0Ong=", "secret:x"));
  EXPECT_FALSE(carries("Basic c2VjcmV0", "secret")) << "no colon";
  for (const char* other : {"", "Basic", "Basic ", "Basic %%%",
                            "Bearer dXNlcjpzZWNyZXQ6eA==", "Basic  dXNlcjpzZWNyZXQ6eA=="}) {
    EXPECT_FALSE(carries(other, "secret:x")) << other;
  }
}

TEST(BasicAuth, NothingIsNoPassword) {
  EXPECT_FALSE(carries("Basic dXNlcjo=", ""));
  EXPECT_FALSE(carries("Basic Og==", ""));
  EXPECT_FALSE(carries("", ""));
}

}  // namespace
