// Calls that are recorded: because they are asked to be, or because a route of the agent wants it;
// and what is said before, by whose rule.
#include <gmock/gmock.h>

#include "store/route_repository.h"
#include "voice/voice_bed.h"

namespace commsd::voice::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecordingTest : public VoiceBed {
 protected:
  static constexpr const char* californian = "+14155552671";

  void route_recordings() {
    store::Route route;
    route.org_id = "org_1";
    route.agent_id = "agt_1";
    route.kind = "call_recording";
    route.target = "on";
    store::UnitOfWork unit;
    store::RouteRepository::add_set(unit, route, clock_.now());
    store::RouteRepository::add_note_with_agent(unit, "org_1", "agt_1");
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  std::string spoken_by(std::size_t call) {
    const auto reply =
        hear(news("CA" + std::to_string(call + 1), "in-progress"),
             phone_->dialled.at(call).client_reference, CallWebhook::Wants::instructions);
    return reply ? reply->body : reply.error().message;
  }
  std::string timeline(const std::string& id) {
    std::string all;
    for (const auto& entry : call_history(id).timeline) {
      all += entry.state + " (" + entry.detail + ")\n";
    }
    return all;
  }
};

TEST_F(RecordingTest, IsAnnouncedByTheRuleOfTheStrictestEnd) {
  CallRequest request = call_to(californian, "Hello.");
  request.dial.record = true;
  const std::string id = placed(std::move(request)).call.id;
  EXPECT_TRUE(phone_->dialled.at(0).record);
  EXPECT_EQ(spoken_by(0), "say This call is being recorded. This is a machine. Hello.;hang up;");
  EXPECT_THAT(timeline(id),
              HasSubstr("recording (asked for, announced (rule us.recording.all_party))"));
}

TEST_F(RecordingTest, IsAnnouncedInTheLanguageOfTheCall) {
  CallRequest request = call_to("+4915123456789", "Hallo.");
  request.dial.record = true;
  request.script.language = "de-DE";
  placed(std::move(request));
  EXPECT_THAT(spoken_by(0), HasSubstr("aufgezeichnet"));
}

TEST_F(RecordingTest, ARouteRecordsCallsThatAreNotAskedToBe) {
  route_recordings();
  const std::string id = placed(call_to(californian, "Hello.")).call.id;
  EXPECT_TRUE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), HasSubstr("being recorded"));
  EXPECT_THAT(timeline(id), HasSubstr("recording (by the agent's route, announced"));
}

TEST_F(RecordingTest, WithoutARouteNothingIsRecorded) {
  const std::string id = placed(call_to(californian, "Hello.")).call.id;
  EXPECT_FALSE(phone_->dialled.at(0).record);
  EXPECT_THAT(spoken_by(0), Not(HasSubstr("recorded")));
  EXPECT_THAT(timeline(id), Not(HasSubstr("recording")));
}

TEST_F(RecordingTest, NobodyIsRecordedWhoCannotBeToldOfIt) {
  route_recordings();
  CallRequest bridge = call_to(californian, "");
  bridge.purpose = "bridge";
  bridge.script.dial = "+14155550177";
  placed(std::move(bridge));
  EXPECT_FALSE(phone_->dialled.at(0).record);
}

TEST_F(RecordingTest, TheSameCallIsTheSameWithItsRoute) {
  const std::string first = placed(call_to(californian, "Hello.")).call.id;
  route_recordings();
  EXPECT_EQ(placed(call_to(californian, "Hello.")).call.id, first);
  CallRequest other = call_to(californian, "Hello.");
  other.dial.record = true;
  EXPECT_NE(placed(std::move(other)).call.id, first) << "to ask for it is another request";
}

}  // namespace
}  // namespace commsd::voice::test
