#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

namespace telnyx {

/// Credentials and addresses of one Telnyx account. [any thread], immutable.
class Account {
 public:
  /// Throws comms::Error(COMMS_INVALID) naming the setting that is wrong.
  Account(const comms::Host& host, const comms::Config& config);

  /// Asks for the balance, which every key may read.
  comms::Outcome<comms::Done> probe();

  const comms::Host& host() const { return host_; }
  /// Raw, 32 bytes.
  const std::string& public_key() const { return public_key_; }
  const std::string& application() const { return application_; }
  /// ISO 3166-1 alpha-2 codes.
  const std::vector<std::string>& destinations() const { return destinations_; }

  /// URL below /v2/.
  std::string resource(std::string_view path) const;
  /// URL of the calls of TeXML, or of one of them. Throws COMMS_INVALID without account_id.
  std::string calls(std::string_view call_id = {}) const;
  comms::Request authorized(comms::Request request) const { return request.bearer(api_key_); }

  /// Downloads media or a recording. Only Telnyx's own API is shown the key: its file store works
  /// with addresses that are secrets themselves.
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) const;

 private:
  comms::Host host_;
  std::string api_key_, public_key_, account_id_, application_, base_url_;
  std::vector<std::string> destinations_;
};

}  // namespace telnyx
