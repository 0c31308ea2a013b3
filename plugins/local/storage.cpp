#include "storage.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unistd.h>

#include <comms/cpp/object_key.hpp>

namespace local_plugin {

namespace {

constexpr std::size_t piece_size = std::size_t{256} * 1024;

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void write_all(const Descriptor& file, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = write(file.get(), data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(errno, "writing an object");
    data.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Reads up to `size` bytes; fewer only at the end of the file.
std::string read_at(const Descriptor& file, std::uint64_t offset, std::size_t size) {
  std::string data(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t count =
        pread(file.get(), data.data() + have, size - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(errno, "reading an object");
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  data.resize(have);
  return data;
}

comms::Error damaged() {
  return comms::Error(COMMS_INTERNAL, "an object in the storage folder is damaged", "damaged",
                      "restore the storage folder from a backup");
}

/// Hands a part of a file on in pieces, so that a large object is not held here as well.
class FilePart final : public comms::Pending<comms::Blob> {
 public:
  FilePart(Descriptor file, comms::Fields fields, std::uint64_t begin, std::uint64_t length)
      : file_(std::move(file)), fields_(std::move(fields)), begin_(begin), length_(length) {}

  comms::Status start(const comms::Host& host, comms_op* op,
                      std::unique_ptr<comms::Pending<comms::Blob>>) override {
    comms::deliver(host, op, fields_);
    while (length_ > 0) {
      const std::string piece = read_at(
          file_, begin_, static_cast<std::size_t>(std::min<std::uint64_t>(length_, piece_size)));
      if (piece.empty()) throw damaged();
      begin_ += piece.size();
      length_ -= piece.size();
      const comms::Status status = host.result().chunk(op, comms::bytes(piece));
      // A full receiver took it; there is nothing to wait for in an operation that may block.
      if (status != COMMS_OK && status != COMMS_BACKPRESSURE) return status;
    }
    return COMMS_OK;
  }

 private:
  Descriptor file_;
  comms::Fields fields_;
  std::uint64_t begin_;
  std::uint64_t length_;
};

}  // namespace

Storage::Storage(const comms::Host& host, const comms::Config& config)
    : crypto_(host),
      folder_(config.required("root")),
      max_bytes_(static_cast<std::uint64_t>(config.integer("max_megabytes")) * 1024 * 1024) {
  folder_.remove_old_temporaries();
  if (max_bytes_ > 0) used_ = folder_.total_size();
}

std::string Storage::name_of(std::string_view key) const {
  comms::check_object_key(key);
  return comms::hex(crypto_.sha256(key));
}

void Storage::reserve(std::uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Old and new both count while one replaces the other: for a moment both are on the disk.
  if (max_bytes_ > 0 && (size > max_bytes_ || used_ > max_bytes_ - size)) {
    throw comms::Error(COMMS_UNAVAILABLE, "the storage folder has reached max_megabytes",
                       "disk_full", "raise max_megabytes or remove media that is not needed");
  }
  used_ += size;
}

void Storage::give_back(std::uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  used_ -= std::min(size, used_);
}

comms::Outcome<comms::Fields> Storage::put(std::string_view key, std::string_view content_type,
                                           std::string_view data) {
  const std::string name = name_of(key);
  if (content_type.size() > ObjectHeader::max_type || has_control_character(content_type)) {
    throw comms::Error(COMMS_INVALID,
                       "a content type has at most 255 bytes and no control "
                       "character");
  }
  const ObjectHeader header{std::string(key), std::string(content_type),
                            comms::hex(crypto_.sha256(data)), data.size()};
  const std::string start = header.to_bytes();
  const std::uint64_t size = start.size() + data.size();

  reserve(size);
  const std::string temporary = name.substr(0, 16) + '.' + comms::hex(crypto_.random(8));
  try {
    const Descriptor file = folder_.make_temporary(temporary);
    write_all(file, start);
    write_all(file, data);
    if (fsync(file.get()) != 0) throw_system_error(errno, "writing an object");
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::uint64_t replaced = folder_.size_of(name);
    folder_.keep(temporary, name);
    used_ -= std::min(replaced, used_);
  } catch (...) {
    folder_.drop_temporary(temporary);
    give_back(size);
    throw;
  }
  folder_.make_durable(name);
  return comms::Fields{{"etag", header.etag}};
}

Storage::Opened Storage::open(std::string_view key) const {
  std::optional<Descriptor> file = folder_.open_object(name_of(key));
  if (!file) throw comms::Error(COMMS_NOT_FOUND, "there is no such object");
  struct stat status {};
  if (fstat(file->get(), &status) != 0) throw_system_error(errno, "reading an object");
  std::optional<ParsedHeader> parsed = parse_header(read_at(*file, 0, ObjectHeader::max_size));
  if (!parsed || parsed->header.key != key ||
      static_cast<std::uint64_t>(status.st_size) != parsed->size + parsed->header.byte_count) {
    throw damaged();
  }
  const std::int64_t modified_at_ms =
      std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1000000;
  return {std::move(*file), std::move(*parsed), modified_at_ms};
}

comms::Outcome<comms::Blob> Storage::get(std::string_view key, std::uint64_t offset,
                                         std::uint64_t length) {
  Opened object = open(key);
  const std::uint64_t whole = object.parsed.header.byte_count;
  if (offset > whole) throw comms::Error(COMMS_INVALID, "the offset is beyond the object's end");
  const std::uint64_t rest = whole - offset;
  return comms::Outcome<comms::Blob>(std::make_unique<FilePart>(
      std::move(object.file),
      comms::Fields{{"content_type", object.parsed.header.content_type},
                    {"byte_count", std::to_string(whole)}},
      object.parsed.size + offset, length == 0 ? rest : std::min(length, rest)));
}

comms::Outcome<comms::Fields> Storage::head(std::string_view key) {
  const Opened object = open(key);
  const ObjectHeader& header = object.parsed.header;
  return comms::Fields{{"byte_count", std::to_string(header.byte_count)},
                       {"content_type", header.content_type},
                       {"etag", header.etag},
                       {"modified_at_ms", std::to_string(object.modified_at_ms)}};
}

comms::Outcome<comms::Done> Storage::remove(std::string_view key) {
  const std::string name = name_of(key);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::uint64_t size = folder_.size_of(name);
    if (!folder_.unlink_object(name)) return comms::Done{};
    used_ -= std::min(size, used_);
  }
  folder_.make_durable(name);
  return comms::Done{};
}

comms::Outcome<comms::Done> Storage::probe() {
  folder_.check();
  return comms::Done{};
}

}  // namespace local_plugin
