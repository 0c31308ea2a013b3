#include "failure.h"

#include <string>

#include <comms/cpp/remedy.hpp>
#include <comms/cpp/utf8.hpp>

#include "xml.h"

namespace s3 {

namespace {

constexpr const char* grant =
    "let the key do s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the "
    "bucket's objects and s3:ListBucket on the bucket";
constexpr const char* clock = "set this machine's clock; the vendor allows 15 minutes";
constexpr const char* new_key = "check access_key_id and secret_access_key, or make a new key";
constexpr const char* bucket = "make the bucket, or correct bucket, region and endpoint";
constexpr const char* space = "make room in the object store, or raise its quota";

constexpr comms::Remedy known[] = {
    {"NoSuchKey", COMMS_NOT_FOUND, ""},
    {"NoSuchBucket", COMMS_INVALID, bucket},
    {"InvalidBucketName", COMMS_INVALID, bucket},
    {"NoSuchUpload", COMMS_UNAVAILABLE, ""},
    {"AccessDenied", COMMS_DENIED, grant},
    {"AllAccessDisabled", COMMS_DENIED, grant},
    {"AccountProblem", COMMS_DENIED, "see what the vendor says about the account"},
    {"NotSignedUp", COMMS_DENIED, "see what the vendor says about the account"},
    {"InvalidAccessKeyId", COMMS_UNAUTHENTICATED, new_key},
    {"SignatureDoesNotMatch", COMMS_UNAUTHENTICATED, new_key},
    {"InvalidSecurity", COMMS_UNAUTHENTICATED, new_key},
    {"Unauthorized", COMMS_UNAUTHENTICATED, new_key},
    {"ExpiredToken", COMMS_UNAUTHENTICATED, "get new temporary keys, or use lasting ones"},
    {"InvalidToken", COMMS_UNAUTHENTICATED, "get new temporary keys, or use lasting ones"},
    {"RequestTimeTooSkewed", COMMS_UNAUTHENTICATED, clock},
    {"RequestExpired", COMMS_UNAUTHENTICATED, clock},
    {"AuthorizationHeaderMalformed", COMMS_INVALID, "set region to the bucket's own"},
    {"PermanentRedirect", COMMS_INVALID, "set region to the bucket's own"},
    {"TemporaryRedirect", COMMS_INVALID, "set region to the bucket's own"},
    {"SlowDown", COMMS_RATE_LIMITED, ""},
    {"ServiceUnavailable", COMMS_RATE_LIMITED, ""},
    {"Throttling", COMMS_RATE_LIMITED, ""},
    {"TooManyRequests", COMMS_RATE_LIMITED, ""},
    {"InternalError", COMMS_UNAVAILABLE, ""},
    {"RequestTimeout", COMMS_UNAVAILABLE, ""},
    {"OperationAborted", COMMS_UNAVAILABLE, ""},
    {"BadDigest", COMMS_UNAVAILABLE, ""},
    {"XAmzContentSHA256Mismatch", COMMS_UNAVAILABLE, ""},
    {"QuotaExceeded", COMMS_UNAVAILABLE, space},
    {"XMinioStorageFull", COMMS_UNAVAILABLE, space},
    {"InsufficientCapacity", COMMS_UNAVAILABLE, space},
    {"EntityTooLarge", COMMS_REJECTED, "send a smaller file"},
    {"InvalidObjectState", COMMS_REJECTED, "restore the object from the archive first"},
};
constexpr comms::Remedies meanings(known);

/// A few words of the vendor's for people; a page would help nobody.
std::string brief(const std::string& text) {
  constexpr std::size_t longest = 200;
  return std::string(comms::utf8_front(text, longest));
}

}  // namespace

comms::Error failure(const comms::HttpResponse& response) {
  comms::Error error = response.error();
  error.vendor_code = brief(xml_text(response.body(), "Code"));
  const std::string said = brief(xml_text(response.body(), "Message"));
  if (!said.empty()) error.message += ": " + said;
  if (const comms::Remedy* meaning = meanings.find(error.vendor_code)) {
    error.status = meaning->status;
    error.remedy = meaning->remedy;
  }
  std::string region = xml_text(response.body(), "Region");
  if (region.empty()) region = response.header("x-amz-bucket-region");
  if (response.status() == 301 || response.status() == 307) error.status = COMMS_INVALID;
  if (error.status == COMMS_INVALID && !region.empty()) {
    error.remedy = "set region to " + brief(region);
  }
  return error;
}

}  // namespace s3
