#include "plugin/file_ownership.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace commsd::plugin {
namespace {

std::string system_text() {
  return std::generic_category().message(errno);
}

bool owner_is_trusted(const struct stat& status) {
  return status.st_uid == 0 || status.st_uid == ::geteuid();
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

}  // namespace

Result<FileDescriptor> open_regular(const std::string& path, std::uint64_t largest) {
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

Result<void> check_owner(int file) {
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

Result<std::string> read_small_file(const std::string& path, std::uint64_t largest) {
  const Result<FileDescriptor> file = open_regular(path, largest);
  if (!file) return fail(file.error());
  std::string text(static_cast<std::size_t>(largest) + 1, '\0');
  std::size_t total = 0;
  while (total < text.size()) {
    const ssize_t got = ::read(file->get(), text.data() + total, text.size() - total);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::unavailable, "it cannot be read: " + system_text());
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  if (total > largest) return fail(ErrorCode::too_large, "it grows while it is read");
  text.resize(total);
  return text;
}

}  // namespace commsd::plugin
