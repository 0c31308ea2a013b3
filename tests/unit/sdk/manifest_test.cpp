#include "manifest.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace comms::manifest {
namespace {

const std::string good = R"(
schema: 1
id: com.example.mail
provider: example
name: Example Mail
version: "1.0.0"
license: MIT
abi: {major: 1, minor: 0}
slots:
  - {id: comms.email/1, ops: [send], class: async}
egress: ["https://api.example.com", "config:base_url"]
config:
  type: object
  required: [api_key]
  properties:
    api_key: {type: string, writeOnly: true}
    base_url: {type: string, format: uri, default: "https://api.example.com"}
presets:
  - {provider: example-eu, name: In Europe, config: {base_url: "https://eu.example.com"}}
)";

std::string schema() {
  std::ifstream in(COMMSD_SOURCE_DIR "/plugin-sdk/schema/manifest.schema.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

Manifest checked(const std::string& yaml, const std::vector<std::string>& slots = {}) {
  Manifest manifest = read_yaml(yaml);
  check(manifest, schema(), slots);
  return manifest;
}

std::string with(const std::string& from, const std::string& to) {
  std::string yaml = good;
  std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

/// Where the first problem is; "" also for the whole file.
std::string problem(const std::string& yaml) {
  Manifest manifest = checked(yaml);
  EXPECT_FALSE(manifest.good()) << yaml;
  return manifest.good() ? "no problem" : manifest.problems.front().where;
}

TEST(Manifest, GoodOneBecomesCanonicalJson) {
  Manifest manifest = checked(good, {"email"});
  ASSERT_TRUE(manifest.good()) << manifest.problems.front().where << manifest.problems.front().what;
  std::string json = canonical_json(manifest.value);
  EXPECT_EQ(json.rfind(R"({"abi":{"major":1,"minor":0},"config":)", 0), 0u) << json;
  EXPECT_NE(json.find(R"("version":"1.0.0")"), std::string::npos);
  EXPECT_EQ(c_header(manifest),
            "/* Written by comms-manifest. */\n#define COMMS_PLUGIN_ID \"com.example.mail\"\n"
            "#define COMMS_PLUGIN_VERSION \"1.0.0\"\n");
}

TEST(Manifest, OrderOfMembersDoesNotMatter) {
  std::string other = "version: \"1.0.0\"\n" + with("version: \"1.0.0\"\n", "");
  EXPECT_EQ(canonical_json(checked(good).value), canonical_json(checked(other).value));
}

TEST(Manifest, NamesThePlaceOfAMistake) {
  EXPECT_EQ(problem(with("class: async", "class: later")), "slots[0].class");
  EXPECT_EQ(problem(with("license: MIT\n", "")), "");
  EXPECT_EQ(problem(with("\"1.0.0\"", "1.0")), "version");
  EXPECT_EQ(problem(with("com.example.mail", "Example Mail")), "id");
  EXPECT_EQ(problem(with("major: 1", "major: 2")), "abi.major");
  EXPECT_EQ(problem(with("\"https://api.example.com\", ", "\"ftp://x\", ")), "egress[0]");
  EXPECT_EQ(problem(with("schema: 1", "schema: 1\nextra: 2")), "");
  EXPECT_EQ(problem(with("comms.email/1", "comms.email/2")), "slots[0].id");
}

TEST(Manifest, ChecksWhatASchemaCannot) {
  EXPECT_EQ(problem(with("[send]", "[send, fly]")), "slots[0].ops[1]");
  EXPECT_EQ(problem(with("required: [api_key]", "required: [api_kez]")), "config.required[0]");
  EXPECT_EQ(problem(with("config:base_url", "config:other")), "egress[1]");
  EXPECT_EQ(problem(with("writeOnly: true", "writeOnly: true, default: x")),
            "config.properties.api_key");
  EXPECT_EQ(problem(with("provider: example-eu", "provider: example")), "presets[0].provider");
  EXPECT_EQ(problem(with("config: {base_url:", "config: {base_ur:")), "presets[0].config.base_ur");
  EXPECT_EQ(
      problem(with("slots:\n", "slots:\n  - {id: comms.email/1, ops: [send], class: async}\n")),
      "slots[1].id");
  EXPECT_FALSE(checked(good, {"email", "tts"}).good());
  EXPECT_FALSE(checked(good, {"tts"}).good());
}

TEST(Manifest, TooLargeForTheSection) {
  std::string many;
  for (int i = 0; i < 2000; ++i) {
    many += "    setting_" + std::to_string(i) + ": {type: string, title: some words to fill}\n";
  }
  EXPECT_EQ(problem(with("  properties:\n", "  properties:\n" + many)), "");
}

TEST(Manifest, RefusesBrokenYaml) {
  EXPECT_FALSE(read_yaml("").good());
  EXPECT_FALSE(read_yaml("a: [1").good());
  EXPECT_FALSE(read_yaml("- 1").good());
  EXPECT_FALSE(read_yaml("a: 1\n---\nb: 2").good());
  EXPECT_FALSE(read_yaml("a: 1\na: 2").good());
  EXPECT_FALSE(read_yaml("a: &x [*x]").good());
  EXPECT_FALSE(read_yaml("? [1]\n: 2").good());
}

TEST(Manifest, KnowsScalars) {
  EXPECT_EQ(
      canonical_json(read_yaml("{a: 1, b: -2.5, c: true, d: 'true', e: null, f: 1.2.3}").value),
      R"({"a":1,"b":-2.5,"c":true,"d":"true","e":null,"f":"1.2.3"})");
}

}  // namespace
}  // namespace comms::manifest
