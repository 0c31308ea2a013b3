#include "allocation.h"
#include "faults.h"
#include "stt_session.h"
#include "tests.h"

namespace comms::check {
namespace {

using testing::SocketScript;

SocketScript open_socket() {
  SocketScript script;
  script.frames = {{true, R"({"type":"Metadata","request_id":"check-id-1"})"}};
  script.stays_open = true;
  return script;
}

/// 160 samples that no other piece of the session has.
std::string piece(int number) {
  return std::string(160, static_cast<char>(0x30 + number));
}

void want_one_end(Context& test, const SttSession& session, const std::string& when) {
  if (!session.is_open() || session.ends() == 1) return;
  if (session.given_up() && session.ends() == 0) return;
  test.fail(kSession,
            "COMMS_STT_ENDED came " + std::to_string(session.ends()) + " times after " + when);
}

/// After its end a session takes no audio.
void want_over(Context& test, SttSession& session, const std::string& when) {
  if (!session.is_open()) return;
  const Status status = session.audio();
  if (status != COMMS_UNAVAILABLE) {
    test.fail(kSession, "audio answered " + name_of_status(status) + " after " + when +
                            "; it must be COMMS_UNAVAILABLE, which ends what the host sends");
  }
}

void ordinary(Context& test) {
  SttSession session(test);
  if (!session.ready()) return;
  session.open(open_socket());
  session.host().drain();
  for (int i = 0; i < 10; ++i) session.audio();
  session.tick();
  session.finish();
  session.host().drain();
  session.end();
  want_one_end(test, session, "finish and the end of the socket");
}

void closed_at_once(Context& test) {
  SttSession session(test);
  if (!session.ready()) return;
  session.open(open_socket());
  session.host().drain();
  session.audio();
  session.close();
}

void refused(Context& test) {
  SttSession session(test);
  if (!session.ready()) return;
  SocketScript script;
  script.refuse = true;
  session.open(script);
  session.audio();
  session.host().drain();
  session.finish();
  session.host().drain();
  want_one_end(test, session, "the vendor refused the socket");
}

void answers_of_audio(Context& test) {
  SttSession session(test);
  if (!session.ready()) return;
  session.open(open_socket());
  if (!session.is_open()) return;
  const auto want_taken = [&](const std::string& when) {
    if (session.audio() != COMMS_OK) {
      test.fail(kSession, "audio was not taken " + when + ", with room for it");
    }
  };
  want_taken("before the socket was open");
  session.host().drain();
  want_taken("by the open session");
  session.audio("");  // allowed, and no end of the session
  want_taken("after a piece without samples");
  session.finish();
  session.host().drain();
  session.end();
  want_over(test, session, "the end of the session");
}

/// What a session without room takes it sends later, what it does not take it forgets; and it says
/// that it has finished as soon as there is room again.
void backpressure(Context& test) {
  SttSession session(test);
  if (!session.ready()) return;
  session.open(open_socket());
  session.host().drain();
  if (!session.is_open() || !session.socket()) return;
  std::string taken = piece(0);
  session.audio(taken);
  const bool as_it_comes = session.audio_sent() == taken;
  session.socket()->next_send = COMMS_BACKPRESSURE;
  if (session.audio(piece(1)) == COMMS_OK) taken += piece(1);
  session.tick();
  session.socket()->next_send = COMMS_OK;
  session.tick();
  if (session.audio(piece(2)) == COMMS_OK) {
    taken += piece(2);
  } else {
    test.fail(kSession, "audio was not taken after a tick, with room for it");
  }
  session.tick();
  if (as_it_comes && session.audio_sent() != taken) {
    test.fail(kSession,
              "what audio took and what was sent to the vendor are not the same after "
              "COMMS_BACKPRESSURE");
  }
  const std::size_t before = session.socket()->sent.size();
  session.socket()->next_send = COMMS_BACKPRESSURE;
  session.finish();
  session.tick();
  session.socket()->next_send = COMMS_OK;
  for (int i = 0; i < 3; ++i) session.tick();
  if (session.ends() == 0 && session.socket()->sent.size() == before &&
      session.socket()->closed_by_plugin == 0) {
    test.fail(kSession, "finish met COMMS_BACKPRESSURE, and no tick told the vendor afterwards");
  }
  session.end();
  want_one_end(test, session, "finish and the end of the socket");
}

/// A call of an hour has 3,600 of them.
void ticks(Context& test) {
  constexpr std::size_t kTicks = 3600;
  SttSession session(test);
  if (!session.ready()) return;
  session.open(open_socket());
  session.host().drain();
  if (!session.is_open()) return;
  session.tick();
  const std::int64_t blocks = allocation::live_blocks();
  for (std::size_t i = 0; i < kTicks; ++i) session.tick();
  const std::int64_t more = allocation::live_blocks() - blocks;
  if (more >= static_cast<std::int64_t>(kTicks)) {
    test.fail(kOwnership,
              std::to_string(kTicks) + " ticks left " + std::to_string(more) + " allocations");
  }
  if (session.socket() && session.socket()->sent.size() > kTicks + 1) {
    test.fail(kSession, std::to_string(kTicks) + " ticks sent " +
                            std::to_string(session.socket()->sent.size()) +
                            " messages: one a second is the most a vendor wants");
  }
  if (!session.socket()) return;
  session.end();
  for (int i = 0; i < 10; ++i) session.tick();  // a socket that is gone is told by the host
  want_one_end(test, session, "the end of the socket");
  want_over(test, session, "the end of the socket");
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
    SttSession session(test);
    if (!session.ready()) return;
    SocketScript script = open_socket();
    script.frames.push_back({is_text, message});
    session.open(script);
    session.host().drain();
    session.audio();
    session.finish();
    session.host().drain();
  }
}

void whole_session(SttSession& session) {
  SocketScript script = open_socket();
  script.frames.push_back({true, R"({"type":"final","text":"hello","is_final":true})"});
  session.open(script);
  session.host().drain();
  session.audio();
  session.tick();
  session.finish();
  session.host().drain();
  session.end();
}

void leak(Context& test) {
  constexpr int kTimes = 40;
  std::int64_t before = 0;
  for (int i = -2; i < kTimes; ++i) {
    if (i == 0) before = allocation::live_blocks();
    SttSession session(test);
    if (!session.ready()) return;
    whole_session(session);
  }
  const std::int64_t more = allocation::live_blocks() - before;
  if (more >= kTimes) {
    test.fail(kOwnership,
              std::to_string(kTimes) + " sessions left " + std::to_string(more) + " allocations");
  }
  if (!allocation::available()) {
    test.not_tried("allocations are not counted in a build with a sanitizer", "use another build");
  }
}

void short_of_memory(Context& test) {
  fail_each_allocation(test, Leaves::nothing, [&] {
    SttSession session(test);
    if (!session.ready()) return;
    whole_session(session);
    want_one_end(test, session, "a session that was short of memory");
  });
}

}  // namespace

std::vector<Test> stt_tests(const PluginFile& plugin) {
  const DeclaredSlot* slot = plugin.slot(COMMS_SLOT_STT);
  if (!slot || !slot->has("open")) return {};
  return {{"stt.ordinary_session", &ordinary},
          {"stt.closed_at_once", &closed_at_once},
          {"stt.socket_refused", &refused},
          {"stt.audio_answers", &answers_of_audio},
          {"stt.backpressure", &backpressure},
          {"stt.ticks", &ticks},
          {"stt.garbage", &garbage},
          {"stt.leak", &leak},
          {"stt.allocation_failure", &short_of_memory, 30}};
}

}  // namespace comms::check
