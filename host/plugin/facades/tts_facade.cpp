#include <charconv>
#include <memory>
#include <string>
#include <utility>

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

  Task<Result<Speech>> synthesize(SpeechRequest wanted, std::chrono::milliseconds limit) override {
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
    OpOutcome outcome = co_await generation_->run(COMMS_SLOT_TTS, std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    Speech speech;
    speech.content_type = field(outcome, "content_type");
    const std::string rate = field(outcome, "sample_rate");
    std::from_chars(rate.data(), rate.data() + rate.size(), speech.sample_rate);
    speech.bytes = std::move(outcome.data);
    co_return speech;
  }

 private:
  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_tts* const table_;
};

}  // namespace

std::shared_ptr<TtsProvider> make_tts(std::string name, std::shared_ptr<Generation> generation) {
  return std::make_shared<TtsFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
