#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/json.hpp>
#include <comms/cpp/sigv4.hpp>

namespace ses {

struct Settings {
  /// Throws comms::Error(COMMS_INVALID) that names the setting.
  explicit Settings(const comms::Config& config);

  comms::aws::Credentials credentials;
  comms::aws::Target api;  // origin of the API, and of S3
  comms::aws::Target s3;
  std::string configuration_set;
  std::string message_id_domain;
  std::vector<std::string> topics;  // ARNs

  bool is_our_topic(std::string_view arn) const;
  /// "https://sns.eu-west-1.amazonaws.com" for an ARN of ours: the only place that certificates are
  /// believed from.
  std::string sns_origin(std::string_view topic_arn) const;

 private:
  std::string sns_url_;
};

}  // namespace ses
