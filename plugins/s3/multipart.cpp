#include "multipart.h"

#include "failure.h"
#include "xml.h"

namespace s3 {

namespace {

/// The op's own deadline is what counts.
constexpr std::uint32_t long_ms = 600'000;

comms::Error senseless(std::string what) {
  return comms::Error(COMMS_UNAVAILABLE, std::move(what), {},
                      "check that endpoint is that of an object store");
}

}  // namespace

std::string payload_hash(const comms::Crypto& crypto, const Settings& settings,
                         std::string_view data) {
  return settings.signs_payload ? comms::hex(crypto.sha256(data))
                                : std::string(Signer::unsigned_payload);
}

Target Multipart::with(Query query) const {
  Target target = object_;
  target.query = std::move(query);
  return target;
}

comms::Outcome<comms::Fields> Multipart::begin() {
  // Beginning twice leaves an upload that nobody completes, which the lifecycle rule removes.
  return signer_
      .sign("POST", with({{"uploads", ""}}), payload_hash(crypto_, settings_, ""), content_type_)
      .body(content_type_, "")
      .idempotent()
      .then([self = shared_from_this()](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        self->upload_id_ = xml_text(response.body(), "UploadId");
        if (self->upload_id_.empty()) return senseless("the answer names no multipart upload");
        return self->send_part();
      });
}

comms::Outcome<comms::Fields> Multipart::send_part() {
  const std::size_t offset = etags_.size() * settings_.part_bytes;
  if (offset >= data_.size()) return complete();
  std::string part = data_.substr(offset, settings_.part_bytes);
  const std::string hash = payload_hash(crypto_, settings_, part);
  const std::string type = "application/octet-stream";
  return signer_
      .sign("PUT",
            with({{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", upload_id_}}),
            hash, type)
      .body(type, std::move(part))
      .timeout_ms(long_ms)
      .then([self = shared_from_this()](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return self->give_up(failure(response));
        self->etags_.emplace_back(response.header("etag"));
        if (self->etags_.back().empty()) {
          return self->give_up(senseless("the answer to a part has no ETag"));
        }
        return self->send_part();
      });
}

comms::Outcome<comms::Fields> Multipart::complete() {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < etags_.size(); ++i) {
    body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
            xml_escape(etags_[i]) + "</ETag></Part>";
  }
  body += "</CompleteMultipartUpload>";
  const std::string hash = payload_hash(crypto_, settings_, body);
  return signer_.sign("POST", with({{"uploadId", upload_id_}}), hash, "application/xml")
      .body("application/xml", std::move(body))
      .timeout_ms(long_ms)
      .idempotent()  // storing the same object again does no harm, so the host may ask again
      .then([self = shared_from_this()](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        // The head is sent before the outcome is known: a failure may come with 200.
        const std::string etag = xml_text(response.body(), "ETag");
        if (!response.ok() || !xml_text(response.body(), "Code").empty() || etag.empty()) {
          return self->give_up(failure(response));
        }
        return comms::Fields{{"etag", etag}};
      });
}

comms::Outcome<comms::Fields> Multipart::give_up(comms::Error why) {
  return signer_
      .sign("DELETE", with({{"uploadId", upload_id_}}), payload_hash(crypto_, settings_, ""))
      .then([why = std::move(why)](const comms::HttpResponse&) -> comms::Outcome<comms::Fields> {
        return why;
      });
}

}  // namespace s3
