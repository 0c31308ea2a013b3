#include "config/schema_checker.h"

#include <gtest/gtest.h>

#include "config/config.h"
#include "config/provider_config.h"
#include "config/yaml_reader.h"

namespace commsd::config {
namespace {

constexpr std::string_view manifest = R"({
  "type": "object", "additionalProperties": false, "required": ["api_key"],
  "properties": {
    "api_key": {"type": "string", "writeOnly": true, "minLength": 8},
    "region": {"type": "string", "enum": ["us", "eu"], "default": "us"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 587},
    "from": {"type": "string", "format": "email"},
    "caller": {"type": "string", "format": "phone"},
    "url": {"type": "string", "format": "uri"},
    "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 1},
    "auth": {"oneOf": [
      {"type": "object", "additionalProperties": false, "required": ["kind", "user"],
       "properties": {"kind": {"const": "login"}, "user": {"type": "string"}}},
      {"type": "object", "additionalProperties": false,
       "properties": {"kind": {"const": "none"}}}]}
  }})";

/// The faults of settings given as YAML, one per line.
std::string faults_of(const std::string& yaml, std::string_view schema = manifest) {
  std::vector<ConfigFault> faults;
  const ProviderConfig settings("c", "email.config", read_yaml(yaml, "c", faults));
  const auto checked = settings.checked(schema);
  if (checked) return {};
  std::string text;
  for (const ConfigFault& fault : checked.error()) text += fault.to_string() + "\n";
  return text;
}

TEST(SchemaChecker, AddsDefaultsAndKeepsWhatWasSet) {
  std::vector<ConfigFault> faults;
  const ProviderConfig settings("c", "k", read_yaml("api_key: 'abcdefgh'\nport: 25", "c", faults));
  const auto checked = settings.checked(manifest);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->config_json(), R"({"api_key":"abcdefgh","port":25,"region":"us"})");
}

TEST(SchemaChecker, NamesLineKeyAndWhatIsAllowed) {
  EXPECT_EQ(faults_of("region: uk"),
            "c:1: key 'email.config.region': found \"uk\"; allowed: us, eu\n"
            "c:1: key 'email.config.api_key': found nothing; allowed: text of at least 8 "
            "characters\n");
  EXPECT_EQ(faults_of("api_key: 12345678\n"),
            "c:1: key 'email.config.api_key': found [secret]; allowed: text of at least 8 "
            "characters\n");
  EXPECT_EQ(faults_of("api_key: hunter2\n").find("hunter2"), std::string::npos);
  EXPECT_EQ(faults_of("api_key: abcdefgh\nregoin: eu\n"),
            "c:2: key 'email.config.regoin': found an unknown key; allowed: api_key, region, port, "
            "from, caller, url, ratio, tags, auth (did you mean region?)\n");
}

TEST(SchemaChecker, ChecksNumbersFormatsAndLists) {
  EXPECT_EQ(faults_of("api_key: abcdefgh\nport: 70000\nratio: 1\n"),
            "c:2: key 'email.config.port': found 70000; allowed: a whole number from 1 to 65535\n"
            "c:3: key 'email.config.ratio': found 1; allowed: a number above 0 below 1\n");
  EXPECT_EQ(faults_of("api_key: abcdefgh\nfrom: someone\ncaller: '12'\nurl: http://\n"),
            "c:2: key 'email.config.from': found \"someone\"; allowed: one e-mail address\n"
            "c:3: key 'email.config.caller': found \"12\"; allowed: a phone number in E.164 form, "
            "e.g. +14155550123\n"
            "c:4: key 'email.config.url': found \"http://\"; allowed: a URL\n");
  EXPECT_EQ(faults_of("api_key: abcdefgh\ntags:\n- abc\n- äöü\n- abcd\n"),
            "c:5: key 'email.config.tags[2]': found \"abcd\"; allowed: text of at most 3 "
            "characters\n");
  EXPECT_EQ(faults_of("api_key: abcdefgh\ntags: []\n"),
            "c:2: key 'email.config.tags': found 0 items; allowed: at least 1\n");
}

TEST(SchemaChecker, TellsOneOfApartByItsConstant) {
  EXPECT_EQ(faults_of("api_key: abcdefgh\nauth: { kind: none }\n"), "");
  EXPECT_EQ(faults_of("api_key: abcdefgh\nauth: { kind: login }\n"),
            "c:2: key 'email.config.auth.user': found nothing; allowed: text\n");
  EXPECT_EQ(faults_of("api_key: abcdefgh\nauth:\n  kind: magic\n"),
            "c:3: key 'email.config.auth.kind': found \"magic\"; allowed: login, none\n");
  EXPECT_EQ(faults_of("api_key: abcdefgh\nauth: {}\n"),
            "c:2: key 'email.config.auth.kind': found nothing; allowed: login, none\n");
}

TEST(SchemaChecker, ConvertsTextOfTheEnvironment) {
  ::setenv("COMMSD_TEST_PORT", "2525", 1);
  const LoadedConfig config = parse_config(
      "providers: {email: {use: smtp, config: {api_key: abcdefgh, port: env:COMMSD_TEST_PORT}}}",
      "c", "/");
  ASSERT_TRUE(config);
  const auto checked = config->providers.at("email").config.checked(manifest);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->settings().find("port")->integer, 2525);
}

TEST(SchemaChecker, RefusesBrokenSchemas) {
  EXPECT_FALSE(SchemaChecker::parse("[]"));
  EXPECT_FALSE(SchemaChecker::parse("{"));
  EXPECT_FALSE(SchemaChecker::parse(R"({"pattern":"("})"));
  EXPECT_FALSE(SchemaChecker::parse(R"({"$ref":"#/$defs/a"})"));
  EXPECT_FALSE(SchemaChecker::parse(R"({"$ref":"other.json"})"));
  EXPECT_FALSE(SchemaChecker::parse(R"({"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}})"));
  EXPECT_NE(faults_of("a: 1", "{").find("a plugin with a broken manifest"), std::string::npos);
}

TEST(SchemaChecker, DoesNotMatchPatternsOnHugeTexts) {
  const std::string text(500000, 'a');  // std::regex recurses per character
  EXPECT_NE(faults_of("api_key: " + text,
                      R"({"properties":{"api_key":{"type":"string","pattern":"^(a|b)*$"}}})"),
            "");
}

}  // namespace
}  // namespace commsd::config
