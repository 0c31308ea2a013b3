#include "signer.h"

#include <algorithm>
#include <cctype>
#include <ctime>

namespace s3 {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Sorted by the encoded name, as both the signature and the URL have it.
std::string to_text(const Query& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(comms::percent_encode(name), comms::percent_encode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

}  // namespace

std::string Target::url() const {
  std::string text = scheme;
  text.append("://").append(authority).append(path);
  return query.empty() ? text : text + '?' + to_text(query);
}

Target parse_endpoint(std::string_view url, std::string_view setting) {
  const auto wrong = [&] {
    return comms::Error(COMMS_INVALID,
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

Signer::Time Signer::time() const {
  const std::time_t now = static_cast<std::time_t>(host_.now_ms() / 1000);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[sizeof "20130524T000000Z"];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  Time time;
  time.stamp = text;
  time.date = time.stamp.substr(0, 8);
  time.scope = time.date + '/' + credentials_.region + "/s3/aws4_request";
  return time;
}

std::string Signer::signature(const Time& time, const std::string& canonical_request) const {
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + time.stamp + '\n' + time.scope + '\n' +
                              comms::hex(crypto_.sha256(canonical_request));
  std::string key = "AWS4" + credentials_.secret_access_key;
  for (const std::string_view part :
       {std::string_view(time.date), std::string_view(credentials_.region), std::string_view("s3"),
        std::string_view("aws4_request")}) {
    key = crypto_.hmac_sha256(key, part);
  }
  return comms::hex(crypto_.hmac_sha256(key, to_sign));
}

comms::Request Signer::sign(std::string method, const Target& target, std::string_view payload_hash,
                            const std::string& content_type) const {
  const Time now = time();
  // By name, as the signature wants them.
  comms::Fields headers;
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
  const std::string canonical = method + '\n' + target.path + '\n' + to_text(target.query) + '\n' +
                                lines + '\n' + names + '\n' + std::string(payload_hash);
  comms::Request request(std::move(method), target.url());
  for (const auto& [name, value] : headers) {
    if (name != "host" && name != "content-type") request.header(name, value);
  }
  request.header("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials_.access_key_id +
                                      '/' + now.scope + ", SignedHeaders=" + names +
                                      ", Signature=" + signature(now, canonical));
  return request;
}

std::string Signer::presign(std::string_view method, Target target, std::uint32_t ttl_s) const {
  const Time now = time();
  target.query.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  target.query.emplace_back("X-Amz-Credential", credentials_.access_key_id + '/' + now.scope);
  target.query.emplace_back("X-Amz-Date", now.stamp);
  target.query.emplace_back("X-Amz-Expires", std::to_string(ttl_s));
  target.query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials_.session_token.empty()) {
    target.query.emplace_back("X-Amz-Security-Token", credentials_.session_token);
  }
  const std::string canonical = std::string(method) + '\n' + target.path + '\n' +
                                to_text(target.query) + "\nhost:" + target.authority +
                                "\n\nhost\n" + std::string(unsigned_payload);
  return target.url() + "&X-Amz-Signature=" + signature(now, canonical);
}

}  // namespace s3
