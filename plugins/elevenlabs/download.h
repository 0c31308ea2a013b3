#pragma once

#include <memory>
#include <string>

#include <comms/cpp/call.hpp>

#include "speech.h"

namespace elevenlabs {

/// Hands audio on as it arrives. Unlike Request::download() it knows ElevenLabs' failures, and does
/// not take an error page or silence for speech, whatever its HTTP status says.
class Download final : public comms::Pending<comms::Blob> {
 public:
  Download(comms::Request request, Audio audio);

  comms::Status start(const comms::Host& host, comms_op* op,
                      std::unique_ptr<comms::Pending<comms::Blob>> self) override;

 private:
  static comms::Status arrived(void* user, comms_op* op, const comms_http_response* response);
  comms::Status take(comms_op* op, const comms_http_response& response);
  comms::Status take_audio(comms_op* op, const comms_http_response& response);
  comms::Status take_failure(comms_op* op, const comms_http_response& response);

  comms::Request request_;
  Audio audio_;
  std::string failure_;  // body of an answer that is no audio
  bool began_ = false;
  const comms::Host* host_ = nullptr;
};

}  // namespace elevenlabs
