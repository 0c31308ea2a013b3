#include <array>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/digest.h"
#include "plugin/services/base64.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {
namespace {

std::string hex(const std::uint8_t* bytes, std::size_t size) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(bytes), size));
}

TEST(CryptoService, digests_match_published_vectors) {
  std::array<std::uint8_t, 64> out{};
  const comms_bytes abc = to_bytes(std::string_view("abc"));
  EXPECT_EQ(kCryptoService.digest(COMMS_DIGEST_MD5, abc, out.data()), COMMS_OK);
  EXPECT_EQ(hex(out.data(), 16), "900150983cd24fb0d6963f7d28e17f72");  // RFC 1321
  EXPECT_EQ(kCryptoService.digest(COMMS_DIGEST_SHA1, abc, out.data()), COMMS_OK);
  EXPECT_EQ(hex(out.data(), 20), "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180
  EXPECT_EQ(kCryptoService.digest(COMMS_DIGEST_SHA256, abc, out.data()), COMMS_OK);
  EXPECT_EQ(hex(out.data(), 32),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(kCryptoService.digest(COMMS_DIGEST_SHA512, abc, out.data()), COMMS_OK);
  EXPECT_EQ(hex(out.data(), 8), "ddaf35a193617aba");
  EXPECT_EQ(kCryptoService.digest(99, abc, out.data()), COMMS_INVALID);
}

TEST(CryptoService, hmac_matches_rfc_2202_and_4231) {
  std::array<std::uint8_t, 64> out{};
  const comms_bytes key = to_bytes(std::string_view("Jefe"));
  const comms_bytes data = to_bytes(std::string_view("what do ya want for nothing?"));
  kCryptoService.hmac(COMMS_DIGEST_SHA1, key, data, out.data());
  EXPECT_EQ(hex(out.data(), 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  kCryptoService.hmac(COMMS_DIGEST_SHA256, key, data, out.data());
  EXPECT_EQ(hex(out.data(), 32),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(kCryptoService.hmac(COMMS_DIGEST_SHA256, {}, {}, out.data()), COMMS_OK);
  EXPECT_EQ(hex(out.data(), 4), "b613679a");
}

TEST(CryptoService, base64_knows_four_spellings_and_its_size) {
  const comms_bytes data = to_bytes(std::string_view("\xfb\xff\xfe\x01", 4));
  std::array<char, 16> out{};
  std::size_t written = 0;
  EXPECT_EQ(kCryptoService.base64_encode(data, 0, nullptr, 0, &written), COMMS_INVALID);
  EXPECT_EQ(written, 8U);
  kCryptoService.base64_encode(data, 0, out.data(), out.size(), &written);
  EXPECT_EQ(std::string_view(out.data(), written), "+//+AQ==");
  kCryptoService.base64_encode(data, COMMS_BASE64_URL | COMMS_BASE64_UNPADDED, out.data(),
                               out.size(), &written);
  EXPECT_EQ(std::string_view(out.data(), written), "-__-AQ");
}

TEST(CryptoService, base64_decoding_is_exact) {
  for (const char* text : {"", "Zg==", "Zg", "Zm8=", "Zm8", "Zm9v", "Zm9vYmFy"}) {
    const auto bytes = base64_bytes(text, false);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(std::string_view("foobar").substr(0, bytes->size()), *bytes);
  }
  for (const char* text :
       {"Z", "Zh==", "Zm9=", "Zg=", "Zg===", "=", "Zm 9v", "Zm9v\n", "-_", "Z=g=", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_bytes(text, false)) << text;
  }
  EXPECT_FALSE(base64_bytes("+/", true));
}

struct KeyPair {
  explicit KeyPair(EVP_PKEY* made) : key(made, EVP_PKEY_free) {}
  std::string der() const {
    unsigned char* out = nullptr;
    const int size = i2d_PUBKEY(key.get(), &out);
    const std::string copied(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return copied;
  }
  std::string pem(bool with_private) const {
    BIO* bio = BIO_new(BIO_s_mem());
    if (with_private) {
      PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    } else {
      PEM_write_bio_PUBKEY(bio, key.get());
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    const std::string copied(text, static_cast<std::size_t>(size));
    BIO_free(bio);
    return copied;
  }
  std::string sign(const EVP_MD* md, std::string_view data) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, md, nullptr, key.get());
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    EVP_DigestSign(context, nullptr, &size, bytes, data.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                   data.size());
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return signature;
  }
  std::shared_ptr<EVP_PKEY> key;
};

comms_bytes bytes(const std::string& text) {
  return to_bytes(std::string_view(text));
}

TEST(CryptoService, ed25519_accepts_only_the_right_signature) {
  // RFC 8032 section 7.1, test 2.
  const auto from_hex = [](std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return out;
  };
  const std::string key =
      from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  std::string signature = from_hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_EQ(kCryptoService.ed25519_verify(bytes(key), bytes("r"), bytes(signature)), COMMS_OK);
  EXPECT_EQ(kCryptoService.ed25519_verify(bytes(key), bytes("s"), bytes(signature)), COMMS_DENIED);
  signature[5] = static_cast<char>(signature[5] ^ 1);
  EXPECT_EQ(kCryptoService.ed25519_verify(bytes(key), bytes("r"), bytes(signature)), COMMS_DENIED);
  EXPECT_EQ(kCryptoService.ed25519_verify(bytes(key), bytes("r"), {}), COMMS_DENIED);
  EXPECT_EQ(kCryptoService.ed25519_verify(bytes("short"), bytes("r"), bytes(signature)),
            COMMS_INVALID);
}

TEST(CryptoService, ecdsa_wants_p256) {
  const KeyPair right(EVP_EC_gen("P-256"));
  const KeyPair other(EVP_EC_gen("P-384"));
  const std::string signature = right.sign(EVP_sha256(), "data");
  EXPECT_EQ(kCryptoService.ecdsa_p256_verify(bytes(right.der()), bytes("data"), bytes(signature)),
            COMMS_OK);
  EXPECT_EQ(kCryptoService.ecdsa_p256_verify(bytes(right.der()), bytes("Data"), bytes(signature)),
            COMMS_DENIED);
  EXPECT_EQ(kCryptoService.ecdsa_p256_verify(bytes(right.der()), bytes("data"), bytes("garbage")),
            COMMS_DENIED);
  EXPECT_EQ(kCryptoService.ecdsa_p256_verify(bytes(other.der()), bytes("data"), bytes(signature)),
            COMMS_INVALID);
  EXPECT_EQ(
      kCryptoService.ecdsa_p256_verify(bytes(right.der() + "x"), bytes("data"), bytes(signature)),
      COMMS_INVALID);
}

TEST(CryptoService, rsa_takes_der_and_pem) {
  const KeyPair pair(EVP_RSA_gen(2048));
  const std::string sha1 = pair.sign(EVP_sha1(), "data");
  const std::string sha256 = pair.sign(EVP_sha256(), "data");
  for (const std::string& key : {pair.der(), pair.pem(false)}) {
    EXPECT_EQ(kCryptoService.rsa_verify(COMMS_DIGEST_SHA1, bytes(key), bytes("data"), bytes(sha1)),
              COMMS_OK);
    EXPECT_EQ(
        kCryptoService.rsa_verify(COMMS_DIGEST_SHA256, bytes(key), bytes("data"), bytes(sha256)),
        COMMS_OK);
    EXPECT_EQ(
        kCryptoService.rsa_verify(COMMS_DIGEST_SHA256, bytes(key), bytes("data"), bytes(sha1)),
        COMMS_DENIED);
  }
  EXPECT_EQ(kCryptoService.rsa_verify(COMMS_DIGEST_MD5, bytes(pair.der()), bytes("data"), {}),
            COMMS_INVALID);
  EXPECT_EQ(kCryptoService.rsa_verify(COMMS_DIGEST_SHA1, bytes("no key"), bytes("data"), {}),
            COMMS_INVALID);
}

std::string sign_jwt(std::int32_t algorithm, const std::string& key, const char* claims) {
  std::string token(4096, '\0');
  std::size_t written = 0;
  const comms_status status = kCryptoService.jwt_sign(
      algorithm, bytes(key), to_str("k1"), to_str(claims), token.data(), token.size(), &written);
  token.resize(status == COMMS_OK ? written : 0);
  return token;
}

TEST(CryptoService, jwt_signatures_verify) {
  const KeyPair rsa(EVP_RSA_gen(2048));
  const KeyPair ec(EVP_EC_gen("P-256"));
  const std::string hs = sign_jwt(COMMS_JWT_HS256, "secret", R"({"iss":"me"})");
  const std::string input = hs.substr(0, hs.rfind('.'));
  EXPECT_EQ(*base64url_decode(input.substr(0, input.find('.'))),
            R"({"alg":"HS256","typ":"JWT","kid":"k1"})");
  const Sha256 mac = hmac_sha256("secret", input);
  EXPECT_EQ(hs.substr(input.size() + 1),
            base64url_encode({reinterpret_cast<const char*>(mac.data()), mac.size()}));

  const std::string rs = sign_jwt(COMMS_JWT_RS256, rsa.pem(true), R"({"iss":"me"})");
  ASSERT_FALSE(rs.empty());
  EXPECT_EQ(kCryptoService.rsa_verify(COMMS_DIGEST_SHA256, bytes(rsa.der()),
                                      bytes(rs.substr(0, rs.rfind('.'))),
                                      bytes(*base64url_decode(rs.substr(rs.rfind('.') + 1)))),
            COMMS_OK);
  const std::string es = sign_jwt(COMMS_JWT_ES256, ec.pem(true), R"({"iss":"me"})");
  EXPECT_EQ(base64url_decode(es.substr(es.rfind('.') + 1))->size(), 64U);

  EXPECT_EQ(sign_jwt(COMMS_JWT_RS256, ec.pem(true), "{}"), "");
  EXPECT_EQ(sign_jwt(COMMS_JWT_ES256, "no key", "{}"), "");
  EXPECT_EQ(sign_jwt(COMMS_JWT_HS256, "secret", "[]"), "");
  EXPECT_EQ(sign_jwt(9, "secret", "{}"), "");
}

TEST(CryptoService, equality_and_randomness) {
  EXPECT_EQ(kCryptoService.constant_time_equal(bytes("abc"), bytes("abc")), 1);
  EXPECT_EQ(kCryptoService.constant_time_equal(bytes("abc"), bytes("abd")), 0);
  EXPECT_EQ(kCryptoService.constant_time_equal(bytes("abc"), bytes("ab")), 0);
  EXPECT_EQ(kCryptoService.constant_time_equal({}, {}), 1);
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  EXPECT_EQ(kCryptoService.random_bytes(first.data(), first.size()), COMMS_OK);
  EXPECT_EQ(kCryptoService.random_bytes(second.data(), second.size()), COMMS_OK);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace commsd::plugin
