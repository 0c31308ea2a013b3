#include "plugin/trust_gate.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

#include <openssl/evp.h>

#include "base/digest.h"
#include "plugin/file_descriptor.h"

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

Result<FileDescriptor> open_plugin(const std::string& path, std::uint64_t largest) {
  // Non-blocking, because somebody may have put a FIFO there.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    if (errno == ELOOP) return fail(ErrorCode::invalid_argument, "it is a symbolic link");
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::permission_denied,
                "it cannot be opened: " + system_text());
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::invalid_argument, "it is not a regular file");
  }
  if (static_cast<std::uint64_t>(status.st_size) > largest) {
    return fail(ErrorCode::too_large, "it is larger than " + std::to_string(largest) + " bytes");
  }
  return file;
}

bool owner_is_trusted(const struct stat& status) {
  return status.st_uid == 0 || status.st_uid == ::geteuid();
}

Result<void> check_file(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return fail(ErrorCode::internal, "fstat: " + system_text());
  if (!owner_is_trusted(status)) {
    return fail(ErrorCode::permission_denied,
                "it belongs to user " + std::to_string(status.st_uid) +
                    "; it must belong to root or to the user the service runs as");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(ErrorCode::permission_denied, "others than its owner may write to it; chmod go-w");
  }
  return {};
}

Result<void> check_folder(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) {
    return fail(ErrorCode::permission_denied, "its folder " + folder + ": " + system_text());
  }
  if (!owner_is_trusted(status)) {
    return fail(ErrorCode::permission_denied,
                "the folder " + folder + " belongs to user " + std::to_string(status.st_uid) +
                    "; it must belong to root or to the user the service runs as");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return fail(ErrorCode::permission_denied,
                "others than its owner may write to the folder " + folder + "; chmod go-w");
  }
  return {};
}

Result<void> check_parents(const std::string& path, const std::vector<std::string>& roots) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(folder.c_str(), nullptr),
                                                         &std::free);
  if (!real) {
    return fail(ErrorCode::permission_denied, "its folder cannot be resolved: " + system_text());
  }
  for (std::string at = real.get(); !at.empty();) {
    if (std::find(roots.begin(), roots.end(), at) != roots.end() && at != "/") return {};
    if (Result<void> good = check_folder(at); !good) return good;
    if (at == "/") return {};
    const std::size_t cut = at.rfind('/');
    at = cut == 0 ? "/" : at.substr(0, cut);
  }
  return {};
}

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
  if (!policy.pinned) return {};
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto pin = policy.pins.find(name);
  if (pin == policy.pins.end()) {
    return fail(ErrorCode::permission_denied,
                "plugins.trust is 'pinned' and plugins.pinned has no entry '" + name +
                    "'; its SHA-256 is " + sha256);
  }
  if (pin->second != sha256) {
    return fail(ErrorCode::permission_denied,
                "its SHA-256 is " + sha256 + ", but plugins.pinned says " + pin->second);
  }
  return {};
}

}  // namespace

Result<AdmittedFile> admit(const std::string& path, const TrustPolicy& policy) {
  Result<FileDescriptor> file = open_plugin(path, policy.largest);
  if (!file) return fail(file.error());
  if (const Result<void> good = check_file(file->get()); !good) return fail(good.error());
  if (const Result<void> good = check_parents(path, policy.roots); !good) return fail(good.error());
  if (const Result<void> ready = prepare_cache(policy.cache_dir); !ready) {
    return fail(ready.error());
  }

  TemporaryFile copy(policy.cache_dir);
  if (!copy) {
    return fail(ErrorCode::unavailable, "no file can be made in the cache folder " +
                                            policy.cache_dir + ": " + system_text());
  }
  Result<std::string> sha256 = hash_and_copy(file->get(), copy.get(), policy.largest);
  if (!sha256) return fail(sha256.error());
  if (const Result<void> good = check_pin(path, *sha256, policy); !good) return fail(good.error());

  AdmittedFile admitted{policy.cache_dir + "/" + *sha256 + ".so", *sha256};
  // A copy from an earlier run is used only if it is still what its name says.
  const Result<std::string> earlier = hash_file(admitted.path, policy.largest);
  if (earlier && *earlier == *sha256) return admitted;
  if (const Result<void> kept = copy.keep_as(policy.cache_dir, admitted.path); !kept) {
    return fail(kept.error());
  }
  return admitted;
}

Result<std::string> hash_file(const std::string& path, std::uint64_t largest) {
  Result<FileDescriptor> file = open_plugin(path, largest);
  if (!file) return fail(file.error());
  return hash_and_copy(file->get(), -1, largest);
}

}  // namespace commsd::plugin
