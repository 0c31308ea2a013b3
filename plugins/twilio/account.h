#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

namespace twilio {

/// Credentials and addresses of one Twilio account, shared by its slots. [any thread], immutable.
class Account {
 public:
  /// Throws comms::Error(COMMS_INVALID) naming the setting that is wrong.
  Account(const comms::Host& host, const comms::Config& config);

  /// Asks for the account with the auth token, and with the API key (if any) for one message: API
  /// keys may not read the account itself.
  comms::Outcome<comms::Done> probe();

  const comms::Host& host() const { return host_; }
  const std::string& auth_token() const { return auth_token_; }
  const std::string& messaging_service() const { return messaging_service_; }
  const std::string& messaging_url() const { return messaging_url_; }
  const std::string& content_url() const { return content_url_; }
  /// Of the price lists; empty = not to be asked.
  const std::string& pricing_url() const { return pricing_url_; }
  /// Of the API, to which next_page_uri is relative.
  const std::string& origin() const { return base_url_; }

  /// URL below /2010-04-01/Accounts/{sid}/.
  std::string resource(std::string_view path) const;
  /// URL of the list of accounts, or of one of them.
  std::string accounts(std::string_view sid = {}) const;
  /// With the API key where there is one, else with the auth token.
  comms::Request authorized(comms::Request request) const;

  /// Deletes what is at `url`; what is gone already is a success.
  comms::Outcome<comms::Done> remove(const std::string& url) const;

  /// Downloads media or a recording. COMMS_INVALID for a URL that is not Twilio's API: the
  /// credentials would go to a stranger.
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) const;

 private:
  comms::Host host_;
  std::string sid_, auth_token_, key_sid_, key_secret_, messaging_service_;
  std::string base_url_, messaging_url_, content_url_, pricing_url_;
};

}  // namespace twilio
