#pragma once

#include <optional>
#include <string>

#include "tools/resources.h"
#include "tools/tools.h"
#include "voice/voice_bed.h"

namespace commsd::tools::test {

/// The tools, resources and prompts of the product over real pipelines and a real database. Two
/// organizations: org_1 with agt_1, who can send, and agt_2; org_2 with agt_3.
class ToolsBed : public voice::test::VoiceBed {
 protected:
  ToolsBed();

  static identity::Principal agent(const std::string& org_id, const std::string& agent_id);
  static identity::Principal organization(const std::string& org_id);
  static identity::Principal orchestrator();

  /// Which tools ask before they act; then the registries are filled anew.
  void confirm(std::vector<std::string> tools);

  Result<mcp::ToolResult> call(const identity::Principal& caller, const std::string& tool,
                               const std::string& arguments, mcp::ClientRequests* client = nullptr);
  Result<std::string> read(const identity::Principal& caller, const std::string& uri,
                           bool to_compare = false);

  std::optional<identity::TokenService> tokens_;
  identity::OrganizationModes modes_{*store_};
  std::optional<identity::OrganizationService> organizations_;
  std::optional<provisioning::ProviderRegistry> registry_;  // none unless a test makes one
  std::string edition_ = "enterprise";
  std::optional<messaging::MessageHistory> history_;
  std::optional<messaging::Threads> threads_;
  std::optional<messaging::ContactLinks> contact_links_;
  std::optional<messaging::MediaLinks> media_links_;
  std::optional<messaging::InboundMedia> media_;
  std::optional<messaging::CallbackEndpoints> callbacks_;
  std::optional<messaging::Routes> routes_;
  std::optional<provisioning::ProvisioningService> provisioning_;
  std::optional<policy::ContactPreferences> contacts_;
  std::optional<identity::AgentTokens> agent_tokens_;
  std::optional<Confirmation> confirmation_;
  std::optional<policy::LimitService> limit_service_;
  std::optional<policy::UsageReport> usage_;
  std::optional<messaging::OneTimeCodes> codes_;
  std::shared_ptr<plugin::StorageProvider> storage_;
  std::optional<voice::SpokenAudio> spoken_audio_;
  std::optional<messaging::ContactErasure> erasure_;
  std::optional<Services> services_;
  std::optional<mcp::ToolRegistry> tools_;
  std::optional<mcp::ResourceRegistry> resources_;
  std::optional<mcp::PromptRegistry> prompts_;
};

}  // namespace commsd::tools::test
