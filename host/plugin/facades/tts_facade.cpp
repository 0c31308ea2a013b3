#include <charconv>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/slot/tts.h>

#include "plugin/facades/abi_values.h"
#include "plugin/facades/facades.h"

namespace commsd::plugin {
namespace {

class TtsFacade final : public TtsProvider {
 public:
  TtsFacade(std::string name, std::shared_ptr<Generation> generation)
      : name_(std::move(name)),
        generation_(std::move(generation)),
        table_(generation_->table<comms_tts>(COMMS_SLOT_TTS)) {}

  const std::string& name() const override { return name_; }

  bool is_sandbox() const override { return generation_->manifest().status == "sandbox"; }

  Task<Result<Speech>> synthesize(SpeechRequest wanted, std::chrono::milliseconds limit) override {
    return speak(std::move(wanted), {}, limit, {});
  }

  Task<Result<Speech>> stream(SpeechRequest wanted, std::function<void(std::string_view)> on_piece,
                              std::chrono::milliseconds limit, std::stop_token stop) override {
    return speak(std::move(wanted), std::move(on_piece), limit, std::move(stop));
  }

  Task<Result<std::vector<VoiceInfo>>> list_voices(std::chrono::milliseconds limit) override {
    if (!generation_->offers(COMMS_SLOT_TTS, "list_voices")) {
      co_return fail(not_offered(name_, "list its voices"));
    }
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_](comms_op* op) {
      return table->list_voices(self, op);
    };
    const OpOutcome outcome = co_await generation_->run(COMMS_SLOT_TTS, std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    std::vector<VoiceInfo> voices;
    for (const auto& [key, value] : outcome.fields) {
      if (key == "voice_id") voices.emplace_back().id = value;  // begins the next voice
      if (voices.empty()) continue;
      if (key == "name") voices.back().name = value;
      if (key == "language") voices.back().language = value;
      if (key == "gender") voices.back().gender = value;
    }
    co_return voices;
  }

 private:
  /// Without `on_piece` the audio is collected.
  Task<Result<Speech>> speak(SpeechRequest wanted, std::function<void(std::string_view)> on_piece,
                             std::chrono::milliseconds limit, std::stop_token stop) {
    if (!generation_->offers(COMMS_SLOT_TTS, "synthesize")) {
      co_return fail(not_offered(name_, "speak"));
    }
    struct Call {
      SpeechRequest wanted;
      comms_tts_request wire{};
    };
    auto call = std::make_shared<Call>();
    call->wanted = std::move(wanted);
    comms_tts_request& wire = call->wire;
    wire.size = sizeof wire;
    wire.sample_rate = call->wanted.sample_rate;
    wire.text = to_str(call->wanted.text);
    wire.voice = to_str(call->wanted.voice);
    wire.language = to_str(call->wanted.language);
    wire.format = to_str(call->wanted.format);
    wire.model = to_str(call->wanted.model);
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->synthesize(self, op, &call->wire);
    };
    const auto over = std::make_shared<bool>(false);
    if (on_piece) {
      const auto hand_over = [on_piece = std::move(on_piece), stop, over](std::string_view piece) {
        if (!*over && !stop.stop_requested()) on_piece(piece);
      };
      request.on_chunk = [hand_over, executor = Executor::current()](std::string_view piece) {
        if (Executor::current() == executor) {
          hand_over(piece);
        } else {  // a provider that blocks speaks on a thread of its own
          executor->post([hand_over, copy = std::string(piece)] { hand_over(copy); });
        }
        return true;
      };
    }
    Task<OpOutcome> running = generation_->run(COMMS_SLOT_TTS, std::move(request), stop);
    OpOutcome outcome = co_await std::move(running);
    *over = true;
    // Half of an utterance leaves nothing in doubt: whoever stops one got what was wanted.
    if (!outcome.ok() && stop.stop_requested()) outcome.status = COMMS_CANCELLED;
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    Speech speech;
    speech.content_type = field(outcome, "content_type");
    const std::string rate = field(outcome, "sample_rate");
    std::from_chars(rate.data(), rate.data() + rate.size(), speech.sample_rate);
    speech.bytes = std::move(outcome.data);
    co_return speech;
  }

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_tts* const table_;
};

}  // namespace

std::shared_ptr<TtsProvider> make_tts(std::string name, std::shared_ptr<Generation> generation) {
  return std::make_shared<TtsFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
