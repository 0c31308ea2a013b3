#pragma once

#include <string>

#include <comms/cpp/stt.hpp>

namespace deepgram {

/// What is the same for every request of an instance.
struct Defaults {
  std::string model, language;
  std::int64_t utterance_end_ms = 0;  // 0 = off
  bool no_training = false;
};

/// The queries of /v1/listen, as the parameters of Deepgram's documents are named. `live_query`
/// throws comms::Error (COMMS_UNSUPPORTED, COMMS_INVALID) for audio that cannot be heard.
std::string live_query(const comms::SttConfig& wanted, const Defaults& defaults);
std::string recording_query(const comms::SttConfig& wanted, const Defaults& defaults);

}  // namespace deepgram
