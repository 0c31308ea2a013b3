#include "settings.h"

#include <comms/cpp/object_key.hpp>

namespace s3 {

namespace {

/// AWS in China has a domain of its own.
std::string aws_host(const std::string& region) {
  const std::string host = "s3." + region + ".amazonaws.com";
  return region.compare(0, 3, "cn-") == 0 ? host + ".cn" : host;
}

}  // namespace

Settings::Settings(const comms::Config& config)
    : credentials{config.required("access_key_id"), config.required("secret_access_key"),
                  config.text("session_token"), config.text("region", "us-east-1")},
      prefix(config.text("prefix")),
      signs_payload(config.boolean("sign_payload")),
      part_bytes(static_cast<std::size_t>(config.integer("part_megabytes", 16)) * 1024 * 1024) {
  const std::string name = config.required("bucket");
  const std::string endpoint = config.url("endpoint");
  const std::string addressing = config.text("addressing", "auto");
  if (endpoint.empty()) {
    // The certificate of *.s3.REGION.amazonaws.com does not cover a name with a dot.
    const bool in_host =
        addressing == "host" || (addressing == "auto" && name.find('.') == std::string::npos);
    const std::string host = aws_host(credentials.region);
    bucket = {"https", in_host ? name + '.' + host : host, in_host ? "" : '/' + name};
  } else {
    bucket = comms::aws::parse_endpoint(endpoint, "endpoint");
    if (addressing != "host") bucket.path += '/' + name;
  }
  public_bucket = bucket;
  if (const std::string shown = config.url("public_endpoint"); !shown.empty()) {
    public_bucket = comms::aws::parse_endpoint(shown, "public_endpoint");
    if (addressing != "host") public_bucket.path += '/' + name;
  }
  // A signature without the content's hash is worth nothing where the content can be changed.
  if (bucket.scheme == "http") signs_payload = true;
}

Target Settings::below(Target root, std::string_view key) const {
  comms::check_object_key(key);
  root.path += '/' + comms::percent_encode(prefix + std::string(key), "/");
  return root;
}

}  // namespace s3
