#include "tools/tools_bed.h"

#include "store/agent_repository.h"

namespace commsd::tools::test {

using identity::Principal;
using identity::Role;

ToolsBed::ToolsBed() {
  store::UnitOfWork unit;
  store::OrganizationRepository::add_create(unit,
                                            {"org_2", "Two", "sandbox", "active", clock_.now()});
  store::AgentRepository::add_create(unit, {"agt_2", "org_1", "Bob", "active", "US", clock_.now()});
  store::AgentRepository::add_create(unit, {"agt_3", "org_2", "Eve", "active", "US", clock_.now()});
  EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);

  tokens_.emplace(*store_, clock_, random_, ids_);
  organizations_.emplace(*store_, *tokens_, modes_, *audit_, clock_, ids_);
  history_.emplace(*store_);
  threads_.emplace(*store_, messaging::ContactIds("key"));
  contact_links_.emplace(*store_, *audit_, clock_, ids_);
  media_links_.emplace("key", "https://comms.example.com", providers_);
  media_.emplace(
      *store_, providers_, [this](const plugin::Scope&) { return storage_; }, *media_links_,
      *audit_, clock_, messaging::MediaSettings());
  provisioning_.emplace(*store_, providers_, *tokens_, *audit_, clock_, ids_,
                        provisioning::ProvisioningSettings{"https://comms.example.com"});
  limit_service_.emplace(*store_, *audit_, tiers_, clock_, limits_, 0);
  usage_.emplace(*store_, clock_, 0);
  contacts_.emplace(*store_, *audit_, clock_, ids_, "key");
  codes_.emplace(*store_, *outbound_, clock_, random_, ids_, "code key");
  spoken_audio_.emplace(
      *store_, phones_, [this](const plugin::Scope&) { return storage_; }, clock_, ids_,
      "https://comms.example.com", "media key");
  bodies_.emplace(*store_, *audit_, clock_, messaging::BodyStorage::Settings());
  settings_.bodies = &*bodies_;
  restart();
  restart_calls();
  erasure_.emplace(
      *store_, *scheduled_, *audit_, clock_, random_, ids_,
      *messaging::ContactErasure::standard_rules(),
      messaging::ContactErasure::Settings{"key", "code key", sealing_keys("secret", "")});
  agent_tokens_.emplace(*store_, *tokens_, *audit_, clock_);
  const auto check_url = [](const std::string& url) -> Result<void> {
    if (url.starts_with("https://")) return {};
    return fail(ErrorCode::invalid_argument, "the callback's address cannot be used");
  };
  callbacks_.emplace(*store_, *audit_, clock_, random_, check_url,
                     messaging::CallbackEndpoints::Settings{"key"});
  routes_.emplace(*store_, *audit_, *callbacks_, clock_);
  confirm({});
}

Principal ToolsBed::agent(const std::string& org_id, const std::string& agent_id) {
  return {Role::agent, "tok", org_id, agent_id};
}

Principal ToolsBed::organization(const std::string& org_id) {
  return {Role::organization, "tok", org_id, ""};
}

Principal ToolsBed::orchestrator() {
  return {Role::orchestrator, "tok", "", ""};
}

void ToolsBed::confirm(std::vector<std::string> tools) {
  confirmation_.emplace(*store_, clock_, random_, std::string(32, 'k'), tools);
  services_.emplace(Services{*outbound_,      *scheduled_,
                             *inbox_,         *history_,
                             *threads_,       *callbacks_,
                             *provisioning_,  *agent_tokens_,
                             *contacts_,      *confirmation_,
                             *limit_service_, *usage_,
                             "USD",           "commsd",
                             "1.2.3",         [] { return std::string("{}"); },
                             *calls_,         *bridges_,
                             *view_,          *codes_,
                             *spoken_audio_,  CallTexts{"Hello.", "This is a machine.", "en-US"}});
  services_->media = &*media_;
  services_->contact_links = &*contact_links_;
  services_->organizations = &*organizations_;
  services_->registry = registry_ ? &*registry_ : nullptr;
  services_->bodies = &*bodies_;
  services_->erasure = &*erasure_;
  services_->routes = &*routes_;
  tools_.emplace();
  tools_->use_edition(edition_);
  ASSERT_TRUE(tools_->define_embedded());
  register_tools(*tools_, *services_);
  const auto tools_sealed = tools_->seal();
  ASSERT_TRUE(tools_sealed) << tools_sealed.error().message;
  resources_.emplace(2);
  ASSERT_TRUE(resources_->define_embedded());
  register_resources(*resources_, *services_);
  const auto resources_sealed = resources_->seal();
  ASSERT_TRUE(resources_sealed) << resources_sealed.error().message;
  prompts_.emplace();
  ASSERT_TRUE(prompts_->define_embedded());
  register_prompts(*prompts_, *services_);
  const auto prompts_sealed = prompts_->seal();
  ASSERT_TRUE(prompts_sealed) << prompts_sealed.error().message;
}

Result<mcp::ToolResult> ToolsBed::call(const Principal& caller, const std::string& tool,
                                       const std::string& arguments, mcp::ClientRequests* client) {
  const mcp::ToolRegistry::Entry* entry = nullptr;  // some tools are on REST only
  for (const auto& one : tools_->entries()) {
    if (one->definition.name == tool && mcp::ToolRegistry::permits(caller, *one)) entry = one.get();
  }
  if (!entry) return fail(ErrorCode::not_found, "the caller does not see the tool");
  const auto document = JsonDocument::parse(arguments);
  if (!document) return fail(document.error());
  const auto faults = entry->definition.input.check(document->root());
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults.front());
  mcp::ToolContext context;
  context.principal = caller;
  context.client = client;
  auto result = executor_.run(entry->tool.handler(document->root(), context));
  if (result && !result->is_error) {
    // What clients check: every answer is as the output schema says.
    const auto json = JsonDocument::parse(result->json);
    for (const std::string& fault : entry->definition.output->check(json->root())) {
      ADD_FAILURE() << tool << ": " << fault;
    }
  }
  return result;
}

Result<std::string> ToolsBed::read(const Principal& caller, const std::string& uri,
                                   bool to_compare) {
  mcp::ResourceContext context{caller, uri, {}};
  context.to_compare = to_compare;
  return executor_.run(resources_->read(context));
}

}  // namespace commsd::tools::test
