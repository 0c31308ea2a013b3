// Thirteen and more ways in which a plugin is broken. Each must be refused with its reason while
// this process, which stands for the daemon, lives on.

#include <elf.h>
#include <sys/stat.h>

#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

class BrokenPlugins : public PluginBed {
 protected:
  /// What a manager says that is told to use the plugin for email.
  ProviderState tried(const std::string& provider) {
    config::Config config = configuration();
    use(config, "email", provider);
    ProviderManager manager(options());
    const Result<void> started = manager.start(config);
    EXPECT_TRUE(started) << started.error().message;
    EXPECT_FALSE(manager.email({}));
    EXPECT_TRUE(manager.for_channel(ChannelKind::email, {}).empty());
    const std::vector<ProviderState> states = manager.states();
    const ProviderState* state = state_in(states, "email");
    return state ? *state : ProviderState();
  }
};

struct Kind {
  const char* file;
  const char* reason;
};

class BrokenKinds : public BrokenPlugins, public ::testing::WithParamInterface<Kind> {};

TEST_P(BrokenKinds, AreRefusedWithTheirReason) {
  std::string provider = GetParam().file;
  install("broken_" + provider, "plugin.so");
  for (char& c : provider) c = c == '_' ? '-' : c;
  const ProviderState state = tried(provider);
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_NE(state.reason.find(GetParam().reason), std::string::npos) << state.reason;
  EXPECT_EQ(state.generation, 0U);
  EXPECT_EQ(state.file, plugins() + "/plugin.so");
  EXPECT_EQ(state.sha256.size(), 64U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenKinds,
    ::testing::Values(
        Kind{"constructor_throws", "SIGABRT while it was loaded"},
        Kind{"constructor_hangs", "did not return within 1500 ms while it was loaded"},
        Kind{"constructor_exits", "ended the process with status 0 while it was loaded"},
        Kind{"entry_throws", "entry function threw an exception"},
        Kind{"entry_crashes", "in its entry function"},
        Kind{"entry_hangs", "did not return within 1500 ms in its entry function"},
        Kind{"entry_refuses", "refuses this host"},
        Kind{"no_entry", "does not export comms_plugin_entry"},
        Kind{"wrong_major", "built for ABI 2, this host has ABI 1"},
        Kind{"short_struct", "ABI 1 needs at least"},
        Kind{"missing_symbol", "a_function_that_nobody_defines"},
        Kind{"other_id", "another id than its manifest"},
        Kind{"other_version", "another version than its manifest"},
        Kind{"missing_op", "'send' in comms.email/1"},
        Kind{"extra_slot", "comms.tts/1, which its manifest does not name"},
        Kind{"create_hangs", "did not return within 1500 ms in its create function"},
        Kind{"create_crashes", "SIGABRT in its create function"},
        Kind{"destroy_crashes", "SIGABRT in its destroy function"}),
    [](const auto& kind) { return kind.param.file; });

TEST_F(BrokenPlugins, TruncatedCopy) {
  const std::string whole = read(built("broken_sound"));
  write(plugins() + "/sound.so", whole.substr(0, whole.size() / 2));
  const ProviderState state = tried("sound");
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_NE(state.reason.find("cut off"), std::string::npos) << state.reason;
}

TEST_F(BrokenPlugins, CodeCutOutOfTheMiddle) {
  // The manifest is still readable, so only the probe can notice.
  std::string bytes = read(built("broken_sound"));
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(bytes.data());
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(header->e_phoff),
              header->e_phnum * sizeof(Elf64_Phdr), '\0');
  write(plugins() + "/sound.so", bytes);
  const ProviderState state = tried("sound");
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_FALSE(state.reason.empty());
}

TEST_F(BrokenPlugins, NotAnElfFile) {
  write(plugins() + "/email_acme.so", "#!/bin/sh\nexit 0\n");
  const ProviderState state = tried("acme");
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_EQ(state.reason, "it is not an ELF file");
}

TEST_F(BrokenPlugins, BuiltForAnotherMachine) {
  std::string bytes = read(built("broken_sound"));
  reinterpret_cast<Elf64_Ehdr*>(bytes.data())->e_machine = EM_S390;
  write(plugins() + "/sound.so", bytes);
  const ProviderState state = tried("sound");
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_NE(state.reason.find("built for s390x"), std::string::npos) << state.reason;
}

TEST_F(BrokenPlugins, WritableByOthers) {
  ::chmod(install("broken_sound", "sound.so").c_str(), 0646);
  const ProviderState state = tried("sound");
  EXPECT_EQ(state.status, ProviderStatus::refused);
  EXPECT_NE(state.reason.find("others than its owner may write"), std::string::npos);
}

TEST_F(BrokenPlugins, TheSoundOneIsNot) {
  install("broken_sound", "sound.so");
  config::Config config = configuration();
  use(config, "email", "sound");
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  EXPECT_TRUE(manager.email({}));
  EXPECT_EQ(manager.states().at(0).status, ProviderStatus::healthy);
}

TEST_F(BrokenPlugins, AProbeThatCannotBeRunRefuses) {
  install("broken_sound", "sound.so");
  config::Config config = configuration();
  use(config, "email", "sound");
  ProviderManager::Options missing = options();
  missing.probe_program = folder() + "/no-such-program";
  ProviderManager manager(std::move(missing));
  ASSERT_TRUE(manager.start(config));
  EXPECT_FALSE(manager.email({}));
  EXPECT_NE(manager.states().at(0).reason.find("no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace commsd::plugin
