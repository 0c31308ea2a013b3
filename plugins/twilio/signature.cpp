#include "signature.h"

#include <algorithm>
#include <map>
#include <set>

namespace twilio {

namespace {

/// scheme://authority | rest, with the port cut out of the authority.
struct Parts {
  std::string scheme, host, port, rest;
};

Parts split(std::string_view url) {
  Parts parts;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return parts;
  parts.scheme = url.substr(0, scheme + 3);
  url.remove_prefix(scheme + 3);
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  parts.rest = url.substr(authority.size());
  // In user:password@[::1]:443 only the last colon behind '@' and ']' begins a port.
  const std::size_t inside = authority.find_last_of("@]");
  const std::size_t colon = authority.find(':', inside == std::string_view::npos ? 0 : inside + 1);
  parts.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) parts.port = authority.substr(colon);
  return parts;
}

std::string standard_port(std::string_view scheme) {
  return scheme == "https://" || scheme == "wss://" ? ":443" : ":80";
}

/// The query the way Node's `querystring` writes it: some of Twilio's back ends sign that form.
std::string with_rewritten_query(const std::string& rest) {
  const std::size_t mark = rest.find('?');
  if (mark == std::string::npos) return rest;
  std::string query;
  const comms::Form form(std::string_view(rest).substr(mark + 1));
  for (const auto& [name, value] : form.fields()) {
    if (!query.empty()) query += '&';
    query += comms::percent_encode(name, "!'()*") + '=' + comms::percent_encode(value, "!'()*");
  }
  return rest.substr(0, mark + 1) + query;
}

/// The forms of the URL that Twilio may have signed: proxies add or drop the standard port.
std::vector<std::string> candidates(std::string_view url) {
  const Parts parts = split(url);
  if (parts.scheme.empty()) return {};
  const std::string port = parts.port.empty() ? standard_port(parts.scheme) : parts.port;
  std::vector<std::string> urls;
  for (const std::string& rest : {parts.rest, with_rewritten_query(parts.rest)}) {
    urls.push_back(parts.scheme + parts.host + rest);
    urls.push_back(parts.scheme + parts.host + port + rest);
  }
  return urls;
}

/// Fields sorted by name; of a repeated field its distinct values, sorted.
std::string signed_fields(const comms::Form& form) {
  std::map<std::string, std::set<std::string>> sorted;
  for (const auto& [name, value] : form.fields()) sorted[name].insert(value);
  std::string text;
  for (const auto& [name, values] : sorted) {
    for (const std::string& value : values) text.append(name).append(value);
  }
  return text;
}

}  // namespace

bool is_authentic(const comms::Host& host, std::string_view auth_token, const comms::HttpIn& in) {
  const std::string_view signature = in.header("X-Twilio-Signature");
  if (auth_token.empty() || signature.empty()) return false;
  const comms::Crypto crypto(host);

  std::string fields;
  const comms::Form query = in.query();
  if (query.has("bodySHA256")) {
    const std::string hash = comms::hex(crypto.sha256(in.body));
    if (!crypto.equal(hash, query.get("bodySHA256"))) return false;
  } else if (!in.body.empty()) {
    if (in.method == "GET" || !in.is_form()) return false;
    fields = signed_fields(in.form());
  }
  for (const std::string& url : candidates(in.url)) {
    if (crypto.equal(signature, crypto.base64(crypto.hmac_sha1(auth_token, url + fields)))) {
      return true;
    }
  }
  return false;
}

}  // namespace twilio
