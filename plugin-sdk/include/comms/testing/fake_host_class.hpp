#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include <comms/cpp/host.hpp>
#include <comms/testing/json_table.hpp>
#include <comms/testing/scripts.hpp>

namespace comms::testing {

class FakeSocket;  // fake_ws.hpp

/// The host of fake_host.hpp, which is what to include.
class FakeHost {
 public:
  std::vector<SeenRequest> requests;
  std::deque<Answer> answers;
  /// Answers instead of `answers` when it is set: a cassette (cassette.hpp), or a vendor of your
  /// own.
  std::function<Answer(const SeenRequest&)> transport;
  std::int64_t now_ms = 1700000000000;
  std::vector<std::string> log;
  std::map<std::string, std::string> cache;
  const comms_svc_crypto* crypto = nullptr;
  std::deque<SocketScript> socket_scripts;           // one per socket, in order; none = refused
  std::vector<std::shared_ptr<FakeSocket>> sockets;  // those the plugin opened
  int released = 0;  // contexts given back; equals the requests and delays begun

  FakeHost();
  FakeHost(const FakeHost&) = delete;
  ~FakeHost();

  void answer(int status, std::string body, Fields headers = {}) {
    answers.push_back({status, {std::move(body)}, std::move(headers), COMMS_OK});
  }
  void break_connection(Status how) { answers.push_back({0, {""}, {}, how}); }

  const comms_host* raw() const { return &host_; }

  /// Runs one op to its end. A request without a scripted answer ends as COMMS_UNAVAILABLE.
  OpResult run(const std::function<Status(comms_op*)>& begin) {
    OpResult result;
    result.status = begin(reinterpret_cast<comms_op*>(&result));
    drain(result);
    return result;
  }
  /// For sessions: lets everything happen that is due.
  void drain() {
    OpResult nobody;
    drain(nobody);
  }
  void later(std::function<Status(comms_op*)> work) { queue_.push_back(std::move(work)); }
  /// Events of parse_webhook: pass emit(result).
  static comms_emit emit(OpResult& result) {
    return {&result, [](void* ctx, const comms_event* e) { static_cast<OpResult*>(ctx)->add(*e); }};
  }
  static comms_sink* sink(std::string& text) { return reinterpret_cast<comms_sink*>(&text); }

 private:
  friend struct FakeTables;
  using Work = std::function<Status(comms_op*)>;
  static FakeHost& of(const comms_host* host) { return *static_cast<FakeHost*>(host->ctx); }
  static OpResult& of(comms_op* op) { return *reinterpret_cast<OpResult*>(op); }
  Status exchange(comms_op* op, const SeenRequest& request, comms_http_cb callback, void* user);

  void drain(OpResult& result) {
    auto* op = reinterpret_cast<comms_op*>(&result);
    while (!queue_.empty()) {
      auto work = std::move(queue_.front());
      queue_.pop_front();
      // once the op has ended nothing is called any more, only released
      Status status = work(result.status == COMMS_PENDING ? op : nullptr);
      if (result.status == COMMS_PENDING) result.status = status;
    }
  }

  comms_host host_{};
  std::deque<Work> queue_;
};

/// An instance of a plugin under test.
struct Plugin {
  Plugin(FakeHost& host, const comms_plugin* entry, std::string_view config) : plugin(entry) {
    comms_report report{&error, [](void* ctx, const comms_error* e) {
                          *static_cast<Error*>(ctx) =
                              Error(e->status, std::string(view(e->message)));
                        }};
    status = plugin->create(host.raw(), str(config), &report, &self);
  }
  Plugin(const Plugin&) = delete;
  ~Plugin() {
    if (status == COMMS_OK) plugin->destroy(self);
  }
  template <class Table>
  const Table* slot(const char* id) const {
    return static_cast<const Table*>(plugin->slot(self, id));
  }

  const comms_plugin* plugin;
  void* self = nullptr;
  Status status = COMMS_INTERNAL;
  Error error{COMMS_OK};
};

}  // namespace comms::testing
