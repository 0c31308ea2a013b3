#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::plugin {

/// What is asked of a file beyond its owner: nothing, a digest in the configuration, or a signature
/// by one whose key is installed.
enum class Trust { any = 1, pinned, by_signature };

/// "any", "pinned", "signed": as in the configuration.
std::string_view to_string(Trust trust);
/// `any` for anything else: the configuration's schema lets nothing else through.
Trust parse_trust(std::string_view text);

/// Which files may be loaded at all. Whoever may write a plugin file runs code as the service.
struct TrustPolicy {
  Trust trust = Trust::any;
  std::map<std::string, std::string> pins;       // file name -> lower-case SHA-256
  std::string pins_are_in = "plugins.pinned";    // for the messages
  std::string keys_dir;                          // *.pub: whose signatures count
  std::string cache_dir;                         // ours alone (0700); made when absent
  std::vector<std::string> roots{"/"};           // the look at parent folders ends at these
  std::uint64_t largest = 256ULL * 1024 * 1024;  // bytes
};

/// A file that passed, as a private copy under its own hash. Only the copy is used from here on, so
/// that what was checked is what is loaded; and as its path names its content, dlopen cannot
/// mistake a changed file for the one it has open under the same path.
struct AdmittedFile {
  std::string path;          // of the copy: cache_dir/<sha256>.so
  std::string sha256;        // lower-case hexadecimal
  Trust trust = Trust::any;  // what it stood up to
  std::string signer;        // whose signature counted; empty without one
};

/// Blocks on files. Errors, all permission_denied unless named: the file is not a regular file or
/// is a symbolic link (invalid_argument); it or a folder above it belongs to somebody other than
/// root and this user, or others may write to it (a world-writable folder passes only with the
/// sticky bit, which keeps others from replacing the file); it is too large (too_large); its hash
/// is not the pinned one; as signer_of() for its signature; not_found; internal or unavailable when
/// the copy cannot be made.
Result<AdmittedFile> admit(const std::string& path, const TrustPolicy& policy);

/// The SHA-256 of a file in hexadecimal, to see whether it changed; no judgement of it.
Result<std::string> hash_file(const std::string& path, std::uint64_t largest);

}  // namespace commsd::plugin
