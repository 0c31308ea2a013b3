#include "signature.h"

#include <algorithm>
#include <charconv>

namespace vonage {

namespace {

constexpr std::int64_t freshness_seconds = 300;

bool is_fresh(const comms::Host& host, std::int64_t unix_seconds) {
  const std::int64_t now = host.now_ms() / 1000;
  return unix_seconds >= now - freshness_seconds && unix_seconds <= now + freshness_seconds;
}

std::string_view bearer(const comms::HttpIn& in) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view value = in.header("Authorization");
  if (!comms::same_text(value.substr(0, scheme.size()), scheme)) return {};
  return value.substr(scheme.size());
}

struct Token {
  std::string_view signed_part, signature;
  std::string header, claims;
};

/// Three parts of base64url (RFC 7515 section 7.1); empty claims = it is not one.
Token split(const comms::Crypto& crypto, std::string_view jwt) {
  Token token;
  const std::size_t first = jwt.find('.'), last = jwt.rfind('.');
  if (first == std::string_view::npos || first == last) return token;
  constexpr std::uint32_t url = COMMS_BASE64_URL | COMMS_BASE64_UNPADDED;
  const auto header = crypto.from_base64(jwt.substr(0, first), url);
  const auto claims = crypto.from_base64(jwt.substr(first + 1, last - first - 1), url);
  if (!header || !claims) return token;
  token.signed_part = jwt.substr(0, last);
  token.signature = jwt.substr(last + 1);
  token.header = *header;
  token.claims = *claims;
  return token;
}

bool token_is_good(const Account& account, const comms::HttpIn& in) {
  const comms::Host& host = account.host();
  const comms::Crypto crypto(host);
  const Token token = split(crypto, bearer(in));
  if (token.claims.empty() || in.body.empty()) return false;
  // HS256 and nothing else: "none", or RS256 with a key of the sender's choice, prove nothing.
  if (comms::Json(host, token.header)["alg"].text() != "HS256") return false;
  const std::string expected =
      crypto.base64(crypto.hmac_sha256(account.signature_secret(), token.signed_part),
                    COMMS_BASE64_URL | COMMS_BASE64_UNPADDED);
  if (!crypto.equal(expected, token.signature)) return false;
  const comms::Json claims(host, token.claims);
  if (!is_fresh(host, claims["iat"].integer())) return false;
  if (claims["exp"] && claims["exp"].integer() < host.now_ms() / 1000) return false;
  return crypto.equal(comms::hex(crypto.sha256(in.body)), claims["payload_hash"].text());
}

/// As the Python SDK's sign_params does; the Node SDK escapes otherwise and disagrees with it.
std::string signing_string(comms::Fields parameters) {
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (auto& [name, value] : parameters) {
    if (name == "sig") continue;
    std::replace_if(
        value.begin(), value.end(), [](char c) { return c == '&' || c == '='; }, '_');
    text += '&' + name + '=' + value;
  }
  return text;
}

std::string signed_with(const comms::Crypto& crypto, std::string_view method,
                        const std::string& secret, const std::string& text) {
  if (method == "md5hash") return comms::hex(crypto.md5(text + secret));
  if (method == "md5") return comms::hex(crypto.hmac_md5(secret, text));
  if (method == "sha1") return comms::hex(crypto.hmac_sha1(secret, text));
  if (method == "sha512") return comms::hex(crypto.hmac_sha512(secret, text));
  return comms::hex(crypto.hmac_sha256(secret, text));
}

std::string value_of(const comms::Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

bool parameters_are_good(const Account& account, const comms::HttpIn& in) {
  const comms::Host& host = account.host();
  const comms::Crypto crypto(host);
  const comms::Fields parameters = sms_parameters(host, in);
  std::string signature = value_of(parameters, "sig");
  const std::string timestamp = value_of(parameters, "timestamp");
  if (signature.empty()) return false;
  for (char& c : signature) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  std::int64_t at = 0;
  const char* end = timestamp.data() + timestamp.size();
  const auto parsed = std::from_chars(timestamp.data(), end, at);
  if (parsed.ec != std::errc() || parsed.ptr != end || !is_fresh(host, at)) return false;
  const std::string expected = signed_with(crypto, account.signature_method(),
                                           account.signature_secret(), signing_string(parameters));
  return crypto.equal(expected, signature);
}

}  // namespace

bool is_authentic(const Account& account, const comms::HttpIn& in) {
  if (!in.header("Authorization").empty()) return token_is_good(account, in);
  return parameters_are_good(account, in);
}

std::string claim_of(const comms::Host& host, const comms::HttpIn& in, std::string_view name) {
  const Token token = split(comms::Crypto(host), bearer(in));
  return token.claims.empty() ? std::string() : comms::Json(host, token.claims)[name].text();
}

comms::Fields sms_parameters(const comms::Host& host, const comms::HttpIn& in) {
  if (in.method == "GET") return in.query().fields();
  const std::size_t begin = in.body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  if (in.body[begin] != '{') return in.form().fields();
  comms::Fields fields;
  const comms::Json body(host, in.body);
  for (const comms::JsonNode value : body.root()) fields.emplace_back(value.key(), value.text());
  return fields;
}

}  // namespace vonage
