#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/storage.hpp>

namespace supabase_storage {

/// Objects in a bucket of Supabase Storage, over its REST API (the OpenAPI document of its server).
/// Everything here may be done twice without harm.
class Storage final : public comms::StorageProvider {
 public:
  Storage(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  /// Without the field etag: the vendor's answer has none.
  comms::Outcome<comms::Fields> put(std::string_view key, std::string_view content_type,
                                    std::string_view data) override;
  comms::Outcome<comms::Blob> get(std::string_view key, std::uint64_t offset,
                                  std::uint64_t length) override;
  comms::Outcome<comms::Fields> head(std::string_view key) override;
  comms::Outcome<comms::Done> remove(std::string_view key) override;
  std::string signed_url(std::string_view key, std::string_view method,
                         std::uint32_t ttl_s) override;

 private:
  comms::Request ask(std::string method, const std::string& path) const;
  /// "bucket/name", as a claim and, encoded, as a path.
  std::string place_of(std::string_view key) const;
  std::string path_of(std::string_view key) const;

  comms::Host host_;
  comms::Crypto crypto_;
  std::string base_, bucket_, key_, secret_, prefix_;
};

}  // namespace supabase_storage
