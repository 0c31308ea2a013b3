#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <comms/cpp/json.hpp>
#include <comms/cpp/sigv4.hpp>

namespace s3 {

using comms::aws::Credentials;
using comms::aws::Signer;
using comms::aws::Target;
using Query = comms::Fields;

/// Where the objects are, and how they are sent.
struct Settings {
  /// Throws comms::Error(COMMS_INVALID) that names the setting.
  explicit Settings(const comms::Config& config);

  Credentials credentials;
  Target bucket;         // what our requests go to
  Target public_bucket;  // what signed URLs are made for
  std::string prefix;
  bool signs_payload = false;
  std::size_t part_bytes = 0;

  /// Throws comms::Error(COMMS_INVALID) for what is no key (slot/storage.h).
  Target object(std::string_view key) const { return below(bucket, key); }
  Target public_object(std::string_view key) const { return below(public_bucket, key); }

 private:
  Target below(Target root, std::string_view key) const;
};

}  // namespace s3
