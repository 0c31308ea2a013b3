#pragma once

#include <string>

#include <comms/cpp/stt.hpp>

#include "query.h"

namespace deepgram {

/// Speech to text over Deepgram's API (https://developers.deepgram.com; parameters and frames from
/// its OpenAPI and AsyncAPI documents).
class Deepgram final : public comms::SttProvider {
 public:
  Deepgram(const comms::Host& host, const comms::Config& config);

  comms::Outcome<comms::Done> probe();

  std::unique_ptr<comms::SttStream> open(comms_session* session, const comms::SttConfig& config,
                                         comms::SttEmitter emit) override;
  comms::Outcome<comms::Fields> transcribe(const comms::SttConfig& config,
                                           std::string_view recording) override;

 private:
  comms::Host host_;
  std::string authorization_, base_, live_;
  Defaults defaults_;
};

}  // namespace deepgram
