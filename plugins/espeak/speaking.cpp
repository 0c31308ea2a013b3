#include "speaking.h"

namespace espeak {

namespace {

/// As much as the host takes in one answer (COMMS_REJECTED beyond).
constexpr std::size_t most_bytes = 64 * 1024 * 1024 - 44;

/// audio/basic is mu-law at 8000 Hz by definition (RFC 2046, 4.3); others say their rate (RFC
/// 4856).
std::string content_type(const Output& output) {
  if (output.format == Format::wav) return "audio/wav";
  if (output.format == Format::pcm) return "audio/pcm";
  if (output.sample_rate == 8000) return "audio/basic";
  return "audio/PCMU; rate=" + std::to_string(output.sample_rate);
}

}  // namespace

Speaking::Speaking(Engine& engine, Utterance utterance, Output output)
    : engine_(engine),
      utterance_(std::move(utterance)),
      output_(output),
      resampler_(engine_.sample_rate(), output.sample_rate) {}

comms::Status Speaking::start(const comms::Host& host, comms_op* op,
                              std::unique_ptr<comms::Pending<comms::Blob>>) {
  comms::deliver(host, op,
                 comms::Fields{{"content_type", content_type(output_)},
                               {"sample_rate", std::to_string(output_.sample_rate)}});
  engine_.speak(utterance_, [&](const std::int16_t* samples, std::size_t count) {
    return hand_over(host, op, resampler_.push(samples, count));
  });
  if (stopped_ == COMMS_OK) hand_over(host, op, resampler_.flush());
  if (stopped_ != COMMS_OK) return stopped_;
  if (!spoke_) throw comms::Error(COMMS_INVALID, "there is nothing in the text that can be spoken");
  if (output_.format != Format::wav) return COMMS_OK;
  host.result().chunk(op, comms::bytes(to_wav(whole_, output_.sample_rate)));
  return COMMS_OK;
}

/// False when it is time to stop; `stopped_` says why.
bool Speaking::hand_over(const comms::Host& host, comms_op* op, const Samples& samples) {
  if (samples.empty()) return true;
  spoke_ = true;
  if (output_.format == Format::wav) {
    whole_ += to_pcm(samples);
    if (whole_.size() <= most_bytes) return true;
    throw comms::Error(COMMS_REJECTED, "the text is too long to be spoken in one piece", {},
                       "speak it in several parts");
  }
  const std::string piece = output_.format == Format::mulaw ? to_mulaw(samples) : to_pcm(samples);
  // COMMS_BACKPRESSURE means nothing here: what was made is taken, and this thread may wait.
  if (host.result().chunk(op, comms::bytes(piece)) == COMMS_CANCELLED) stopped_ = COMMS_CANCELLED;
  return stopped_ == COMMS_OK;
}

}  // namespace espeak
