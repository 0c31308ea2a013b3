#include "transfer.h"

#include <comms/cpp/crypto.hpp>

#include "plivo_xml.h"

namespace plivo {

namespace {

constexpr const char* instructions_name = "instructions";
constexpr const char* end_name = "transfer";
constexpr const char* end_value = "over";
constexpr std::uint32_t url_safe = COMMS_BASE64_URL | COMMS_BASE64_UNPADDED;
// What servers and proxies on the way are sure to take.
constexpr std::size_t longest_url = 4000;

std::string with(std::string_view url, std::string_view name, std::string_view value) {
  std::string text(url);
  text += url.find('?') == std::string_view::npos ? '?' : '&';
  return text.append(name).append("=").append(value);
}

}  // namespace

std::string instructing_url(const comms::Host& host, const comms::Transfer& transfer) {
  if (transfer.status_url.empty()) {
    throw comms::Error(COMMS_INVALID, "a transfer to a number needs a status URL at Plivo", {},
                       "transfer to a URL that gives the instructions");
  }
  const std::string xml =
      transfer_xml(transfer, transfer.status_url, with(transfer.status_url, end_name, end_value));
  const std::string url =
      with(transfer.status_url, instructions_name, comms::Crypto(host).base64(xml, url_safe));
  if (url.size() > longest_url) {
    throw comms::Error(COMMS_INVALID, "the announcement is too long", {}, "shorten it");
  }
  return url;
}

std::optional<std::string> instructions_in(const comms::Host& host, const comms::HttpIn& in) {
  const std::string text = in.query().get(instructions_name);
  if (text.empty()) return std::nullopt;
  return comms::Crypto(host).from_base64(text, url_safe);
}

bool ends_transfer(const comms::HttpIn& in) {
  return in.query().get(end_name) == end_value;
}

}  // namespace plivo
