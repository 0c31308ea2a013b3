// A model of clients that start, lose, resume and end sessions at two processes of one database, in
// random order. What is checked after every step is what the protocol promises a client whatever
// happens in between.
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/manual_executor.h"
#include "mcp/legacy_requests.h"
#include "mcp/legacy_sessions.h"
#include "mcp/local_session_store.h"

namespace commsd::mcp {
namespace {

using identity::Principal;
using identity::Role;

/// A connection as the client sees it: what was sent arrives up to where it broke.
class Wire final : public EventSink {
 public:
  struct Event {
    std::string json;
    std::string id;
  };

  bool send(std::string_view json, std::string_view id) override {
    if (closed_ || broken_) return false;
    events_.push_back({std::string(json), std::string(id)});
    return true;
  }
  void retry_after(std::chrono::milliseconds) override {}
  void close() override { closed_ = true; }
  bool closed() const override { return closed_ || broken_; }
  Task<bool> written() override { co_return !broken_; }

  /// Breaks it; the last `lost` events never arrived.
  void break_off(std::size_t lost) {
    broken_ = true;
    events_.resize(events_.size() - std::min(lost, events_.size()));
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
  bool closed_ = false;
  bool broken_ = false;
};

/// One stream as its client knows it: what came on all its connections, in order.
struct ClientStream {
  std::shared_ptr<Wire> wire;
  std::size_t read = 0;
  std::string last_id;
  std::vector<std::string> received;
};

struct Call {
  int process = 0;
  std::uint64_t process_life = 0;
  std::string id_json;
  std::shared_ptr<Session> session;
  std::unique_ptr<Session::Running> running;
  SessionStreams::Id stream = 0;
  ClientStream client;
  std::vector<std::string> sent;  // by the server, in order
  bool finished = false;
  bool cancelled = false;
  bool abandoned = false;  // ended without a response
  UnixMillis left_at = 0;  // since when it has waited for its client, once finished
};

struct Client {
  Principal principal;
  std::string session_id;
  bool ended = false;
  std::set<std::string> wishes;
  std::map<int, Call> calls;
  ClientStream standalone;
  int standalone_process = -1;
};

/// How often what matters happened, so that a model that does nothing is no proof.
struct Seen {
  int calls = 0;
  int resumed = 0;
  int late_responses = 0;  // that came by a resumed connection
  int heard = 0;
  int answers = 0;
  int cancelled = 0;
  int ended = 0;
  int restarts = 0;
};

class Interleaving {
 public:
  Interleaving(std::uint64_t seed, Seen& seen) : seen_(seen), engine_(seed), random_(seed) {
    for (int i = 0; i < 2; ++i) restart(i);
    for (int i = 0; i < 3; ++i) {
      Client client;
      client.principal = {Role::agent, "", "org_1", "agt_" + std::to_string(i % 2)};
      clients_.push_back(std::move(client));
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) step();
    for (Client& client : clients_) settle(client);
  }

 private:
  struct Process {
    std::unique_ptr<NotificationHub> hub;
    std::unique_ptr<LegacySessions> sessions;
    std::uint64_t life = 0;
  };

  std::size_t pick(std::size_t count) { return engine_() % count; }
  bool chance(int percent) { return pick(100) < static_cast<std::size_t>(percent); }
  int any_process() { return static_cast<int>(pick(processes_.size())); }
  Process& process(int at) { return processes_[static_cast<std::size_t>(at)]; }

  void restart(int at) {
    for (Client& client : clients_) {
      if (client.standalone_process == at && client.standalone.wire) {
        client.standalone.wire->break_off(0);
      }
      for (auto& [number, call] : client.calls) {
        if (call.process != at || call.process_life != process(at).life) continue;
        call.client.wire->break_off(0);
        call.running.reset();
        call.session.reset();
      }
    }
    Process& fresh = process(at);
    fresh.sessions.reset();
    fresh.hub = std::make_unique<NotificationHub>();
    fresh.sessions = std::make_unique<LegacySessions>(std::string(32, 'k'), clock_, random_,
                                                      std::chrono::hours(24), store_);
    ++fresh.life;
    ++seen_.restarts;
  }

  std::shared_ptr<Session> find(int at, const Client& client, const Principal& as) {
    auto found = executor_.run(process(at).sessions->find(client.session_id, as));
    return found ? *found : nullptr;
  }

  /// The session as its client gets at it. A session that was ended is refused by a process that
  /// ended it or does not know it; another may serve it for recheck_after at most.
  std::shared_ptr<Session> enter(int at, Client& client) {
    if (client.session_id.empty()) return nullptr;
    const auto session = find(at, client, client.principal);
    if (client.ended) {
      clock_.advance(std::chrono::milliseconds(LegacySessions::recheck_after));
      EXPECT_EQ(find(at, client, client.principal), nullptr);
      return nullptr;
    }
    EXPECT_NE(session, nullptr);
    const Client& other = clients_[pick(clients_.size())];
    if (other.principal.key() != client.principal.key()) {
      EXPECT_EQ(find(at, client, other.principal), nullptr);
    }
    return session;
  }

  void step() {
    clock_.advance(std::chrono::milliseconds(pick(2'000)));
    Client& client = clients_[pick(clients_.size())];
    const int at = any_process();
    switch (pick(15)) {
      case 0:
        return initialize(at, client);
      case 1:
      case 2:
        return start_call(at, client);
      case 3:
      case 4:
        return progress(client);
      case 5:
      case 14:
        return finish(client);
      case 6:
        return cancel(client);
      case 7:
        return wish(at, client);
      case 8:
        return open_standalone(at, client);
      case 9:
        return publish(at);
      case 10:
      case 13:
        return lose_connection(client);
      case 11:
        return resume(client);
      default:
        if (chance(10)) return restart(at);
        if (chance(10)) return end(at, client);
        return ask(client);
    }
  }

  void initialize(int at, Client& client) {
    if (!client.session_id.empty() && !client.ended) return;
    settle(client);
    client.calls.clear();
    client.standalone = {};
    client.standalone_process = -1;
    client.wishes.clear();
    client.ended = false;
    ClientCapabilities capabilities;
    capabilities.elicitation_form = true;
    client.session_id =
        process(at).sessions->open(client.principal, "2025-11-25", capabilities)->id();
  }

  void start_call(int at, Client& client) {
    const auto session = enter(at, client);
    if (!session || client.calls.size() > 6) return;
    EXPECT_TRUE(session->capabilities().elicitation_form);
    ++seen_.calls;
    const int number = ++last_call_;
    Call& call = client.calls[number];
    call.process = at;
    call.process_life = process(at).life;
    call.id_json = std::to_string(number);
    call.session = session;
    call.running = std::make_unique<Session::Running>(session, call.id_json);
    call.client.wire = std::make_shared<Wire>();
    call.stream = session->streams().open(call.client.wire);
  }

  Call* any_call(Client& client, bool running) {
    std::vector<Call*> found;
    for (auto& [number, call] : client.calls) {
      if (call.session && (call.running != nullptr) == running) found.push_back(&call);
    }
    return found.empty() ? nullptr : found[pick(found.size())];
  }

  void progress(Client& client) {
    Call* const call = any_call(client, true);
    if (!call) return;
    const std::string json =
        client.session_id + "/" + call->id_json + "/" + std::to_string(call->sent.size());
    if (call->session->streams().send(call->stream, json)) call->sent.push_back(json);
  }

  void finish(Client& client) {
    Call* const call = any_call(client, true);
    if (!call) return;
    const bool cancelled = call->running->token().stop_requested();
    EXPECT_EQ(cancelled, call->cancelled || client.ended);
    call->running.reset();
    if (cancelled) {
      call->session->streams().abandon(call->stream);
      call->abandoned = true;
      return;
    }
    const std::string json = client.session_id + "/" + call->id_json + "/response";
    const auto sink = call->session->streams().finish(call->stream, json);
    if (sink) sink->close();
    call->sent.push_back(json);
    call->finished = true;
    call->left_at = clock_.now();
    // Answered once: there is nothing left to answer.
    EXPECT_EQ(call->session->streams().finish(call->stream, "again"), nullptr);
    EXPECT_FALSE(call->session->streams().send(call->stream, "again"));
  }

  void cancel(Client& client) {
    Call* const call = any_call(client, true);
    if (!call || client.ended) return;
    // At the other process the same id means nothing, or another session's call.
    for (Client& other : clients_) {
      if (&other == &client || other.session_id.empty() || other.ended) continue;
      if (const auto session = find(call->process, other, other.principal)) {
        EXPECT_FALSE(session->cancel(call->id_json));
      }
    }
    EXPECT_TRUE(call->session->cancel(call->id_json));
    call->cancelled = true;
    ++seen_.cancelled;
  }

  void wish(int at, Client& client) {
    const auto session = enter(at, client);
    if (!session) return;
    // One process at a time has a client's wishes in hand: the other reads them when it adopts.
    for (Process& other : processes_) {
      if (&other != &process(at)) restart(static_cast<int>(&other - processes_.data()));
    }
    const std::string uri = "test://" + std::to_string(pick(2));
    if (chance(70)) {
      session->subscribe(uri);
      client.wishes.insert(uri);
    } else {
      session->unsubscribe(uri);
      client.wishes.erase(uri);
    }
    EXPECT_TRUE(executor_.run(process(at).sessions->keep_wishes(session, "org_1")));
  }

  void open_standalone(int at, Client& client) {
    const auto session = enter(at, client);
    if (!session || !session->streams().reserve_standalone()) return;
    client.standalone = {};
    client.standalone.wire = std::make_shared<Wire>();
    client.standalone_process = at;
    session->streams().open_standalone(client.standalone.wire);
    session->listen(*process(at).hub, client.principal);
    EXPECT_FALSE(session->streams().reserve_standalone());
  }

  void publish(int at) {
    Change change{Change::Kind::resource, "test://" + std::to_string(pick(2)), "", "org_1",
                  "agt_" + std::to_string(pick(2))};
    std::vector<std::size_t> before;
    for (Client& client : clients_) before.push_back(heard(client));
    process(at).hub->publish(change);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Client& client = clients_[i];
      const bool entitled = client.principal.agent_id == change.agent_id &&
                            client.wishes.contains(change.subject) && !client.ended &&
                            client.standalone_process == at && client.standalone.wire &&
                            !client.standalone.wire->closed();
      // Those who asked hear it once; nobody hears what is not theirs or not asked for.
      EXPECT_EQ(heard(client), before[i] + (entitled ? 1 : 0));
      if (entitled) ++seen_.heard;
    }
  }

  std::size_t heard(const Client& client) const {
    const auto& wire = client.standalone.wire;
    return wire ? wire->events().size() : 0;
  }

  void ask(Client& client) {
    Call* const call = any_call(client, true);
    if (!call || client.ended || call->cancelled) return;
    Session::Question question(call->session, "elicitation/create");
    const std::string reply =
        R"({"jsonrpc":"2.0","id":)" + question.id_json() + R"(,"result":{"action":"accept"}})";
    for (Client& other : clients_) {
      if (&other == &client || other.session_id.empty() || other.ended) continue;
      if (const auto session = find(call->process, other, other.principal)) {
        EXPECT_FALSE(session->answer(std::move(*RpcMessage::parse(reply))));
      }
    }
    EXPECT_FALSE(question.answer().completed());
    EXPECT_TRUE(call->session->answer(std::move(*RpcMessage::parse(reply))));
    EXPECT_TRUE(question.answer().completed());
    ++seen_.answers;
    EXPECT_FALSE(call->session->answer(std::move(*RpcMessage::parse(reply))));
  }

  void end(int at, Client& client) {
    const auto session = enter(at, client);
    if (!session) return;
    EXPECT_TRUE(executor_.run(process(at).sessions->end(session, "org_1")));
    client.ended = true;
    ++seen_.ended;
    // The process that ended it has told its calls; the other does when it hears of it.
    for (Process& other : processes_) {
      clock_.advance(std::chrono::milliseconds(LegacySessions::recheck_after));
      const auto index = static_cast<int>(&other - processes_.data());
      EXPECT_EQ(find(index, client, client.principal), nullptr);
    }
    for (auto& [number, call] : client.calls) {
      EXPECT_TRUE(!call.running || call.running->token().stop_requested());
    }
  }

  void lose_connection(Client& client) {
    std::vector<ClientStream*> live;
    for (auto& [number, call] : client.calls) {
      if (call.session && !call.client.wire->closed()) live.push_back(&call.client);
    }
    if (live.empty()) return;
    ClientStream& stream = *live[pick(live.size())];
    stream.wire->break_off(pick(4));
    read(stream);
    if (chance(50)) return;  // the server has not noticed
    for (Process& any : processes_) {
      for (const auto& session : any.sessions->all()) session->streams().detach(stream.wire.get());
    }
  }

  static void read(ClientStream& stream) {
    const auto& events = stream.wire->events();
    for (; stream.read < events.size(); ++stream.read) {
      stream.last_id = events[stream.read].id;
      if (!events[stream.read].json.empty()) stream.received.push_back(events[stream.read].json);
    }
  }

  void resume(Client& client) {
    for (auto& [number, call] : client.calls) {
      if (!call.session || client.ended) continue;
      read(call.client);
      resume_call(client, call);
    }
  }

  /// Reconnects as a client does, and checks that the whole stream came, in order and once.
  void resume_call(Client& client, Call& call) {
    if (call.client.wire->closed() && !call.client.last_id.empty()) {
      SessionStreams& streams = call.session->streams();
      for (Client& other : clients_) {
        if (&other == &client || other.session_id.empty() || other.ended) continue;
        if (const auto session = find(call.process, other, other.principal)) {
          EXPECT_EQ(session->streams().look_up(call.client.last_id),
                    SessionStreams::Resumption::unknown);
        }
      }
      const auto next = std::make_shared<Wire>();
      const bool resumed = find(call.process, client, client.principal) == call.session &&
                           streams.resume(call.client.last_id, next);
      if (!resumed) {
        // Only what the client gave up is lost: by cancelling, or by staying away too long.
        EXPECT_TRUE(call.abandoned || (call.finished && clock_.now() - call.left_at >=
                                                            SessionStreams::Limits().keep));
        call.session.reset();
        return;
      }
      call.left_at = clock_.now();
      ++seen_.resumed;
      const std::size_t before = call.client.received.size();
      call.client.wire = next;
      call.client.read = 0;
      read(call.client);
      if (call.finished && call.client.received.size() > before) ++seen_.late_responses;
    }
    expect_prefix(call);
  }

  static void expect_prefix(const Call& call) {
    const auto& received = call.client.received;
    ASSERT_LE(received.size(), call.sent.size());
    for (std::size_t i = 0; i < received.size(); ++i) ASSERT_EQ(received[i], call.sent[i]);
    if (call.client.wire->closed()) return;
    ASSERT_EQ(received.size(), call.sent.size());  // connected: nothing is missing
  }

  /// The client comes back one last time for everything it is owed.
  void settle(Client& client) {
    if (client.ended) return;
    for (auto& [number, call] : client.calls) {
      if (!call.session || call.abandoned) continue;
      read(call.client);
      if (call.client.wire->closed() && call.client.last_id.empty()) continue;  // it knows no id
      resume_call(client, call);
    }
  }

  Seen& seen_;
  std::mt19937_64 engine_;
  SeededRandom random_;
  ManualClock clock_{1'790'000'000'000};
  LocalSessionStore store_{clock_};
  ManualExecutor executor_;
  std::vector<Process> processes_{2};  // before the clients, whose calls hold sessions
  std::vector<Client> clients_;
  int last_call_ = 0;
};

// ThreadSanitizer makes each seed some fifteen times slower, and looks for something else.
#ifdef __SANITIZE_THREAD__
constexpr std::uint64_t seeds = 1'000;
#else
constexpr std::uint64_t seeds = 10'000;
#endif

TEST(SessionInterleaving, KeepsItsPromisesInEveryOrder) {
  Seen seen;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Interleaving interleaving(seed, seen);
    interleaving.run(150);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
  for (const int count : {seen.calls, seen.resumed, seen.late_responses, seen.heard, seen.answers,
                          seen.cancelled, seen.ended, seen.restarts}) {
    EXPECT_GT(count, static_cast<int>(seeds / 10));
  }
}

}  // namespace
}  // namespace commsd::mcp
