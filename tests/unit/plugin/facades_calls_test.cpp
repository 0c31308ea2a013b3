#include "calls_bed.h"

namespace commsd::plugin {
namespace {

class Calls : public CallsBed {};

TEST_F(Calls, WhatACallMayBeAskedReachesThePlugin) {
  OutboundCall call;
  call.ring_ms = 20000;
  call.longest_ms = 60000;
  const auto telephony = scripted_->telephony({});
  EXPECT_EQ(executor_.run(telephony->make_call(call, kLimit))->vendor_id, "0:60000:20000");
  call.detect_machine = true;
  EXPECT_EQ(executor_.run(telephony->make_call(call, kLimit))->vendor_id, "1:60000:20000");
  call.record = true;
  EXPECT_EQ(executor_.run(telephony->make_call(call, kLimit))->vendor_id, "3:60000:20000");
}

TEST_F(Calls, ATransferGoesToANumberOrForNewInstructions) {
  const auto telephony = scripted_->telephony({});
  CallTransfer transfer;
  transfer.call_id = "CA1";
  EXPECT_EQ(executor_.run(telephony->transfer_call(transfer, kLimit)).error().code,
            ErrorCode::invalid_argument);
  transfer.to = "+15005550006";
  EXPECT_TRUE(executor_.run(telephony->transfer_call(transfer, kLimit)));
  EXPECT_TRUE(executor_.run(sandbox_->telephony({})->transfer_call(transfer, kLimit)));
  transfer.answer_url = "https://comms.example.com/next";
  EXPECT_EQ(executor_.run(telephony->transfer_call(transfer, kLimit)).error().code,
            ErrorCode::invalid_argument);
  transfer.to.clear();
  EXPECT_TRUE(executor_.run(telephony->transfer_call(transfer, kLimit)));

  transfer = {"echo", "+1500", "+1600", "one moment", "", "https://comms.example.com/status"};
  const Result<void> refused = executor_.run(telephony->transfer_call(transfer, kLimit));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_EQ(refused.error().vendor_code, "E42");
  EXPECT_EQ(refused.error().message,
            "calls: +1500|+1600|one moment||https://comms.example.com/status|");
  transfer.call_id = "over";
  EXPECT_EQ(executor_.run(telephony->transfer_call(transfer, kLimit)).error().code,
            ErrorCode::not_found);
}

TEST_F(Calls, OnlyAPluginThatSaysSoIsGivenACalleeUrl) {
  EXPECT_TRUE(sandbox_->telephony({})->asks_callee_url());
  EXPECT_TRUE(sandbox_->telephony({})->records_calls());
  const auto older = scripted_->telephony({});
  EXPECT_FALSE(older->records_calls());
  EXPECT_FALSE(older->asks_callee_url()) << "its table ends before the features";
  CallTransfer transfer;
  transfer.call_id = "CA1";
  transfer.to = "+15005550006";
  transfer.callee_url = "https://comms.example.com/callee";
  EXPECT_TRUE(executor_.run(sandbox_->telephony({})->transfer_call(transfer, kLimit)));
  const Result<void> refused = executor_.run(older->transfer_call(transfer, kLimit));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  CallVerb dial;
  dial.kind = CallVerbKind::dial;
  dial.number = "+1500";
  EXPECT_TRUE(older->render({dial}));
  dial.callee_url = transfer.callee_url;
  EXPECT_EQ(older->render({dial}).error().code, ErrorCode::unsupported);
  EXPECT_EQ(sandbox_->telephony({})->render({dial})->body,
            R"([{"kind":4,"number":"+1500","calleeUrl":"https://comms.example.com/callee"}])");
}

TEST_F(Calls, EveryMemberOfAVerbReachesThePlugin) {
  CallVerb gather;
  gather.kind = CallVerbKind::gather;
  gather.text = "t";
  gather.url = "u";
  gather.number = "n";
  gather.from = "f";
  gather.voice = "v";
  gather.language = "l";
  gather.finish_key = "#";
  gather.timeout_ms = 1;
  gather.max_digits = 2;
  gather.max_length_ms = 3;
  gather.speech = true;
  CallVerb record;
  record.kind = CallVerbKind::record;
  record.transcribe = true;
  record.beep = true;
  CallVerb stream;
  stream.kind = CallVerbKind::stream;
  stream.params = {{"a", "1"}, {"b", "2"}};
  const auto told = scripted_->telephony({})->render({gather, record, stream, CallVerb()});
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->content_type, "text/plain");
  EXPECT_EQ(told->body,
            "3|t|u|n|f|v|l|#|1|2|3|1\n"
            "5||||||||0|0|0|6\n"
            "6||||||||0|0|0|0|a=1|b=2\n"
            "10||||||||0|0|0|0\n");
}

TEST_F(Calls, EveryKindOfVerbHasItsNumber) {
  const std::pair<CallVerbKind, const char*> kinds[] = {
      {CallVerbKind::say, "1|"},    {CallVerbKind::play, "2|"},     {CallVerbKind::gather, "3|"},
      {CallVerbKind::dial, "4|"},   {CallVerbKind::record, "5|"},   {CallVerbKind::stream, "6|"},
      {CallVerbKind::pause, "7|"},  {CallVerbKind::redirect, "8|"}, {CallVerbKind::hang_up, "10|"},
      {CallVerbKind::native, "11|"}};
  for (const auto& [kind, number] : kinds) {
    CallVerb verb;
    verb.kind = kind;
    EXPECT_EQ(scripted_->telephony({})->render({verb})->body.rfind(number, 0), 0U) << number;
  }
  CallVerb reject;
  reject.kind = CallVerbKind::reject;
  const auto refused = scripted_->telephony({})->render({reject});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
  EXPECT_NE(refused.error().message.find("'calls'"), std::string::npos);
}

TEST_F(Calls, TheSandboxTellsItsInstructions) {
  CallVerb say;
  say.kind = CallVerbKind::say;
  say.text = "Hello \"you\"";
  const auto told = sandbox_->telephony({})->render({say, CallVerb()});
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->content_type, "application/json");
  EXPECT_EQ(told->body, R"([{"kind":1,"text":"Hello \"you\""},{"kind":10}])");
  EXPECT_EQ(sandbox_->telephony({})->render({})->body, "[]");
}

TEST_F(Calls, MediaAreFetchedWholeOrNotAtAll) {
  const auto telephony = scripted_->telephony({});
  const Result<FetchedMedia> media = executor_.run(telephony->fetch_media("picture", kLimit));
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->content_type, "image/png");
  EXPECT_EQ(media->bytes, "picture");
  const Result<FetchedMedia> huge = executor_.run(telephony->fetch_media("huge", kLimit));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, ErrorCode::rejected);
  EXPECT_EQ(huge.error().message, "calls: the provider sent more than 64 MiB");
  EXPECT_EQ(executor_.run(sandbox_->telephony({})->fetch_media("x", kLimit)).error().code,
            ErrorCode::unsupported);
}

}  // namespace
}  // namespace commsd::plugin
