#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/thunks.hpp>

namespace vonage {

/// Credentials and addresses of one Vonage account, shared by its slots. [any thread], immutable.
class Account {
 public:
  /// Throws comms::Error(COMMS_INVALID) naming the setting that is wrong.
  Account(const comms::Host& host, const comms::Config& config);

  /// Asks for the balance with key and secret, and for one call with the application's key.
  comms::Outcome<comms::Done> probe();

  const comms::Host& host() const { return host_; }
  const std::string& application() const { return application_; }
  const std::string& signature_secret() const { return signature_secret_; }
  const std::string& signature_method() const { return signature_method_; }
  /// ISO 4217, of the prices that come without one.
  const std::string& currency() const { return currency_; }

  /// URL below the API (messages, calls, applications).
  std::string api(std::string_view path) const { return base_url_ + std::string(path); }
  /// URL of numbers and of the account.
  std::string rest(std::string_view path) const { return rest_url_ + std::string(path); }

  /// As the application: messages, calls, media. Empty = the configured one.
  comms::Request as_application(comms::Request request, std::string_view application = {}) const;
  /// As the account: numbers, applications, balance.
  comms::Request as_account(comms::Request request) const;

  /// Downloads media or a recording. COMMS_INVALID for a URL that is not Vonage's: the token would
  /// go to a stranger.
  comms::Outcome<comms::Blob> fetch_media(std::string_view url) const;

 private:
  std::string token(std::string_view application) const;

  comms::Host host_;
  std::string key_, secret_, application_, private_key_, signature_secret_, signature_method_;
  std::string currency_, base_url_, rest_url_;
};

}  // namespace vonage
