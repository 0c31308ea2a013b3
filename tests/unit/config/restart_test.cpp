#include "config/restart.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::config {
namespace {

Config parsed(const std::string& yaml) {
  const LoadedConfig config = parse_config(yaml, "commsd.yaml", "/etc/commsd");
  if (config) return *config;
  for (const ConfigFault& fault : config.error()) ADD_FAILURE() << fault.to_string();
  return {};
}

/// What a configuration names must be there to be read.
std::string readable_file(const std::string& name) {
  const std::string path = testing::TempDir() + "commsd_restart_" + name;
  std::filesystem::remove(path);
  std::ofstream(path) << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

TEST(Restart, NamesWhatAReloadCannotTakeOver) {
  const std::string certificate = readable_file("cert.pem");
  const std::string key = readable_file("key.pem");
  const Config before = parsed(R"(
providers: {database: {use: sqlite, config: {path: a.db}}}
)");
  const Config after = parsed(R"(
data_dir: /srv/commsd
server:
  listen: 127.0.0.1:4000
  allowed_hosts: [comms.example.com]
  tls: {certificate: )" + certificate +
                              ", key: " + key + R"(}
  limits: {body_bytes: 2048}
messaging:
  store_bodies: true
  breaker: {failures: 9}
limits: {spend_per_day: 11.5}
providers: {database: {use: sqlite, config: {path: b.db}}}
)");
  EXPECT_THAT(keys_for_restart(before, after),
              testing::ElementsAre("data_dir", "limits.spend_per_day", "messaging.breaker.failures",
                                   "messaging.store_bodies", "providers.database",
                                   "server.allowed_hosts", "server.limits.body_bytes",
                                   "server.listen", "server.tls.certificate", "server.tls.key"));
  EXPECT_THAT(keys_for_restart(after, after), testing::IsEmpty());
}

TEST(Restart, LeavesOutWhatAReloadTakesOver) {
  const Config before = parsed("");
  const Config after = parsed(R"(
logging: {level: debug}
plugins: {path: [more], trust: pinned, pinned: {a.so: )" +
                              std::string(64, 'a') + R"(}}
secrets: {dir: elsewhere}
egress: {allow: ["http://127.0.0.1:9000"]}
providers: {email: {use: resend}}
messaging: {media_limits: media.yaml}
compliance: {rules_dir: rules, content_dir: content, content_off: [alcohol]}
)");
  EXPECT_THAT(keys_for_restart(before, after), testing::IsEmpty());
}

TEST(Restart, NamesADatabaseThatIsGone) {
  const Config with = parsed("providers: {database: {use: sqlite}}");
  EXPECT_THAT(keys_for_restart(with, parsed("")), testing::ElementsAre("providers.database"));
  EXPECT_THAT(keys_for_restart(parsed(""), with), testing::ElementsAre("providers.database"));
}

}  // namespace
}  // namespace commsd::config
