#include "plugin/plugin_installer.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "minisign_bed.h"
#include "plugin/recorded_pins.h"

namespace commsd::plugin {
namespace {

class Installer : public MinisignBed {
 protected:
  void SetUp() override {
    for (const std::string& made : {admin(), state()}) {
      std::filesystem::create_directory(made);
      std::filesystem::permissions(made, std::filesystem::perms(0755));
    }
  }
  std::string admin() const { return folder() + "/admin"; }
  std::string state() const { return folder() + "/state"; }
  config::Config allowing() const {
    config::Config config = configuration();
    config.plugins.path.push_back(admin());
    config.plugins.keys_dir = keys();
    config.plugins.upload = true;
    return config;
  }
  Result<InstalledPlugin> install_bytes(const config::Config& config, const std::string& bytes,
                                        const std::string& name = "sound.so") const {
    return PluginInstaller({state(), "test", COMMSD_PROBE, {"/"}})
        .install(config.plugins, name, bytes);
  }
  std::string refusal(const config::Config& config, const std::string& bytes,
                      const std::string& name = "sound.so") const {
    const auto outcome = install_bytes(config, bytes, name);
    return outcome ? "" : outcome.error().message;
  }
  /// What lies in the administrator's folder, temporary files included.
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(admin()), {}));
  }
};

TEST_F(Installer, PutsAPluginThereAndHoldsItToWhatWasUploaded) {
  config::Config config = allowing();
  const std::string bytes = read(built("broken_sound"));
  const auto installed = install_bytes(config, bytes);
  ASSERT_TRUE(installed) << installed.error().message;
  EXPECT_EQ(installed->id, "test.broken.sound");
  EXPECT_EQ(installed->sha256, sha256_hex(bytes));
  EXPECT_EQ(read(admin() + "/sound.so"), bytes);
  struct stat status {};
  ASSERT_EQ(::stat(installed->file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
  EXPECT_EQ(files(), 1U);

  use(config, "email", "sound");
  ProviderManager::Options with = options();
  with.state_dir = state();
  ProviderManager manager(std::move(with));
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(state_in(manager.states(), "email")->trust, "pinned");
  // Who writes another file over it must say so in the configuration.
  write(admin() + "/sound.so", bytes + " ");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_NE(state_in(manager.states(), "email")->reason.find("because it was uploaded, says"),
            std::string::npos)
      << state_in(manager.states(), "email")->reason;
}

TEST_F(Installer, TheSwitchInTheFileDecides) {
  config::Config config = allowing();
  config.plugins.upload = false;
  EXPECT_NE(refusal(config, read(built("broken_sound"))).find("plugins.upload is off"),
            std::string::npos);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Installer, EveryGateStandsBeforeIt) {
  const config::Config config = allowing();
  const std::string sound = read(built("broken_sound"));
  EXPECT_NE(refusal(config, "rubbish").find("not an ELF file"), std::string::npos);
  EXPECT_NE(refusal(config, read(built("broken_entry_crashes"))).find("in its entry function"),
            std::string::npos);
  EXPECT_NE(refusal(config, read(built("broken_constructor_exits"))).find("ended the process"),
            std::string::npos);
  for (const char* name :
       {"", ".so", "../sound.so", "a/b.so", ".hidden.so", "sound.sh", "a b.so"}) {
    EXPECT_NE(refusal(config, sound, name).find("must be a file name"), std::string::npos) << name;
  }
  config::Config small = config;
  small.plugins.upload_max_bytes = 1000;
  EXPECT_EQ(install_bytes(small, sound).error().code, ErrorCode::too_large);
  config::Config packaged = config;
  packaged.plugins.path = {plugins()};
  EXPECT_NE(refusal(packaged, sound).find("no folder beside the packaged one"), std::string::npos);
  ::chmod(admin().c_str(), 0777);
  EXPECT_NE(refusal(config, sound).find("others than its owner may write to the folder"),
            std::string::npos);
  ::chmod(admin().c_str(), 0755);
  std::filesystem::create_directory(admin() + "/folder.so");
  EXPECT_NE(refusal(config, sound, "folder.so").find("is no file"), std::string::npos);
  EXPECT_EQ(files(), 1U) << "nothing was left behind but that folder";
  EXPECT_TRUE(read_pins(pins_file(state())).empty());
}

TEST_F(Installer, WhatWantsSettingsIsNotBrokenForThat) {
  config::Config config = allowing();
  EXPECT_TRUE(install_bytes(config, read(built("scripted_v1")), "scripted.so"));
}

TEST_F(Installer, AFolderOfSignedPluginsTakesSignedOnes) {
  config::Config config = allowing();
  config.plugins.trust_in[admin()] = "signed";
  make_key("author");
  install_key("author");
  const std::string bytes = read(built("broken_sound"));
  EXPECT_NE(refusal(config, bytes).find("asks for a signature"), std::string::npos);
  // the signature may be there before the plugin
  write(folder() + "/sound.so", bytes);
  sign(folder() + "/sound.so", "author", "sound 1");
  write(admin() + "/sound.so.minisig", read(folder() + "/sound.so.minisig"));
  const auto installed = install_bytes(config, bytes);
  ASSERT_TRUE(installed) << installed.error().message;
  EXPECT_EQ(installed->trust, Trust::by_signature);
  EXPECT_NE(installed->signer.find("sound 1"), std::string::npos);
}

TEST_F(Installer, PinsAreAFileThatSha256sumChecks) {
  const std::string pins = pins_file(state());
  const std::string first = admin() + "/a.so";
  write(first, "a");
  ASSERT_TRUE(record_pin(pins, first, std::string(64, '0')));
  ASSERT_TRUE(record_pin(pins, first, sha256_hex("a")));
  ASSERT_TRUE(record_pin(pins, admin() + "/b with blanks.so", sha256_hex("b")));
  write(admin() + "/b with blanks.so", "b");
  EXPECT_EQ(read_pins(pins).size(), 2U);
  run("sha256sum -c " + pins);
  EXPECT_TRUE(read_pins("").empty());
  EXPECT_FALSE(record_pin(folder() + "/none/pins", first, sha256_hex("a")));
}

}  // namespace
}  // namespace commsd::plugin
