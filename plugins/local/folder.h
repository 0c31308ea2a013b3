#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>

namespace local_plugin {

/// An open file, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

/// The folder of the objects. Names are made by us (hexadecimal), every step of a path is opened on
/// its own and no symbolic link is followed below the root: what somebody plants in the folder
/// cannot lead out of it. [any thread]
class Folder {
 public:
  /// Makes the folder when it is missing, for this user alone. Throws comms::Error(COMMS_INVALID).
  explicit Folder(const std::string& path);

  /// A new file to write to under tmp/. Throws comms::Error.
  Descriptor make_temporary(const std::string& name) const;
  void drop_temporary(const std::string& name) const noexcept;
  /// Moves a temporary file to its place, replacing what was there. Throws comms::Error.
  void keep(const std::string& temporary, std::string_view name) const;
  /// After keep or unlink: the change itself survives a power cut. Throws comms::Error.
  void make_durable(std::string_view name) const;
  /// None when there is no such object. Throws comms::Error for what is no plain file.
  std::optional<Descriptor> open_object(std::string_view name) const;
  /// Bytes on disk of an object, 0 when there is none.
  std::uint64_t size_of(std::string_view name) const;
  /// False when there was none. Throws comms::Error.
  bool unlink_object(std::string_view name) const;

  /// Whether it can be written to. Throws comms::Error when not.
  void check() const;
  /// Bytes of all objects.
  std::uint64_t total_size() const;
  /// Removes what a crash left in tmp/. Young files stay: they may be those of the instance that
  /// this one replaces.
  void remove_old_temporaries() const;

 private:
  /// The folder of an object: the first two characters of its name.
  Descriptor part_of(std::string_view name) const;

  std::string path_;
  Descriptor root_;
  Descriptor temporary_;
};

/// The error of a failed system call, by errno: what it means for the caller and what to do.
[[noreturn]] void throw_system_error(int code, const std::string& what);

}  // namespace local_plugin
