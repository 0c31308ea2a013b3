#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <comms/cpp/json.hpp>
#include <comms/cpp/storage.hpp>

#include "folder.h"
#include "object_header.h"

namespace local_plugin {

/// Objects as files of one folder. A file is named by the SHA-256 of its key, in 256 subfolders:
/// so every key works (a part may be longer than a file name, "a" may stand beside "a/b", case
/// counts on any file system) and no key can name a path. There are no signed URLs: nothing but the
/// server can reach the folder, so the server serves the objects.
class Storage final : public comms::StorageProvider {
 public:
  Storage(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Fields> put(std::string_view key, std::string_view content_type,
                                    std::string_view data) override;
  comms::Outcome<comms::Blob> get(std::string_view key, std::uint64_t offset,
                                  std::uint64_t length) override;
  comms::Outcome<comms::Fields> head(std::string_view key) override;
  comms::Outcome<comms::Done> remove(std::string_view key) override;
  comms::Outcome<comms::Done> probe();

 private:
  struct Opened {
    Descriptor file;
    ParsedHeader parsed;
    std::int64_t modified_at_ms;
  };

  std::string name_of(std::string_view key) const;
  Opened open(std::string_view key) const;
  void reserve(std::uint64_t size);
  void give_back(std::uint64_t size);

  comms::Crypto crypto_;
  Folder folder_;
  std::uint64_t max_bytes_;
  std::mutex mutex_;  // used_, and that it agrees with what is in the folder
  std::uint64_t used_ = 0;
};

}  // namespace local_plugin
