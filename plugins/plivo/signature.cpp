#include "signature.h"

#include <algorithm>
#include <map>

#include <comms/cpp/crypto.hpp>

namespace plivo {

namespace {

/// Names and values sorted, each value behind its name with `between` and `after` it.
std::string sorted(const comms::Form& form, std::string_view between, std::string_view after) {
  std::map<std::string, std::vector<std::string>> fields;
  for (const auto& [name, value] : form.fields()) fields[name].push_back(value);
  std::string text;
  for (auto& [name, values] : fields) {
    std::sort(values.begin(), values.end());
    for (const std::string& value : values) {
      if (!text.empty()) text += after;
      text.append(name).append(between).append(value);
    }
  }
  return text;
}

/// What is signed together with the nonce, as Plivo's own packages put it together (plivo-node,
/// utils/v3Security): the mark behind the address stands there for a form without a query too.
std::string signed_part(const comms::HttpIn& in) {
  std::string text(in.url.substr(0, in.url.find('?')));
  const std::string query = sorted(in.query(), "=", "&");
  const std::string fields = sorted(in.form(), "", "");
  if (!query.empty() || !fields.empty()) text += '?' + query;
  if (!query.empty() && !fields.empty()) text += '.';
  return text + fields;
}

/// One of the signatures in a header, which are more than one while a token is being replaced.
bool is_among(const comms::Crypto& crypto, std::string_view wanted, std::string_view list) {
  bool found = false;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    if (crypto.equal(wanted, one)) found = true;
  }
  return found;
}

}  // namespace

bool is_authentic(const comms::Host& host, std::string_view auth_token, const comms::HttpIn& in) {
  const std::string_view nonce = in.header("X-Plivo-Signature-V3-Nonce");
  if (auth_token.empty() || nonce.empty()) return false;
  if (in.method != "POST" && in.method != "GET") return false;
  if (!in.body.empty() && (in.method == "GET" || !in.is_form())) return false;
  const comms::Crypto crypto(host);
  const std::string wanted =
      crypto.base64(crypto.hmac_sha256(auth_token, signed_part(in) + '.' + std::string(nonce)));
  // The second is signed with the token of the account above, for numbers of its subaccounts.
  return is_among(crypto, wanted, in.header("X-Plivo-Signature-V3")) ||
         is_among(crypto, wanted, in.header("X-Plivo-Signature-Ma-V3"));
}

}  // namespace plivo
