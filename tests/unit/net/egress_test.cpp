#include "net/egress.h"

#include <arpa/inet.h>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

bool is_public(const char* text) {
  sockaddr_storage storage{};
  if (inet_pton(AF_INET, text, &reinterpret_cast<sockaddr_in*>(&storage)->sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &reinterpret_cast<sockaddr_in6*>(&storage)->sin6_addr), 1)
        << text;
    storage.ss_family = AF_INET6;
  }
  return EgressPolicy::is_public(reinterpret_cast<const sockaddr*>(&storage));
}

TEST(EgressAddress, refuses_everything_that_is_not_public) {
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.254",
                              "100.100.100.200",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "169.254.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.192",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "168.63.129.16",
                              "::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:8.8.8.8",
                              "64:ff9b::7f00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:db8::1",
                              "2002:7f00:1::1",
                              "3fff::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1"}) {
    EXPECT_FALSE(is_public(address)) << address;
  }
}

TEST(EgressAddress, passes_public_ones) {
  for (const char* address : {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1",
                              "172.32.0.1", "192.167.255.255", "223.255.255.255", "2606:4700::1",
                              "2a00:1450:4001::1", "2001:4860:4860::8888"}) {
    EXPECT_TRUE(is_public(address)) << address;
  }
}

std::string refusal(const EgressPolicy& policy, std::string_view url,
                    const EgressList* list = nullptr) {
  const auto target = policy.check(url, list);
  return target ? "" : target.error();
}

TEST(EgressUrl, refuses_what_is_not_plain_https) {
  const EgressPolicy policy;
  for (const char* url : {"",
                          "api.example.com",
                          "http://api.example.com/",
                          "ws://api.example.com/",
                          "ftp://api.example.com/",
                          "file:///etc/passwd",
                          "gopher://a.example:70/",
                          "https://user@api.example.com/",
                          "https://user:secret@api.example.com/",
                          "https://api.example.com:8443/",
                          "https://api.example.com:22/",
                          "https://127.0.0.1/",
                          "https://2130706433/",
                          "https://0x7f000001/",
                          "https://0177.0.0.1/",
                          "https://127.1/",
                          "https://[::1]/",
                          "https://[::ffff:127.0.0.1]/",
                          "https://[fe80::1%25eth0]/",
                          "https://169.254.169.254/latest/",
                          "https://api.example.com\\@127.0.0.1/",
                          "https://api.exam ple.com/",
                          "https://api.example.com/\r\nX: y",

                          "https://.example.com/",
                          "https://a..example.com/",
                          "https://example.com./",
                          "https://b\xc3\xbc"
                          "cher.example/",
                          "https://api.example.com:0/",
                          "https://api.example.com:99999/"}) {
    EXPECT_NE(refusal(policy, url), "") << url;
  }
  EXPECT_NE(refusal(policy, std::string_view("https://a.example/\0x", 20)), "");
  EXPECT_NE(refusal(policy, "https://a.example/" + std::string(9000, 'a')), "");
}

TEST(EgressUrl, passes_https_on_the_known_port) {
  const EgressPolicy policy;
  for (const char* url : {"https://api.example.com", "https://API.example.com:443/v1?x=y#z",
                          "wss://stream.example.com/v1", "https://8.8.8.8/"}) {
    EXPECT_EQ(refusal(policy, url), "") << url;
  }
  EXPECT_EQ(policy.check("wss://STREAM.example.com/a", nullptr)->origin(),
            "https://stream.example.com");
}

TEST(EgressUrl, refusals_do_not_repeat_path_or_query) {
  const EgressPolicy policy;
  EXPECT_EQ(refusal(policy, "http://a.example/hook/t0ken?key=s3cret").find("t0ken"),
            std::string::npos);
  EXPECT_EQ(refusal(policy, "http://u:s3cret@a.example/").find("s3cret"), std::string::npos);
}

TEST(EgressUrl, extra_ports_come_from_configuration) {
  const auto policy = EgressPolicy::make({.ports = {443, 8443}, .exceptions = {}});
  ASSERT_TRUE(policy);
  EXPECT_EQ(refusal(*policy, "https://api.example.com:8443/"), "");
  EXPECT_NE(refusal(*policy, "https://api.example.com:9443/"), "");
}

TEST(EgressUrl, an_exception_frees_exactly_its_origin) {
  const auto policy =
      EgressPolicy::make({.ports = {443}, .exceptions = {"http://127.0.0.1:24101"}});
  ASSERT_TRUE(policy);
  EXPECT_TRUE(policy->check("http://127.0.0.1:24101/x", nullptr)->exempt);
  EXPECT_TRUE(policy->check("ws://127.0.0.1:24101/x", nullptr)->exempt);
  EXPECT_NE(refusal(*policy, "http://127.0.0.1:24102/x"), "");
  EXPECT_NE(refusal(*policy, "https://127.0.0.1:24101/x"), "");
  EXPECT_NE(refusal(*policy, "http://localhost:24101/x"), "");
  EXPECT_NE(refusal(*policy, "http://user@127.0.0.1:24101/x"), "");
}

TEST(EgressUrl, unreadable_exceptions_are_named) {
  for (const char* text : {"127.0.0.1:24101", "http://a.example/path", "http://a.example/",
                           "http://*.example.com", "nonsense", "https://u@a.example"}) {
    const auto policy = EgressPolicy::make({.ports = {443}, .exceptions = {text}});
    ASSERT_FALSE(policy) << text;
    EXPECT_NE(policy.error().find(text), std::string::npos);
  }
}

TEST(EgressList, only_listed_origins_pass) {
  const EgressPolicy policy;
  EgressList list;
  list.push_back(*OriginPattern::parse("https://api.acme.com"));
  list.push_back(*OriginPattern::parse("https://*.twilio.com"));
  list.push_back(*OriginPattern::parse("wss://stream.acme.com"));
  EXPECT_EQ(refusal(policy, "https://api.acme.com/v1", &list), "");
  EXPECT_EQ(refusal(policy, "https://api.twilio.com/", &list), "");
  EXPECT_EQ(refusal(policy, "https://a.b.twilio.com/", &list), "");
  EXPECT_EQ(refusal(policy, "wss://stream.acme.com/", &list), "");
  for (const char* url : {"https://acme.com/", "https://x.api.acme.com/", "https://twilio.com/",
                          "https://eviltwilio.com/", "https://twilio.com.evil.example/"}) {
    EXPECT_NE(refusal(policy, url, &list), "") << url;
  }
  const EgressList none;
  EXPECT_NE(refusal(policy, "https://api.acme.com/", &none), "");
}

TEST(EgressList, patterns_that_mean_too_much_are_refused) {
  for (const char* text : {"https://*", "https://*.com", "https://a.*.com", "https://*.1.2.3.4",
                           "https://a.example/path", "*.example.com", "https://*example.com"}) {
    EXPECT_FALSE(OriginPattern::parse(text)) << text;
  }
}

}  // namespace
}  // namespace commsd::net
