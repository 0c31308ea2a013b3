#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "plugin/services/base64.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

/// A caller's malformed key leaves entries in OpenSSL's per-thread queue; the next user of the
/// thread (TLS) would read them as its own.
struct ErrorQueueGuard {
  ~ErrorQueueGuard() { ERR_clear_error(); }
};

const EVP_MD* digest_of(std::int32_t algorithm) {
  switch (algorithm) {
    case COMMS_DIGEST_MD5:
      return EVP_md5();
    case COMMS_DIGEST_SHA1:
      return EVP_sha1();
    case COMMS_DIGEST_SHA256:
      return EVP_sha256();
    case COMMS_DIGEST_SHA512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

comms_status deliver(std::string_view result, void* out, std::size_t capacity,
                     std::size_t* written) {
  *written = result.size();
  if (result.size() > capacity) return COMMS_INVALID;
  if (!result.empty()) std::memcpy(out, result.data(), result.size());
  return COMMS_OK;
}

comms_status digest(std::int32_t algorithm, comms_bytes data, std::uint8_t* out) {
  const ErrorQueueGuard guard;
  const EVP_MD* md = digest_of(algorithm);
  unsigned length = 0;
  if (!md || EVP_Digest(data.ptr, data.len, out, &length, md, nullptr) != 1) return COMMS_INVALID;
  return COMMS_OK;
}

comms_status hmac(std::int32_t algorithm, comms_bytes key, comms_bytes data, std::uint8_t* out) {
  const ErrorQueueGuard guard;
  const EVP_MD* md = digest_of(algorithm);
  unsigned length = 0;
  const std::string_view secret = view(key);
  const std::string_view text = view(data);
  // HMAC() takes a null key to mean "the one of last time".
  const char* key_bytes = secret.empty() ? "" : secret.data();
  if (!md || secret.size() > 1024 * 1024 ||
      !HMAC(md, key_bytes, static_cast<int>(secret.size()),
            reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), out, &length)) {
    return COMMS_INVALID;
  }
  return COMMS_OK;
}

comms_status encode(comms_bytes data, std::uint32_t flags, char* out, std::size_t capacity,
                    std::size_t* written) {
  const std::string text = base64_text(view(data), (flags & COMMS_BASE64_URL) != 0,
                                       (flags & COMMS_BASE64_UNPADDED) == 0);
  return deliver(text, out, capacity, written);
}

comms_status decode(comms_str text, std::uint32_t flags, std::uint8_t* out, std::size_t capacity,
                    std::size_t* written) {
  *written = 0;
  const auto bytes = base64_bytes(view(text), (flags & COMMS_BASE64_URL) != 0);
  return bytes ? deliver(*bytes, out, capacity, written) : COMMS_INVALID;
}

comms_status verify(EVP_PKEY* key, const EVP_MD* md, comms_bytes data, comms_bytes signature) {
  const Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit(context.get(), nullptr, md, nullptr, key) != 1) {
    return COMMS_INVALID;
  }
  const int matches =
      EVP_DigestVerify(context.get(), signature.ptr, signature.len, data.ptr, data.len);
  return matches == 1 ? COMMS_OK : COMMS_DENIED;
}

comms_status ed25519_verify(comms_bytes public_key, comms_bytes data, comms_bytes signature) {
  const ErrorQueueGuard guard;
  if (public_key.len != 32) return COMMS_INVALID;
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.ptr, 32));
  if (!key) return COMMS_INVALID;
  return verify(key.get(), nullptr, data, signature);
}

Key public_key_from_der(comms_bytes der) {
  const unsigned char* cursor = der.ptr;
  Key key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.len)));
  if (key && cursor != der.ptr + der.len) key.reset();  // trailing bytes: not this key
  return key;
}

comms_status ecdsa_p256_verify(comms_bytes spki_der, comms_bytes data, comms_bytes signature) {
  const ErrorQueueGuard guard;
  const Key key = public_key_from_der(spki_der);
  std::array<char, 32> group{};
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    return COMMS_INVALID;
  }
  return verify(key.get(), EVP_sha256(), data, signature);
}

Key rsa_public_key(comms_bytes text) {
  Key key = public_key_from_der(text);
  if (!key && text.len < 64 * 1024) {
    const Bio pem(BIO_new_mem_buf(text.ptr, static_cast<int>(text.len)));
    key.reset(PEM_read_bio_PUBKEY(pem.get(), nullptr, nullptr, nullptr));
  }
  if (!key && text.len < 64 * 1024) {
    const Bio pem(BIO_new_mem_buf(text.ptr, static_cast<int>(text.len)));
    const Certificate certificate(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  }
  if (key && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) key.reset();
  return key;
}

comms_status rsa_verify(std::int32_t algorithm, comms_bytes key_text, comms_bytes data,
                        comms_bytes signature) {
  const ErrorQueueGuard guard;
  if (algorithm != COMMS_DIGEST_SHA1 && algorithm != COMMS_DIGEST_SHA256) return COMMS_INVALID;
  const Key key = rsa_public_key(key_text);
  return key ? verify(key.get(), digest_of(algorithm), data, signature) : COMMS_INVALID;
}

int no_passphrase(char*, int, int, void*) {
  return -1;  // the default would ask on the terminal
}

/// A signature as JOSE wants it; empty when the key does not fit the algorithm.
std::string jose_signature(std::int32_t algorithm, comms_bytes key_text, std::string_view input) {
  if (algorithm == COMMS_JWT_HS256) {
    const Sha256 mac = hmac_sha256(view(key_text), input);
    return std::string(reinterpret_cast<const char*>(mac.data()), mac.size());
  }
  if (key_text.len > 64 * 1024) return {};
  const Bio pem(BIO_new_mem_buf(key_text.ptr, static_cast<int>(key_text.len)));
  const Key key(PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, nullptr));
  const int wanted = algorithm == COMMS_JWT_RS256 ? EVP_PKEY_RSA : EVP_PKEY_EC;
  if (!key || EVP_PKEY_get_base_id(key.get()) != wanted) return {};
  if (wanted == EVP_PKEY_EC && EVP_PKEY_get_bits(key.get()) != 256) return {};

  const Context context(EVP_MD_CTX_new());
  std::size_t length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, bytes, input.size()) != 1) {
    return {};
  }
  std::string signature(length, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), out, &length, bytes, input.size()) != 1) return {};
  signature.resize(length);
  if (wanted == EVP_PKEY_RSA) return signature;

  // RFC 7518 section 3.4 wants r and s of 32 bytes each, not the DER that OpenSSL makes.
  const unsigned char* der = out;
  const Signature pair(d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)));
  std::array<unsigned char, 64> raw{};
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + 32, 32) != 32) {
    return {};
  }
  return std::string(reinterpret_cast<const char*>(raw.data()), raw.size());
}

comms_status jwt_sign(std::int32_t algorithm, comms_bytes key, comms_str key_id,
                      comms_str claims_json, char* out, std::size_t capacity,
                      std::size_t* written) {
  const ErrorQueueGuard guard;
  *written = 0;
  const char* name = algorithm == COMMS_JWT_HS256   ? "HS256"
                     : algorithm == COMMS_JWT_RS256 ? "RS256"
                     : algorithm == COMMS_JWT_ES256 ? "ES256"
                                                    : nullptr;
  const auto claims = JsonDocument::parse(view(claims_json));
  if (!name || !claims || !claims->root().is_object()) return COMMS_INVALID;

  JsonWriter header;
  header.begin_object().field("alg", name).field("typ", "JWT");
  if (key_id.len > 0) header.field("kid", view(key_id));
  header.end_object();
  std::string token = base64url_encode(header.text()) + "." + base64url_encode(view(claims_json));
  const std::string signature = jose_signature(algorithm, key, token);
  if (signature.empty()) return COMMS_INVALID;
  token += "." + base64url_encode(signature);
  return deliver(token, out, capacity, written);
}

std::int32_t equal(comms_bytes a, comms_bytes b) {
  return constant_time_equal(view(a), view(b)) ? 1 : 0;
}

comms_status random_bytes(std::uint8_t* out, std::size_t count) {
  if (count > 1024 * 1024) return COMMS_INTERNAL;
  return RAND_bytes(out, static_cast<int>(count)) == 1 ? COMMS_OK : COMMS_INTERNAL;
}

}  // namespace

const comms_svc_crypto kCryptoService = {
    sizeof(comms_svc_crypto), 0,          digest,   hmac,  encode,      decode, ed25519_verify,
    ecdsa_p256_verify,        rsa_verify, jwt_sign, equal, random_bytes};

}  // namespace commsd::plugin
