#pragma once

#include <memory>
#include <utility>

#include "base/manual_executor.h"
#include "store/store.h"

namespace commsd::messaging::test {

/// A store whose work on other threads holds back the clock of a ManualExecutor.
class AwaitedStore final : public store::Store {
 public:
  AwaitedStore(ManualExecutor& executor, std::unique_ptr<store::Store> real)
      : executor_(executor), real_(std::move(real)) {}

  Task<Result<store::Rows>> query(std::string_view statement,
                                  store::Parameters parameters) override {
    const ManualExecutor::Outside outside(executor_);
    Task<Result<store::Rows>> reading = real_->query(statement, std::move(parameters));
    co_return co_await std::move(reading);
  }
  Task<Result<store::UnitOutcome>> commit(store::UnitOfWork unit) override {
    const ManualExecutor::Outside outside(executor_);
    Task<Result<store::UnitOutcome>> saving = real_->commit(std::move(unit));
    co_return co_await std::move(saving);
  }

 private:
  ManualExecutor& executor_;
  std::unique_ptr<store::Store> real_;
};

}  // namespace commsd::messaging::test
