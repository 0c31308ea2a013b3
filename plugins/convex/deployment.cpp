#include "deployment.h"

#include <optional>

#include <comms/cpp/lock_wait.hpp>
#include <comms/cpp/utf8.hpp>

namespace convex_plugin {

namespace {

/// What a function may return, in JSON with its bytes in base64 and its quotes escaped.
constexpr std::uint32_t longest_answer = 40u << 20;
constexpr std::size_t longest_words = 500;
/// A function that failed has this HTTP status behind older proxies (npm convex, http_client.ts).
constexpr int function_failed = 560;
const char* const deploy_functions =
    "deploy the functions that come with this version of commsd: `npm run deploy` in a copy of "
    "share/commsd/convex";

/// Others changed what it read, on all tries of Convex's own.
struct Conflict {};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// What the function says, or Convex in its place. It was undone either way: a mutation that does
/// not end well has changed nothing (docs, "Mutations").
[[noreturn]] void throw_failure(const comms::Json& answer) {
  const comms::JsonNode data = answer["errorData"];
  const std::string kind = data["kind"].text();
  const std::string words = data["message"].text(answer["errorMessage"].text());
  comms::Error error(COMMS_UNAVAILABLE,
                     "Convex: " + std::string(comms::utf8_front(words, longest_words)),
                     data["code"].text());
  if (kind == "statement") {
    error.status = COMMS_INVALID;
    throw error;
  }
  if (kind == "database") throw error;
  if (kind == "limit") {
    error.status = COMMS_INVALID;
    error.vendor_code = "limit";
    error.remedy = "ask for less at once: docs/reference/databases.md has Convex's limits";
    throw Refusal(std::move(error), true);
  }
  if (kind == "slow" || has(words, "timed out")) {
    error.status = COMMS_TIMEOUT;
    error.remedy = "a function of Convex has one second of its own time: ask for less at once";
    throw Refusal(std::move(error), true);
  }
  if (kind == "protocol" || has(words, "Could not find")) {
    error.status = COMMS_INVALID;
    error.remedy = deploy_functions;
    throw error;
  }
  if (has(words, "ArgumentValidationError")) {  // its words repeat the arguments
    error.status = COMMS_INVALID;
    error.message = "Convex: the functions do not take what this version of commsd sends";
    error.remedy = deploy_functions;
    throw error;
  }
  // A production deployment says nothing but "Server Error" of what ends a function from outside.
  error.remedy = "look at the function's entry in the logs of the deployment's dashboard";
  throw Refusal(std::move(error), false);
}

comms::Json read_answer(const comms::HttpResponse& response) {
  comms::Json answer = response.json();
  const std::string status = answer["status"].text();
  if (response.status() == 200 || response.status() == function_failed) {
    if (status == "success" && answer["value"]) return answer;
    if (status == "error") throw_failure(answer);
  }
  const std::string code = answer["code"].text();
  if (code == "OptimisticConcurrencyControlFailure") throw Conflict();
  comms::Error error = response.error();
  error.vendor_code = code;
  error.message = "Convex: " + error.message;
  if (const std::string words = answer["message"].text(); !words.empty()) {
    error.message += ": " + std::string(comms::utf8_front(words, longest_words));
  }
  switch (response.status()) {
    case 401:
    case 403:
      error.status = COMMS_UNAUTHENTICATED;
      error.remedy = "make a deploy key for this deployment in its dashboard";
      throw error;
    case 404:
      error.status = COMMS_INVALID;
      error.remedy = "check url: there must be a Convex deployment";
      throw error;
    case 400:
    case 413:  // the body has more than the function's arguments may
      error.status = COMMS_INVALID;
      throw Refusal(std::move(error), true);
    default:
      // A good status around something else came from somebody in between.
      if (error.status == COMMS_INTERNAL) error.status = COMMS_UNAVAILABLE;
      if (error.status == COMMS_REJECTED) error.status = COMMS_INVALID;
      throw error;
  }
}

}  // namespace

comms::Json Deployment::query(const std::string& function, const std::string& arguments) const {
  const auto ask = [&] {
    return call("query", function, arguments, settings_.statement_timeout_ms);
  };
  try {
    return ask();
  } catch (const Refusal&) {
    throw;
  } catch (const comms::Error& error) {
    if (error.status != COMMS_UNAVAILABLE) throw;
  }
  return ask();
}

comms::Json Deployment::mutation(const std::string& function, const std::string& arguments,
                                 std::uint32_t timeout_ms, std::uint32_t wait_ms) const {
  comms::LockWait wait(wait_ms);
  for (;;) {
    try {
      return call("mutation", function, arguments, timeout_ms);
    } catch (const Conflict&) {
      if (!wait.again()) {
        throw comms::Error(COMMS_TIMEOUT, "Convex: others kept changing what this write reads", {},
                           "let fewer processes write, or raise lock_timeout_ms");
      }
    }
  }
}

comms::Json Deployment::call(const std::string& kind, const std::string& function,
                             const std::string& arguments, std::uint32_t timeout_ms) const {
  comms::Request request = comms::post(settings_.url + "/api/" + kind);
  request.header("Authorization", "Convex " + settings_.deploy_key);
  request.body(
      "application/json",
      R"({"path":")" + function + R"(","format":"convex_encoded_json","args":)" + arguments + '}');
  request.timeout_ms(timeout_ms).max_response_bytes(longest_answer).idempotent(kind == "query");
  std::optional<comms::Json> answer;
  try {
    request.perform(
        host_, [&](const comms::HttpResponse& response) { answer.emplace(read_answer(response)); });
  } catch (comms::Error& error) {
    if (error.status != COMMS_DENIED) throw;
    error.status = COMMS_INVALID;
    error.remedy = "allow the origin of 'url' under egress.allow, or correct it";
    throw;
  }
  return std::move(*answer);
}

}  // namespace convex_plugin
