#include "api/form_fields.h"

#include <gtest/gtest.h>

namespace commsd::api {
namespace {

TEST(FormFields, AreDecodedOnce) {
  const auto fields = read_form("a=1+2&b=%26%3d&c=&d&&e=%2525");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (FormFields{{"a", "1 2"}, {"b", "&="}, {"c", ""}, {"d", ""}, {"e", "%25"}}));
  EXPECT_TRUE(read_form("")->empty());
}

TEST(FormFields, WhatTwoParsersMayReadDifferentlyIsRefused) {
  for (const char* bad : {"a=1&a=2", "a=1&%61=1", "a=%", "a=%zz", "a=%ff", "a=%00", "a=x%0d%0ay"}) {
    EXPECT_FALSE(read_form(bad)) << bad;
  }
  std::string many;
  for (int i = 0; i < 65; ++i) many += "&p" + std::to_string(i) + "=1";
  EXPECT_FALSE(read_form(many));
}

}  // namespace
}  // namespace commsd::api
