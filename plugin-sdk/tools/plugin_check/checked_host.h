#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <comms/svc/log.h>
#include <comms/svc/metrics.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>

#include "context.h"

namespace comms::check {

using testing::OpResult;

/// The SDK's FakeHost behind tables that look at every call: whether it may come now, from this
/// thread, with these arguments. What they see goes to the test's findings.
///
/// Never destroyed: a plugin that calls after its end must find something to call.
class CheckedHost {
 public:
  /// `slot_blocks`: some slot is of class block, so that comms.http/1 perform may be used.
  static CheckedHost& make(Context& test);

  CheckedHost(const CheckedHost&) = delete;

  testing::FakeHost fake;
  std::optional<int> cancel_at;      // cancel the op after so many answers; 0 = before the first
  bool session_over = false;         // the session was closed: its sockets take nothing more
  bool creating = false;             // inside create: no network
  std::vector<std::string> counted;  // names of metrics

  /// What the plugin is given.
  const comms_host* raw() const { return &host_; }
  Context& test() { return *test_; }

  /// Runs one op to its end, as FakeHost::run, and checks how it completed. `what` names it.
  OpResult run(const std::string& what, const std::function<Status(comms_op*)>& begin);
  /// For calls with a report: what was reported comes back as the result's error.
  OpResult report(const std::string& what, const std::function<Status(const comms_report*)>& begin);
  /// Lets everything happen that is due to sessions.
  void drain() { fake.drain(); }
  /// From here on no call may come.
  void end() { alive_ = false; }
  /// Everything of the op before is forgotten: requests, answers, cancellation.
  void forget();
  /// Of what a plugin says to people: UTF-8, and none of the configured secrets.
  void check_text(const std::string& where, std::string_view text);

 private:
  friend struct CheckedTables;
  friend struct CheckedSockets;
  explicit CheckedHost(Context& test);
  static CheckedHost& of(const comms_host* host) { return *static_cast<CheckedHost*>(host->ctx); }
  static CheckedHost& of(const comms_op* op);

  /// [any] calls: false (and told) after destroy.
  bool may_call(const char* what);
  /// [op] and [session] calls: also only from the host's thread.
  bool may_call_here(const char* what);
  bool is_live(const comms_op* op, const char* what);
  /// After a callback of the op under way: what the host makes of `status`.
  Status after_answer(Status status, bool goes_on);
  bool egress_allows(std::string_view url) const;
  /// COMMS_OK, or what the real host would answer; tells what is wrong.
  Status check_address(std::string_view url, std::string_view scheme, const char* what);
  void check_completion(const std::string& what, Status at_once, const OpResult& result);

  Context* test_;
  comms_host host_{};
  std::thread::id thread_ = std::this_thread::get_id();
  std::mutex mutex_;  // FakeHost is for one thread; [any] services may come from others
  bool alive_ = true;
  comms_op* current_ = nullptr;  // the op under way
  bool ended_ = false;           // it has completed
  int under_way_ = 0;            // requests, delays and sockets it began and that are not released
  int answers_ = 0;              // callbacks it got
  int messages_ = 0;             // result.message calls
  std::set<const void*> gone_;   // sockets that were given back
};

bool is_utf8(std::string_view text);

}  // namespace comms::check
