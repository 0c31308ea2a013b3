#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include <comms/cpp/plugin.hpp>
#include <comms/cpp/telephony.hpp>

namespace sandbox {

/// One message as the pretended vendor keeps it.
struct Record {
  std::string id, client_ref, from, to, text, status;
  std::int64_t at_ms = 0;
  std::int64_t cost_micros = 0;
  bool is_call = false;
};

/// How a send shall end.
enum class Script {
  deliver,
  reject,
  throttle,
  unavailable,
  lost,
  lost_but_taken,
  slow,
  undelivered
};

/// The pretended vendor behind all slots: takes messages, remembers the last ones so that lost
/// answers can be looked up, and fails on purpose for certain recipients:
///
///   number ends in   mailbox starts with   what happens
///   0001             rejected@             refused for good
///   0002             throttled@            too fast, come back in a second
///   0003             unavailable@          nothing accepted
///   0004             lost@                 no answer, and never taken
///   0005             taken@                no answer, but taken: a look-up finds it
///   0006             slow@                 two seconds late
///   0007             undelivered@          taken, then undeliverable
///
/// and for numbers in countries that are none (ISO 3166-1 keeps the codes free):
///
///   ZZ   no number is on offer          XB   no answer, and nothing bought
///   XA   refused                        XC   no answer, but bought: a look-up finds it
///   XD   bought, cannot be configured
/// [any thread]
class Carrier {
 public:
  Carrier(const comms::Host& host, const comms::Config& config);

  const comms::Host& host() const { return host_; }

  comms::Outcome<comms::Receipt> send(Record record, std::int64_t cost_micros, const char* prefix);
  comms::Outcome<comms::Receipt> find(const comms::Find& what) const;

  /// An id such as a vendor gives: two letters and 32 hex digits.
  std::string make_id(const char* prefix) const;
  std::int64_t text_cost() const { return text_cost_; }

  /// What was sold under a reference, until it is given back: numbers and accounts.
  void sell(std::string client_ref, std::string id, std::string what);
  /// Fields number (what was sold) and id; COMMS_NOT_FOUND.
  comms::Outcome<comms::Fields> find_sold(std::string_view client_ref) const;
  void take_back(std::string_view id);

  bool verify(const comms::HttpIn& in) const;
  /// {"id","from","to","text"?,"subject"?,"html"?,"status"?,"messageId"?,"media":[{"url","contentType"}]}
  comms::Events parse(const comms::HttpIn& in, std::int32_t received_kind) const;

 private:
  comms::Outcome<comms::Receipt> take(const Record& record, std::int64_t cost_micros,
                                      Script script);
  void remember(const Record& record);

  comms::Host host_;
  std::string secret_;
  std::uint32_t latency_ms_;
  bool receipts_;
  std::int64_t text_cost_;
  mutable std::mutex mutex_;
  std::deque<std::string> order_;
  std::unordered_map<std::string, Record> records_;  // by client_ref
  struct Sale {
    std::string client_ref, id, what;
  };
  std::deque<Sale> sales_;
};

}  // namespace sandbox
