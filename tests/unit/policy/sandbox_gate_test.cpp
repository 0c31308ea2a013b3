#include "policy/sandbox_gate.h"

#include <gtest/gtest.h>

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

class Mailer final : public plugin::EmailProvider {
 public:
  explicit Mailer(bool sandbox) : sandbox_(sandbox) {}
  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return sandbox_; }
  bool has_idempotency_key() const override { return false; }
  bool can_look_up() const override { return false; }
  Task<Result<plugin::Receipt>> send(plugin::OutboundMessage, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<plugin::Receipt>> find(plugin::LookUp, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<plugin::ProviderEvent>> fetch_inbound(std::string,
                                                    std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Result<void> verify_webhook(const plugin::WebhookRequest&) override { return {}; }
  Result<std::vector<plugin::ProviderEvent>> parse_webhook(const plugin::WebhookRequest&) override {
    return std::vector<plugin::ProviderEvent>();
  }
  plugin::WebhookReply webhook_reply(const plugin::WebhookRequest&, plugin::EventKind) override {
    return {};
  }
  Task<Result<plugin::DomainState>> verify_domain(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }

 private:
  std::string name_ = "mailer";
  bool sandbox_;
};

class TwoMailers final : public plugin::Providers {
 public:
  std::shared_ptr<Mailer> real = std::make_shared<Mailer>(false);
  std::shared_ptr<Mailer> sandbox = std::make_shared<Mailer>(true);

  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind,
                                                                    const plugin::Scope&) override {
    return {real, sandbox};
  }
  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind, std::string_view,
                                                 const plugin::Scope&) override {
    return real;
  }
  std::shared_ptr<plugin::TelephonyProvider> telephony(const plugin::Scope&) override {
    return nullptr;
  }
  std::shared_ptr<plugin::WhatsappProvider> whatsapp(const plugin::Scope&) override {
    return nullptr;
  }
  std::shared_ptr<plugin::EmailProvider> email(const plugin::Scope&) override { return real; }
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
    EXPECT_EQ(gate.named(plugin::ChannelKind::email, "mailer", scope), nullptr) << org;
  }
  const plugin::Scope live{"org_live", "agt_1"};
  EXPECT_EQ(gate.for_channel(plugin::ChannelKind::email, live).size(), 2U);
  EXPECT_EQ(gate.email(live), providers.real);
}

}  // namespace
}  // namespace commsd::policy
