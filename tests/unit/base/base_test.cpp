#include <thread>

#include <gtest/gtest.h>

#include "base/completion.h"
#include "base/digest.h"
#include "base/gate.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/manual_executor.h"
#include "base/text.h"

namespace commsd {
namespace {

TEST(Digest, KnownAnswers) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_decode("Zm8="), "fo");
  EXPECT_EQ(base64_decode("Zm8"), std::nullopt);
  EXPECT_EQ(base64_decode("Zm9="), std::nullopt) << "left-over bits must be zero";
  EXPECT_EQ(base64_decode("Z\n8="), std::nullopt);
  EXPECT_EQ(base64url_decode(base64url_encode("\xff\xfe\x00")), "\xff\xfe\x00");
  EXPECT_TRUE(constant_time_equal("same", "same"));
  EXPECT_FALSE(constant_time_equal("same", "sane"));
}

TEST(EscapeHtml, LeavesNothingThatEndsTextOrAttribute) {
  EXPECT_EQ(escape_html("<a href=\"x\" b='c'>&</a>"),
            "&lt;a href=&quot;x&quot; b=&#39;c&#39;&gt;&amp;&lt;/a&gt;");
}

TEST(Text, E164) {
  EXPECT_TRUE(is_e164("+14155552671"));
  for (const char* bad : {"", "+", "14155552671", "+0155552671", "+1415555267a",
                          "+12345678901234567", "+1415 5552671", "+14155552671\n"}) {
    EXPECT_FALSE(is_e164(bad)) << bad;
  }
}

TEST(Text, EmailAddress) {
  EXPECT_TRUE(is_email_address("a.b+c@mail.example.com"));
  for (const char* bad :
       {"", "a", "@example.com", "a@", "a@localhost", "a@@example.com", "a b@example.com",
        "a@exa mple.com", "a@example.com\r\nBcc: b@example.com", ".a@example.com",
        "a..b@example.com", "a@-example.com", "\"a\"@example.com"}) {
    EXPECT_FALSE(is_email_address(bad)) << bad;
  }
}

TEST(Text, PercentDecodeRefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("a%20b"), "a b");
  EXPECT_EQ(percent_decode("%"), std::nullopt);
  EXPECT_EQ(percent_decode("%2"), std::nullopt);
  EXPECT_EQ(percent_decode("%zz"), std::nullopt);
}

TEST(Json, RefusesWhatParsersDisagreeOn) {
  EXPECT_FALSE(JsonDocument::parse(R"({"a":1,"a":2})"));
  EXPECT_FALSE(JsonDocument::parse(R"([{"x":{"a":1,"a":2}}])"));
  EXPECT_FALSE(JsonDocument::parse("\"\xff\""));
  EXPECT_FALSE(JsonDocument::parse("{} x"));
  EXPECT_FALSE(JsonDocument::parse(""));
  EXPECT_FALSE(JsonDocument::parse(std::string(10000, '[')));
  EXPECT_FALSE(JsonDocument::parse(std::string(10000, '[') + std::string(10000, ']')));
}

TEST(Json, CanonicalTextIgnoresOrder) {
  const auto left = JsonDocument::parse(R"({"b":[1,{"y":1,"x":"é"}],"a":null})");
  const auto right = JsonDocument::parse(R"({ "a":null, "b":[1,{"x":"é","y":1}] })");
  ASSERT_TRUE(left && right);
  EXPECT_EQ(left->root().to_canonical_string(), right->root().to_canonical_string());
}

TEST(JsonWriter, OutputIsValidWhateverGoesIn) {
  JsonWriter out;
  out.begin_object().field("text", std::string_view("a\"\\\x01\xff\xc3\xa9\xed\xa0\x80z", 11));
  out.field("n", 3).field("x", 0.5).key("l").begin_array().value(true).null().end_array();
  out.end_object();
  const auto read = JsonDocument::parse(out.text());
  ASSERT_TRUE(read) << out.text();
  EXPECT_EQ(read->root().integer("n"), 3);
}

TEST(JsonWriter, StringsReadBackEqual) {
  // Each character beside plain text and beside another of its kind, at both ends and between.
  std::string everything = "plain";
  for (int c = 0; c < 0x80; ++c) everything += std::string(2, static_cast<char>(c)) + "plain";
  everything += "é漢😀\"";
  for (const std::string& text :
       {everything, std::string("\n"), std::string("a\\"), std::string()}) {
    std::string json;
    append_json_string(json, text);
    const auto read = JsonDocument::parse(json);
    ASSERT_TRUE(read) << json;
    EXPECT_EQ(read->root().string(), text);
  }
}

TEST(Ids, SortByTimeAndDiffer) {
  ManualClock clock(1'700'000'000'000);
  SeededRandom random(1);
  const Ids ids(clock, random);
  const std::string first = ids.make("msg");
  const std::string twin = ids.make("msg");
  clock.advance(std::chrono::milliseconds(1));
  const std::string later = ids.make("msg");
  EXPECT_EQ(first.size(), 4 + 26U);
  EXPECT_NE(first, twin);
  EXPECT_LT(std::max(first, twin), later);
}

Task<int> add(int left, int right) {
  co_return left + right;
}

Task<int> wait_and_add(Completion<int> left, int right) {
  const int value = co_await left;
  co_return co_await add(value, right);
}

TEST(Task, ResumesOnItsOwnExecutor) {
  ManualExecutor executor;
  Completion<int> answer;
  std::thread other([answer] { answer.complete(40); });
  EXPECT_EQ(executor.run(wait_and_add(answer, 2)), 42);
  other.join();
}

TEST(Completion, TheFirstAnswerWins) {
  Completion<int> answer;
  EXPECT_TRUE(answer.complete(1));
  EXPECT_FALSE(answer.complete(2));
  ManualExecutor executor;
  EXPECT_EQ(executor.run(wait_and_add(answer, 0)), 1);
}

Task<int> wait_at_most(Completion<int> answer, std::chrono::milliseconds limit) {
  const Deadline<int> deadline(answer, limit, -1);
  co_return co_await answer;
}

TEST(Deadline, AnswersWhenNobodyElseDoes) {
  ManualExecutor executor;
  EXPECT_EQ(executor.run(wait_at_most(Completion<int>(), std::chrono::milliseconds(50))), -1);
}

Task<void> hold(Gate::Pass pass, Completion<int> until, int& ended) {
  const Gate::Pass inside = std::move(pass);
  co_await until;
  ++ended;
}

TEST(Gate, CloseWaitsForThoseInside) {
  ManualExecutor executor;
  Gate gate;
  Completion<int> until;
  int ended = 0;
  spawn(executor, hold(std::move(*gate.enter()), until, ended));
  executor.run_ready();
  bool closed = false;
  const auto close = [](Gate& which, bool& flag) -> Task<void> {
    co_await which.close();
    flag = true;
  };
  spawn(executor, close(gate, closed));
  executor.run_ready();
  EXPECT_FALSE(closed);
  EXPECT_FALSE(gate.enter());
  until.complete(1);
  executor.run_ready();
  EXPECT_TRUE(closed);
  EXPECT_EQ(ended, 1);
}

TEST(GateDeathTest, ToleratesNoStragglers) {
  EXPECT_DEATH(
      {
        auto gate = std::make_unique<Gate>();
        auto pass = gate->enter();
        gate.reset();
      },
      "1 tasks inside");
}

}  // namespace
}  // namespace commsd
