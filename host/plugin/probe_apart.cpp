#include "plugin/probe_apart.h"

#include <future>
#include <string>
#include <thread>

#include "plugin/thread_executor.h"

namespace commsd::plugin {

Result<void> probe_apart(const std::shared_ptr<Generation>& generation,
                         std::chrono::milliseconds limit, const std::stop_token& stop) {
  auto done = std::make_shared<std::promise<Result<void>>>();
  std::future<Result<void>> answer = done->get_future();
  std::thread([generation, limit, stop, done] {
    ThreadExecutor executor;
    done->set_value(executor.run(generation->probe(limit, stop)));
  }).detach();
  constexpr std::chrono::seconds patience{2};
  if (answer.wait_for(limit + patience) == std::future_status::ready) return answer.get();
  return fail(ErrorCode::timeout,
              "it did not return within " + std::to_string(limit.count()) + " ms");
}

}  // namespace commsd::plugin
