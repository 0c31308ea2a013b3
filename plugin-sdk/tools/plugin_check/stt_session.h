#pragma once

#include <comms/slot/stt.h>

#include "subject.h"

namespace comms::check {

/// A live session of an instance, which checks the events it gets and what its functions answer.
class SttSession {
 public:
  explicit SttSession(Context& test);
  SttSession(const SttSession&) = delete;
  ~SttSession() { close(); }

  bool ready() const { return table_ && table_->open && table_->audio && table_->close; }
  CheckedHost& host() { return instance_.host(); }
  bool is_open() const { return stream_ != nullptr; }
  int ends() const { return ends_; }  // how often COMMS_STT_ENDED came
  /// finish failed, which is an end as well: the host closes the session.
  bool given_up() const { return given_up_; }
  /// The one it opened; NULL when it has none.
  testing::FakeSocket* socket();
  /// What it sent to the vendor as binary messages, in one piece.
  std::string audio_sent();

  /// Opens it on a socket that does what `script` says.
  void open(const testing::SocketScript& script);
  /// One piece of audio; complains when the answer is none of the contract's.
  Status audio(std::string_view samples);
  Status audio() { return audio(std::string(160, '\x7f')); }
  void tick();
  void finish();
  /// The vendor closes the socket.
  void end();
  /// With a message of the vendor that was on its way already.
  void close();

 private:
  static void take(void* ctx, const comms_stt_event* event);

  Context& test_;
  Instance instance_;
  const comms_stt* table_ = nullptr;
  void* stream_ = nullptr;
  int ends_ = 0;
  bool closed_ = false, given_up_ = false;
};

}  // namespace comms::check
