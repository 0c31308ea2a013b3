#include <comms/cpp/event.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Event, NotesWhatThereIsAValueFor) {
  Event event(COMMS_EVENT_MESSAGE_IN);
  event.note("segments", "2");
  event.note("profile_name", "");
  EXPECT_EQ(event.extra, (Fields{{"segments", "2"}}));
}

}  // namespace
}  // namespace comms
