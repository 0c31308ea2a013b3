#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/storage.hpp>

#include "settings.h"

namespace s3 {

/// Objects in a bucket, over S3's REST API ("Amazon S3 API reference"). Everything here may be done
/// twice without harm, so nothing is ever ambiguous: whoever is not sure does it again.
class Storage final : public comms::StorageProvider {
 public:
  Storage(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  comms::Outcome<comms::Fields> put(std::string_view key, std::string_view content_type,
                                    std::string_view data) override;
  comms::Outcome<comms::Blob> get(std::string_view key, std::uint64_t offset,
                                  std::uint64_t length) override;
  comms::Outcome<comms::Fields> head(std::string_view key) override;
  comms::Outcome<comms::Done> remove(std::string_view key) override;
  std::string signed_url(std::string_view key, std::string_view method,
                         std::uint32_t ttl_s) override;

 private:
  /// A request without content.
  comms::Request ask(std::string method, const Target& target) const;

  comms::Host host_;
  comms::Crypto crypto_;
  Settings settings_;
  Signer signer_;
};

}  // namespace s3
