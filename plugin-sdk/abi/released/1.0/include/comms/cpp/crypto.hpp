#pragma once

#include <comms/cpp/host.hpp>

namespace comms {

inline std::string hex(std::string_view data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (char c : data) {
    auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

/// comms.crypto/1 with strings. Digests are raw bytes; see hex() and base64().
class Crypto {
 public:
  explicit Crypto(const Host& host) : api_(&host.crypto()) {}

  std::string md5(std::string_view data) const { return digest(COMMS_DIGEST_MD5, 16, data); }
  std::string sha1(std::string_view data) const { return digest(COMMS_DIGEST_SHA1, 20, data); }
  std::string sha256(std::string_view data) const { return digest(COMMS_DIGEST_SHA256, 32, data); }
  std::string sha512(std::string_view data) const { return digest(COMMS_DIGEST_SHA512, 64, data); }
  std::string hmac_md5(std::string_view key, std::string_view data) const {
    return hmac(COMMS_DIGEST_MD5, 16, key, data);
  }
  std::string hmac_sha1(std::string_view key, std::string_view data) const {
    return hmac(COMMS_DIGEST_SHA1, 20, key, data);
  }
  std::string hmac_sha256(std::string_view key, std::string_view data) const {
    return hmac(COMMS_DIGEST_SHA256, 32, key, data);
  }
  std::string hmac_sha512(std::string_view key, std::string_view data) const {
    return hmac(COMMS_DIGEST_SHA512, 64, key, data);
  }

  std::string base64(std::string_view data, std::uint32_t flags = 0) const {
    return grow((data.size() + 2) / 3 * 4, [&](char* out, std::size_t room, std::size_t* size) {
      return api_->base64_encode(bytes(data), flags, out, room, size);
    });
  }
  /// Nothing when the text is not base64.
  std::optional<std::string> from_base64(std::string_view text, std::uint32_t flags = 0) const {
    std::string out(text.size(), '\0');  // decoding never grows
    std::size_t size = 0;
    Status status = api_->base64_decode(
        str(text), flags, reinterpret_cast<std::uint8_t*>(out.data()), out.size(), &size);
    if (status != COMMS_OK || size > out.size()) return std::nullopt;
    out.resize(size);
    return out;
  }

  bool ed25519_ok(std::string_view public_key, std::string_view data,
                  std::string_view signature) const {
    return api_->ed25519_verify(bytes(public_key), bytes(data), bytes(signature)) == COMMS_OK;
  }
  bool ecdsa_p256_ok(std::string_view spki_der, std::string_view data,
                     std::string_view signature) const {
    return api_->ecdsa_p256_verify(bytes(spki_der), bytes(data), bytes(signature)) == COMMS_OK;
  }
  bool rsa_ok(std::int32_t digest, std::string_view key, std::string_view data,
              std::string_view signature) const {
    return api_->rsa_verify(digest, bytes(key), bytes(data), bytes(signature)) == COMMS_OK;
  }
  /// Throws COMMS_INVALID for a bad key.
  std::string jwt(std::int32_t algorithm, std::string_view key, std::string_view claims_json,
                  std::string_view key_id = {}) const {
    return grow(claims_json.size() * 2 + 1024, [&](char* out, std::size_t room, std::size_t* size) {
      return api_->jwt_sign(algorithm, bytes(key), str(key_id), str(claims_json), out, room, size);
    });
  }

  /// In time that does not depend on where they differ. False for empty ones: an unset secret must
  /// never match an absent header.
  bool equal(std::string_view a, std::string_view b) const {
    return !a.empty() && api_->constant_time_equal(bytes(a), bytes(b)) == 1;
  }
  std::string random(std::size_t count) const {
    std::string out(count, '\0');
    must(api_->random_bytes(reinterpret_cast<std::uint8_t*>(out.data()), count));
    return out;
  }

 private:
  static void must(Status status) {
    if (status != COMMS_OK) throw Error(status, "a key or an argument of a signature is wrong");
  }
  std::string digest(std::int32_t algorithm, std::size_t size, std::string_view data) const {
    std::string out(size, '\0');
    must(api_->digest(algorithm, bytes(data), reinterpret_cast<std::uint8_t*>(out.data())));
    return out;
  }
  std::string hmac(std::int32_t algorithm, std::size_t size, std::string_view key,
                   std::string_view data) const {
    std::string out(size, '\0');
    must(api_->hmac(algorithm, bytes(key), bytes(data),
                    reinterpret_cast<std::uint8_t*>(out.data())));
    return out;
  }
  template <class Write>
  static std::string grow(std::size_t guess, Write&& write) {
    std::string out(guess, '\0');
    for (;;) {
      std::size_t size = 0;
      Status status = write(out.data(), out.size(), &size);
      if (status == COMMS_INVALID && size > out.size()) {
        out.resize(size);
        continue;
      }
      must(status);
      out.resize(size);
      return out;
    }
  }

  const comms_svc_crypto* api_;
};

}  // namespace comms
