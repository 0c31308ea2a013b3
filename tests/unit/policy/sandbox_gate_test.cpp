#include "policy/sandbox_gate.h"

#include <gtest/gtest.h>

#include "plugin/bare_providers.h"
#include "plugin/tts_provider.h"

namespace commsd::policy {
namespace {

/// No store is asked: modes are noted by hand.
class NoStore final : public store::Store {
 public:
  Task<Result<store::Rows>> query(std::string_view, store::Parameters) override {
    co_return fail(ErrorCode::unavailable, "no store");
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork) override {
    co_return fail(ErrorCode::unavailable, "no store");
  }
};

class Mailer final : public plugin::test::BareMessageProvider<plugin::EmailProvider> {
 public:
  explicit Mailer(bool sandbox) : BareMessageProvider("mailer"), sandbox_(sandbox) {}
  bool is_sandbox() const override { return sandbox_; }
  Task<Result<plugin::DomainState>> verify_domain(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "this provider verifies no domains");
  }

 private:
  bool sandbox_;
};

class Speaker final : public plugin::TtsProvider {
 public:
  explicit Speaker(bool sandbox) : sandbox_(sandbox) {}
  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return sandbox_; }
  Task<Result<plugin::Speech>> synthesize(plugin::SpeechRequest,
                                          std::chrono::milliseconds) override {
    co_return plugin::Speech();
  }
  Task<Result<plugin::Speech>> stream(plugin::SpeechRequest, std::function<void(std::string_view)>,
                                      std::chrono::milliseconds, std::stop_token) override {
    co_return plugin::Speech();
  }
  Task<Result<std::vector<plugin::VoiceInfo>>> list_voices(std::chrono::milliseconds) override {
    co_return std::vector<plugin::VoiceInfo>();
  }

 private:
  std::string name_ = "speaker";
  bool sandbox_;
};

class TwoMailers final : public plugin::test::BareProviders {
 public:
  std::shared_ptr<Mailer> real = std::make_shared<Mailer>(false);
  std::shared_ptr<Mailer> sandbox = std::make_shared<Mailer>(true);
  std::shared_ptr<Speaker> speaker = std::make_shared<Speaker>(false);

  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind,
                                                                    const plugin::Scope&) override {
    return {real, sandbox};
  }
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind, std::string_view,
                                                 const plugin::Scope&) override {
    return real;
  }
  std::shared_ptr<plugin::EmailProvider> email(const plugin::Scope&) override { return real; }
  std::shared_ptr<plugin::TtsProvider> tts(const plugin::Scope&) override { return speaker; }
};

TEST(SandboxGate, ASandboxOrganizationReachesSandboxProvidersOnly) {
  NoStore store;
  identity::OrganizationModes modes(store);
  modes.note("org_trial", "sandbox");
  modes.note("org_live", "production");
  TwoMailers providers;
  SandboxGate gate(providers, modes);

  for (const char* org : {"org_trial", "org_nobody_knows", ""}) {
    const plugin::Scope scope{org, "agt_1"};
    const auto seen = gate.for_channel(plugin::ChannelKind::email, scope);
    ASSERT_EQ(seen.size(), 1U) << org;
    EXPECT_EQ(seen[0], providers.sandbox) << org;
    EXPECT_EQ(gate.email(scope), nullptr) << org;
    EXPECT_EQ(gate.tts(scope), nullptr) << org;
    EXPECT_EQ(gate.named(plugin::ChannelKind::email, "mailer", scope), nullptr) << org;
  }
  const plugin::Scope live{"org_live", "agt_1"};
  EXPECT_EQ(gate.for_channel(plugin::ChannelKind::email, live).size(), 2U);
  EXPECT_EQ(gate.email(live), providers.real);
  EXPECT_EQ(gate.tts(live), providers.speaker);
}

TEST(SandboxGate, ASuspendedOrganizationReachesNobodyButIsHeard) {
  NoStore store;
  identity::OrganizationModes modes(store);
  modes.note("org_live", "production", "suspended");
  modes.note("org_trial", "sandbox", "suspended");
  TwoMailers providers;
  const SandboxGate::Suspended open = SandboxGate::Suspended::open_to_suspended;
  SandboxGate gate(providers, modes);
  SandboxGate inbound(providers, modes, open);

  for (const char* org : {"org_trial", "org_live"}) {
    const plugin::Scope scope{org, "agt_1"};
    EXPECT_TRUE(gate.for_channel(plugin::ChannelKind::email, scope).empty()) << org;
    EXPECT_EQ(gate.email(scope), nullptr) << org;
    EXPECT_EQ(gate.tts(scope), nullptr) << org;
    EXPECT_EQ(gate.named(plugin::ChannelKind::email, "mailer", scope), nullptr) << org;
    EXPECT_FALSE(inbound.for_channel(plugin::ChannelKind::email, scope).empty()) << org;
  }
  EXPECT_EQ(inbound.email({"org_trial", ""}), nullptr) << "a sandbox all the same";
  modes.note("org_live", "production");
  EXPECT_EQ(gate.email({"org_live", ""}), providers.real);
}

TEST(SandboxGate, SaysThatItIsTheReason) {
  NoStore store;
  identity::OrganizationModes modes(store);
  modes.note("org_trial", "sandbox");
  modes.note("org_live", "production");
  modes.note("org_late", "production", "suspended");
  TwoMailers providers;
  SandboxGate gate(providers, modes);
  SandboxGate inbound(providers, modes, SandboxGate::Suspended::open_to_suspended);

  const Error sandbox = gate.why_none("calls", {"org_trial", "agt_1"});
  EXPECT_EQ(sandbox.code, ErrorCode::rejected);
  EXPECT_EQ(sandbox.rule, "sandbox");
  EXPECT_NE(sandbox.message.find("calls"), std::string::npos);
  EXPECT_FALSE(sandbox.remedy.empty());
  EXPECT_EQ(gate.why_none("calls", {"org_late", "agt_1"}).rule, "suspended");
  EXPECT_EQ(inbound.why_none("calls", {"org_late", "agt_1"}).code, ErrorCode::unavailable);
  const Error none = gate.why_none("calls", {"org_live", "agt_1"});
  EXPECT_EQ(none.code, ErrorCode::unavailable) << "nobody configured one";
  EXPECT_EQ(none.rule, "");
}

}  // namespace
}  // namespace commsd::policy
