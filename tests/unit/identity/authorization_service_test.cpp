#include "identity/authorization_service.h"

#include "base/digest.h"
#include "identity/oauth_fixture.h"
#include "identity/scopes.h"
#include "store/token_repository.h"

namespace commsd::identity {
namespace {

const std::string here = "https://here.example.org/mcp";
const std::string document_id = "https://client.example.org/mcp.json";
const std::string verifier(43, 'v');

std::string challenge() {
  const Sha256 digest = sha256(verifier);
  return base64url_encode(
      std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

class AuthorizationServiceTest : public testing::OauthTest {
 protected:
  AuthorizationServiceTest() {
    audit_.emplace(*store_, clock_, ids_);
    clients_.emplace(*store_, fetch(), clock_, ids_, ClientRules());
    AuthorizationRules rules;
    rules.issuer = "https://here.example.org";
    rules.resources = {here};
    rules.default_scopes = {"comms:read"};
    service_.emplace(*store_, *tokens_, *clients_, *audit_, clock_, random_, ids_, rules);
    auto client = executor_.run(
        clients_->enroll(R"({"client_name":"Test","redirect_uris":["http://127.0.0.1/cb"]})"));
    EXPECT_TRUE(client);
    client_id_ = client->id;
    token_ = executor_.run(tokens_->issue(Role::agent, "org_1", "agt_1", ""))->text;
  }

  OauthParameters request() const {
    return {{"response_type", "code"},
            {"client_id", client_id_},
            {"code_challenge", challenge()},
            {"code_challenge_method", "S256"},
            {"resource", here},
            {"redirect_uri", "http://127.0.0.1:4567/cb"},
            {"state", "s"},
            {"scope", "comms:read comms:send offline_access"}};
  }
  auto check(OauthParameters parameters) {
    return executor_.run(service_->check(std::move(parameters)));
  }
  std::string code(const std::string& credential = "") {
    auto checked = check(request());
    EXPECT_TRUE(checked);
    auto code = executor_.run(
        service_->consent(std::move(*checked), credential.empty() ? token_ : credential));
    return code.value_or("");
  }
  OauthParameters exchange(const std::string& code) const {
    return {{"grant_type", "authorization_code"},
            {"code", code},
            {"client_id", client_id_},
            {"code_verifier", verifier},
            {"redirect_uri", "http://127.0.0.1:4567/cb"},
            {"resource", here}};
  }
  OauthParameters renewal(const std::string& token) const {
    return {{"grant_type", "refresh_token"}, {"refresh_token", token}, {"client_id", client_id_}};
  }
  auto token(OauthParameters parameters) {
    return executor_.run(service_->token(std::move(parameters)));
  }
  bool alive(const std::string& access) {
    return executor_.run(tokens_->verify(access)).has_value();
  }

  std::optional<store::AuditLog> audit_;
  std::optional<OauthClients> clients_;
  std::optional<AuthorizationService> service_;
  std::string client_id_;
  std::string token_;
};

TEST_F(AuthorizationServiceTest, FromConsentToTokens) {
  const auto tokens = token(exchange(code()));
  ASSERT_TRUE(tokens) << tokens.error().description;
  EXPECT_EQ(tokens->scope, "comms:read comms:send");
  EXPECT_EQ(tokens->expires_in, 900);
  const auto principal = executor_.run(tokens_->verify(tokens->access_token));
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->agent_id, "agt_1");
  EXPECT_TRUE(principal->may("comms:send"));
  EXPECT_FALSE(principal->may("comms:admin"));
  clock_.advance(std::chrono::minutes(15));
  EXPECT_FALSE(alive(tokens->access_token));
  EXPECT_TRUE(token(renewal(tokens->refresh_token)));
}

TEST_F(AuthorizationServiceTest, EveryWrongRequestIsRefusedInItsWords) {
  const std::vector<std::tuple<std::string, std::string, std::string, bool>> table{
      // parameter, its value ("-" = absent), error, whether the client is told
      {"client_id", "clt_unknown", "invalid_client", false},
      {"client_id", "-", "invalid_client", false},
      {"redirect_uri", "https://evil.example.org/cb", "invalid_request", false},
      {"redirect_uri", "http://127.0.0.1:4567/cb/", "invalid_request", false},
      {"redirect_uri", "http://localhost:4567/cb", "invalid_request", false},
      {"response_type", "token", "unsupported_response_type", true},
      {"response_type", "-", "unsupported_response_type", true},
      {"code_challenge", "-", "invalid_request", true},
      {"code_challenge", "short", "invalid_request", true},
      {"code_challenge_method", "plain", "invalid_request", true},
      {"code_challenge_method", "-", "invalid_request", true},
      {"resource", "https://there.example.org/mcp", "invalid_target", true},
      {"scope", "openid email", "invalid_scope", true},
      {"state", std::string(3000, 's'), "invalid_request", true}};
  for (const auto& [name, value, error, told] : table) {
    OauthParameters parameters = request();
    parameters[name] = value;
    if (value == "-") parameters.erase(name);
    const auto checked = check(parameters);
    ASSERT_FALSE(checked) << name << '=' << value;
    EXPECT_EQ(checked.error().error.code, error) << name << '=' << value;
    EXPECT_EQ(!checked.error().redirect_uri.empty(), told) << name << '=' << value;
  }
}

TEST_F(AuthorizationServiceTest, ARequestThatNamesNoResourceIsForThisServer) {
  OauthParameters parameters = request();
  parameters.erase("resource");
  auto checked = check(parameters);
  ASSERT_TRUE(checked) << checked.error().error.description;
  EXPECT_EQ(checked->resource, here);
  const auto consented = executor_.run(service_->consent(std::move(*checked), token_));
  ASSERT_TRUE(consented);
  OauthParameters exchanging = exchange(*consented);
  exchanging.erase("resource");
  const auto tokens = token(exchanging);
  ASSERT_TRUE(tokens) << tokens.error().description;
  EXPECT_TRUE(alive(tokens->access_token));
}

TEST_F(AuthorizationServiceTest, EveryWrongExchangeIsRefusedAndHarmless) {
  const std::string good = code();
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {"code", "cmd_code_x", "invalid_grant"},
      {"client_id", "clt_other", "invalid_grant"},
      {"code_verifier", std::string(43, 'w'), "invalid_grant"},
      {"code_verifier", "v", "invalid_grant"},
      {"code_verifier", challenge(), "invalid_grant"},
      {"redirect_uri", "http://127.0.0.1:9999/cb", "invalid_grant"},
      {"resource", "https://there.example.org", "invalid_target"},
      {"grant_type", "password", "unsupported_grant_type"},
      {"grant_type", "client_credentials", "unsupported_grant_type"}};
  for (const auto& [name, value, error] : table) {
    OauthParameters parameters = exchange(good);
    parameters[name] = value;
    const auto tokens = token(parameters);
    ASSERT_FALSE(tokens) << name << '=' << value;
    EXPECT_EQ(tokens.error().code, error) << name << '=' << value;
  }
  EXPECT_TRUE(token(exchange(good))) << "the client's own exchange still works";
}

TEST_F(AuthorizationServiceTest, ACodeIsGoodForAMinute) {
  const std::string late = code();
  clock_.advance(std::chrono::milliseconds(AuthorizationService::code_lifetime));
  EXPECT_EQ(token(exchange(late)).error().code, "invalid_grant");
}

TEST_F(AuthorizationServiceTest, ACodeUsedTwiceEndsAllThatCameOfIt) {
  const std::string once = code();
  const auto tokens = token(exchange(once));
  ASSERT_TRUE(tokens && alive(tokens->access_token));
  EXPECT_EQ(token(exchange(once)).error().code, "invalid_grant");
  EXPECT_FALSE(alive(tokens->access_token));
  EXPECT_FALSE(token(renewal(tokens->refresh_token)));
}

TEST_F(AuthorizationServiceTest, ARefreshTokenUsedTwiceEndsItsFamily) {
  const auto first = token(exchange(code()));
  ASSERT_TRUE(first);
  const auto second = token(renewal(first->refresh_token));
  ASSERT_TRUE(second);
  EXPECT_NE(first->refresh_token, second->refresh_token);
  EXPECT_EQ(token(renewal(first->refresh_token)).error().code, "invalid_grant");
  EXPECT_FALSE(alive(second->access_token));
  EXPECT_FALSE(token(renewal(second->refresh_token)));
}

TEST_F(AuthorizationServiceTest, ARefreshGivesNoMoreThanWasConsentedTo) {
  const auto tokens = token(exchange(code()));
  OauthParameters more = renewal(tokens->refresh_token);
  more["scope"] = "comms:read comms:admin";
  EXPECT_EQ(token(more).error().code, "invalid_scope");
  OauthParameters other = renewal(tokens->refresh_token);
  other["client_id"] = "clt_other";
  EXPECT_EQ(token(other).error().code, "invalid_grant");
  clock_.advance(std::chrono::hours(24 * 31));
  EXPECT_EQ(token(renewal(tokens->refresh_token)).error().code, "invalid_grant");
}

TEST_F(AuthorizationServiceTest, WithTheTokenThatConsentedAllEnds) {
  const auto issued = executor_.run(tokens_->issue(Role::organization, "org_1", "", ""));
  const auto tokens = token(exchange(code(issued->text)));
  ASSERT_TRUE(tokens && alive(tokens->access_token));
  ASSERT_TRUE(executor_.run(tokens_->revoke("org_1", issued->id)));
  EXPECT_FALSE(alive(tokens->access_token));
  EXPECT_EQ(token(renewal(tokens->refresh_token)).error().code, "invalid_grant");
}

TEST_F(AuthorizationServiceTest, AnAccessTokenThatIsRevokedIsNotRenewed) {
  const auto approval = executor_.run(service_->approve(Role::agent, "org_1", "agt_1", {}));
  const auto tokens = token(exchange(code(*approval)));
  const auto again = token(renewal(tokens->refresh_token));
  ASSERT_TRUE(again);
  const auto principal = executor_.run(tokens_->verify(again->access_token));
  ASSERT_TRUE(executor_.run(tokens_->revoke("org_1", principal->token_id)));
  EXPECT_FALSE(alive(again->access_token));
  EXPECT_FALSE(alive(tokens->access_token)) << "the one before it";
  EXPECT_EQ(token(renewal(again->refresh_token)).error().code, "invalid_grant");
}

TEST_F(AuthorizationServiceTest, AllGrantsOfAnAgentOrOrganizationCanBeEnded) {
  for (const char* agent_id : {"agt_1", ""}) {
    const auto ours = token(exchange(code()));
    ASSERT_TRUE(ours);
    const auto end = [&](const char* org_id, const char* agent) {
      store::UnitOfWork unit;
      store::OauthRepository::add_revoke_grants(unit, org_id, agent, clock_.now());
      EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
      tokens_->forget_cached();
    };
    end("org_1", "agt_2");
    end("org_2", "");
    EXPECT_TRUE(alive(ours->access_token));
    end("org_1", agent_id);
    EXPECT_FALSE(alive(ours->access_token));
    EXPECT_TRUE(alive(token_)) << "a person's token stays";
    EXPECT_EQ(token(renewal(ours->refresh_token)).error().code, "invalid_grant");
  }
}

/// A renewal that has read the grant before the end and writes after it issues nothing.
TEST_F(AuthorizationServiceTest, NothingIsIssuedOfAGrantWhoseTokenOrAgentHasEnded) {
  const store::OauthRepository repository(*store_);
  for (const bool by_token : {true, false}) {
    const auto issued = executor_.run(tokens_->issue(Role::agent, "org_1", "agt_1", ""));
    const auto tokens = token(exchange(code(issued->text)));
    const std::string hash = sha256_hex(tokens->refresh_token);
    const auto before = executor_.run(repository.find_refresh_token(hash));
    ASSERT_TRUE(before && *before);
    store::UnitOfWork end;
    if (by_token) {
      store::TokenRepository::add_revoke(end, "org_1", issued->id, clock_.now());
    } else {
      store::TokenRepository::add_revoke_agent(end, "org_1", "agt_1", clock_.now());
    }
    ASSERT_TRUE(executor_.run(store_->commit(std::move(end)))->committed);
    store::UnitOfWork unit;
    store::OauthRepository::add_require_grant(unit, (*before)->grant, clock_.now());
    EXPECT_FALSE(executor_.run(store_->commit(std::move(unit)))->committed) << by_token;
  }
}

TEST_F(AuthorizationServiceTest, AnAccessTokenDoesNotOutliveTheTokenThatConsented) {
  TokenService::Terms terms;
  terms.expires_at = clock_.now() + 60'000;
  const auto issued = executor_.run(tokens_->issue(Role::agent, "org_1", "agt_1", "", terms));
  const auto tokens = token(exchange(code(issued->text)));
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->expires_in, 60);
  clock_.advance(std::chrono::minutes(1));
  EXPECT_FALSE(alive(tokens->access_token));
  EXPECT_EQ(token(renewal(tokens->refresh_token)).error().code, "invalid_grant");
}

TEST_F(AuthorizationServiceTest, OnlySomeCredentialsConsent) {
  const auto orchestrator = executor_.run(tokens_->issue(Role::orchestrator, "", "", ""));
  const auto tokens = token(exchange(code()));
  ASSERT_TRUE(tokens);
  for (const std::string& bad : {std::string("x"), std::string("cmd_live_x_y_z"),
                                 orchestrator->text, tokens->access_token, token_ + "0"}) {
    const auto denied = executor_.run(service_->consent(*check(request()), bad));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, "access_denied");
  }
  const auto narrow = executor_.run(
      tokens_->issue(Role::agent, "org_1", "agt_1", "", {{"comms:read"}, {}, {}, "", ""}));
  EXPECT_EQ(token(exchange(code(narrow->text)))->scope, "comms:read") << "no more than its own";
}

TEST_F(AuthorizationServiceTest, AOneTimeCodeConsentsOnceAndNotForLong) {
  const auto approve = [&] {
    return executor_.run(service_->approve(Role::agent, "org_1", "agt_1", {"comms:read"}));
  };
  const auto once = approve();
  ASSERT_TRUE(once);
  EXPECT_EQ(token(exchange(code(*once)))->scope, "comms:read");
  EXPECT_EQ(code(*once), "");
  const auto late = approve();
  clock_.advance(std::chrono::milliseconds(AuthorizationService::approval_lifetime));
  EXPECT_EQ(code(*late), "");
  EXPECT_FALSE(executor_.run(service_->approve(Role::orchestrator, "", "", {})));
  EXPECT_FALSE(executor_.run(service_->approve(Role::agent, "org_1", "", {})));
}

TEST_F(AuthorizationServiceTest, AClientRevokesItsOwnOnly) {
  const auto tokens = token(exchange(code()));
  const auto revoke = [&](const std::string& one, const std::string& client) {
    return executor_.run(service_->revoke({{"token", one}, {"client_id", client}})).has_value();
  };
  EXPECT_TRUE(revoke("unknown", client_id_)) << "no error (RFC 7009, section 2.2)";
  EXPECT_TRUE(revoke(tokens->access_token, "clt_other"));
  EXPECT_TRUE(alive(tokens->access_token));
  EXPECT_TRUE(revoke(token_, client_id_));
  EXPECT_TRUE(alive(token_)) << "a person's token is not the client's";
  EXPECT_TRUE(revoke(tokens->refresh_token, client_id_));
  EXPECT_FALSE(alive(tokens->access_token));
  EXPECT_FALSE(token(renewal(tokens->refresh_token)));
}

TEST_F(AuthorizationServiceTest, WhatEndedIsForgotten) {
  const auto tokens = token(exchange(code()));
  ASSERT_TRUE(executor_.run(service_->purge()));
  EXPECT_TRUE(token(renewal(tokens->refresh_token))) << "what stands stays";
  clock_.advance(std::chrono::hours(24 * 500));
  ASSERT_TRUE(executor_.run(service_->purge()));
  const store::OauthRepository repository(*store_);
  EXPECT_EQ(*executor_.run(repository.count_clients("registered", 0)), 0);
  EXPECT_FALSE(
      executor_.run(repository.find_refresh_token(sha256_hex(tokens->refresh_token)))->has_value());
}

TEST_F(AuthorizationServiceTest, RegistrationTakesOnlyWhatCanWork) {
  for (const auto& [metadata, error] : std::vector<std::pair<std::string, std::string>>{
           {"", "invalid_client_metadata"},
           {"[]", "invalid_client_metadata"},
           {"{}", "invalid_redirect_uri"},
           {R"({"redirect_uris":[]})", "invalid_redirect_uri"},
           {R"({"redirect_uris":["http://evil.example.org/"]})", "invalid_redirect_uri"},
           {R"({"redirect_uris":[1]})", "invalid_redirect_uri"},
           {R"({"redirect_uris":["https://a.org/"],"grant_types":["implicit"]})",
            "invalid_client_metadata"},
           {R"({"redirect_uris":["https://a.org/"],"client_name":"a\nb"})",
            "invalid_client_metadata"}}) {
    const auto client = executor_.run(clients_->enroll(metadata));
    ASSERT_FALSE(client) << metadata;
    EXPECT_EQ(client.error().code, error) << metadata;
  }
  clock_.advance(std::chrono::milliseconds(OauthClients::unused_lifetime));
  EXPECT_FALSE(check(request())) << "never used, so forgotten";
}

TEST_F(AuthorizationServiceTest, RedirectAddressesThatCannotBeUsedAreLeftOut) {
  const auto client = executor_.run(clients_->enroll(
      R"({"redirect_uris":["cursor://anysphere.cursor-mcp/oauth/callback","https://a.org/cb"]})"));
  ASSERT_TRUE(client);
  EXPECT_EQ(client->redirect_uris, std::vector<std::string>{"https://a.org/cb"});
  const auto found = executor_.run(clients_->find(client->id));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->redirect_uris, client->redirect_uris);
}

TEST_F(AuthorizationServiceTest, AClientMetadataDocumentIsFetchedAndKept) {
  const auto find = [&](const std::string& id) { return executor_.run(clients_->find(id)); };
  EXPECT_FALSE(find(document_id));
  documents_[document_id] =
      R"({"client_id":"https://evil.example.org/x","client_name":"X","redirect_uris":["https://a.org/"]})";
  EXPECT_FALSE(find(document_id)) << "it names another";
  documents_[document_id] =
      R"({"client_id":")" + document_id +
      R"(","client_name":"Doc","redirect_uris":["https://client.example.org/cb"]})";
  const auto client = find(document_id);
  ASSERT_TRUE(client);
  EXPECT_EQ(client->name, "Doc");
  const std::size_t fetches = fetched_.size();
  ASSERT_TRUE(find(document_id));
  EXPECT_EQ(fetched_.size(), fetches) << "kept";
  clock_.advance(std::chrono::milliseconds(OauthClients::document_shortest));
  ASSERT_TRUE(find(document_id));
  EXPECT_EQ(fetched_.size(), fetches + 1) << "read again";
  const std::size_t before = fetched_.size();
  for (const char* bad : {"http://client.example.org/a", "https://client.example.org",
                          "https://client.example.org/", "https://u@client.example.org/a",
                          "https://client.example.org/a#b", "https://client.example.org/a?b",
                          "https://client.example.org/../a", "file:///etc/passwd"}) {
    EXPECT_FALSE(find(bad)) << bad;
  }
  EXPECT_EQ(fetched_.size(), before) << "nothing of that is fetched";
}

}  // namespace
}  // namespace commsd::identity
