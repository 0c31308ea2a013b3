#include "identity/jwt_verifier.h"

#include <functional>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "identity/oauth_fixture.h"
#include "store/oauth_repository.h"

namespace commsd::identity {
namespace {

const std::string issuer = "https://issuer.example.org";
const std::string here = "https://here.example.org/mcp";
constexpr const char* jwks = "https://issuer.example.org/jwks";

/// A private key of an issuer, made for the test.
class SigningKey {
 public:
  explicit SigningKey(std::string algorithm, unsigned bits = 2048) : algorithm_(algorithm) {
    if (algorithm == "RS256") {
      key_.reset(EVP_RSA_gen(bits), EVP_PKEY_free);
    } else if (algorithm == "ES256") {
      key_.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    } else {
      key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
    }
  }

  std::string jwk(const std::string& id) const {
    const std::string head = R"({"kid":")" + id + R"(","use":"sig",)";
    if (algorithm_ == "RS256") {
      return head + R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
             number(OSSL_PKEY_PARAM_RSA_E, 0) + "\"}";
    }
    if (algorithm_ == "ES256") {
      return head + R"("kty":"EC","crv":"P-256","x":")" + number(OSSL_PKEY_PARAM_EC_PUB_X, 32) +
             R"(","y":")" + number(OSSL_PKEY_PARAM_EC_PUB_Y, 32) + "\"}";
    }
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    return head + R"("kty":"OKP","crv":"Ed25519","x":")" + base64url_encode(raw) + "\"}";
  }

  std::string sign(const std::string& text) const {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
    EVP_DigestSignInit(digest.get(), nullptr, algorithm_ == "EdDSA" ? nullptr : EVP_sha256(),
                       nullptr, key_.get());
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return algorithm_ == "ES256" ? side_by_side(signature) : signature;
  }

  const std::string& algorithm() const { return algorithm_; }

 private:
  std::string number(const char* name, int width) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(width ? width : BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(value);
    return base64url_encode(bytes);
  }

  static std::string side_by_side(const std::string& der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
    std::string bytes(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32);
    ECDSA_SIG_free(pair);
    return bytes;
  }

  std::string algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

class JwtVerifierTest : public testing::OauthTest {
 protected:
  JwtVerifierTest() {
    publish({key_.jwk("k1")});
    store::UnitOfWork unit;
    store::OauthRepository::add_bind_subject(unit, issuer, "ada", {"org_1", "agt_1", "agent", ""},
                                             1);
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
    restart({});
  }

  void restart(JwtRules rules) {
    rules.issuer = issuer;
    rules.audiences = {here};
    verifier_.reset();
    keys_.emplace(issuer, jwks, fetch(), clock_);
    verifier_.emplace(*store_, clock_, *keys_, std::move(rules));
  }

  void publish(const std::vector<std::string>& keys) {
    std::string list;
    for (const std::string& one : keys) list += (list.empty() ? "" : ",") + one;
    documents_[jwks] = R"({"keys":[)" + list + "]}";
  }

  std::string claims(const std::string& replace = "", const std::string& by = "") const {
    const std::int64_t now = clock_.now() / 1000;
    std::string text = R"({"iss":")" + issuer + R"(","sub":"ada","aud":")" + here + R"(","exp":)" +
                       std::to_string(now + 300) + R"(,"iat":)" + std::to_string(now) +
                       R"(,"scope":"comms:read openid"})";
    if (const auto at = text.find(replace); !replace.empty() && at != std::string::npos) {
      text.replace(at, replace.size(), by);
    }
    return text;
  }

  static std::string make(const SigningKey& key, const std::string& payload,
                          const std::string& header) {
    const std::string text = base64url_encode(header) + '.' + base64url_encode(payload);
    return text + '.' + base64url_encode(key.sign(text));
  }
  static std::string header_of(const SigningKey& key, const std::string& id = "k1") {
    return R"({"alg":")" + key.algorithm() + R"(","typ":"at+jwt","kid":")" + id + "\"}";
  }
  std::string good() const { return make(key_, claims(), header_of(key_)); }

  Result<Principal> verify(const std::string& token) {
    return executor_.run(verifier_->verify(token));
  }

  static const SigningKey& shared_key() {
    static const SigningKey key("RS256");  // making one takes a while
    return key;
  }

  const SigningKey& key_ = shared_key();
  std::optional<IssuerKeys> keys_;
  std::optional<JwtVerifier> verifier_;
};

TEST_F(JwtVerifierTest, EveryAllowedAlgorithmIsTaken) {
  for (const char* algorithm : {"RS256", "ES256", "EdDSA"}) {
    const SigningKey key(algorithm);
    publish({key.jwk("k1")});
    restart({});
    const auto principal = verify(make(key, claims(), header_of(key)));
    ASSERT_TRUE(principal) << algorithm << ' ' << principal.error().cause;
    EXPECT_EQ(principal->role, Role::agent);
    EXPECT_EQ(principal->org_id, "org_1");
    EXPECT_EQ(principal->agent_id, "agt_1");
    EXPECT_TRUE(principal->may("comms:read"));
    EXPECT_FALSE(principal->may("comms:send"));
  }
}

TEST_F(JwtVerifierTest, EveryFaultIsRefused) {
  const std::string now = std::to_string(clock_.now() / 1000);
  const std::string later = std::to_string(clock_.now() / 1000 + 300);
  const auto with = [&](const std::string& replace, const std::string& by) {
    return make(key_, claims(replace, by), header_of(key_));
  };
  const auto headed = [&](const std::string& header) { return make(key_, claims(), header); };
  const SigningKey stranger("RS256");
  const std::string token = good();
  const std::size_t dot = token.find('.');
  const std::size_t last = token.rfind('.');
  std::string flipped = token;
  flipped[last + 10] = flipped[last + 10] == 'A' ? 'B' : 'A';
  // What a library that lets the token choose would check with the public key as HMAC secret.
  const std::string hmac_text = base64url_encode(R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})") +
                                '.' + base64url_encode(claims());
  const Sha256 mac = hmac_sha256(documents_[jwks], hmac_text);
  const std::string hmac =
      hmac_text + '.' +
      base64url_encode(std::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));

  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {"another issuer", with(issuer, "https://evil.example.org"), "another issuer"},
      {"another audience", with(here, "https://there.example.org/mcp"), "another audience"},
      {"audience of a list without us", with('"' + here + '"', R"(["a","b"])"), "another audience"},
      {"no audience", with(R"("aud":)", R"("aux":)"), "another audience"},
      {"expired", with(later, std::to_string(clock_.now() / 1000 - 61)), "expired"},
      {"no expiry", with(R"("exp":)", R"("exq":)"), "expired"},
      {"expiry as text", with(later, '"' + later + '"'), "expired"},
      {"from tomorrow", with(R"("iat":)" + now, R"("nbf":)" + later), "not yet valid"},
      {"no subject", with(R"("sub":"ada",)", ""), "no subject"},
      {"unbound subject", with("ada", "eve"), "the subject is bound to nobody"},
      {"alg none",
       base64url_encode(R"({"alg":"none","typ":"at+jwt"})") + '.' + base64url_encode(claims()) +
           '.',
       "algorithm not allowed"},
      {"HMAC with the public key", hmac, "algorithm not allowed"},
      {"ES256 claimed of an RSA key", headed(R"({"alg":"ES256","typ":"at+jwt","kid":"k1"})"),
       "bad signature"},
      {"PS256", headed(R"({"alg":"PS256","typ":"at+jwt","kid":"k1"})"), "algorithm not allowed"},
      {"an ID token", headed(R"({"alg":"RS256","typ":"JWT","kid":"k1"})"), "typ is not at+jwt"},
      {"no typ", headed(R"({"alg":"RS256","kid":"k1"})"), "typ is not at+jwt"},
      {"critical extension", headed(R"({"alg":"RS256","typ":"at+jwt","kid":"k1","crit":["x"]})"),
       "critical extension"},
      {"unknown key", headed(R"({"alg":"RS256","typ":"at+jwt","kid":"k9"})"), "unknown key"},
      {"another's key", make(stranger, claims(), header_of(stranger)), "bad signature"},
      {"signature changed", flipped, "bad signature"},
      {"claims changed",
       token.substr(0, dot + 1) + base64url_encode(claims("ada", "bob")) + token.substr(last),
       "bad signature"},
      {"signature cut", token.substr(0, last + 1), "bad signature"},
      {"two parts", token.substr(0, last), "not three parts"},
      {"four parts", token + ".x", "not three parts"},
      {"padding", token + "==", "malformed"},
      {"no JSON", "YQ.YQ.YQ", "malformed"},
      {"a member twice",
       make(key_, claims(R"("sub":"ada")", R"("sub":"ada","sub":"ada")"), header_of(key_)),
       "malformed"},
      {"too long", token + std::string(9000, 'A'), "too long"}};
  for (const auto& [name, bad, why] : table) {
    const auto principal = verify(bad);
    ASSERT_FALSE(principal) << name;
    EXPECT_EQ(principal.error().code, ErrorCode::unauthenticated) << name;
    EXPECT_EQ(principal.error().cause, why) << name;
    EXPECT_EQ(principal.error().message, "the token is missing, wrong, expired or revoked") << name;
  }
  EXPECT_TRUE(verify(token));
}

TEST_F(JwtVerifierTest, ClocksMayDifferALittle) {
  const std::string later = std::to_string(clock_.now() / 1000 + 300);
  const std::string just_over = std::to_string(clock_.now() / 1000 - 59);
  EXPECT_TRUE(verify(make(key_, claims(later, just_over), header_of(key_))));
}

TEST_F(JwtVerifierTest, ARotatedKeyIsFetchedButNotForEveryMadeUpId) {
  ASSERT_TRUE(verify(good()));
  EXPECT_EQ(fetched_.size(), 1U);
  const SigningKey next("ES256");
  publish({key_.jwk("k1"), next.jwk("k2")});
  const std::string rotated = make(next, claims(), header_of(next, "k2"));
  EXPECT_FALSE(verify(rotated)) << "too soon after the last fetch";
  EXPECT_EQ(fetched_.size(), 1U);
  clock_.advance(std::chrono::milliseconds(IssuerKeys::retry_pause));
  EXPECT_TRUE(verify(make(next, claims(), header_of(next, "k2"))));
  EXPECT_EQ(fetched_.size(), 2U);
  for (int i = 0; i < 20; ++i) {
    verify(make(key_, claims(), header_of(key_, "made_up_" + std::to_string(i))));
  }
  EXPECT_EQ(fetched_.size(), 2U);
}

TEST_F(JwtVerifierTest, WhileTheIssuerIsAwayTheLastKeysServe) {
  ASSERT_TRUE(verify(good()));
  documents_.clear();
  clock_.advance(std::chrono::milliseconds(IssuerKeys::lifetime + 1));
  EXPECT_TRUE(verify(good()));
  restart({});
  const auto without = verify(good());
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, ErrorCode::unavailable);
}

TEST_F(JwtVerifierTest, KeysAreFoundThroughTheIssuersMetadata) {
  keys_.emplace(issuer, "", fetch(), clock_);
  verifier_.emplace(*store_, clock_, *keys_, JwtRules{issuer, {here}, false, "", ""});
  const std::string document = issuer + "/.well-known/openid-configuration";
  documents_[document] =
      R"({"issuer":"https://evil.example.org","jwks_uri":")" + std::string(jwks) + "\"}";
  EXPECT_EQ(verify(good()).error().code, ErrorCode::unavailable) << "another issuer's document";
  documents_[document] = R"({"issuer":")" + issuer + R"(","jwks_uri":")" + jwks + "\"}";
  clock_.advance(std::chrono::milliseconds(IssuerKeys::retry_pause));
  EXPECT_TRUE(verify(good()));
}

TEST_F(JwtVerifierTest, ClaimsNameOrganizationAndAgent) {
  restart({{}, {}, false, "org", "agent"});
  const auto with = [&](const std::string& more) {
    return verify(make(key_, claims(R"("sub":"ada")", R"("sub":"zoe",)" + more), header_of(key_)));
  };
  const auto agent = with(R"("org":"org_1","agent":"agt_1")");
  ASSERT_TRUE(agent);
  EXPECT_EQ(agent->agent_id, "agt_1");
  const auto organization = with(R"("org":"org_1")");
  ASSERT_TRUE(organization);
  EXPECT_EQ(organization->role, Role::organization);
  EXPECT_FALSE(with(R"("org":"org_9")"));
  EXPECT_FALSE(with(R"("org":"org_1","agent":"agt_9")"));
  EXPECT_FALSE(with(R"("agent":"agt_1")")) << "an agent alone says nothing";
}

TEST(JwkSet, TakesOnlyKeysThatCanBeUsed) {
  EXPECT_FALSE(JwkSet::parse("[]"));
  EXPECT_FALSE(JwkSet::parse(R"({"keys":[]})"));
  EXPECT_FALSE(JwkSet::parse(R"({"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]})"));
  EXPECT_FALSE(JwkSet::parse(R"({"keys":[)" + SigningKey("RS256", 1024).jwk("weak") + "]}"));
  EXPECT_FALSE(
      JwkSet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA","kid":"a"}]})"));
  const auto set = JwkSet::parse(R"({"keys":[{"kty":"oct","k":"AAAA","kid":"a"},)" +
                                 SigningKey("EdDSA").jwk("b") + "]}");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1U);
  EXPECT_TRUE(set->knows("b"));
  EXPECT_TRUE(set->knows("")) << "the only one";
}

}  // namespace
}  // namespace commsd::identity
