#include <charconv>

#include <comms/cpp/mime_reader.hpp>

#include "failure.h"
#include "ses.h"

namespace ses {

namespace {

/// A received mail has 40 MB at most ("Message quotas"); this is what we read of one.
constexpr std::uint32_t largest_mail = 41u * 1024 * 1024;
constexpr std::uint32_t read_ms = 120'000;

comms::Error not_authentic() {
  return comms::Error(COMMS_DENIED, "the signature is not that of Amazon SNS", {},
                      "check topic_arns, and that raw message delivery is off");
}

}  // namespace

/// True for what cannot be checked yet: then it is given to fetch_inbound unread, which fetches the
/// certificate and checks it. Nothing of it is used before.
bool Ses::verify_webhook(const comms::HttpIn& in) {
  const auto message = SnsMessage::read(host_, in.body);
  return message && sns_.judge(*message) != SnsVerifier::Verdict::refused;
}

comms::Events Ses::parse_webhook(const comms::HttpIn& in) {
  const auto message = SnsMessage::read(host_, in.body);
  if (!message) throw comms::Error(COMMS_INVALID, "the body is no message of Amazon SNS");
  // Once more: the certificate may have come since verify_webhook.
  const SnsVerifier::Verdict verdict = sns_.judge(*message);
  if (verdict == SnsVerifier::Verdict::refused) throw not_authentic();
  if (verdict == SnsVerifier::Verdict::authentic && message->is_notification()) {
    const comms::Json published(host_, message->message);
    if (const auto news = status_event(published, *message, settings_)) return {*news};
    if (!is_received(published)) return {};
    if (!stored_mail(published)) {
      return {received_event(published, *message, content_of(published), "")};
    }
  }
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  event.flags = COMMS_EVENT_NEEDS_FETCH;
  event.event_id = message->id;
  event.vendor_id = in.body;
  return {event};
}

comms::Reply Ses::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"received\":true}", "application/json"};
}

comms::Outcome<comms::Events> Ses::fetch_inbound(std::string_view webhook) {
  const auto message = SnsMessage::read(host_, webhook);
  if (!message) return comms::Error(COMMS_INVALID, "this is no message of Amazon SNS");
  switch (sns_.judge(*message)) {
    case SnsVerifier::Verdict::refused:
      return not_authentic();
    case SnsVerifier::Verdict::authentic:
      return resolve(*message);
    case SnsVerifier::Verdict::unproven:
      break;
  }
  return comms::get(message->certificate_url)
      .then([this, message = *message](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Events> {
        if (!response.ok()) return response.error();
        sns_.keep_certificate(message, response.body());
        if (sns_.judge(message) != SnsVerifier::Verdict::authentic) return not_authentic();
        return resolve(message);
      });
}

/// What an authentic message says.
comms::Outcome<comms::Events> Ses::resolve(const SnsMessage& message) const {
  if (message.is_confirmation()) return confirm(message);
  if (!message.is_notification()) {
    host_.log(COMMS_LOG_WARN, "a topic of SNS reports no longer: its subscription was ended");
    return comms::Events{};
  }
  const comms::Json published(host_, message.message);
  if (const auto news = status_event(published, message, settings_)) return comms::Events{*news};
  if (const auto stored = stored_mail(published)) return read_stored(message, *stored);
  if (!is_received(published)) return comms::Events{};
  return comms::Events{received_event(published, message, content_of(published), "")};
}

/// ConfirmSubscription of SNS needs no credentials, only the token. The address is made here, not
/// taken from the message.
comms::Outcome<comms::Events> Ses::confirm(const SnsMessage& message) const {
  comms::Form query;
  query.add("Action", "ConfirmSubscription").add("TopicArn", message.topic);
  query.add("Token", message.token);
  return comms::get(settings_.sns_origin(message.topic) + "/?" + query.text())
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Events> {
        if (!response.ok()) return response.error();
        if (response.body().find("SubscriptionArn") == std::string_view::npos) {
          return comms::Error(COMMS_UNAVAILABLE, "SNS did not confirm the subscription", {},
                              "ask SNS for another confirmation; check sns_url");
        }
        return comms::Events{};
      });
}

comms::Request Ses::read_object(const std::string& path) const {
  comms::aws::Target object = settings_.s3;
  object.path += path;
  return s3_signer_.sign("GET", object, comms::hex(comms::Crypto(host_).sha256("")))
      .max_response_bytes(largest_mail)
      .timeout_ms(read_ms);
}

comms::Outcome<comms::Events> Ses::read_stored(const SnsMessage& message,
                                               const StoredMail& mail) const {
  const std::string path =
      '/' + comms::percent_encode(mail.bucket) + '/' + comms::percent_encode(mail.key, "/");
  const std::string file_url = settings_.s3.url() + path + '#';
  return read_object(path).then(
      [this, message,
       file_url](const comms::HttpResponse& response) -> comms::Outcome<comms::Events> {
        if (!response.ok()) return s3_failure(response);
        const comms::Json published(host_, message.message);
        return comms::Events{received_event(published, message, response.body(), file_url)};
      });
}

/// "https://s3.../bucket/key#2": the third file of the mail that lies there.
comms::Outcome<comms::Blob> Ses::fetch_media(std::string_view url) {
  const std::string origin = settings_.s3.url();
  const std::size_t hash = url.rfind('#');
  std::size_t index = 0;
  const char* const end = url.data() + url.size();
  const bool numbered = hash != std::string_view::npos &&
                        std::from_chars(url.data() + hash + 1, end, index).ptr == end &&
                        hash + 1 < url.size();
  if (!numbered || hash <= origin.size() || url.substr(0, origin.size()) != origin ||
      url[origin.size()] != '/') {
    return comms::Error(COMMS_INVALID, "this is no address of a mail that SES received");
  }
  return read_object(std::string(url.substr(origin.size(), hash - origin.size())))
      .then([index](const comms::HttpResponse& response) -> comms::Outcome<comms::Blob> {
        if (!response.ok()) return s3_failure(response);
        comms::mime::ReadMessage mail = comms::mime::read_message(response.body());
        if (index >= mail.files.size()) {
          return comms::Error(COMMS_NOT_FOUND, "the mail has no such attachment");
        }
        comms::Blob blob;
        blob.content_type = std::move(mail.files[index].content_type);
        blob.data = std::move(mail.files[index].data);
        return blob;
      });
}

}  // namespace ses
