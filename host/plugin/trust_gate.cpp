#include "plugin/trust_gate.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

#include <openssl/evp.h>

#include "base/digest.h"
#include "plugin/file_descriptor.h"
#include "plugin/file_ownership.h"
#include "plugin/signature_gate.h"

namespace commsd::plugin {
namespace {

constexpr std::size_t kBlock = 128 * 1024;

std::string system_text() {
  return std::generic_category().message(errno);
}

class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(const char* bytes, std::size_t count) { EVP_DigestUpdate(context_.get(), bytes, count); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &length);
    return to_hex(std::string_view(reinterpret_cast<const char*>(digest), length));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Result<void> prepare_cache(const std::string& folder) {
  for (std::size_t at = 1; at != std::string::npos && at < folder.size();) {
    at = folder.find('/', at);
    const std::string part = folder.substr(0, at);
    const mode_t mode = at == std::string::npos ? 0700 : 0755;
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
      return fail(ErrorCode::internal,
                  "the cache folder " + part + " cannot be made: " + system_text());
    }
    if (at != std::string::npos) ++at;
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::internal, "the cache " + folder + " is not a folder");
  }
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::permission_denied,
                "the cache folder " + folder + " does not belong to the user the service runs as");
  }
  if ((status.st_mode & 0077) != 0 && ::chmod(folder.c_str(), 0700) != 0) {
    return fail(ErrorCode::permission_denied, "the cache folder " + folder + ": " + system_text());
  }
  return {};
}

/// Reads the whole of `file`, hashes it and, when `copy` is one, writes it there.
Result<std::string> hash_and_copy(int file, int copy, std::uint64_t largest) {
  Hasher hasher;
  std::string block(kBlock, '\0');
  std::uint64_t total = 0;
  while (true) {
    const ssize_t got = ::read(file, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, "it cannot be read: " + system_text());
    if (got == 0) return hasher.hex();
    total += static_cast<std::uint64_t>(got);
    if (total > largest) return fail(ErrorCode::too_large, "it grows while it is read");
    hasher.add(block.data(), static_cast<std::size_t>(got));
    for (ssize_t done = 0; copy >= 0 && done < got;) {
      const ssize_t put = ::write(copy, block.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) {
        return fail(ErrorCode::unavailable, "the private copy cannot be written: " + system_text());
      }
      done += put;
    }
  }
}

/// A file that is removed unless it was given a name that lasts.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& folder) : path_(folder + "/.copy-XXXXXX") {
    file_ = FileDescriptor(::mkostemp(path_.data(), O_CLOEXEC));
  }
  ~TemporaryFile() {
    if (file_ && !kept_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int get() const { return file_.get(); }
  explicit operator bool() const { return static_cast<bool>(file_); }

  Result<void> keep_as(const std::string& folder, const std::string& path) {
    if (::fchmod(file_.get(), 0400) != 0 || ::fsync(file_.get()) != 0 ||
        ::rename(path_.c_str(), path.c_str()) != 0) {
      return fail(ErrorCode::unavailable, "the private copy cannot be kept: " + system_text());
    }
    kept_ = true;
    const FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent) ::fsync(parent.get());
    return {};
  }

 private:
  std::string path_;
  FileDescriptor file_;
  bool kept_ = false;
};

Result<void> check_pin(const std::string& path, const std::string& sha256,
                       const TrustPolicy& policy) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto pin = policy.pins.find(name);
  if (pin == policy.pins.end()) {
    return fail(ErrorCode::permission_denied,
                "its folder asks for a pinned digest, and plugins.pinned has no entry '" + name +
                    "'; its SHA-256 is " + sha256 +
                    ": put that there if the file is the one you mean to run");
  }
  if (pin->second != sha256) {
    return fail(ErrorCode::permission_denied,
                "its SHA-256 is " + sha256 + ", but " + policy.pins_are_in + " says " +
                    pin->second + "; if the new file is the one you mean to run, change the entry");
  }
  return {};
}

std::string copy_path(const TrustPolicy& policy, const std::string& sha256) {
  return policy.cache_dir + "/" + sha256 + ".so";
}

/// A copy from an earlier run, if it is still what its name says; else none.
FileDescriptor intact_copy(const TrustPolicy& policy, const std::string& sha256) {
  Result<FileDescriptor> copy = open_regular(copy_path(policy, sha256), policy.largest);
  if (!copy) return FileDescriptor();
  const Result<std::string> content = hash_and_copy(copy->get(), -1, policy.largest);
  return content && *content == sha256 ? std::move(*copy) : FileDescriptor();
}

}  // namespace

std::string_view to_string(Trust trust) {
  switch (trust) {
    case Trust::pinned:
      return "pinned";
    case Trust::by_signature:
      return "signed";
    case Trust::any:
      break;
  }
  return "any";
}

Trust parse_trust(std::string_view text) {
  if (text == "pinned") return Trust::pinned;
  return text == "signed" ? Trust::by_signature : Trust::any;
}

Result<AdmittedFile> admit(const std::string& path, const TrustPolicy& policy) {
  Result<FileDescriptor> file = open_regular(path, policy.largest);
  if (!file) return fail(file.error());
  if (const Result<void> good = check_owner(file->get()); !good) return fail(good.error());
  if (const Result<void> good = check_parents(path, policy.roots); !good) return fail(good.error());
  if (const Result<void> ready = prepare_cache(policy.cache_dir); !ready) {
    return fail(ready.error());
  }

  Result<std::string> sha256 = hash_and_copy(file->get(), -1, policy.largest);
  if (!sha256) return fail(sha256.error());
  const FileDescriptor earlier = intact_copy(policy, *sha256);
  std::optional<TemporaryFile> copy;
  if (!earlier) {
    copy.emplace(policy.cache_dir);
    if (!*copy || ::lseek(file->get(), 0, SEEK_SET) != 0) {
      return fail(ErrorCode::unavailable, "no file can be made in the cache folder " +
                                              policy.cache_dir + ": " + system_text());
    }
    sha256 = hash_and_copy(file->get(), copy->get(), policy.largest);
    if (!sha256) return fail(sha256.error());
  }

  AdmittedFile admitted{copy_path(policy, *sha256), *sha256, policy.trust, {}};
  if (policy.trust == Trust::pinned) {
    if (const Result<void> good = check_pin(path, *sha256, policy); !good) {
      return fail(good.error());
    }
  } else if (policy.trust == Trust::by_signature) {
    // Of the copy: the file may have been replaced while it was read.
    Result<std::string> signer =
        signer_of(path, copy ? copy->get() : earlier.get(), policy.keys_dir, policy.roots);
    if (!signer) return fail(signer.error());
    admitted.signer = std::move(*signer);
  }
  if (!copy) return admitted;
  if (const Result<void> kept = copy->keep_as(policy.cache_dir, admitted.path); !kept) {
    return fail(kept.error());
  }
  return admitted;
}

Result<std::string> hash_file(const std::string& path, std::uint64_t largest) {
  Result<FileDescriptor> file = open_regular(path, largest);
  if (!file) return fail(file.error());
  return hash_and_copy(file->get(), -1, largest);
}

}  // namespace commsd::plugin
