#include "identity/jwk_set.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/digest.h"
#include "base/json.h"

namespace commsd::identity {

namespace {

constexpr std::size_t most_keys = 64;
constexpr int least_rsa_bits = 2048;  // RFC 7518, section 3.3

using KeyPointer = std::shared_ptr<EVP_PKEY>;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view text) {
  return Number(BN_bin2bn(bytes_of(text), static_cast<int>(text.size()), nullptr));
}

std::optional<std::string> member(const JsonValue& jwk, std::string_view name) {
  const auto text = jwk.string(name);
  return text ? base64url_decode(*text) : std::nullopt;
}

KeyPointer build(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  KeyPointer owned(key, EVP_PKEY_free);
  const Context checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return checker && EVP_PKEY_public_check(checker.get()) == 1 ? owned : nullptr;
}

KeyPointer rsa_key(const JsonValue& jwk) {
  const auto modulus = member(jwk, "n");
  const auto exponent = member(jwk, "e");
  if (!modulus || !exponent || modulus->size() > 1024 || exponent->size() > 8) return nullptr;
  const Number n = number_of(*modulus);
  const Number e = number_of(*exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || BN_num_bits(n.get()) < least_rsa_bits ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return build("RSA", builder.get());
}

KeyPointer p256_key(const JsonValue& jwk) {
  const auto x = member(jwk, "x");
  const auto y = member(jwk, "y");
  if (jwk.string("crv") != "P-256" || !x || !y || x->size() != 32 || y->size() != 32) {
    return nullptr;
  }
  const std::string point = '\x04' + *x + *y;  // SEC 1, section 2.3.3: uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return build("EC", builder.get());
}

KeyPointer ed25519_key(const JsonValue& jwk) {
  const auto x = member(jwk, "x");
  if (jwk.string("crv") != "Ed25519" || !x || x->size() != 32) return nullptr;
  return KeyPointer(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*x), x->size()),
                    EVP_PKEY_free);
}

/// JWS has r and s side by side (RFC 7518, section 3.4), OpenSSL wants them as ASN.1.
std::optional<std::string> ecdsa_to_der(std::string_view signature) {
  if (signature.size() != 64) return std::nullopt;
  Number r = number_of(signature.substr(0, 32));
  Number s = number_of(signature.substr(32));
  const EcdsaSignature pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
  (void)r.release();  // owned by `pair` now
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Result<JwkSet> JwkSet::parse(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  const auto keys = document ? document->root().get("keys") : std::nullopt;
  if (!keys || !keys->is_array() || keys->size() > most_keys) {
    return fail(ErrorCode::invalid_argument, "this is no JSON Web Key Set (RFC 7517)");
  }
  JwkSet set;
  keys->each([&set](const JsonValue& jwk) {
    if (jwk.string("use").value_or("sig") != "sig") return;
    const std::string_view type = jwk.string("kty").value_or("");
    Key key;
    if (type == "RSA") {
      key = {"", "RS256", rsa_key(jwk)};
    } else if (type == "EC") {
      key = {"", "ES256", p256_key(jwk)};
    } else if (type == "OKP") {
      key = {"", "EdDSA", ed25519_key(jwk)};
    }
    const std::string_view algorithm = jwk.string("alg").value_or(key.algorithm);
    if (!key.key || (algorithm != key.algorithm && algorithm != "Ed25519")) return;
    key.id = jwk.string("kid").value_or("");
    // Of two keys with one id neither can be told to be the right one; the first stays.
    if (set.find(key.id) && !key.id.empty()) return;
    set.keys_.push_back(std::move(key));
  });
  if (set.keys_.empty()) {
    return fail(ErrorCode::invalid_argument,
                "the key set has no key for RS256 (2048 bits), ES256 or EdDSA (Ed25519)");
  }
  return set;
}

const JwkSet::Key* JwkSet::find(std::string_view key_id) const {
  if (key_id.empty()) return keys_.size() == 1 ? &keys_.front() : nullptr;
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == key_id; });
  return found == keys_.end() ? nullptr : &*found;
}

bool JwkSet::knows(std::string_view key_id) const {
  return find(key_id) != nullptr;
}

bool JwkSet::verify(std::string_view key_id, std::string_view algorithm, std::string_view text,
                    std::string_view signature) const {
  const Key* key = find(key_id);
  if (!key || key->algorithm != algorithm) return false;
  std::optional<std::string> converted;
  if (algorithm == "ES256") {
    converted = ecdsa_to_der(signature);
    if (!converted) return false;
    signature = *converted;
  }
  const Digest digest(EVP_MD_CTX_new());
  // Ed25519 hashes by itself; RS256 is PKCS #1 v1.5, which is what RSA keys do by default.
  const EVP_MD* hash = algorithm == "EdDSA" ? nullptr : EVP_sha256();
  return digest &&
         EVP_DigestVerifyInit(digest.get(), nullptr, hash, nullptr, key->key.get()) == 1 &&
         EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace commsd::identity
