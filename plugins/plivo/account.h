#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

namespace plivo {

/// Credentials and addresses of one Plivo account. [any thread], immutable.
class Account {
 public:
  /// Throws comms::Error(COMMS_INVALID) naming the setting that is wrong.
  Account(const comms::Host& host, const comms::Config& config);

  /// Asks for the account itself.
  comms::Outcome<comms::Done> probe();

  const comms::Host& host() const { return host_; }
  const std::string& auth_token() const { return auth_token_; }
  /// ISO 4217, of every price.
  const std::string& currency() const { return currency_; }

  /// URL below /v1/Account/{auth_id}/. Plivo wants a slash at the end of every path.
  std::string resource(std::string_view path) const;
  comms::Request authorized(comms::Request request) const;

  /// Downloads media or a recording. Only Plivo's own hosts are shown the credentials.
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) const;

 private:
  comms::Host host_;
  std::string auth_id_, auth_token_, currency_, base_url_;
};

}  // namespace plivo
