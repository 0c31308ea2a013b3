#include "mcp/legacy_requests.h"

#include <utility>

#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

using Answer = Result<InputAnswer>;

std::string write_request(const Session::Question& question, const InputRequest& request) {
  JsonWriter out;
  out.begin_object()
      .field("jsonrpc", "2.0")
      .raw_field("id", question.id_json())
      .field("method", request.method);
  if (!request.params_json.empty()) out.raw_field("params", request.params_json);
  out.end_object();
  return out.take();
}

std::string write_cancellation(const Session::Question& question) {
  JsonWriter params;
  params.begin_object().raw_field("requestId", question.id_json()).end_object();
  return write_notification("notifications/cancelled", params.text());
}

}  // namespace

Task<Result<std::vector<InputAnswer>>> LegacyRequests::ask(std::vector<InputRequest> requests) {
  if (!undeclared(requests, capabilities_).empty()) {
    co_return fail(ErrorCode::unsupported, "the client did not declare that it can be asked this");
  }
  std::vector<std::unique_ptr<Session::Question>> questions;
  std::vector<std::unique_ptr<Deadline<Answer>>> deadlines;
  const Answer late = fail(ErrorCode::timeout, "the client did not answer in time");
  for (const InputRequest& request : requests) {
    questions.push_back(std::make_unique<Session::Question>(session_, request.method));
    deadlines.push_back(
        std::make_unique<Deadline<Answer>>(questions.back()->answer(), patience_, late));
  }
  const auto end_all = [&questions](ErrorCode code, const char* why) {
    for (const auto& question : questions) question->answer().complete(fail(code, why));
  };
  const std::stop_callback on_cancel(
      cancelled_, [&] { end_all(ErrorCode::cancelled, "the call was cancelled"); });
  const std::stop_callback on_drain(
      draining_, [&] { end_all(ErrorCode::unavailable, "the server is stopping"); });

  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i]->answer().completed()) continue;
    if (!send_(write_request(*questions[i], requests[i]))) {
      end_all(ErrorCode::cancelled, "the client is gone");
    }
  }
  std::vector<InputAnswer> answers;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Completion<Answer> waiting = questions[i]->answer();
    Answer answer = co_await waiting;
    if (answer) {
      answers.push_back(std::move(*answer));
      continue;
    }
    // What is still open will not be waited for: the client may stop asking its user.
    const bool ours = answer.error().code == ErrorCode::timeout ||
                      answer.error().code == ErrorCode::cancelled ||
                      answer.error().code == ErrorCode::unavailable;
    for (std::size_t open = ours ? i : i + 1; open < questions.size(); ++open) {
      if (open == i || !questions[open]->answer().completed()) {
        send_(write_cancellation(*questions[open]));
      }
    }
    co_return fail(answer.error());
  }
  co_return answers;
}

}  // namespace commsd::mcp
