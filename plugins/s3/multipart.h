#pragma once

#include <memory>
#include <string>
#include <vector>

#include <comms/cpp/call.hpp>

#include "settings.h"

namespace s3 {

/// SHA-256 of the content, or that it is not signed.
std::string payload_hash(const comms::Crypto& crypto, const Settings& settings,
                         std::string_view data);

/// One object sent in parts ("Uploading and copying objects using multipart upload" in the S3 user
/// guide): nothing of it can be seen before the last step. What failed is aborted, because parts
/// are stored and paid for until then; parts of an upload that ran out of time stay until a
/// lifecycle rule removes them. [op]
class Multipart : public std::enable_shared_from_this<Multipart> {
 public:
  Multipart(const comms::Host& host, const Settings& settings, const Signer& signer, Target object,
            std::string content_type, std::string data)
      : crypto_(host),
        settings_(settings),
        signer_(signer),
        object_(std::move(object)),
        content_type_(std::move(content_type)),
        data_(std::move(data)) {}

  comms::Outcome<comms::Fields> begin();

 private:
  comms::Outcome<comms::Fields> send_part();
  comms::Outcome<comms::Fields> complete();
  comms::Outcome<comms::Fields> give_up(comms::Error why);
  Target with(Query query) const;

  comms::Crypto crypto_;
  const Settings& settings_;
  const Signer& signer_;
  Target object_;
  std::string content_type_, data_, upload_id_;
  std::vector<std::string> etags_;
};

}  // namespace s3
