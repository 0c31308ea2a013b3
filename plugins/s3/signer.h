#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/http.hpp>

namespace s3 {

using Query = std::vector<std::pair<std::string, std::string>>;

/// What a signature covers of a URL.
struct Target {
  std::string scheme;
  std::string authority;  // as in the Host header: no port when it is the scheme's own
  std::string path;       // encoded, from the first slash
  Query query{};          // not encoded

  std::string url() const;
};

/// An origin and what stands behind it, "https://host:9000/path", in parts. Throws
/// comms::Error(COMMS_INVALID) that names `setting`.
Target parse_endpoint(std::string_view url, std::string_view setting);

struct Credentials {
  std::string access_key_id, secret_access_key, session_token, region;
};

/// AWS Signature Version 4 for S3 ("Authenticating Requests" in the S3 API reference): unlike other
/// services S3 takes the path as it is sent, encoded once. [any]
class Signer {
 public:
  Signer(const comms::Host& host, Credentials credentials)
      : host_(host), crypto_(host_), credentials_(std::move(credentials)) {}

  /// Over HTTPS the hash of the content may be left out.
  static constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

  /// A request with the headers that authenticate it. `payload_hash` is the SHA-256 of the content
  /// in hex or `unsigned_payload`; an empty `content_type` is none.
  comms::Request sign(std::string method, const Target& target, std::string_view payload_hash,
                      const std::string& content_type = {}) const;
  /// A URL that does the same for `ttl_s` seconds without further headers.
  std::string presign(std::string_view method, Target target, std::uint32_t ttl_s) const;

 private:
  struct Time {
    std::string stamp, date, scope;
  };
  Time time() const;
  std::string signature(const Time& time, const std::string& canonical_request) const;

  comms::Host host_;
  comms::Crypto crypto_;
  Credentials credentials_;
};

}  // namespace s3
