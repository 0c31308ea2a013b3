#include "config/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <type_traits>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/json.h"
#include "config/schema_checker.h"
#include "embedded/config.h"

namespace commsd::config {
namespace {

/// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    char path[] = "/tmp/commsd-config-XXXXXX";
    path_ = ::mkdtemp(path);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }
  const std::string& root() const { return path_; }

 private:
  std::string path_;
};

std::string text_of(const LoadedConfig& config) {
  std::ostringstream out;
  if (!config) print_faults(out, config.error());
  return out.str();
}

TEST(Config, AnEmptyFileHasEveryDefault) {
  const LoadedConfig config = parse_config("", "c", "/etc/commsd");
  ASSERT_TRUE(config) << text_of(config);
  EXPECT_EQ(to_display_json(*config), to_display_json(Config()));
  EXPECT_TRUE(config->providers.empty());
}

TEST(Config, TheSampleSaysWhatTheDefaultsAre) {
  std::istringstream lines{std::string(sample_config())};
  std::string uncommented;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("##")) continue;
    uncommented += (line.starts_with('#') ? line.substr(1) : line) + "\n";
  }
  LoadedConfig sample = parse_config(sample_config(), "sample", "/etc/commsd");
  LoadedConfig all = parse_config(uncommented, "sample", "/etc/commsd");
  ASSERT_TRUE(sample) << text_of(sample);
  ASSERT_TRUE(all) << text_of(all);
  EXPECT_EQ(to_display_json(*sample), to_display_json(*all));
  all->providers.clear();
  EXPECT_EQ(to_display_json(*all), to_display_json(Config()));

  // nothing is left out of the sample
  const auto shown = JsonDocument::parse(to_display_json(Config()));
  ASSERT_TRUE(shown);
  shown->root().each_member([&uncommented](std::string_view group, JsonValue value) {
    EXPECT_NE(uncommented.find(std::string(group) + ":"), std::string::npos) << group;
    value.each_member([&uncommented](std::string_view key, JsonValue) {
      EXPECT_NE(uncommented.find(" " + std::string(key) + ":"), std::string::npos) << key;
    });
  });
}

/// Collects "a.b.c" -> default for every key of the schema outside of providers and overrides.
void collect(const Node& schema, const std::string& prefix,
             std::map<std::string, std::string>& defaults) {
  const Node* properties = schema.find("properties");
  if (!properties) {
    if (const Node* preset = schema.find("default")) defaults[prefix] = preset->to_json();
    return;
  }
  for (const Node::Member& member : properties->members) {
    if (member.key == "providers" || member.key == "overrides") continue;
    collect(member.value, prefix.empty() ? member.key : prefix + "." + member.key, defaults);
  }
}

TEST(Config, TheSchemaAndTheManualSayWhatTheDefaultsAre) {
  const auto checker = SchemaChecker::parse(embedded::config::config_schema_json());
  ASSERT_TRUE(checker);
  std::map<std::string, std::string> defaults;
  collect(checker->schema(), "", defaults);
  EXPECT_GT(defaults.size(), 60U);
  std::stringstream manual;
  manual << std::ifstream(COMMSD_SOURCE_DIR "/docs/reference/configuration.md").rdbuf();
  const auto shown = JsonDocument::parse(to_display_json(Config()));
  for (const auto& [key, preset] : defaults) {
    EXPECT_NE(manual.str().find("| `" + key + "` |"), std::string::npos) << key;
    std::optional<JsonValue> value = shown->root();
    std::istringstream parts(key);
    for (std::string part; value && std::getline(parts, part, '.');) value = value->get(part);
    ASSERT_TRUE(value) << key;
    EXPECT_EQ(from_json(*value).to_json(), preset) << key;
  }
}

TEST(Config, ReadsEveryKindOfValue) {
  const LoadedConfig config = parse_config(R"(
server:
  listen: "[::1]:0"
  public_url: https://comms.example.com/base
  trusted_proxies: [10.0.0.0/8, ::1]
  loops: 3
  tls:
limits: { spend_per_day: 2.5, actions_per_day: 0 }
messaging: { store_bodies: true, ambiguous: { sms: resend } }
plugins: { trust: pinned, pinned: { a.so: )" + std::string(64, 'a') +
                                               R"( } }
first_run:
)",
                                           "c", "/etc/commsd");
  ASSERT_TRUE(config) << text_of(config);
  EXPECT_EQ(config->server.listen, "[::1]:0");
  EXPECT_EQ(config->server.public_url, "https://comms.example.com/base");
  EXPECT_EQ(config->server.trusted_proxies, (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_EQ(config->server.loops, 3);
  EXPECT_EQ(config->limits.spend_per_day, 2.5);
  EXPECT_EQ(config->limits.actions_per_day, 0);
  EXPECT_TRUE(config->messaging.store_bodies);
  EXPECT_EQ(config->messaging.ambiguous.sms, "resend");
  EXPECT_EQ(config->messaging.ambiguous.email, "hold");
  EXPECT_EQ(config->plugins.pinned.at("a.so"), std::string(64, 'a'));
  EXPECT_TRUE(config->first_run.sandbox);
}

TEST(Config, PathsStartAtTheFolderOfTheFile) {
  const Folder folder;
  const std::string path = folder.write("c.yaml",
                                        "data_dir: state/../data\n"
                                        "plugins: { path: [plugins, /abs] }\n"
                                        "server: { control_socket: ./run/c.sock }\n");
  const LoadedConfig config = load_config(path);
  ASSERT_TRUE(config) << text_of(config);
  EXPECT_EQ(config->data_dir, folder.path("data"));
  EXPECT_EQ(config->plugins.path, (std::vector<std::string>{folder.path("plugins"), "/abs"}));
  EXPECT_EQ(config->server.control_socket, folder.path("run/c.sock"));
  EXPECT_EQ(config->secrets.dir, "/etc/commsd/secrets");
  EXPECT_EQ(config->folder, folder.root());
}

TEST(Config, TellsWhyAFileCannotBeRead) {
  const Folder folder;
  EXPECT_EQ(text_of(load_config(folder.path("none.yaml"))),
            folder.path("none.yaml") +
                ": found no such file; allowed: a configuration file; /usr/share/doc/commsd has a "
                "sample\n1 fault in the configuration\n");
  EXPECT_EQ(text_of(load_config(folder.root())),
            folder.root() +
                ": found something that is no file; allowed: a YAML file\n"
                "1 fault in the configuration\n");
  const std::string large = folder.write("large.yaml", "#" + std::string(1048576, 'x'));
  EXPECT_EQ(text_of(load_config(large)),
            large + ": found 1048577 bytes; allowed: at most 1 MB\n1 fault in the configuration\n");
  EXPECT_NE(text_of(parse_config("a: \xff\n", "c", "/")).find("not UTF-8"), std::string::npos);
  EXPECT_NE(text_of(parse_config(std::string_view("a: 1\nb: \0\n", 10), "c", "/"))
                .find("c:2: found a control character"),
            std::string::npos);
}

TEST(Config, LargeHostileFilesEndInFaults) {
  const auto repeat = [](std::string_view text, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += text;
    return out;
  };
  constexpr std::size_t size = 1000000;
  std::string keys;
  for (int number = 0; keys.size() < size; ++number) keys += "k" + std::to_string(number) + ":\n";
  for (const std::string& text :
       {repeat("[", size), repeat("{a: ", size), repeat("- ", size), repeat("? ", size), keys,
        repeat("a: 1\n", size), "a: \"" + repeat("\n", size), "a: |\n" + repeat(" x\n", size),
        "overrides: [" + repeat("{x: 1},", size) + "]", "a: " + repeat("x", size),
        "server: {allowed_hosts: [" + repeat("a,", size) + "]}", repeat("*a ", size),
        repeat("a: b: ", size), repeat("!", size), repeat("---\n", size)}) {
    const LoadedConfig config = parse_config(text, "c", "/");
    ASSERT_FALSE(config) << text.substr(0, 20);
    EXPECT_LE(config.error().size(), most_faults) << text.substr(0, 20);
  }
}

TEST(Config, ReadsProvidersWithTheirLines) {
  const LoadedConfig config = parse_config(
      "providers:\n"
      "  email:\n"
      "    use: resend\n"
      "    fallback: [smtp]\n"
      "    config: { from: a@example.com, port: 25, deep: { list: [1, true, null, 1.5] } }\n"
      "    configs:\n"
      "      smtp:\n"
      "        host: mail.example.com\n"
      "  tts: { use: say }\n"
      "overrides: [ { organization: org_1, slot: tts, use: loud, config: { volume: 11 } } ]\n",
      "c", "/");
  ASSERT_TRUE(config) << text_of(config);
  const SlotConfig& email = config->providers.at("email");
  EXPECT_EQ(email.use, "resend");
  EXPECT_EQ(email.fallback, std::vector<std::string>{"smtp"});
  EXPECT_EQ(email.config.config_json(),
            R"({"from":"a@example.com","port":25,"deep":{"list":[1,true,null,1.5]}})");
  EXPECT_EQ(email.config.line(), 5);
  EXPECT_EQ(email.config.key(), "providers.email.config");
  EXPECT_EQ(email.configs.at("smtp").config_json(), R"({"host":"mail.example.com"})");
  EXPECT_EQ(email.configs.at("smtp").key(), "providers.email.configs.smtp");
  EXPECT_EQ(config->providers.at("tts").config.config_json(), "{}");
  ASSERT_EQ(config->overrides.size(), 1U);
  EXPECT_EQ(config->overrides[0].config.config_json(), R"({"volume":11})");
  EXPECT_EQ(config->overrides[0].line, 10);
}

TEST(Config, ResolvesReferencesAndHidesSecrets) {
  const Folder folder;
  std::filesystem::create_directory(folder.path("secrets"));
  folder.write("secrets/api_key", "s3cr3t-value\n", 0400);
  ::setenv("COMMSD_SECRET_OTHER_KEY", "from-variable", 1);
  ::setenv("COMMSD_TEST_LOOPS", "4", 1);
  ::setenv("COMMSD_TEST_NAME", "resend", 1);
  const std::string path = folder.write(
      "c.yaml",
      "secrets: { dir: secrets }\n"
      "server: { loops: env:COMMSD_TEST_LOOPS }\n"
      "providers: { email: { use: env:COMMSD_TEST_NAME, config: { api_key: \"secret:api_key\",\n"
      "  more: [\"secret:other-key\"], password: written here, region: eu } } }\n");
  const LoadedConfig config = load_config(path);
  ASSERT_TRUE(config) << text_of(config);
  EXPECT_EQ(config->server.loops, 4);
  const SlotConfig& email = config->providers.at("email");
  EXPECT_EQ(email.use, "resend");
  EXPECT_EQ(email.config.config_json(), R"({"api_key":"s3cr3t-value","more":["from-variable"],)"
                                        R"("password":"written here","region":"eu"})");
  EXPECT_EQ(email.config.config_json_for_display(),
            R"({"api_key":"[secret]","more":["[secret]"],"password":"[secret]","region":"eu"})");
  const std::string shown = to_display_json(*config);
  EXPECT_EQ(shown.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(shown.find("from-variable"), std::string::npos);
}

TEST(Config, RefusesSecretsThatOthersCouldRead) {
  const Folder folder;
  const SecretsConfig secrets{folder.root()};
  folder.write("open", "x", 0644);
  const auto open = read_secret(secrets, "open");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::permission_denied);
  EXPECT_NE(open.error().message.find("chmod 0600 " + folder.path("open")), std::string::npos);
  folder.write("group", "x", 0640);
  EXPECT_FALSE(read_secret(secrets, "group"));
  folder.write("runnable", "x", 0700);
  EXPECT_FALSE(read_secret(secrets, "runnable"));
  folder.write("empty", "\n");
  EXPECT_EQ(read_secret(secrets, "empty").error().code, ErrorCode::invalid_argument);
  folder.write("binary", std::string("a\0b", 3));
  EXPECT_EQ(read_secret(secrets, "binary").error().code, ErrorCode::invalid_argument);
  folder.write("large", std::string(70000, 'x'));
  EXPECT_EQ(read_secret(secrets, "large").error().code, ErrorCode::too_large);
  std::filesystem::create_directory(folder.path("folder"));
  EXPECT_EQ(read_secret(secrets, "folder").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read_secret(secrets, "../etc/passwd").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read_secret(secrets, "none").error().code, ErrorCode::not_found);
  folder.write("good", "two\nlines\n");
  EXPECT_EQ(read_secret(secrets, "good")->reveal(), "two\nlines");
}

TEST(Config, SecretsCannotBePrinted) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_constructible_v<std::string, Secret>);
  Secret secret("x");
  Secret moved = std::move(secret);
  EXPECT_EQ(moved.reveal(), "x");
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): that it is wiped is the point
}

}  // namespace
}  // namespace commsd::config
