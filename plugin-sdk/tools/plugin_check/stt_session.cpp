#include "stt_session.h"

#include "allocation.h"
#include "faults.h"

namespace comms::check {

using allocation::PluginSide;

SttSession::SttSession(Context& test) : test_(test), instance_(test) {
  table_ = instance_.slot<comms_stt>(COMMS_SLOT_STT);
}

testing::FakeSocket* SttSession::socket() {
  const auto& sockets = host().fake.sockets;
  return sockets.empty() ? nullptr : sockets.back().get();
}

std::string SttSession::audio_sent() {
  std::string all;
  if (!socket()) return all;
  for (const auto& message : socket()->sent) all += message.is_text ? "" : message.message;
  return all;
}

void SttSession::open(const testing::SocketScript& script) {
  comms_stt_config config{};
  config.size = sizeof config;
  config.sample_rate = 8000;
  config.encoding = str("mulaw");
  config.language = str("en");
  config.flags = COMMS_STT_PARTIALS;
  const comms_stt_emit emit{this, &SttSession::take};
  auto* session = reinterpret_cast<comms_session*>(this);
  host().fake.socket_scripts = {script};
  test_.step("open");
  const OpResult result = host().report("open", [&](const comms_report* report) {
    return table_->open(instance_.self(), session, &config, &emit, report, &stream_);
  });
  if (result.status == COMMS_OK && !stream_) {
    test_.fail(kSession, "open returned COMMS_OK and no stream");
  }
  if (result.status != COMMS_OK) {
    stream_ = nullptr;
    if (result.error.message.empty()) test_.fail(kDetail, "open failed and did not say why");
  }
}

Status SttSession::audio(std::string_view samples) {
  if (!stream_) return COMMS_UNAVAILABLE;
  test_.step("audio");
  Status status = COMMS_INTERNAL;
  {
    const PluginSide side;
    status = table_->audio(stream_, bytes(samples));
  }
  const bool allowed =
      status == COMMS_OK || status == COMMS_BACKPRESSURE || status == COMMS_UNAVAILABLE;
  if (!allowed && !allocation::failed()) {
    test_.fail(kSession, "audio answered " + name_of_status(status) +
                             "; it must be COMMS_OK, COMMS_BACKPRESSURE or COMMS_UNAVAILABLE");
  }
  return status;
}

void SttSession::tick() {
  test_.step("tick");
  const PluginSide side;
  if (stream_ && table_->tick) table_->tick(stream_);
}

void SttSession::finish() {
  if (!stream_ || !table_->finish) return;
  test_.step("finish");
  Status status = COMMS_INTERNAL;
  {
    const PluginSide side;
    status = table_->finish(stream_);
  }
  given_up_ = status != COMMS_OK;
  // The host takes anything else for the end of the session, and the last words are lost.
  if (status != COMMS_OK && ends_ == 0 && !allocation::failed()) {
    test_.fail(kSession, "finish answered " + name_of_status(status) +
                             " while the session was open; what finds no room waits for a tick");
  }
}

void SttSession::end() {
  if (socket()) socket()->end(1000);
  host().drain();
}

void SttSession::close() {
  if (!stream_) return;
  test_.step("close");
  {
    const PluginSide side;
    table_->close(stream_);
  }
  stream_ = nullptr;
  closed_ = host().session_over = true;
  for (auto& socket : host().fake.sockets) {
    if (socket->open) socket->receive(true, R"({"type":"final","text":"too late"})");
    socket->drop();  // as the host does with those of a session
    socket->open = false;
  }
  host().drain();
}

void SttSession::take(void* ctx, const comms_stt_event* event) {
  const allocation::HostSide side;
  auto& self = *static_cast<SttSession*>(ctx);
  if (self.closed_) self.test_.fail(kSession, "an event came after close");
  if (self.ends_ > 0) self.test_.fail(kSession, "an event came after COMMS_STT_ENDED");
  if (event->kind < COMMS_STT_PARTIAL || event->kind > COMMS_STT_ENDED) {
    self.test_.fail(kSession, "an event has the unknown kind " + std::to_string(event->kind));
  }
  if (event->kind == COMMS_STT_ENDED) ++self.ends_;
  self.host().check_text("a transcript", view(event->text));
  if (event->error) self.host().check_text("an error message", view(event->error->message));
}

}  // namespace comms::check
