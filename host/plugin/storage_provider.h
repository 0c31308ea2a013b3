#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace commsd::plugin {

struct StoredObject {
  std::string content_type;
  std::string bytes;
  std::uint64_t byte_count = 0;  // of the whole object, also when a part was asked for
};

/// What is known of an object without reading it.
struct ObjectFacts {
  std::string content_type;
  std::string etag;  // the provider's own, for nothing but comparing
  std::uint64_t byte_count = 0;
  UnixMillis modified_at = 0;
};

/// Objects under keys. Keys are UTF-8, up to 512 bytes, '/' separates, no empty, "." or ".." part;
/// anything else is invalid_argument. [any executor]
class StorageProvider {
 public:
  virtual ~StorageProvider() = default;

  virtual const std::string& name() const = 0;
  /// The whole object, atomically, replacing what was there.
  virtual Task<Result<void>> put(std::string key, std::string content_type, std::string bytes,
                                 std::chrono::milliseconds limit) = 0;
  /// `length` 0 = to the end. not_found; invalid_argument: offset beyond the end; rejected: more
  /// than 64 MiB would have to be held in memory.
  virtual Task<Result<StoredObject>> get(std::string key, std::uint64_t offset,
                                         std::uint64_t length, std::chrono::milliseconds limit) = 0;
  /// not_found.
  virtual Task<Result<ObjectFacts>> head(std::string key, std::chrono::milliseconds limit) = 0;
  /// Removing what is gone succeeds.
  virtual Task<Result<void>> remove(std::string key, std::chrono::milliseconds limit) = 0;
  /// A URL that allows `method` (GET or PUT) on the key, at most 7 days. unsupported: the host
  /// must serve the object itself. Pure, on the calling thread.
  virtual Result<std::string> signed_url(std::string_view key, std::string_view method,
                                         std::chrono::seconds ttl) = 0;
};

}  // namespace commsd::plugin
