#include "failure.h"

#include <comms/cpp/redact.hpp>
#include <comms/cpp/remedy.hpp>
#include <comms/cpp/utf8.hpp>

namespace ses {

namespace {

// The exceptions of SES's own model (service sesv2 in aws/api-models-aws) and those that every
// service of AWS has ("Common errors" of the API reference).
constexpr comms::Remedy entries[] = {
    {"MessageRejected", COMMS_REJECTED,
     "verify the sender's domain or address in this region; while the account is in the SES "
     "sandbox, the recipient's too"},
    {"MailFromDomainNotVerifiedException", COMMS_REJECTED,
     "verify the custom MAIL FROM domain, or remove it from the identity"},
    {"AccountSuspendedException", COMMS_DENIED,
     "AWS has stopped this account's sending: see the SES console and the account's mail"},
    {"SendingPausedException", COMMS_DENIED,
     "sending is paused: enable it again in the SES console, for the account and for the "
     "configuration set"},
    {"TooManyRequestsException", COMMS_RATE_LIMITED,
     "nothing when it is the rate, it is tried again by itself; ask AWS for more when it is the "
     "daily quota"},
    {"ThrottlingException", COMMS_RATE_LIMITED, "nothing: it is tried again by itself"},
    {"Throttling", COMMS_RATE_LIMITED, "nothing: it is tried again by itself"},
    {"LimitExceededException", COMMS_REJECTED, "ask AWS for a larger quota"},
    {"NotFoundException", COMMS_NOT_FOUND,
     "check configuration_set, region, and whether the domain was added to SES"},
    {"BadRequestException", COMMS_REJECTED, "check the addresses and configuration_set"},
    {"RequestEntityTooLarge", COMMS_REJECTED, "send smaller or fewer attachments"},
    {"AccessDeniedException", COMMS_DENIED,
     "allow the action in the message to this IAM user, on the sending identity"},
    {"UnrecognizedClientException", COMMS_UNAUTHENTICATED,
     "set access_key_id and secret_access_key to those of an active access key"},
    {"InvalidClientTokenId", COMMS_UNAUTHENTICATED,
     "set access_key_id and secret_access_key to those of an active access key"},
    {"MissingAuthenticationTokenException", COMMS_UNAUTHENTICATED,
     "set access_key_id and secret_access_key"},
    {"ExpiredTokenException", COMMS_UNAUTHENTICATED,
     "temporary credentials have ended: set new ones, or use an access key without a session "
     "token"},
    {"InvalidSignatureException", COMMS_UNAUTHENTICATED,
     "check secret_access_key, region, and that this machine's clock is right"},
    {"SignatureDoesNotMatch", COMMS_UNAUTHENTICATED,
     "check secret_access_key, region, and that this machine's clock is right"},
    {"IncompleteSignatureException", COMMS_UNAUTHENTICATED,
     "check what stands between this server and AWS: it changes requests"},
};
constexpr comms::Remedies remedies(entries);

constexpr comms::Remedy s3_entries[] = {
    {"NoSuchKey", COMMS_NOT_FOUND, "the mail is no longer in its bucket: check its life cycle"},
    {"NoSuchBucket", COMMS_NOT_FOUND, "the receipt rule names a bucket that is gone"},
    {"AccessDenied", COMMS_DENIED, "allow s3:GetObject on the bucket of the receipt rule"},
    {"InvalidAccessKeyId", COMMS_UNAUTHENTICATED, "set access_key_id to that of an active key"},
    {"SignatureDoesNotMatch", COMMS_UNAUTHENTICATED,
     "check secret_access_key, region, and that this machine's clock is right"},
    {"ExpiredToken", COMMS_UNAUTHENTICATED, "temporary credentials have ended: set new ones"},
    {"SlowDown", COMMS_RATE_LIMITED, "nothing: it is tried again by itself"},
};
constexpr comms::Remedies s3_remedies(s3_entries);

/// "MessageRejected:http://internal.amazon.com/..." and "com.amazonaws.sesv2#MessageRejected" are
/// MessageRejected (awsRestJson1, "Operation error serialization").
std::string exception_name(std::string_view type) {
  type = type.substr(0, type.find(':'));
  const std::size_t hash = type.find('#');
  if (hash != std::string_view::npos) type.remove_prefix(hash + 1);
  return std::string(type.substr(0, 100));
}

constexpr std::size_t longest_words = 300;

void add_words(comms::Error& error, std::string_view said) {
  if (!said.empty()) error.message += ": " + comms::redact(comms::utf8_front(said, longest_words));
}

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  const comms::Json answer = response.json();
  std::string_view type = response.header("x-amzn-errortype");
  const std::string in_body = answer["__type"].text();
  if (type.empty()) type = in_body;
  error.vendor_code = exception_name(type);
  add_words(error, answer["message"].text(answer["Message"].text()));
  if (response.status() == 413 && error.vendor_code.empty()) {
    error.vendor_code = "RequestEntityTooLarge";
  }
  // AWS answers 403 to credentials that it does not know.
  remedies.apply(error, response.status());
  return error;
}

comms::Error s3_failure(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  const std::string_view body = response.body();
  constexpr std::string_view open = "<Code>";
  const std::size_t begin = body.find(open);
  const std::size_t end = body.find("</Code>");
  if (begin != std::string_view::npos && end != std::string_view::npos && end > begin &&
      end - begin < 100) {
    error.vendor_code = body.substr(begin + open.size(), end - begin - open.size());
  }
  s3_remedies.apply(error, response.status());
  return error;
}

}  // namespace ses
