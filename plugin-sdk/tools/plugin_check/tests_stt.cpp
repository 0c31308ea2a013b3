#include <comms/slot/stt.h>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;
using testing::SocketScript;

/// A live session of an instance.
class Session {
 public:
  explicit Session(Context& test) : test_(test), instance_(test) {
    table_ = instance_.slot<comms_stt>(COMMS_SLOT_STT);
  }
  Session(const Session&) = delete;
  ~Session() { close(); }

  bool ready() const { return table_ && table_->open && table_->audio && table_->close; }
  CheckedHost& host() { return instance_.host(); }
  bool is_open() const { return stream_ != nullptr; }
  int ends() const { return ends_; }

  void open() {
    comms_stt_config config{};
    config.size = sizeof config;
    config.sample_rate = 8000;
    config.encoding = str("mulaw");
    config.language = str("en");
    config.flags = COMMS_STT_PARTIALS;
    const comms_stt_emit emit{this, &Session::take};
    auto* session = reinterpret_cast<comms_session*>(this);
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
    host().drain();
  }
  void audio() {
    const std::string samples(160, '\x7f');
    test_.step("audio");
    const PluginSide side;
    for (int i = 0; stream_ && i < 10; ++i) table_->audio(stream_, bytes(samples));
  }
  void tick() {
    test_.step("tick");
    const PluginSide side;
    if (stream_ && table_->tick) table_->tick(stream_);
  }
  void finish() {
    test_.step("finish");
    {
      const PluginSide side;
      if (stream_ && table_->finish) table_->finish(stream_);
    }
    host().drain();
  }
  void close() {
    if (!stream_) return;
    test_.step("close");
    {
      const PluginSide side;
      table_->close(stream_);
    }
    stream_ = nullptr;
    closed_ = true;
    // The host drops the session's sockets with it.
    for (auto& socket : host().fake.sockets) socket->drop();
    host().drain();
  }

 private:
  static void take(void* ctx, const comms_stt_event* event) {
    const allocation::HostSide side;
    auto& self = *static_cast<Session*>(ctx);
    if (self.closed_) self.test_.fail(kSession, "an event came after close");
    if (self.ends_ > 0) self.test_.fail(kSession, "an event came after COMMS_STT_ENDED");
    if (event->kind < COMMS_STT_PARTIAL || event->kind > COMMS_STT_ENDED) {
      self.test_.fail(kSession, "an event has the unknown kind " + std::to_string(event->kind));
    }
    if (event->kind == COMMS_STT_ENDED) ++self.ends_;
    self.host().check_text("a transcript", view(event->text));
    if (event->error) self.host().check_text("an error message", view(event->error->message));
  }

  Context& test_;
  Instance instance_;
  const comms_stt* table_ = nullptr;
  void* stream_ = nullptr;
  int ends_ = 0;
  bool closed_ = false;
};

SocketScript open_socket() {
  SocketScript script;
  script.frames = {{true, R"({"type":"Metadata","request_id":"check-id-1"})"}};
  script.stays_open = true;
  return script;
}

void ordinary(Context& test) {
  Session session(test);
  if (!session.ready()) return;
  session.host().fake.socket_scripts.push_back(open_socket());
  session.open();
  session.audio();
  session.tick();
  session.finish();
  for (auto& socket : session.host().fake.sockets) socket->end(1000);
  session.host().drain();
  if (session.is_open() && session.ends() != 1) {
    test.fail(kSession, "COMMS_STT_ENDED came " + std::to_string(session.ends()) +
                            " times after finish and the end of the socket");
  }
}

void closed_at_once(Context& test) {
  Session session(test);
  if (!session.ready()) return;
  session.host().fake.socket_scripts.push_back(open_socket());
  session.open();
  session.audio();
  session.close();
}

void refused(Context& test) {
  Session session(test);
  if (!session.ready()) return;
  SocketScript script;
  script.refuse = true;
  session.host().fake.socket_scripts.push_back(script);
  session.open();
  session.audio();
  session.finish();
  if (session.is_open() && session.ends() != 1) {
    test.fail(kSession, "COMMS_STT_ENDED came " + std::to_string(session.ends()) +
                            " times after the vendor refused the socket");
  }
}

void garbage(Context& test) {
  for (const auto& [is_text, message] : std::vector<std::pair<bool, std::string>>{
           {true, ""},
           {true, "<html>"},
           {true, R"({"type":"Results","channel":{"alterna)"},
           {true, "[]"},
           {true, "{\"type\":\"caf\xe9\"}"},
           {false, std::string(64, '\xff')},
           {true, "{\"type\":\"" + std::string(1 << 20, 'x') + "\"}"}}) {
    Session session(test);
    if (!session.ready()) return;
    SocketScript script = open_socket();
    script.frames.push_back({is_text, message});
    session.host().fake.socket_scripts.push_back(script);
    session.open();
    session.audio();
    session.finish();
  }
}

}  // namespace

std::vector<Test> stt_tests(const PluginFile& plugin) {
  const DeclaredSlot* slot = plugin.slot(COMMS_SLOT_STT);
  if (!slot || !slot->has("open")) return {};
  return {{"stt.ordinary_session", &ordinary},
          {"stt.closed_at_once", &closed_at_once},
          {"stt.socket_refused", &refused},
          {"stt.garbage", &garbage}};
}

}  // namespace comms::check
