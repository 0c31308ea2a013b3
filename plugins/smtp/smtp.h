#pragma once

#include <comms/cpp/mime.hpp>

#include "session.h"

namespace smtp {

/// E-mail through a mail server that takes submissions (RFC 6409), by libcurl. SMTP has no look-up
/// and no idempotency key: a message whose reply was lost is not sent again. [block]
class Smtp final : public comms::EmailProvider {
 public:
  Smtp(const comms::Host& host, const comms::Config& config);

  /// Connects and logs in.
  comms::Outcome<comms::Done> probe();

  /// The vendor id is the Message-ID, which reports of failed delivery repeat.
  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;

 private:
  Session begin(std::string_view our_domain) const;
  comms::Error explain(const Progress& progress) const;

  comms::Host host_;
  Settings settings_;
};

}  // namespace smtp
