#include "policy/sms_segments.h"

#include <string>

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

struct Case {
  const char* name;
  std::string text;
  SmsAlphabet alphabet;
  std::int64_t segments;
};

class SmsSegments : public testing::TestWithParam<Case> {};

TEST_P(SmsSegments, AreCountedAsTheyAreSent) {
  const Case& one = GetParam();
  const SmsSize size = sms_size(one.text);
  EXPECT_EQ(size.alphabet, one.alphabet);
  EXPECT_EQ(size.segments, one.segments);
}

constexpr SmsAlphabet gsm = SmsAlphabet::gsm7;
constexpr SmsAlphabet ucs = SmsAlphabet::ucs2;

INSTANTIATE_TEST_SUITE_P(
    Texts, SmsSegments,
    testing::Values(
        Case{"nothing", "", gsm, 1}, Case{"one", "a", gsm, 1},
        Case{"full", times(160, "a"), gsm, 1}, Case{"over", times(161, "a"), gsm, 2},
        Case{"two_full", times(306, "a"), gsm, 2}, Case{"three", times(307, "a"), gsm, 3},
        Case{"accents_of_the_alphabet", times(160, "é"), gsm, 1},
        Case{"umlauts", "Grüße aus Köln: ÄÖÜäöüß", gsm, 1},
        Case{"greek_capitals", "ΔΦΓΛΩΠΨΣΘΞ", gsm, 1}, Case{"line_breaks", "a\r\nb", gsm, 1},
        Case{"escaped_count_twice", times(80, "€"), gsm, 1},
        Case{"escaped_over", times(81, "€"), gsm, 2},
        // 153 septets: 76 pairs, and the 77th is not cut apart.
        Case{"escaped_not_cut", times(152, "€"), gsm, 2},
        Case{"escaped_one_more", times(153, "€"), gsm, 3}, Case{"brackets", times(80, "["), gsm, 1},
        Case{"tilde_caret_pipe", "~^|\\{}[]", gsm, 1}, Case{"backtick_is_in_neither", "`", ucs, 1},
        Case{"small_c_with_cedilla_is_not", "ç", ucs, 1},
        Case{"capital_c_with_cedilla_is", "Ç", gsm, 1}, Case{"hebrew_full", times(70, "ש"), ucs, 1},
        Case{"hebrew_over", times(71, "ש"), ucs, 2},
        Case{"hebrew_two_full", times(134, "ש"), ucs, 2},
        Case{"hebrew_three", times(135, "ש"), ucs, 3},
        Case{"one_foreign_letter_changes_all", times(160, "a") + "ш", ucs, 3},
        Case{"emoji_full", times(35, "😀"), ucs, 1}, Case{"emoji_over", times(36, "😀"), ucs, 2},
        // 67 code units: 33 pairs, and the 34th is not cut apart.
        Case{"emoji_not_cut", times(66, "😀"), ucs, 2},
        Case{"emoji_one_more", times(67, "😀"), ucs, 3}, Case{"curly_quote", times(71, "’"), ucs, 2},
        Case{"control_character", std::string(1, '\x01'), ucs, 1},
        Case{"not_utf8", "\xff\xfe", ucs, 1}, Case{"cut_off", "abc\xe2\x82", ucs, 1}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace commsd::policy
