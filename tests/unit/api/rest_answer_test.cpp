#include "api/rest_answer.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/http_error.h"
#include "base/json.h"
#include "embedded/openapi_base.h"

namespace commsd::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int first_code = static_cast<int>(ErrorCode::invalid_argument);
constexpr int last_code = static_cast<int>(ErrorCode::internal);

mcp::ToolOutcome failed(ErrorCode code) {
  mcp::ToolOutcome outcome;
  outcome.error = Error();
  outcome.error->code = code;
  outcome.error->message = "what";
  outcome.result = mcp::to_tool_error(*outcome.error);
  return outcome;
}

mcp::ToolOutcome deed(std::string json, bool is_error = true) {
  mcp::ToolOutcome outcome;
  outcome.result.json = std::move(json);
  outcome.result.is_error = is_error;
  return outcome;
}

TEST(RestAnswer, IsTheResultItselfOnSuccess) {
  const RestAnswer answer = rest_answer(deed(R"({"success":true})", false));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"success":true})");
}

TEST(RestAnswer, HasAStatusForEveryError) {
  const std::map<ErrorCode, int> expected = {
      {ErrorCode::invalid_argument, 400},  {ErrorCode::unauthenticated, 502},
      {ErrorCode::permission_denied, 403}, {ErrorCode::not_found, 404},
      {ErrorCode::conflict, 409},          {ErrorCode::idempotency_mismatch, 422},
      {ErrorCode::in_progress, 409},       {ErrorCode::rate_limited, 429},
      {ErrorCode::too_large, 413},         {ErrorCode::rejected, 422},
      {ErrorCode::unsupported, 422},       {ErrorCode::unavailable, 503},
      {ErrorCode::timeout, 504},           {ErrorCode::ambiguous, 502},
      {ErrorCode::cancelled, 499},         {ErrorCode::internal, 500}};
  for (int code = first_code; code <= last_code; ++code) {
    const auto known = static_cast<ErrorCode>(code);
    ASSERT_TRUE(expected.contains(known)) << to_string(known);
    EXPECT_EQ(rest_answer(failed(known)).status, expected.at(known)) << to_string(known);
  }
  EXPECT_EQ(rest_error(*failed(ErrorCode::unauthenticated).error).status, 401)
      << "the caller's own token";
}

TEST(RestAnswer, StatusesAreInTheDocument) {
  const auto base = JsonDocument::parse(embedded::openapi_base::base_json());
  const auto responses = base->root().get("components")->get("responses");
  for (int code = first_code; code <= last_code; ++code) {
    const auto status = std::to_string(http_status(static_cast<ErrorCode>(code)));
    EXPECT_TRUE(responses->get("Error" + status)) << status;
  }
}

TEST(RestAnswer, TellsAllOfAnErrorButItsCause) {
  mcp::ToolOutcome outcome = failed(ErrorCode::rate_limited);
  outcome.error->remedy = "Wait.";
  outcome.error->rule = "limit.per_minute";
  outcome.error->next_allowed_at = 1'800'000'000'000;
  outcome.error->retry_after = std::chrono::milliseconds(1'500);
  outcome.error->vendor_code = "20429";
  outcome.error->cause = "hidden";
  const RestAnswer answer = rest_answer(outcome, "Example: none");
  EXPECT_EQ(answer.retry_after_seconds, 2);
  EXPECT_EQ(answer.body,
            R"({"error":"what\nWait.","code":"rate_limited","message":"what","remedy":"Wait.",)"
            R"("rule":"limit.per_minute","nextAllowedAt":"2027-01-15T08:00:00.000Z",)"
            R"("retryAfterSeconds":2,"vendorCode":"20429"})");
}

TEST(RestAnswer, ShowsHowToCallRightWhenArgumentsAreWrong) {
  EXPECT_THAT(rest_answer(failed(ErrorCode::invalid_argument), "Example: x").body,
              HasSubstr(R"("error":"what\nExample: x")"));
  EXPECT_THAT(rest_answer(failed(ErrorCode::not_found), "Example: x").body,
              Not(HasSubstr("Example")));
}

TEST(RestAnswer, SaysWhenToComeBack) {
  EXPECT_EQ(rest_answer(failed(ErrorCode::unavailable)).retry_after_seconds, 1);
  EXPECT_EQ(rest_answer(failed(ErrorCode::rejected)).retry_after_seconds, 0);
}

TEST(RestAnswer, TurnsAFailedDeedIntoAnErrorWithItsDetails) {
  const RestAnswer answer = rest_answer(
      deed(R"({"success":false,"messageId":"m1","status":"failed","error":{"code":"rejected",)"
           R"("message":"no","remedy":"stop","vendorCode":"21610"}})"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body,
            R"({"error":"no\nstop","code":"rejected","message":"no","remedy":"stop",)"
            R"("vendorCode":"21610","success":false,"messageId":"m1","status":"failed"})");
}

TEST(RestAnswer, DoesNotBlameTheCallerForWhatAVendorRefusesUs) {
  for (const char* code : {"unauthenticated", "permission_denied"}) {
    const std::string json = std::string(R"({"error":{"code":")") + code + R"(","message":"m"}})";
    EXPECT_EQ(rest_answer(deed(json)).status, 502) << code;
  }
}

TEST(RestAnswer, CopesWithFailuresOfAnyShape) {
  EXPECT_EQ(rest_answer(deed(R"({"error":{"code":"odd"}})")).status, 422);
  EXPECT_EQ(rest_answer(deed(R"({"success":false})")).body,
            R"({"error":"the deed failed","success":false})");
  EXPECT_EQ(rest_answer(deed(R"({"error":"why"})")).body, R"({"error":"why"})");
  EXPECT_EQ(rest_answer(deed("no json")).status, 500);
}

}  // namespace
}  // namespace commsd::api
