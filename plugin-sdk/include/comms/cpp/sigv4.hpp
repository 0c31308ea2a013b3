#pragma once

#include <algorithm>
#include <ctime>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/http.hpp>

// AWS Signature Version 4 ("AWS API request signing" in the IAM user guide), for every service.

namespace comms::aws {

/// What a signature covers of a URL.
struct Target {
  std::string scheme;
  std::string authority;  // as in the Host header: no port when it is the scheme's own
  std::string path;       // encoded, from the first slash
  Fields query{};         // not encoded

  /// Sorted by the encoded name, as both the signature and the URL have it.
  std::string query_text() const {
    Fields encoded;
    for (const auto& [name, value] : query) {
      encoded.emplace_back(percent_encode(name), percent_encode(value));
    }
    std::sort(encoded.begin(), encoded.end());
    std::string text;
    for (const auto& [name, value] : encoded) {
      if (!text.empty()) text += '&';
      text.append(name).append("=").append(value);
    }
    return text;
  }
  std::string url() const {
    const std::string text = scheme + "://" + authority + path;
    return query.empty() ? text : text + '?' + query_text();
  }
};

/// An origin and what stands behind it, "https://host:9000/path", in parts. Throws COMMS_INVALID
/// that names `setting`.
inline Target parse_endpoint(std::string_view url, std::string_view setting) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  };
  const auto wrong = [&] {
    return Error(COMMS_INVALID,
                 std::string(setting) + " is not an address such as https://s3.example.com");
  };
  Target target;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) throw wrong();
  target.scheme = lower(url.substr(0, scheme));
  if (target.scheme != "https" && target.scheme != "http") throw wrong();
  url.remove_prefix(scheme + 3);
  const std::size_t slash = std::min(url.find('/'), url.size());
  target.authority = lower(url.substr(0, slash));
  target.path = url.substr(slash);
  while (!target.path.empty() && target.path.back() == '/') target.path.pop_back();
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("?#@\\\"<>").find(c) == std::string_view::npos;
  });
  if (target.authority.empty() || !plain) throw wrong();
  // The Host header, which is signed, names a port only when it is not the scheme's own.
  const std::string_view own = target.scheme == "https" ? ":443" : ":80";
  if (target.authority.size() > own.size() &&
      std::string_view(target.authority).substr(target.authority.size() - own.size()) == own) {
    target.authority.resize(target.authority.size() - own.size());
  }
  return target;
}

struct Credentials {
  std::string access_key_id, secret_access_key, session_token, region;
};

/// Signs for one service: "s3", "ses". [any]
class Signer {
 public:
  Signer(const Host& host, std::string service, Credentials credentials)
      : host_(host),
        crypto_(host_),
        service_(std::move(service)),
        credentials_(std::move(credentials)) {}

  /// S3 over HTTPS takes this in the place of the content's hash.
  static constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

  /// A request with the headers that authenticate it. `payload_hash` is the SHA-256 of the content
  /// in hex or `unsigned_payload`; an empty `content_type` is none.
  Request sign(std::string method, const Target& target, std::string_view payload_hash,
               const std::string& content_type = {}) const {
    const Time now = time();
    Fields headers;  // by name, as the signature wants them
    if (!content_type.empty()) headers.emplace_back("content-type", content_type);
    headers.emplace_back("host", target.authority);
    headers.emplace_back("x-amz-content-sha256", payload_hash);
    headers.emplace_back("x-amz-date", now.stamp);
    if (!credentials_.session_token.empty()) {
      headers.emplace_back("x-amz-security-token", credentials_.session_token);
    }
    std::string lines;
    std::string names;
    for (const auto& [name, value] : headers) {
      lines.append(name).append(":").append(value).append("\n");
      names.append(names.empty() ? "" : ";").append(name);
    }
    const std::string canonical = method + '\n' + canonical_path(target) + '\n' +
                                  target.query_text() + '\n' + lines + '\n' + names + '\n' +
                                  std::string(payload_hash);
    Request request(std::move(method), target.url());
    for (const auto& [name, value] : headers) {
      if (name != "host" && name != "content-type") request.header(name, value);
    }
    request.header("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials_.access_key_id +
                                        '/' + now.scope + ", SignedHeaders=" + names +
                                        ", Signature=" + signature(now, canonical));
    return request;
  }

  /// A URL that does the same for `ttl_s` seconds without further headers.
  std::string presign(std::string_view method, Target target, std::uint32_t ttl_s) const {
    const Time now = time();
    target.query.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    target.query.emplace_back("X-Amz-Credential", credentials_.access_key_id + '/' + now.scope);
    target.query.emplace_back("X-Amz-Date", now.stamp);
    target.query.emplace_back("X-Amz-Expires", std::to_string(ttl_s));
    target.query.emplace_back("X-Amz-SignedHeaders", "host");
    if (!credentials_.session_token.empty()) {
      target.query.emplace_back("X-Amz-Security-Token", credentials_.session_token);
    }
    const std::string canonical = std::string(method) + '\n' + canonical_path(target) + '\n' +
                                  target.query_text() + "\nhost:" + target.authority +
                                  "\n\nhost\n" + std::string(unsigned_payload);
    return target.url() + "&X-Amz-Signature=" + signature(now, canonical);
  }

 private:
  struct Time {
    std::string stamp, date, scope;
  };
  Time time() const {
    const std::time_t now = static_cast<std::time_t>(host_.now_ms() / 1000);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[sizeof "20130524T000000Z"];
    std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    Time time;
    time.stamp = text;
    time.date = time.stamp.substr(0, 8);
    time.scope = time.date + '/' + credentials_.region + '/' + service_ + "/aws4_request";
    return time;
  }
  /// S3 takes the path as it is sent, encoded once; all others encode it once more.
  std::string canonical_path(const Target& target) const {
    return service_ == "s3" ? target.path : percent_encode(target.path, "/");
  }
  std::string signature(const Time& time, const std::string& canonical_request) const {
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + time.stamp + '\n' + time.scope + '\n' +
                                hex(crypto_.sha256(canonical_request));
    std::string key = "AWS4" + credentials_.secret_access_key;
    const std::string_view parts[] = {time.date, credentials_.region, service_, "aws4_request"};
    for (const std::string_view part : parts) key = crypto_.hmac_sha256(key, part);
    return hex(crypto_.hmac_sha256(key, to_sign));
  }

  Host host_;
  Crypto crypto_;
  std::string service_;
  Credentials credentials_;
};

}  // namespace comms::aws
