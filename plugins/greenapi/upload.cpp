#include <comms/cpp/crypto.hpp>

#include "errors.h"
#include "greenapi.h"

// A file that GREEN-API cannot reach: fetched here, then sent as multipart/form-data (RFC 7578).

namespace greenapi {

namespace {

constexpr std::uint32_t upload_limit = 32 * 1024 * 1024;  // held in memory for a moment

std::string part_head(const std::string& boundary, std::string_view name) {
  std::string head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"";
  return head.append(name).append("\"");
}

/// A media type as it may stand in a header; anything odd says nothing.
std::string safe_type(std::string_view type) {
  const bool good =
      !type.empty() && type.size() < 100 && type.find_first_of("\r\n") == std::string_view::npos;
  return good ? std::string(type) : "application/octet-stream";
}

}  // namespace

comms::Outcome<comms::Receipt> Greenapi::upload(std::string url, comms::Fields fields) const {
  const std::string name = file_name(url);
  return comms::get(url)
      .max_response_bytes(upload_limit)
      .then([this, name, fields = std::move(fields)](
                const comms::HttpResponse& file) -> comms::Outcome<comms::Receipt> {
        if (!file.ok()) {
          comms::Error error = file.error();
          error.message = "the file to upload could not be fetched: " + error.message;
          if (error.status == COMMS_UNAUTHENTICATED || error.status == COMMS_NOT_FOUND) {
            error.status = COMMS_REJECTED;
          }
          error.remedy = "give the URL of a file of at most 32 MB that this server can read";
          return error;
        }
        const std::string boundary = "commsd-" + comms::hex(comms::Crypto(host_).random(16));
        std::string body;
        for (const auto& [key, value] : fields) {
          body += part_head(boundary, key) + "\r\n\r\n" + value + "\r\n";
        }
        body += part_head(boundary, "fileName") + "\r\n\r\n" + name + "\r\n";
        body += part_head(boundary, "file") + "; filename=\"" + name +
                "\"\r\nContent-Type: " + safe_type(file.header("content-type")) + "\r\n\r\n";
        body.append(file.body()).append("\r\n--" + boundary + "--\r\n");
        return accept(comms::post(method_url(media_url_, "sendFileByUpload"))
                          .body("multipart/form-data; boundary=" + boundary, std::move(body)));
      });
}

}  // namespace greenapi
