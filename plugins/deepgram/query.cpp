#include "query.h"

#include <comms/cpp/form.hpp>

namespace deepgram {

namespace {

void add_hints(comms::Form& query, std::string_view hints, std::string_view model) {
  // Only Nova-3 takes keyterm; those before it take keywords.
  const char* name = model.substr(0, 6) == "nova-3" ? "keyterm" : "keywords";
  while (!hints.empty()) {
    std::string_view hint = hints.substr(0, hints.find(','));
    hints.remove_prefix(std::min(hints.size(), hint.size() + 1));
    while (!hint.empty() && hint.front() == ' ') hint.remove_prefix(1);
    while (!hint.empty() && hint.back() == ' ') hint.remove_suffix(1);
    query.add_nonempty(name, hint);
  }
}

comms::Form common(const comms::SttConfig& wanted, const Defaults& defaults) {
  const std::string_view model = wanted.model.empty() ? defaults.model : wanted.model;
  comms::Form query;
  query.add("model", model).add("smart_format", "true");
  query.add_nonempty("language", wanted.language.empty() ? defaults.language : wanted.language);
  add_hints(query, wanted.hints, model);
  if (defaults.no_training) query.add("mip_opt_out", "true");
  return query;
}

}  // namespace

std::string live_query(const comms::SttConfig& wanted, const Defaults& defaults) {
  const bool mulaw = wanted.encoding == "mulaw";
  if (!mulaw && wanted.encoding != "pcm_s16le") {
    throw comms::Error(COMMS_UNSUPPORTED, "Deepgram hears pcm_s16le and mulaw only in a session");
  }
  if (wanted.sample_rate == 0) {
    throw comms::Error(COMMS_INVALID, "the sample rate of the audio has to be named");
  }
  comms::Form query = common(wanted, defaults);
  query.add("encoding", mulaw ? "mulaw" : "linear16");
  query.add("sample_rate", std::to_string(wanted.sample_rate)).add("channels", "1");
  query.add("vad_events", "true");
  // Deepgram finds the gap between words in interim results, so they come with utterance_end_ms.
  const bool gaps = defaults.utterance_end_ms > 0;
  if (gaps || wanted.partials()) query.add("interim_results", "true");
  if (gaps) query.add("utterance_end_ms", std::to_string(defaults.utterance_end_ms));
  if (wanted.endpointing_ms > 0) query.add("endpointing", std::to_string(wanted.endpointing_ms));
  return query.text();
}

std::string recording_query(const comms::SttConfig& wanted, const Defaults& defaults) {
  comms::Form query = common(wanted, defaults);
  if (wanted.language.empty() && defaults.language.empty()) query.add("detect_language", "true");
  return query.text();
}

}  // namespace deepgram
