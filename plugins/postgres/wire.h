#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include <libpq-fe.h>

#include "failure.h"
#include "settings.h"
#include "values.h"

namespace postgres_plugin {

/// Which step of which unit something belongs to.
struct Tag {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t unit = none;
  std::size_t step = none;  // none: a statement of ours
};

/// Takes what the server answers, in the order in which it was asked.
class Answers {
 public:
  virtual ~Answers() = default;
  /// Rows of a statement sent with rows: one at a time, then none with the columns.
  virtual void rows(Tag tag, const PGresult* result) = 0;
  virtual void failed(Tag tag, const Failure& failure) = 0;
  /// Everything sent with this point is done, and durable when it was a transaction.
  virtual void reached(Tag tag) = 0;
};

/// The connection was lost, or the server said nothing for too long.
struct Lost {
  std::string why;
};

/// A connection in libpq's pipeline mode: any number of statements go out before the first answer
/// is read. Between two points (Sync of the protocol) all statements are one transaction, unless
/// BEGIN is among them; after an error the rest up to the point is skipped. Nothing is kept but the
/// answer that is being read. [one thread at a time]
class Wire {
 public:
  /// Throws comms::Error.
  Wire(const Settings& settings, bool read_only);
  ~Wire() { PQfinish(connection_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Whether it was lost, or the server has hung up since the last use.
  bool is_gone();
  /// Nothing is on its way, and no transaction is open.
  bool is_idle() const {
    return waiting_.empty() && PQtransactionStatus(connection_) == PQTRANS_IDLE;
  }

  /// `answers` gets what follows until finish() has returned. All of these throw Lost.
  void begin(Answers& answers) { answers_ = &answers; }
  void prepare(const std::string& name, const std::string& sql, Tag tag);
  void run_prepared(const std::string& name, const Parameters& parameters, Tag tag, bool rows);
  void run(const std::string& sql, const Parameters& parameters, Tag tag, bool rows);
  void run(const std::string& sql, Tag tag) { run(sql, Parameters(nullptr, 0), tag, false); }
  void point(Tag tag = {});
  /// Reads until every point was reached.
  void finish();
  /// Has the server end the statement that it runs; the answers still have to be read.
  void cancel() noexcept;

  /// Outside of pipelines: several statements in one text. Throws comms::Error or Lost.
  void run_script(const std::string& sql);

 private:
  struct Waiting {
    Tag tag;
    bool is_point = false;
    bool rows = false;
  };

  void set_up(const Settings& settings, bool read_only);
  void sent(int ok, std::size_t bytes, Waiting waiting);
  /// Sends and reads what can be without waiting; true when everything was sent.
  bool exchange();
  void read_answers();
  void take(PGresult* result);
  void wait(bool to_send);
  void ready_front();
  [[noreturn]] void lose(const std::string& why);

  PGconn* connection_ = nullptr;
  const int patience_ms_;
  Answers* answers_ = nullptr;
  std::deque<Waiting> waiting_;
  std::size_t unsent_ = 0;
  bool lost_ = false;
};

}  // namespace postgres_plugin
