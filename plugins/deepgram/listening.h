#pragma once

#include <memory>
#include <string>

#include <comms/cpp/stt.hpp>

namespace deepgram {

/// What a stream and the handler of its socket share; whichever ends first leaves it to the other.
struct Session {
  explicit Session(comms::SttEmitter to) : emit(to) {}

  comms::SttEmitter emit;
  bool partials = false;
  bool listening = true;  // false once the stream is closed: nobody may be told any more
  bool ended = false;
  bool finishing = false;     // CloseStream was sent or is about to be
  bool in_utterance = false;  // something final was heard since the last end of an utterance

  void end(const comms::Error* error = nullptr);
};

/// One live session (https://developers.deepgram.com/reference/speech-to-text/listen-streaming).
class Stream final : public comms::SttStream {
 public:
  /// Opens the socket; throws comms::Error when the host would not.
  Stream(const comms::Host& host, comms_session* owner, const comms::SocketRequest& request,
         bool partials, comms::SttEmitter emit);
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  comms::Status audio(std::string_view samples) override;
  void tick() override;
  comms::Status finish() override;

 private:
  void say_finished();

  std::shared_ptr<Session> session_;
  std::unique_ptr<comms::Socket> socket_;
  int quiet_ticks_ = 0;  // since audio or a keep-alive was sent
  int said_ = 0;         // of Finalize and CloseStream
};

}  // namespace deepgram
