#include "settings.h"

#include <algorithm>

namespace ses {

namespace {

/// AWS in China has a domain of its own.
std::string domain_of(std::string_view region) {
  return region.substr(0, 3) == "cn-" ? ".amazonaws.com.cn" : ".amazonaws.com";
}

comms::aws::Target endpoint(const comms::Config& config, const char* setting,
                            const std::string& otherwise) {
  return comms::aws::parse_endpoint(config.url(setting, otherwise), setting);
}

std::string service_url(const char* service, const std::string& region) {
  return std::string("https://") + service + '.' + region + domain_of(region);
}

}  // namespace

Settings::Settings(const comms::Config& config)
    : credentials{config.required("access_key_id"), config.required("secret_access_key"),
                  config.text("session_token"), config.text("region", "us-east-1")},
      api(endpoint(config, "base_url", service_url("email", credentials.region))),
      s3(endpoint(config, "s3_url", service_url("s3", credentials.region))),
      configuration_set(config.text("configuration_set")),
      message_id_domain(config.text("message_id_domain")),
      sns_url_(config.url("sns_url")) {
  if (message_id_domain.empty()) {
    message_id_domain =
        (credentials.region == "us-east-1" ? "email" : credentials.region) + ".amazonses.com";
  }
  const std::string arns = config.text("topic_arns");
  for (std::size_t from = 0; from < arns.size();) {
    const std::size_t blank = std::min(arns.find(' ', from), arns.size());
    if (blank > from) topics.push_back(arns.substr(from, blank - from));
    from = blank + 1;
  }
}

bool Settings::is_our_topic(std::string_view arn) const {
  return std::find(topics.begin(), topics.end(), arn) != topics.end();
}

std::string Settings::sns_origin(std::string_view topic_arn) const {
  if (!sns_url_.empty()) return sns_url_;
  for (int i = 0; i < 3; ++i) topic_arn.remove_prefix(topic_arn.find(':') + 1);  // arn:aws:sns:
  return service_url("sns", std::string(topic_arn.substr(0, topic_arn.find(':'))));
}

}  // namespace ses
