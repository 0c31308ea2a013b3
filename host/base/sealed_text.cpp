#include "base/sealed_text.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

namespace commsd {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* data_of(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// Runs the cipher over `input`; false only when the library itself fails.
bool run(EVP_CIPHER_CTX* cipher, const Sha256& key, std::string_view nonce,
         std::string_view bound_to, std::string_view input, std::string& output, int encrypt) {
  int size = 0;
  output.resize(input.size());
  return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nullptr, key.data(), data_of(nonce),
                           encrypt) == 1 &&
         EVP_CipherUpdate(cipher, nullptr, &size, data_of(bound_to),
                          static_cast<int>(bound_to.size())) == 1 &&
         EVP_CipherUpdate(cipher, data_of(output), &size, data_of(input),
                          static_cast<int>(input.size())) == 1;
}

}  // namespace

std::string seal_text(const Sha256& key, std::string_view text, std::string_view bound_to,
                      Random& random) {
  std::uint8_t nonce[nonce_size];
  random.fill(nonce);
  std::string sealed(reinterpret_cast<const char*>(nonce), nonce_size);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string encrypted;
  std::string tag(tag_size, '\0');
  int size = 0;
  if (!cipher || !run(cipher.get(), key, sealed, bound_to, text, encrypted, 1) ||
      EVP_CipherFinal_ex(cipher.get(), data_of(tag), &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, data_of(tag)) != 1) {
    // Out of memory, or a library without AES: there is no going on in clear text.
    std::fprintf(stderr, "commsd: AES-256-GCM is not available\n");
    std::abort();
  }
  return base64url_encode(sealed + encrypted + tag);
}

std::optional<std::string> open_text(const Sha256& key, std::string_view sealed,
                                     std::string_view bound_to) {
  auto bytes = base64url_decode(sealed);
  if (!bytes || bytes->size() < nonce_size + tag_size) return std::nullopt;
  const std::string_view all = *bytes;
  std::string tag(all.substr(all.size() - tag_size));
  const std::string_view encrypted = all.substr(nonce_size, all.size() - nonce_size - tag_size);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string text;
  unsigned char rest[tag_size];
  int size = 0;
  if (!cipher || !run(cipher.get(), key, all.substr(0, nonce_size), bound_to, encrypted, text, 0) ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, data_of(tag)) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), rest, &size) != 1) {
    return std::nullopt;
  }
  return text;
}

}  // namespace commsd
