#include "plugin/minisign.h"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/evp.h>

#include "base/digest.h"
#include "base/text.h"

namespace commsd::plugin {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::string_view kUntrusted = "untrusted comment:";
constexpr std::string_view kTrusted = "trusted comment: ";

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::invalid_argument, what);
}

/// The lines without their ends; empty ones at the end do not count.
std::vector<std::string_view> lines_of(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::vector<std::string_view> lines = split(text, '\n');
  for (std::string_view& line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return lines;
}

bool is_signed(std::string_view content, std::string_view signature, const MinisignKey& key) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> made(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key.public_key),
                                  key.public_key.size()),
      &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  return made && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(content),
                          content.size()) == 1;
}

/// Empty when this OpenSSL cannot.
std::string blake2b(std::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(content.data(), content.size(), digest.data(), &length, EVP_blake2b512(),
                 nullptr) != 1) {
    return {};
  }
  return {reinterpret_cast<const char*>(digest.data()), length};
}

}  // namespace

Result<MinisignKey> MinisignKey::parse(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  // minisign itself takes the second line alone, too (option -P)
  const std::string_view encoded = lines.size() == 1 ? lines[0] : lines.size() == 2 ? lines[1] : "";
  if (encoded.empty() || (lines.size() == 2 && !lines[0].starts_with(kUntrusted))) {
    return malformed(
        "it is no public key of minisign: two lines, an untrusted comment and the key");
  }
  const std::optional<std::string> bytes = base64_decode(encoded);
  if (!bytes || bytes->size() != 2 + kIdBytes + kKeyBytes || !bytes->starts_with("Ed")) {
    return malformed("its second line is no Ed25519 key as minisign writes it");
  }
  return MinisignKey{bytes->substr(2, kIdBytes), bytes->substr(2 + kIdBytes)};
}

Result<MinisignSignature> MinisignSignature::parse(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  if (lines.size() != 4 || !lines[0].starts_with(kUntrusted) || !lines[2].starts_with(kTrusted)) {
    return malformed(
        "it is no signature of minisign: four lines, an untrusted comment, the signature, a "
        "trusted comment and the signature of that");
  }
  const std::optional<std::string> bytes = base64_decode(lines[1]);
  if (!bytes || bytes->size() != 2 + kIdBytes + kSignatureBytes) {
    return malformed("the second line of the signature is damaged");
  }
  const std::string_view algorithm = std::string_view(*bytes).substr(0, 2);
  if (algorithm != "ED" && algorithm != "Ed") {
    return malformed("the signature is of a kind that is not known here");
  }
  const std::optional<std::string> global = base64_decode(lines[3]);
  if (!global || global->size() != kSignatureBytes) {
    return malformed("the fourth line of the signature is damaged");
  }
  MinisignSignature made;
  made.prehashed_ = algorithm == "ED";
  made.key_id_ = bytes->substr(2, kIdBytes);
  made.signature_ = bytes->substr(2 + kIdBytes);
  made.trusted_comment_ = lines[2].substr(kTrusted.size());
  made.global_signature_ = *global;
  return made;
}

Result<void> MinisignSignature::verify(std::string_view content, const MinisignKey& key) const {
  const std::string hash = prehashed_ ? blake2b(content) : std::string();
  if (prehashed_ && hash.empty()) {
    return fail(ErrorCode::internal, "this OpenSSL does not offer BLAKE2b-512");
  }
  if (!is_signed(prehashed_ ? std::string_view(hash) : content, signature_, key)) {
    return fail(ErrorCode::permission_denied, "the signature is not one of this file");
  }
  if (!is_signed(signature_ + trusted_comment_, global_signature_, key)) {
    return fail(ErrorCode::permission_denied,
                "the trusted comment was changed after the file was signed");
  }
  return {};
}

std::string minisign_id_text(std::string_view id) {
  const std::string number(id.rbegin(), id.rend());  // little-endian
  std::string text = to_hex(number);
  // The tool prints a number: without its leading zeros, which one key of sixteen has.
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
  for (char& digit : text)
    digit = digit >= 'a' && digit <= 'f' ? static_cast<char>(digit - 32) : digit;
  return text;
}

}  // namespace commsd::plugin
