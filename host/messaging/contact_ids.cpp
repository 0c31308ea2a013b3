#include "messaging/contact_ids.h"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "base/digest.h"

namespace commsd::messaging {

namespace {

constexpr std::size_t tag_size = 16;
constexpr std::size_t longest_address = 320;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
};

const EVP_CIPHER* siv() {
  static const std::unique_ptr<EVP_CIPHER, FreeCipher> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
  if (!cipher) throw std::runtime_error("this OpenSSL has no AES-256-SIV");
  return cipher.get();
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Runs the cipher over one text; `tag` is read or written. False when the tag does not fit.
bool run(const std::string& key, std::string_view org_id, std::string_view in, std::string& out,
         std::array<unsigned char, tag_size>& tag, bool encrypt) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  out.resize(in.size());
  int size = 0;
  if (EVP_CipherInit_ex(context.get(), siv(), nullptr, bytes(key), nullptr, encrypt ? 1 : 0) != 1) {
    return false;
  }
  if (!encrypt &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) != 1) {
    return false;
  }
  if (EVP_CipherUpdate(context.get(), nullptr, &size, bytes(org_id),
                       static_cast<int>(org_id.size())) != 1 ||
      EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       bytes(in), static_cast<int>(in.size())) != 1) {
    return false;
  }
  unsigned char rest[1];
  if (EVP_CipherFinal_ex(context.get(), rest, &size) != 1) return false;
  return !encrypt ||
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1;
}

std::string derive(std::string_view key, std::string_view purpose) {
  const Sha256 part = hmac_sha256(key, purpose);
  return std::string(reinterpret_cast<const char*>(part.data()), part.size());
}

}  // namespace

ContactIds::ContactIds(std::string_view key)
    : key_(derive(key, "contact id, first half") + derive(key, "contact id, second half")) {}

std::string ContactIds::seal(std::string_view org_id, std::string_view address) const {
  std::array<unsigned char, tag_size> tag{};
  std::string sealed;
  if (!run(key_, org_id, address, sealed, tag, true)) {
    throw std::runtime_error("AES-256-SIV failed");
  }
  return base64url_encode(std::string(tag.begin(), tag.end()) + sealed);
}

std::optional<std::string> ContactIds::open(std::string_view org_id, std::string_view id) const {
  if (id.size() > 2 * longest_address) return std::nullopt;
  const auto raw = base64url_decode(id);
  if (!raw || raw->size() <= tag_size) return std::nullopt;
  std::array<unsigned char, tag_size> tag{};
  std::copy_n(raw->begin(), tag_size, tag.begin());
  std::string address;
  if (!run(key_, org_id, std::string_view(*raw).substr(tag_size), address, tag, false)) {
    return std::nullopt;
  }
  return address;
}

}  // namespace commsd::messaging
