#pragma once

#include <optional>

#include <comms/cpp/database_value.hpp>
#include <comms/cpp/thunks.hpp>

namespace comms {

/// Takes the rows of a query.
class RowSink {
 public:
  explicit RowSink(const comms_rows* rows) : rows_(rows) {}
  void columns(const std::vector<comms_str>& names) const {
    rows_->columns(rows_->ctx, names.data(), names.size());
  }
  /// False = the host wants no more; `stopped` is then what query() shall end with.
  bool row(const std::vector<comms_value>& values) {
    stopped = rows_->rows(rows_->ctx, values.data(), values.size(), 1);
    return stopped == COMMS_OK;
  }
  Status stopped = COMMS_OK;

 private:
  const comms_rows* rows_;
};

/// Takes what a group of units yields, and keeps the promise of one result per unit.
class UnitSink {
 public:
  UnitSink(const comms_unit_results* results, std::size_t units)
      : results_(results), told_(units, false) {}

  void columns(std::size_t unit, std::size_t step, const std::vector<comms_str>& names) const {
    results_->columns(results_->ctx, unit, step, names.data(), names.size());
  }
  void row(std::size_t unit, std::size_t step, const std::vector<comms_value>& values) const {
    results_->rows(results_->ctx, unit, step, values.data(), values.size(), 1);
  }
  /// After the durable commit.
  void committed(std::size_t unit) { tell(unit, COMMS_OK, 0, 0, {}, {}); }
  void failed(std::size_t unit, Status status, std::int32_t reason, std::size_t step,
              std::string_view vendor_code, std::string_view message) {
    tell(unit, status, reason, static_cast<std::uint32_t>(step), vendor_code, message);
  }
  static void failed_commit(const comms_unit_results* results, std::size_t unit) {
    comms_unit_result result{sizeof(comms_unit_result), COMMS_INTERNAL, COMMS_DB_COMMIT, 0, {},
                             str("out of memory")};
    results->unit(results->ctx, unit, &result);
  }
  /// For every unit without a result yet.
  void all_failed(Status status, std::string_view vendor_code, std::string_view message) {
    for (std::size_t unit = 0; unit < told_.size(); ++unit) {
      if (!told_[unit]) tell(unit, status, COMMS_DB_COMMIT, 0, vendor_code, message);
    }
  }

 private:
  void tell(std::size_t unit, Status status, std::int32_t reason, std::uint32_t step,
            std::string_view vendor_code, std::string_view message) {
    if (told_[unit]) return;
    told_[unit] = true;
    comms_unit_result result{sizeof(comms_unit_result), status,      reason, step,
                             str(vendor_code),          str(message)};
    results_->unit(results_->ctx, unit, &result);
  }

  const comms_unit_results* results_;
  std::vector<bool> told_;
};

/// One connection, used by one thread. All [block]; throw Error with the class of slot/database.h.
class DatabaseConnection {
 public:
  virtual ~DatabaseConnection() = default;
  virtual void ping() = 0;
  virtual void run_script(std::string_view sql) = 0;
  virtual void query(const comms_statement& statement, RowSink& rows) = 0;
  /// Tells every unit's result to `results` after the commit. When it throws, the units without a
  /// result are told that the commit failed, with the Error's status.
  virtual void commit_units(const comms_unit* units, std::size_t count, UnitSink& results) = 0;
};

/// A database engine; contracts in slot/database.h.
class DatabaseProvider {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_DATABASE;
  template <class D, class A>
  static const void* table();
  virtual ~DatabaseProvider() = default;

  virtual std::string_view dialect() const = 0;  // one of slot/database.h; static
  virtual std::unique_ptr<DatabaseConnection> connect(std::int32_t role) = 0;
  virtual void checkpoint() { throw not_offered(); }
  virtual void backup(std::string_view /*path*/) { throw not_offered(); }
  virtual void check() { throw not_offered(); }
  virtual void stop_check() noexcept {}  // from any thread, while check() runs
  virtual void vacuum() { throw not_offered(); }
};

inline Status commit_thunk(void* connection, const comms_unit* units, std::size_t count,
                           const comms_unit_results* results, const comms_report* report) noexcept {
  return guard_report(report, [&]() -> Status {
    std::optional<UnitSink> sink;
    try {
      sink.emplace(results, count);
      static_cast<DatabaseConnection*>(connection)->commit_units(units, count, *sink);
    } catch (const Error& error) {
      sink->all_failed(error.status, error.vendor_code, error.message);
      throw;
    } catch (...) {
      if (sink) {
        sink->all_failed(COMMS_AMBIGUOUS, {}, "the plugin failed");  // perhaps after the commit
      } else {  // there was not even the memory for that
        for (std::size_t unit = 0; unit < count; ++unit) UnitSink::failed_commit(results, unit);
      }
      throw;
    }
    sink->all_failed(COMMS_AMBIGUOUS, {}, "the plugin told no result");
    return COMMS_OK;
  });
}

template <class A, auto Work>
Status upkeep_thunk(void* self, const comms_report* report) noexcept {
  return guard_report(report, [&]() -> Status {
    (A::slot(self).*Work)();
    return COMMS_OK;
  });
}

template <class D, class A>
const void* DatabaseProvider::table() {
  static const comms_database table = [] {
    using Connection = DatabaseConnection;
    comms_database t{};
    t.size = sizeof t;
    t.dialect = [](void* self) { return str(A::slot(self).dialect()); };
    t.connect = [](void* self, std::int32_t role, const comms_report* report,
                   void** out) -> Status {
      return guard_report(report, [&]() -> Status {
        *out = A::slot(self).connect(role).release();
        return *out ? COMMS_OK : COMMS_INTERNAL;
      });
    };
    t.disconnect = [](void* connection) { delete static_cast<Connection*>(connection); };
    t.ping = [](void* connection, const comms_report* report) -> Status {
      return guard_report(report, [&]() -> Status {
        static_cast<Connection*>(connection)->ping();
        return COMMS_OK;
      });
    };
    t.run_script = [](void* connection, comms_str sql, const comms_report* report) -> Status {
      return guard_report(report, [&]() -> Status {
        static_cast<Connection*>(connection)->run_script(view(sql));
        return COMMS_OK;
      });
    };
    t.query = [](void* connection, const comms_statement* statement, const comms_rows* rows,
                 const comms_report* report) -> Status {
      return guard_report(report, [&]() -> Status {
        RowSink sink(rows);
        static_cast<Connection*>(connection)->query(*statement, sink);
        return sink.stopped;
      });
    };
    t.commit_units = &commit_thunk;
    if constexpr (overridden<&D::checkpoint, &DatabaseProvider::checkpoint>) {
      t.checkpoint = &upkeep_thunk<A, &D::checkpoint>;
    }
    if constexpr (overridden<&D::backup, &DatabaseProvider::backup>) {
      t.backup = [](void* self, comms_str path, const comms_report* report) -> Status {
        return guard_report(report, [&]() -> Status {
          A::slot(self).backup(view(path));
          return COMMS_OK;
        });
      };
    }
    if constexpr (overridden<&D::check, &DatabaseProvider::check>) {
      t.check = &upkeep_thunk<A, &D::check>;
      t.stop_check = [](void* self) { A::slot(self).stop_check(); };
    }
    if constexpr (overridden<&D::vacuum, &DatabaseProvider::vacuum>) {
      t.vacuum = &upkeep_thunk<A, &D::vacuum>;
    }
    return t;
  }();
  return &table;
}

}  // namespace comms
