#include "folder.h"

#include <cerrno>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <new>
#include <system_error>
#include <unistd.h>

#include <comms/cpp/types.hpp>

namespace local_plugin {

namespace {

constexpr std::size_t part_size = 2;
constexpr std::time_t old_after_s = 3600;

std::string part(std::string_view name) {
  return std::string(name.substr(0, part_size));
}
std::string rest(std::string_view name) {
  return std::string(name.substr(part_size));
}

void make_folders(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string step = path.substr(0, end);
    if (mkdir(step.c_str(), 0700) != 0 && errno != EEXIST) {
      throw comms::Error(COMMS_INVALID, "root: cannot make the folder " + step + ": " +
                                            std::generic_category().message(errno));
    }
    if (end == std::string::npos) return;
  }
}

Descriptor open_folder(int at, const char* name) {
  return Descriptor(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Listing = std::unique_ptr<DIR, CloseFolder>;

Listing list(int folder) {
  // A duplicate would share the position with every other reader of `folder`.
  const int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return nullptr;
  DIR* listing = fdopendir(own);
  if (!listing) close(own);
  return Listing(listing);
}

template <class Use>
void each_file(int folder, Use&& use) {
  const Listing listing = list(folder);
  if (!listing) throw_system_error(errno, "listing the storage folder");
  while (const dirent* entry = readdir(listing.get())) {
    struct stat file {};
    if (fstatat(folder, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0) use(entry->d_name, file);
  }
}

}  // namespace

void throw_system_error(int code, const std::string& what) {
  if (code == ENOMEM) throw std::bad_alloc();
  const std::string message = what + ": " + std::generic_category().message(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      throw comms::Error(COMMS_UNAVAILABLE, message, "disk_full",
                         "free space on the disk of the storage folder");
    case EACCES:
    case EPERM:
    case EROFS:
      throw comms::Error(COMMS_DENIED, message, "not_writable",
                         "give the server's user the storage folder");
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
      throw comms::Error(COMMS_INTERNAL, message, "foreign_file",
                         "something else was put into the storage folder; remove it");
    default:
      throw comms::Error(COMMS_UNAVAILABLE, message);
  }
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Folder::Folder(const std::string& path)
    : path_(path),
      root_([&] {
        make_folders(path);
        return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      }()),
      temporary_([&] {
        if (!root_) return -1;
        if (mkdirat(root_.get(), "tmp", 0700) != 0 && errno != EEXIST) return -1;
        return openat(root_.get(), "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      }()) {
  if (!root_ || !temporary_) {
    throw comms::Error(
        COMMS_INVALID,
        "root: cannot use the folder " + path + ": " + std::generic_category().message(errno), {},
        "it must be a folder that the server's user can write to");
  }
  check();
}

Descriptor Folder::make_temporary(const std::string& name) const {
  Descriptor file(openat(temporary_.get(), name.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw_system_error(errno, "making a file in the storage folder");
  return file;
}

void Folder::drop_temporary(const std::string& name) const noexcept {
  unlinkat(temporary_.get(), name.c_str(), 0);
}

Descriptor Folder::part_of(std::string_view name) const {
  return open_folder(root_.get(), part(name).c_str());
}

void Folder::keep(const std::string& temporary, std::string_view name) const {
  const bool made = mkdirat(root_.get(), part(name).c_str(), 0700) == 0;
  if (!made && errno != EEXIST) throw_system_error(errno, "making a part of the storage folder");
  if (made && fsync(root_.get()) != 0) throw_system_error(errno, "syncing the storage folder");
  const Descriptor folder = part_of(name);
  if (!folder) throw_system_error(errno, "opening a part of the storage folder");
  if (renameat(temporary_.get(), temporary.c_str(), folder.get(), rest(name).c_str()) != 0) {
    throw_system_error(errno, "putting an object into its place");
  }
}

void Folder::make_durable(std::string_view name) const {
  const Descriptor folder = part_of(name);
  if (!folder || fsync(folder.get()) != 0) throw_system_error(errno, "syncing the storage folder");
}

std::optional<Descriptor> Folder::open_object(std::string_view name) const {
  const Descriptor folder = part_of(name);
  if (!folder && errno == ENOENT) return std::nullopt;
  if (!folder) throw_system_error(errno, "opening a part of the storage folder");
  // Without O_NONBLOCK a pipe in the object's place would hold the worker for ever.
  Descriptor file(
      openat(folder.get(), rest(name).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) throw_system_error(errno, "opening an object");
  struct stat status {};
  if (fstat(file.get(), &status) != 0) throw_system_error(errno, "opening an object");
  if (!S_ISREG(status.st_mode)) throw_system_error(EISDIR, "opening an object");
  return file;
}

std::uint64_t Folder::size_of(std::string_view name) const {
  const Descriptor folder = part_of(name);
  struct stat status {};
  if (!folder || fstatat(folder.get(), rest(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return 0;
  }
  return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool Folder::unlink_object(std::string_view name) const {
  const Descriptor folder = part_of(name);
  if (!folder && errno == ENOENT) return false;
  if (!folder) throw_system_error(errno, "opening a part of the storage folder");
  if (unlinkat(folder.get(), rest(name).c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  throw_system_error(errno, "removing an object");
}

void Folder::check() const {
  if (faccessat(temporary_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0) return;
  throw comms::Error(COMMS_DENIED, "the folder " + path_ + " cannot be written to", {},
                     "give it to the user the server runs as");
}

std::uint64_t Folder::total_size() const {
  std::uint64_t total = 0;
  each_file(root_.get(), [&](const char* name, const struct stat& found) {
    if (!S_ISDIR(found.st_mode) || std::string_view(name).size() != part_size || *name == '.') {
      return;
    }
    const Descriptor folder = open_folder(root_.get(), name);
    if (!folder) return;
    each_file(folder.get(), [&](const char*, const struct stat& file) {
      if (S_ISREG(file.st_mode)) total += static_cast<std::uint64_t>(file.st_size);
    });
  });
  return total;
}

void Folder::remove_old_temporaries() const {
  const std::time_t now = std::time(nullptr);
  each_file(temporary_.get(), [&](const char* name, const struct stat& file) {
    if (S_ISREG(file.st_mode) && now - file.st_mtime > old_after_s) {
      unlinkat(temporary_.get(), name, 0);
    }
  });
}

}  // namespace local_plugin
