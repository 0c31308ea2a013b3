#include "storage.h"

#include <algorithm>

#include <comms/cpp/object_download.hpp>

#include "failure.h"
#include "multipart.h"

namespace s3 {

namespace {

/// The op's own deadline is what counts.
constexpr std::uint32_t long_ms = 600'000;

/// What an S3 server never says: a page of a proxy, or another kind of server.
comms::Error no_store() {
  return comms::Error(COMMS_UNAVAILABLE, "what answered is not an object store", {},
                      "check endpoint, and what stands between it and this server");
}

std::string checked_type(std::string_view type) {
  const bool printable =
      std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (!printable || type.size() > 255) {
    throw comms::Error(COMMS_INVALID, "a content type has at most 255 printable ASCII characters");
  }
  // What is signed must be what is sent, and clients take blanks at the ends away.
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  while (!type.empty() && type.front() == ' ') type.remove_prefix(1);
  return type.empty() ? "application/octet-stream" : std::string(type);
}

}  // namespace

Storage::Storage(const comms::Host& host, const comms::Config& config)
    : host_(host), crypto_(host_), settings_(config), signer_(host_, "s3", settings_.credentials) {}

comms::Request Storage::ask(std::string method, const Target& target) const {
  return signer_.sign(std::move(method), target, payload_hash(crypto_, settings_, ""));
}

comms::Outcome<comms::Done> Storage::probe() {
  Target target = settings_.bucket;
  target.path += '/';
  target.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", settings_.prefix}};
  return ask("GET", target)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) return failure(response);
        if (response.body().find("<ListBucketResult") == std::string_view::npos) return no_store();
        return comms::Done{};
      });
}

comms::Outcome<comms::Fields> Storage::put(std::string_view key, std::string_view content_type,
                                           std::string_view data) {
  const Target object = settings_.object(key);
  const std::string type = checked_type(content_type);
  if (data.size() > settings_.part_bytes) {
    return std::make_shared<Multipart>(host_, settings_, signer_, object, type, std::string(data))
        ->begin();
  }
  return signer_.sign("PUT", object, payload_hash(crypto_, settings_, data), type)
      .body(type, std::string(data))
      .timeout_ms(long_ms)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        if (response.header("etag").empty()) return no_store();
        return comms::Fields{{"etag", std::string(response.header("etag"))}};
      });
}

comms::Outcome<comms::Blob> Storage::get(std::string_view key, std::uint64_t offset,
                                         std::uint64_t length) {
  comms::Request request = ask("GET", settings_.object(key));
  request.timeout_ms(long_ms);
  return comms::ObjectDownload::of(std::move(request), offset, length, failure);
}

comms::Outcome<comms::Fields> Storage::head(std::string_view key) {
  return ask("HEAD", settings_.object(key))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        if (response.header("etag").empty()) return no_store();
        const std::int64_t modified = comms::http_date_ms(response.header("last-modified"));
        return comms::Fields{
            {"byte_count", std::string(response.header("content-length"))},
            {"content_type", std::string(response.header("content-type"))},
            {"etag", std::string(response.header("etag"))},
            {"modified_at_ms", std::to_string(std::max<std::int64_t>(modified, 0))}};
      });
}

comms::Outcome<comms::Done> Storage::remove(std::string_view key) {
  return ask("DELETE", settings_.object(key))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) {
          comms::Error error = failure(response);
          if (error.vendor_code == "NoSuchKey") return comms::Done{};
          return error;
        }
        if (!response.body().empty()) return no_store();
        return comms::Done{};
      });
}

std::string Storage::signed_url(std::string_view key, std::string_view method,
                                std::uint32_t ttl_s) {
  constexpr std::uint32_t longest = 7 * 24 * 3600;  // the vendor's own limit
  if ((method != "GET" && method != "PUT") || ttl_s == 0 || ttl_s > longest) {
    throw comms::Error(COMMS_INVALID, "a signed URL is for GET or PUT, for 1 second to 7 days");
  }
  return signer_.presign(method, settings_.public_object(key), ttl_s);
}

}  // namespace s3
