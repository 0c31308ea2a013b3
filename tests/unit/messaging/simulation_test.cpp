#include <map>
#include <random>
#include <set>

#include "messaging/messaging_bed.h"

namespace commsd::messaging::test {
namespace {

using Answer = ScriptedVendor::Answer;

/// Random vendors, callbacks, restarts and repeated requests, held against the vendors' own logs:
///   nothing lost       every accepted message is in the store, settled or with a reason;
///   nothing twice      no message is in the vendors' logs more than once;
///   nothing unknown    what a vendor took, the store has.
class SimulationTest : public MessagingBed, public testing::WithParamInterface<int> {};

TEST_P(SimulationTest, NothingIsLostAndNothingIsSentTwice) {
  std::mt19937 dice(static_cast<unsigned>(GetParam()));
  const auto roll = [&](unsigned sides) { return dice() % sides; };
  const auto second = providers_.add("second");
  for (const auto& vendor : {vendor_, second}) {
    vendor->keyed = roll(2) == 0;
    vendor->looks_up = roll(2) == 0;
    vendor->decide = [&roll] { return static_cast<Answer>(roll(9) > 5 ? 0 : roll(6)); };
  }

  std::map<std::string, std::string> accepted;  // key -> message id
  for (int step = 0; step < 40; ++step) {
    switch (roll(8)) {
      case 0:
        pass(std::chrono::seconds(roll(40)));
        break;
      case 1:
        restart();
        break;
      case 2:
        for (const auto& vendor : {vendor_, second}) {
          if (vendor->log.empty()) continue;
          const auto& taken = vendor->log[roll(static_cast<unsigned>(vendor->log.size()))];
          vendor_->events = {status_event(taken.vendor_id, roll(2) ? "delivered" : "sent")};
          ASSERT_TRUE(webhook(vendor_->events[0], taken.client_reference));
        }
        break;
      case 3:
        if (!accepted.empty()) {
          const auto& [key, id] = *accepted.begin();
          EXPECT_EQ(sent(request("text " + key, key)).message.id, id);
        }
        break;
      default: {
        const std::string key = "k" + std::to_string(step);
        const SendOutcome outcome = sent(request("text " + key, key));
        accepted[key] = outcome.message.id;
      }
    }
  }
  for (const auto& vendor : {vendor_, second}) vendor->decide = nullptr;
  pass(std::chrono::seconds(700));

  std::map<std::string, int> taken;
  for (const auto& vendor : {vendor_, second}) {
    for (const auto& entry : vendor->log) ++taken[entry.idempotency_key];  // our message id
  }
  std::set<std::string> ours;
  for (const auto& [key, id] : accepted) {
    ours.insert(id);
    const store::Message message = stored(id);
    EXPECT_FALSE(message.id.empty()) << "lost " << key;
    EXPECT_NE(message.state, "attempting") << key;
    EXPECT_NE(message.state, "accepted") << key;
    EXPECT_LE(taken[id], 1) << "sent twice: " << key;
    std::string story;
    for (const store::TimelineEntry& entry : history(id).timeline) {
      story += "\n  " + entry.state + ": " + entry.detail;
    }
    SCOPED_TRACE(key + " keyed " + std::to_string(vendor_->keyed) + std::to_string(second->keyed) +
                 story);
    if (message.state == "failed") {
      EXPECT_EQ(taken[id], 0) << "taken, yet called failed: " << key;
    } else if (message.state != "unknown") {
      EXPECT_EQ(taken[id], 1) << key << " is " << message.state;
    }
  }
  for (const auto& [id, count] : taken) {
    EXPECT_TRUE(ours.contains(id)) << "a vendor has what we do not know of";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, testing::Range(1, 101));

}  // namespace
}  // namespace commsd::messaging::test
