#pragma once

#include <memory>

#include <comms/cpp/types.hpp>
#include <comms/svc/crypto.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

// comms.crypto/1 for tests of plugins (JWTs: HS256 and RS256); link OpenSSL::Crypto.

namespace comms::testing {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// SPKI DER, PEM public key, PEM certificate or PEM private key.
inline Key read_key(comms_bytes data) {
  const unsigned char* at = data.ptr;
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(data.len)), &EVP_PKEY_free);
  using Pem = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);
  for (Pem read : {Pem(&PEM_read_bio_PUBKEY), Pem(&PEM_read_bio_PrivateKey)}) {
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(data.ptr, static_cast<int>(data.len)), &BIO_free);
    if (!key) key.reset(read(bio.get(), nullptr, nullptr, nullptr));
  }
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(data.ptr, static_cast<int>(data.len)), &BIO_free);
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
      key ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  if (certificate) key.reset(X509_get_pubkey(certificate.get()));
  return key;
}

inline Status check_signature(EVP_PKEY* key, const EVP_MD* digest, comms_bytes data,
                              comms_bytes signature) {
  if (!key) return COMMS_INVALID;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool good = EVP_DigestVerifyInit(ctx.get(), nullptr, digest, nullptr, key) == 1 &&
              EVP_DigestVerify(ctx.get(), signature.ptr, signature.len, data.ptr, data.len) == 1;
  return good ? COMMS_OK : COMMS_DENIED;
}

inline std::string sign_rs256(comms_bytes pem, std::string_view data) {
  Key key = read_key(pem);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string out(1024, '\0');
  std::size_t size = out.size();
  bool good = key &&
              EVP_DigestSignInit(ctx.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
              EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                             bytes(data).ptr, data.size()) == 1;
  out.resize(good ? size : 0);
  return out;
}

inline Status table_encode(comms_bytes data, std::uint32_t flags, char* out, std::size_t room,
                           std::size_t* size) {
  std::string text((data.len + 2) / 3 * 4 + 1, '\0');
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data.ptr,
                               static_cast<int>(data.len));
  text.resize(static_cast<std::size_t>(length));
  for (char& c : text) {
    if (flags & COMMS_BASE64_URL) c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  while ((flags & COMMS_BASE64_UNPADDED) && !text.empty() && text.back() == '=') text.pop_back();
  *size = text.size();
  if (*size > room) return COMMS_INVALID;
  text.copy(out, room);
  return COMMS_OK;
}

inline const comms_svc_crypto* openssl_crypto() {
  static const auto algorithm = [](std::int32_t id) {
    switch (id) {
      case COMMS_DIGEST_MD5:
        return EVP_md5();
      case COMMS_DIGEST_SHA1:
        return EVP_sha1();
      case COMMS_DIGEST_SHA256:
        return EVP_sha256();
      default:
        return EVP_sha512();
    }
  };
  static const comms_svc_crypto table = [] {
    comms_svc_crypto t{};
    t.size = sizeof t;
    t.digest = [](std::int32_t id, comms_bytes data, std::uint8_t* out) -> Status {
      return EVP_Digest(data.ptr, data.len, out, nullptr, algorithm(id), nullptr) == 1
                 ? COMMS_OK
                 : COMMS_INVALID;
    };
    t.hmac = [](std::int32_t id, comms_bytes key, comms_bytes data, std::uint8_t* out) -> Status {
      unsigned size = 0;
      return HMAC(algorithm(id), key.ptr ? key.ptr : out, static_cast<int>(key.len), data.ptr,
                  data.len, out, &size)
                 ? COMMS_OK
                 : COMMS_INVALID;
    };
    t.base64_encode = &table_encode;
    t.base64_decode = [](comms_str text, std::uint32_t flags, std::uint8_t* out, std::size_t room,
                         std::size_t* size) -> Status {
      std::string padded(view(text));
      for (char& c : padded) {
        if (flags & COMMS_BASE64_URL) c = c == '-' ? '+' : c == '_' ? '/' : c;
      }
      while (!padded.empty() && padded.back() == '=') padded.pop_back();
      std::size_t bytes_in = padded.size() * 3 / 4;
      padded.append((4 - padded.size() % 4) % 4, '=');
      std::string raw(padded.size() + 1, '\0');
      int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data()),
                                   reinterpret_cast<const unsigned char*>(padded.data()),
                                   static_cast<int>(padded.size()));
      *size = bytes_in;
      if (length < 0 || bytes_in > room) return COMMS_INVALID;
      raw.copy(reinterpret_cast<char*>(out), bytes_in);
      return COMMS_OK;
    };
    t.ed25519_verify = [](comms_bytes key, comms_bytes data, comms_bytes signature) -> Status {
      Key raw(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.ptr, key.len),
              &EVP_PKEY_free);
      return check_signature(raw.get(), nullptr, data, signature);
    };
    t.ecdsa_p256_verify = [](comms_bytes key, comms_bytes data, comms_bytes signature) -> Status {
      return check_signature(read_key(key).get(), EVP_sha256(), data, signature);
    };
    t.rsa_verify = [](std::int32_t digest, comms_bytes key, comms_bytes data,
                      comms_bytes signature) -> Status {
      return check_signature(read_key(key).get(), algorithm(digest), data, signature);
    };
    t.jwt_sign = [](std::int32_t id, comms_bytes key, comms_str key_id, comms_str claims, char* out,
                    std::size_t room, std::size_t* size) -> Status {
      auto encode = [](std::string_view raw) {
        std::string text((raw.size() + 2) / 3 * 4, '\0');
        std::size_t length = 0;
        table_encode(bytes(raw), COMMS_BASE64_URL | COMMS_BASE64_UNPADDED, text.data(), text.size(),
                     &length);
        text.resize(length);
        return text;
      };
      std::string header =
          id == COMMS_JWT_HS256 ? R"({"alg":"HS256","typ":"JWT")" : R"({"alg":"RS256","typ":"JWT")";
      if (key_id.len) header += ",\"kid\":\"" + std::string(view(key_id)) + "\"";
      std::string jwt = encode(header + "}") + "." + encode(view(claims));
      std::string signature(32, '\0');
      unsigned length = 0;
      if (id == COMMS_JWT_HS256) {
        HMAC(EVP_sha256(), key.ptr, static_cast<int>(key.len), bytes(jwt).ptr, jwt.size(),
             reinterpret_cast<unsigned char*>(signature.data()), &length);
      } else {
        signature = id == COMMS_JWT_RS256 ? sign_rs256(key, jwt) : std::string();
      }
      if (signature.empty()) return COMMS_INVALID;
      jwt += "." + encode(signature);
      *size = jwt.size();
      if (*size > room) return COMMS_INVALID;
      jwt.copy(out, room);
      return COMMS_OK;
    };
    t.constant_time_equal = [](comms_bytes a, comms_bytes b) -> std::int32_t {
      return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
    };
    t.random_bytes = [](std::uint8_t* out, std::size_t count) -> Status {
      return RAND_bytes(out, static_cast<int>(count)) == 1 ? COMMS_OK : COMMS_INTERNAL;
    };
    return t;
  }();
  return &table;
}

}  // namespace comms::testing
