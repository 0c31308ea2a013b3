#include "plugin/manifest.h"

#include <string>

#include <gtest/gtest.h>

namespace commsd::plugin {
namespace {

std::string manifest_with(const std::string& from, const std::string& to) {
  std::string text = R"({"schema":1,"id":"com.acme.email","provider":"acme","name":"Acme Mail",
    "version":"1.4.2","license":"MIT","abi":{"major":1,"minor":0},
    "slots":[{"id":"comms.email/1","ops":["send","find_message"],"class":"async"}],
    "services":["comms.http/1"],"egress":["https://api.acme.com"],
    "presets":[{"provider":"acme-eu","name":"Acme EU","config":{"region":"eu"}}],
    "limits":{"max_concurrency":7},
    "config":{"type":"object","properties":{"region":{"type":"string"}}}})";
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, ReadsWhatAPluginSaysOfItself) {
  const Result<Manifest> manifest = parse_manifest(manifest_with("1.4.2", "1.4.3-rc.1"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->id, "com.acme.email");
  EXPECT_EQ(manifest->version, "1.4.3-rc.1");
  EXPECT_EQ(manifest->max_concurrency, 7U);
  ASSERT_TRUE(manifest->slot("comms.email/1"));
  EXPECT_TRUE(manifest->slot("comms.email/1")->has_op("find_message"));
  EXPECT_FALSE(manifest->slot("comms.email/1")->has_op("verify_domain"));
  EXPECT_FALSE(manifest->slot("comms.tts/1"));
  EXPECT_TRUE(manifest->answers_to("acme"));
  EXPECT_TRUE(manifest->answers_to("acme-eu"));
  EXPECT_TRUE(manifest->answers_to("com.acme.email"));
  EXPECT_FALSE(manifest->answers_to("Acme Mail"));
}

TEST(Manifest, ADatabaseMaySayThatItIsOneProcess) {
  const auto read = [](const std::string& more) {
    return *parse_manifest(
        manifest_with(R"("comms.email/1","ops":["send","find_message"],"class":"async")",
                      R"("comms.database/1","ops":["dialect"],"class":"block")" + more));
  };
  EXPECT_FALSE(read("").slot("comms.database/1")->one_process);
  EXPECT_TRUE(read(R"(,"one_process":true)").slot("comms.database/1")->one_process);
}

struct Fault {
  const char* from;
  const char* to;
  const char* named;  // what the message must name
};

class ManifestFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(ManifestFaults, AreRefusedByName) {
  const Fault& fault = GetParam();
  const Result<Manifest> manifest = parse_manifest(manifest_with(fault.from, fault.to));
  ASSERT_FALSE(manifest);
  EXPECT_NE(manifest.error().message.find(fault.named), std::string::npos)
      << manifest.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, ManifestFaults,
    ::testing::Values(
        Fault{"\"schema\":1", "\"schema\":2", "schema"}, Fault{"com.acme.email", "Acme", "id"},
        Fault{"com.acme.email", "com..email", "id"}, Fault{"\"acme\"", "\"Acme Mail\"", "provider"},
        Fault{"1.4.2", "1.4", "version"}, Fault{"1.4.2", "1..2", "version"},
        Fault{"\"major\":1", "\"major\":2", "ABI 2"},
        Fault{"\"major\":1", "\"major\":\"1\"", "abi"},
        Fault{"comms.email/1", "comms.email/2", "slots[0].id"},
        Fault{"\"async\"", "\"threads\"", "slots[0].class"},
        Fault{"[\"send\",\"find_message\"]", "[]", "slots[0].ops"},
        Fault{"\"find_message\"", "\"send\"", "slots[0].ops"},
        Fault{"comms.http/1", "http", "services"}, Fault{"\"egress\"", "\"egres\"", "egres"},
        Fault{"acme-eu", "acme", "presets"},
        Fault{"{\"region\":\"eu\"}", "[]", "presets[0].config"},
        Fault{"\"max_concurrency\":7", "\"max_concurrency\":0", "limits.max_concurrency"},
        Fault{"\"type\":\"object\",", "", "config"}, Fault{"\"license\":\"MIT\",", "", "license"},
        Fault{"{\"schema\"", "[{\"schema\"", "JSON"}));

}  // namespace
}  // namespace commsd::plugin
