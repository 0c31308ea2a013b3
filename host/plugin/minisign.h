#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::plugin {

/// A public key of minisign: two lines, an untrusted comment and base64 of "Ed", the key's id (8
/// bytes) and the Ed25519 key (32 bytes).
struct MinisignKey {
  /// invalid_argument: what is wrong with the text.
  static Result<MinisignKey> parse(std::string_view text);

  std::string id;          // 8 bytes
  std::string public_key;  // 32 bytes
};

/// A signature in minisign's format (https://jedisct1.github.io/minisign/, "Signature format"): an
/// untrusted comment; base64 of the algorithm, the id of the key and the signature; the trusted
/// comment; base64 of the global signature over signature and trusted comment. The algorithm is
/// "ED" for a signature of the content's BLAKE2b-512 and "Ed", of old versions, for one of the
/// content itself.
class MinisignSignature {
 public:
  /// invalid_argument: what is wrong with the text.
  static Result<MinisignSignature> parse(std::string_view text);

  const std::string& key_id() const { return key_id_; }
  /// What the signer said about the content; only after verify() did he say it.
  const std::string& trusted_comment() const { return trusted_comment_; }

  /// Whether `key` signed `content` and the trusted comment. permission_denied: which of them it
  /// did not.
  Result<void> verify(std::string_view content, const MinisignKey& key) const;

 private:
  bool prehashed_ = true;
  std::string key_id_;
  std::string signature_;  // 64 bytes
  std::string trusted_comment_;
  std::string global_signature_;  // 64 bytes
};

/// A key's id as minisign shows it: the number it is, in hexadecimal.
std::string minisign_id_text(std::string_view id);

}  // namespace commsd::plugin
