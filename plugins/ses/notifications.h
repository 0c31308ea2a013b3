#pragma once

#include <optional>
#include <string>

#include <comms/cpp/event.hpp>
#include <comms/cpp/json.hpp>

#include "settings.h"
#include "sns.h"

namespace ses {

/// The news about a sent mail in what SES published, if it is one: an event of a configuration set
/// ("Contents of event data that Amazon SES publishes to Amazon SNS" in the SES developer guide) or
/// a feedback notification of an identity.
std::optional<comms::Event> status_event(const comms::Json& published, const SnsMessage& message,
                                         const Settings& settings);

/// Where a receipt rule put a mail.
struct StoredMail {
  std::string bucket, key;
};
/// Nothing unless it is a mail that came in and lies in a bucket.
std::optional<StoredMail> stored_mail(const comms::Json& published);

bool is_received(const comms::Json& published);

/// A mail that came in, `raw` as it was received. `file_url` is what the attachments are fetched
/// by, with their number behind it; without one they are in the event.
comms::Event received_event(const comms::Json& published, const SnsMessage& message,
                            std::string_view raw, const std::string& file_url);

/// The content that came with the notification, "" for none.
std::string content_of(const comms::Json& published);

}  // namespace ses
