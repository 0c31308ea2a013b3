#include "download.h"

#include <algorithm>

#include "failure.h"

namespace elevenlabs {

namespace {

constexpr std::size_t most_failure_bytes = 65536;

/// The document names the type of MP3 only, so it is the other way round: what cannot be audio.
bool is_text(std::string_view content_type) {
  return content_type.substr(0, 5) == "text/" || content_type.substr(0, 16) == "application/json";
}

}  // namespace

Download::Download(comms::Request request, Audio audio)
    : request_(std::move(request)), audio_(std::move(audio)) {}

comms::Status Download::start(const comms::Host& host, comms_op* op,
                              std::unique_ptr<comms::Pending<comms::Blob>> self) {
  host_ = &host;
  const comms_svc_http& http = host.http();
  const comms::Status status =
      request_.pass(COMMS_HTTP_STREAM, [&](const comms_http_request& request) {
        (void)self.release();  // from here on the host releases it, whatever send returns
        return http.send(host.raw(), op, &request, &arrived, this,
                         [](void* user) { delete static_cast<Download*>(user); });
      });
  if (status == COMMS_PENDING) return status;
  return comms::fail(host, op, comms::Error(status, "the host did not send the request"));
}

comms::Status Download::arrived(void* user, comms_op* op, const comms_http_response* response) {
  auto* self = static_cast<Download*>(user);
  return comms::guard(*self->host_, op, COMMS_INTERNAL, [&] { return self->take(op, *response); });
}

comms::Status Download::take(comms_op* op, const comms_http_response& response) {
  const comms::HttpResponse answer(*host_, response, request_.is_idempotent());
  const bool audio = answer.ok() && !is_text(answer.header("content-type"));
  return audio ? take_audio(op, response) : take_failure(op, response);
}

comms::Status Download::take_audio(comms_op* op, const comms_http_response& response) {
  comms::Status status = COMMS_OK;
  if (response.body.len > 0) {
    const std::string_view piece = comms::view(response.body);
    if (!began_) {
      // Opus comes bare or in Ogg; only the first bytes tell.
      const bool ogg = piece.substr(0, 4) == "OggS";
      comms::deliver(
          *host_, op,
          comms::Fields{{"content_type", ogg ? "audio/ogg; codecs=opus" : audio_.content_type},
                        {"sample_rate", std::to_string(audio_.sample_rate)}});
      began_ = true;
    }
    status = host_->result().chunk(op, response.body);
    if (status == COMMS_CANCELLED) return status;
  }
  if (!response.last) return status == COMMS_BACKPRESSURE ? status : comms::Status{COMMS_PENDING};
  if (began_) return COMMS_OK;
  return comms::fail(*host_, op,
                     comms::Error(COMMS_AMBIGUOUS, "ElevenLabs answered without any audio"));
}

comms::Status Download::take_failure(comms_op* op, const comms_http_response& response) {
  const std::string_view more = comms::view(response.body);
  failure_ += more.substr(0, most_failure_bytes - std::min(most_failure_bytes, failure_.size()));
  if (!response.last) return COMMS_PENDING;
  comms_http_response whole = response;
  whole.body = comms::bytes(failure_);
  return comms::fail(*host_, op,
                     failure(comms::HttpResponse(*host_, whole, request_.is_idempotent())));
}

}  // namespace elevenlabs
