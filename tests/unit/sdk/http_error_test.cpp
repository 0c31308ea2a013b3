#include <comms/cpp/http_error.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

Status of(int status, bool idempotent, std::string_view retry_after = {}) {
  HttpFailure f;
  f.status = status;
  f.idempotent = idempotent;
  f.retry_after = retry_after;
  return http_error(f).status;
}

Status transport(Status status, bool idempotent) {
  HttpFailure f;
  f.transport = status;
  f.idempotent = idempotent;
  return http_error(f).status;
}

TEST(HttpError, ClassesOfRefusals) {
  EXPECT_EQ(of(400, false), COMMS_REJECTED);
  EXPECT_EQ(of(401, false), COMMS_UNAUTHENTICATED);
  EXPECT_EQ(of(403, false), COMMS_DENIED);
  EXPECT_EQ(of(404, false), COMMS_NOT_FOUND);
  EXPECT_EQ(of(410, false), COMMS_NOT_FOUND);
  EXPECT_EQ(of(422, false), COMMS_REJECTED);
  EXPECT_EQ(of(429, false), COMMS_RATE_LIMITED);
  EXPECT_EQ(of(503, false, "7"), COMMS_RATE_LIMITED);
}

TEST(HttpError, WhatMayHaveBeenAcceptedIsAmbiguousUnlessIdempotent) {
  for (int status : {200, 408, 409, 500, 502, 503, 504}) {
    EXPECT_EQ(of(status, false), COMMS_AMBIGUOUS) << status;
    EXPECT_NE(of(status, true), COMMS_AMBIGUOUS) << status;
  }
  EXPECT_EQ(of(503, true), COMMS_UNAVAILABLE);
  EXPECT_EQ(transport(COMMS_AMBIGUOUS, false), COMMS_AMBIGUOUS);
  EXPECT_EQ(transport(COMMS_AMBIGUOUS, true), COMMS_UNAVAILABLE);
}

TEST(HttpError, NothingSentIsNeverAmbiguous) {
  for (Status status : {COMMS_UNAVAILABLE, COMMS_TIMEOUT, COMMS_DENIED, COMMS_CANCELLED}) {
    EXPECT_EQ(transport(status, false), status);
  }
}

TEST(HttpError, ReadsRetryAfter) {
  HttpFailure f;
  f.status = 429;
  f.retry_after = "2";
  EXPECT_EQ(retry_after(f), 2000u);
  f.retry_after_ms = "150";
  EXPECT_EQ(retry_after(f), 150u);
  f.retry_after_ms = {};
  f.retry_after = "Sun, 06 Nov 1994 08:49:37 GMT";
  f.now_ms = 784111777000 - 5000;
  EXPECT_EQ(retry_after(f), 5000u);
  f.now_ms = 784111777000 + 5000;
  EXPECT_EQ(retry_after(f), 0u);
  f.retry_after = "99999999999999";
  EXPECT_EQ(retry_after(f), 86400000u);
  for (std::string_view bad : {"-3", "soon", "", "1e3", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    f.retry_after = bad;
    EXPECT_EQ(retry_after(f), 0u) << bad;
  }
}

TEST(HttpError, KnowsDates) {
  EXPECT_EQ(http_date_ms("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(http_date_ms("Tue, 29 Feb 2000 12:00:00 GMT"), 951825600000);
  EXPECT_EQ(http_date_ms("Tue, 29 Xxx 2000 12:00:00 GMT"), -1);
}

}  // namespace
}  // namespace comms
