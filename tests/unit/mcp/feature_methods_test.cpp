// Resources, prompts and completion on the wires of a real server.
#include "mcp/prompt_methods.h"
#include "mcp/protocol.h"
#include "mcp/resource_methods.h"
#include "mcp/server_fixture.h"

namespace commsd::mcp::testing {
namespace {

using identity::Role;
using ::testing::HasSubstr;
using ::testing::Not;

class FeatureMethodsTest : public McpServerTest {
 protected:
  void SetUp() override {
    McpServerTest::SetUp();
    ASSERT_TRUE(resources_.define(
        R"({"name":"note","title":"T","description":"D","mimeType":"text/plain",
            "uriTemplate":"x:notes/{id}"})"));
    Resource note;
    note.name = "note";
    note.roles = {Role::agent};
    note.read = [](ResourceContext& context) -> Task<Result<std::vector<ResourceContents>>> {
      if (context.variables["id"] == "bad") co_return fail(ErrorCode::internal, "x", "hidden");
      if (context.variables["id"] != "1") co_return fail(ErrorCode::not_found, "gone");
      std::vector<ResourceContents> contents;
      contents.push_back({"text of the note", false});
      co_return contents;
    };
    note.complete = [](CompletionContext& context) -> Task<Result<std::vector<std::string>>> {
      std::vector<std::string> found{context.arguments["kind"] + "1", "other"};
      co_return found;
    };
    resources_.add(std::move(note));
    ASSERT_TRUE(resources_.seal());
    ASSERT_TRUE(prompts_.define(
        R"({"name":"letter","title":"T","description":"D",
            "arguments":[{"name":"to","description":"Who","required":true}],
            "messages":[{"role":"user","text":["Write to {{to}}."]}]})"));
    prompts_.add({"letter", {Role::agent}});
    ASSERT_TRUE(prompts_.seal());
    // Nobody has asked yet, so the methods may still be added.
    add_resource_methods(mcp_->dispatcher(), resources_);
    add_prompt_methods(mcp_->dispatcher(), prompts_);
    add_completion_method(mcp_->dispatcher(), prompts_, resources_);
  }
  void TearDown() override { stop(); }

  std::string ask(const std::string& method, const std::string& members = "",
                  const std::string& name = "") {
    HttpPeer peer(port());
    return peer.exchange("POST", "/mcp", modern(method, name), modern_body("1", method, members))
        .body;
  }
  std::string ask_legacy(const std::string& method, const std::string& params) {
    HttpPeer peer(port());
    const std::string session = open_session();
    return peer
        .exchange("POST", "/mcp", json_as("agent", {{"Mcp-Session-Id", session}}),
                  rpc("1", method, params))
        .body;
  }

  ResourceRegistry resources_;
  PromptRegistry prompts_;
};

TEST_F(FeatureMethodsTest, AreDeclared) {
  const std::string discovered = ask("server/discover");
  EXPECT_THAT(discovered, HasSubstr(R"("resources":{"subscribe":true,"listChanged":true})"));
  EXPECT_THAT(discovered, HasSubstr(R"("prompts":{"listChanged":true})"));
  EXPECT_THAT(discovered, HasSubstr(R"("completions":{})"));
}

TEST_F(FeatureMethodsTest, ListsCarryCacheHintsOnTheModernWireOnly) {
  for (const char* method : {"resources/list", "resources/templates/list", "prompts/list"}) {
    EXPECT_THAT(ask(method), HasSubstr(R"("ttlMs":60000,"cacheScope":"private")")) << method;
    EXPECT_THAT(ask_legacy(method, "{}"), Not(HasSubstr("ttlMs"))) << method;
    EXPECT_EQ(error_code(ask(method, R"("cursor":"x")")), rpc_code::invalid_params) << method;
    EXPECT_EQ(error_code(ask(method, R"("cursor":7)")), rpc_code::invalid_params) << method;
  }
  EXPECT_THAT(ask("resources/templates/list"), HasSubstr(R"("uriTemplate":"x:notes/{id}")"));
}

TEST_F(FeatureMethodsTest, ReadsAResource) {
  EXPECT_THAT(ask("resources/read", R"("uri":"x:notes/1")", "x:notes/1"),
              HasSubstr(R"("contents":[{"uri":"x:notes/1","mimeType":"text/plain",)"
                        R"("text":"text of the note"}],"ttlMs":0,"cacheScope":"private")"));
  EXPECT_THAT(ask_legacy("resources/read", R"({"uri":"x:notes/1"})"),
              HasSubstr(R"("result":{"contents":[)"));
}

TEST_F(FeatureMethodsTest, NotFoundHasTheCodeOfTheWire) {
  const std::string modern_body = ask("resources/read", R"("uri":"x:notes/2")", "x:notes/2");
  EXPECT_EQ(error_code(modern_body), rpc_code::invalid_params);
  EXPECT_THAT(modern_body, HasSubstr(R"("data":{"uri":"x:notes/2"})"));
  const std::string legacy_body = ask_legacy("resources/read", R"({"uri":"y:"})");
  EXPECT_EQ(error_code(legacy_body), rpc_code::resource_not_found);
  EXPECT_THAT(legacy_body, HasSubstr(R"("data":{"uri":"y:"})"));
  EXPECT_EQ(error_code(ask_legacy("resources/read", R"({"uri":7})")), rpc_code::invalid_params);
  const std::string broken = ask("resources/read", R"("uri":"x:notes/bad")", "x:notes/bad");
  EXPECT_EQ(error_code(broken), rpc_code::internal_error);
  EXPECT_THAT(broken, Not(HasSubstr("hidden")));
}

TEST_F(FeatureMethodsTest, GetsAPrompt) {
  EXPECT_THAT(ask("prompts/get", R"("name":"letter","arguments":{"to":"Ada"})", "letter"),
              HasSubstr(R"("messages":[{"role":"user",)"
                        R"("content":{"type":"text","text":"Write to Ada."}}])"));
  for (const char* members : {R"("name":"letter")", R"("name":"letter","arguments":[])",
                              R"("name":"letter","arguments":{"to":7})",
                              R"("name":"letter","arguments":{"to":"a","x":"b"})"}) {
    EXPECT_EQ(error_code(ask("prompts/get", members, "letter")), rpc_code::invalid_params)
        << members;
  }
  EXPECT_EQ(error_code(ask("prompts/get", R"("name":"none")", "none")), rpc_code::invalid_params);
  EXPECT_EQ(error_code(ask_legacy("prompts/get", "{}")), rpc_code::invalid_params);
}

TEST_F(FeatureMethodsTest, Completes) {
  const std::string about_note = R"("ref":{"type":"ref/resource","uri":"x:notes/{id}"},)";
  EXPECT_THAT(ask("completion/complete", about_note + R"("argument":{"name":"id","value":"a"},)" +
                                             R"("context":{"arguments":{"kind":"a"}})"),
              HasSubstr(R"("completion":{"values":["a1"],"total":1,"hasMore":false})"));
  // An argument without candidates has an empty list.
  EXPECT_THAT(ask("completion/complete", R"("ref":{"type":"ref/prompt","name":"letter"},)"
                                         R"("argument":{"name":"to","value":""})"),
              HasSubstr(R"("completion":{"values":[],)"));
  for (const std::string& members :
       {about_note + R"("x":1)", about_note + R"("argument":{"name":"id"})",
        about_note + R"("argument":{"name":"no","value":""})",
        about_note + R"("argument":{"name":"id","value":""},"context":{"arguments":7})",
        std::string(R"("ref":{"type":"ref/prompt","name":"no"},)"
                    R"("argument":{"name":"to","value":""})"),
        std::string(R"("ref":{"type":"ref/prompt","name":"letter"},)"
                    R"("argument":{"name":"no","value":""})"),
        std::string(R"("ref":{"type":"no"},"argument":{"name":"to","value":""})")}) {
    EXPECT_EQ(error_code(ask("completion/complete", members)), rpc_code::invalid_params) << members;
  }
}

}  // namespace
}  // namespace commsd::mcp::testing
