#include "storage.h"

#include <algorithm>

#include <comms/cpp/object_download.hpp>
#include <comms/cpp/timestamp.hpp>

#include "failure.h"
#include "object_name.h"

namespace supabase_storage {

namespace {

/// The op's own deadline is what counts.
constexpr std::uint32_t long_ms = 600'000;

comms::Error no_store() {
  return comms::Error(COMMS_UNAVAILABLE, "what answered is not Supabase's storage", {},
                      "check base_url, and what stands between it and this server");
}

std::string checked_type(std::string_view type) {
  const bool printable =
      std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (!printable || type.size() > 255) {
    throw comms::Error(COMMS_INVALID, "a content type has at most 255 printable ASCII characters");
  }
  return type.empty() ? "application/octet-stream" : std::string(type);
}

}  // namespace

Storage::Storage(const comms::Host& host, const comms::Config& config)
    : host_(host),
      crypto_(host_),
      base_(config.url("base_url")),
      bucket_(config.required("bucket")),
      key_(config.required("service_key")),
      secret_(config.text("jwt_secret")),
      prefix_(config.text("prefix")) {
  if (base_.compare(0, 8, "https://") != 0 && base_.compare(0, 7, "http://") != 0) {
    throw comms::Error(COMMS_INVALID,
                       "base_url is not an address such as https://PROJECT.supabase.co/storage/v1");
  }
}

comms::Request Storage::ask(std::string method, const std::string& path) const {
  comms::Request request(std::move(method), base_ + path);
  // The newer keys are no JWT: the vendor's gateway takes them from this header and makes one.
  return request.bearer(key_).header("apikey", key_);
}

std::string Storage::place_of(std::string_view key) const {
  return bucket_ + '/' + prefix_ + object_name(crypto_, key);
}

std::string Storage::path_of(std::string_view key) const {
  return comms::percent_encode(place_of(key), "/");
}

comms::Outcome<comms::Done> Storage::probe() {
  return ask("GET", "/bucket/" + comms::percent_encode(bucket_))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) {
          comms::Error error = failure(response);
          if (error.status != COMMS_NOT_FOUND) return error;
          return comms::Error(COMMS_INVALID, "there is no such bucket", error.vendor_code,
                              "make the bucket, or correct bucket and base_url");
        }
        if (response.json()["id"].text().empty()) return no_store();
        return comms::Done{};
      });
}

comms::Outcome<comms::Fields> Storage::put(std::string_view key, std::string_view content_type,
                                           std::string_view data) {
  return ask("POST", "/object/" + path_of(key))
      .header("x-upsert", "true")
      .body(checked_type(content_type), std::string(data))
      .idempotent()  // the same object in the same place
      .timeout_ms(long_ms)
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        if (response.json()["Key"].text().empty()) return no_store();
        return comms::Fields{};
      });
}

comms::Outcome<comms::Blob> Storage::get(std::string_view key, std::uint64_t offset,
                                         std::uint64_t length) {
  comms::Request request = ask("GET", "/object/authenticated/" + path_of(key));
  request.timeout_ms(long_ms);
  return comms::ObjectDownload::of(std::move(request), offset, length, failure);
}

comms::Outcome<comms::Fields> Storage::head(std::string_view key) {
  return ask("GET", "/object/info/" + path_of(key))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json info = response.json();
        if (!info["size"]) return no_store();
        return comms::Fields{
            {"byte_count", info["size"].text()},
            {"content_type", info["content_type"].text()},
            {"etag", info["etag"].text()},
            {"modified_at_ms", std::to_string(comms::timestamp_ms(info["last_modified"].text()))}};
      });
}

comms::Outcome<comms::Done> Storage::remove(std::string_view key) {
  return ask("DELETE", "/object/" + path_of(key))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) {
          comms::Error error = failure(response);
          if (error.status == COMMS_NOT_FOUND) return comms::Done{};
          return error;
        }
        if (response.json()["message"].text().empty()) return no_store();
        return comms::Done{};
      });
}

std::string Storage::signed_url(std::string_view key, std::string_view method,
                                std::uint32_t ttl_s) {
  constexpr std::uint32_t longest = 7 * 24 * 3600;
  if ((method != "GET" && method != "PUT") || ttl_s == 0 || ttl_s > longest) {
    throw comms::Error(COMMS_INVALID, "a signed URL is for GET or PUT, for 1 second to 7 days");
  }
  const std::string place = place_of(key);
  if (secret_.empty()) {
    throw comms::Error(COMMS_UNSUPPORTED, "URLs cannot be signed without jwt_secret");
  }
  // What the vendor's own server signs (SignedToken and SignedUploadToken in it); older versions
  // know an upload by `upsert` and ignore `scope`.
  const bool upload = method == "PUT";
  const std::int64_t now = host_.now_ms() / 1000;
  comms::JsonObject claims;
  claims.put("url", place).put("scope", upload ? "upload" : "download");
  if (upload) claims.put("upsert", true);
  claims.put("iat", now).put("exp", now + ttl_s);
  const std::string token = crypto_.jwt(COMMS_JWT_HS256, secret_, claims.text());
  return base_ + (upload ? "/object/upload/sign/" : "/object/sign/") +
         comms::percent_encode(place, "/") + "?token=" + token;
}

}  // namespace supabase_storage
