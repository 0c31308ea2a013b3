#pragma once

#include <memory>
#include <optional>
#include <string>

#include <comms/slot/stt.h>

#include "base/executor.h"
#include "plugin/generation.h"
#include "plugin/services/session.h"
#include "plugin/stt_provider.h"

namespace commsd::plugin {

/// One live session over the `comms.stt/1` table, which must list open, audio, finish and close.
/// Everything is on the executor it was opened on. What the plugin says is posted there, so that a
/// listener may destroy the session it hears of. Holds its generation.
class Listening final : public SttSession, public std::enable_shared_from_this<Listening> {
 public:
  Listening(std::string name, std::shared_ptr<Generation> generation, const comms_stt* table,
            SttListener listener);
  ~Listening() override;
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  /// Once, before anything else.
  Result<void> open(const comms_stt_config& config);

  Result<void> audio(std::string_view samples) override;
  void finish(std::chrono::milliseconds limit) override;

 private:
  static void on_event(void* ctx, const comms_stt_event* event);
  void start_tick();
  void tick();
  Result<void> offer(std::string_view samples);
  void tell_plugin_finished();
  void end(Result<void> how);
  void close();

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_stt* const table_;
  SttListener listener_;
  Executor* const executor_;
  std::shared_ptr<Session> session_;
  comms_stt_emit emit_{};
  void* stream_ = nullptr;  // null before open and once closed
  std::string waiting_;     // audio the provider did not take yet
  bool finishing_ = false;  // finish() was called
  bool told_ = false;       // and the plugin knows
  bool ending_ = false;     // the plugin's last event came
  Executor::TimerId tick_ = 0;
  Executor::TimerId deadline_ = 0;
};

}  // namespace commsd::plugin
