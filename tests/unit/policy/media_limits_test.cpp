#include "policy/media_limits.h"

#include <gmock/gmock.h>

#include "policy/media_rules.h"

namespace commsd::policy {
namespace {

using plugin::ChannelKind;
using testing::HasSubstr;

constexpr std::int64_t mib = 1024 * 1024;

Result<void> check(ChannelKind channel, const std::vector<FileFacts>& facts) {
  static const MediaLimits limits = MediaLimits::standard();
  return limits.check(channel, facts);
}

TEST(MediaLimits, WhatAChannelCarriesPasses) {
  using enum ChannelKind;
  EXPECT_TRUE(check(sms, {{"image/jpeg", 5 * mib}}));
  EXPECT_TRUE(check(sms, {{"Image/PNG; q=1", 1}, {"video/mp4", 4 * mib}}));
  EXPECT_TRUE(check(whatsapp, {{"video/mp4", 16 * mib}}));
  EXPECT_TRUE(
      check(whatsapp,
            {{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", mib}}));
  EXPECT_TRUE(check(sms, {{"", {}}})) << "what is not known is the vendor's to say";
  EXPECT_TRUE(check(whatsapp, {{"application/octet-stream", mib}}));
  EXPECT_TRUE(check(email, {}));
}

TEST(MediaLimits, WhatItDoesNotIsNamed) {
  using enum ChannelKind;
  const struct {
    ChannelKind channel;
    std::vector<FileFacts> facts;
    ErrorCode code;
  } cases[] = {
      {sms, {{"image/png", {}}, {"application/zip", {}}}, ErrorCode::unsupported},
      {sms, {{"image/png", 1}, {"image/png", 5 * mib + 1}}, ErrorCode::too_large},
      {sms, {{"", 1}, {"", 6 * mib}}, ErrorCode::too_large},
      {whatsapp, {{"image/png", 1}, {"image/gif", {}}}, ErrorCode::unsupported},
      {whatsapp, {{"image/png", 1}, {"image/jpeg", 6 * mib}}, ErrorCode::too_large},
      {whatsapp, {{"image/png", 1}, {"audio/ogg", 17 * mib}}, ErrorCode::too_large},
  };
  for (const auto& one : cases) {
    const auto refused = check(one.channel, one.facts);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, one.code);
    EXPECT_THAT(refused.error().message, HasSubstr("mediaUrls[1]"));
  }
  EXPECT_EQ(check(sms, {{"image/png", 3 * mib}, {"image/png", 3 * mib}}).error().code,
            ErrorCode::too_large)
      << "all of a message together";
  const auto mail = check(email, {{"image/png", 1}});
  EXPECT_EQ(mail.error().code, ErrorCode::unsupported);
  EXPECT_THAT(mail.error().message, HasSubstr("sms and whatsapp"));
}

TEST(MediaLimits, AreWhatTheFileSays) {
  const auto limits = MediaLimits::parse(R"(
channels:
  whatsapp:
    carries: small pictures
    most_bytes: 100
    files:
      - {type: image/gif, most_bytes: 50}
      - {type: image/}
)",
                                         "mine.yaml");
  ASSERT_TRUE(limits) << limits.error().message;
  MediaRules rules(MediaLimits::standard());
  EXPECT_FALSE(rules.check(ChannelKind::whatsapp, {{"image/gif", 50}}));
  rules.replace(*limits);
  EXPECT_TRUE(rules.check(ChannelKind::whatsapp, {{"image/gif", 50}}));
  EXPECT_FALSE(rules.check(ChannelKind::whatsapp, {{"image/gif", 51}}));
  EXPECT_TRUE(rules.check(ChannelKind::whatsapp, {{"image/png", 100}, {"image/png", 100}}));
  EXPECT_FALSE(rules.check(ChannelKind::whatsapp, {{"", 101}}));
  const auto other = rules.check(ChannelKind::whatsapp, {{"audio/ogg", 1}});
  EXPECT_THAT(other.error().message, HasSubstr("carries small pictures"));
  const auto gone = rules.check(ChannelKind::sms, {{"image/png", 1}});
  EXPECT_THAT(gone.error().message, HasSubstr("works on whatsapp;"));
}

TEST(MediaLimits, AFaultNamesFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "key 'channels': found nothing"},
      {"channels:\n  fax: {carries: a, most_bytes: 1, files: [{type: a/b}]}", "mine.yaml:2: "},
      {"channels:\n  sms: {carries: a, most_bytes: 1}", "channels.sms.files"},
      {"channels:\n  sms: {carries: a, most_bytes: 1, files: []}", "channels.sms.files"},
      {"channels:\n  sms: {carries: a, most_bytes: 0, files: [{type: a/b}]}", "most_bytes"},
      {"channels:\n  sms: {carries: a, most_bytes: 1, files: [{type: Image/PNG}]}", "type"},
      {"channels:\n  sms: {carries: a, most_bytes: 1, files: [{typ: a/b}]}", "typ"},
      {"channels:\n  sms: {carries: a, most_bytes: 1, files: [{type: a/b, most_bytes: x}]}",
       "found \"x\""},
      {"channels: [", "mine.yaml"},
  };
  for (const auto& [yaml, said] : cases) {
    const auto limits = MediaLimits::parse(yaml, "mine.yaml");
    ASSERT_FALSE(limits) << yaml;
    EXPECT_EQ(limits.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(limits.error().message, HasSubstr(said));
  }
}

}  // namespace
}  // namespace commsd::policy
