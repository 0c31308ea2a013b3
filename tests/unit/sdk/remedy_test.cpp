#include <comms/cpp/remedy.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

constexpr Remedy known[] = {{"10", COMMS_RATE_LIMITED, "wait"}, {"20", 0, "check the number"}};
constexpr Remedies remedies(known);

Error applied(const char* code, int http_status) {
  Error error(COMMS_REJECTED, "said", code, "of the status");
  remedies.apply(error, http_status);
  return error;
}

TEST(Remedies, TellWhatTheCodeMeans) {
  EXPECT_EQ(applied("10", 400).status, COMMS_RATE_LIMITED);
  EXPECT_EQ(applied("10", 400).remedy, "wait");
  EXPECT_EQ(applied("20", 422).status, COMMS_REJECTED) << "as the HTTP status says";
  EXPECT_EQ(applied("20", 422).remedy, "check the number");
  EXPECT_EQ(remedies.of("20"), "check the number");
}

TEST(Remedies, LeaveWhatTheyDoNotKnow) {
  for (const char* code : {"", "1", "100"}) {
    EXPECT_EQ(applied(code, 400).remedy, "of the status") << code;
    EXPECT_EQ(remedies.of(code), "") << code;
    EXPECT_EQ(remedies.find(code), nullptr) << code;
  }
}

TEST(Remedies, SayNothingAboutWhatMayHaveBeenAccepted) {
  for (const int http_status : {0, 200, 302, 500, 503}) {
    EXPECT_EQ(applied("10", http_status).status, COMMS_REJECTED) << http_status;
    EXPECT_EQ(applied("10", http_status).remedy, "of the status") << http_status;
  }
}

TEST(ErrorOfCreate, TakesA404ForAFaultOfTheSettings) {
  const Error error = error_of_create(Error(COMMS_NOT_FOUND, "said", "7"), "check the account");
  EXPECT_EQ(error.status, COMMS_INVALID);
  EXPECT_EQ(error.message, "said");
  EXPECT_EQ(error.vendor_code, "7");
  EXPECT_EQ(error.remedy, "check the account");
}

TEST(ErrorOfCreate, LeavesEverythingElse) {
  const Error other(COMMS_REJECTED, "said", "7", "send less");
  EXPECT_EQ(error_of_create(other, "check the account").status, COMMS_REJECTED);
  EXPECT_EQ(error_of_create(other, "check the account").remedy, "send less");
}

}  // namespace
}  // namespace comms
