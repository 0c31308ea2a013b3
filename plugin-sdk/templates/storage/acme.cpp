#include <algorithm>
#include <charconv>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/storage.hpp>

namespace {

/// An invented vendor, to be replaced call by call: objects under /v1/objects/KEY over plain HTTP
/// verbs. PUT, GET, HEAD and DELETE are idempotent, so the host may repeat them by itself.
class Acme final : public comms::StorageProvider {
 public:
  Acme(const comms::Host&, const comms::Config& config)
      : key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")) {}

  /// The health check: the cheapest request that proves the credentials.
  comms::Outcome<comms::Done> probe() {
    return comms::get(base_ + "/v1/account")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

  comms::Outcome<comms::Fields> put(std::string_view key, std::string_view content_type,
                                    std::string_view data) override {
    return comms::put(url(key))
        .bearer(key_)
        .body(std::string(content_type), std::string(data))
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Fields> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Fields{{"etag", std::string(r.header("ETag"))}};
        });
  }

  comms::Outcome<comms::Blob> get(std::string_view key, std::uint64_t offset,
                                  std::uint64_t length) override {
    comms::Request request = comms::get(url(key)).bearer(key_);
    if (offset || length) {
      std::string last = length ? std::to_string(offset + length - 1) : "";
      request.header("Range", "bytes=" + std::to_string(offset) + "-" + last);
    }
    return request.then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Blob> {
      if (r.status() == 416) return comms::Error(COMMS_INVALID, "the offset is beyond the end");
      if (!r.ok()) return r.error("/code", "/message");
      comms::Blob blob{std::string(r.header("Content-Type")), std::string(r.body())};
      std::string_view range = r.header("Content-Range");  // "bytes 1-3/5"
      range.remove_prefix(std::min(range.size(), range.find('/') + 1));
      std::from_chars(range.data(), range.data() + range.size(), blob.byte_count);
      return blob;
    });
  }

  comms::Outcome<comms::Fields> head(std::string_view key) override {
    return comms::Request("HEAD", url(key))
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Fields> {
          if (!r.ok()) return r.error();
          return comms::Fields{{"byte_count", std::string(r.header("Content-Length"))},
                               {"content_type", std::string(r.header("Content-Type"))},
                               {"etag", std::string(r.header("ETag"))}};
        });
  }

  comms::Outcome<comms::Done> remove(std::string_view key) override {
    return comms::del(url(key)).bearer(key_).then(
        [](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          // removing what is gone is success
          if (!r.ok() && r.status() != 404) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

 private:
  std::string url(std::string_view key) const {
    return base_ + "/v1/objects/" + comms::percent_encode(key, "/");
  }

  std::string key_, base_;
};

}  // namespace

COMMS_PLUGIN(Acme)
