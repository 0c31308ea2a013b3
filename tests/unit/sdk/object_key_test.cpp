#include <string>

#include <comms/cpp/object_key.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(ObjectKey, MayBeAnyPath) {
  const std::string longest(512, 'k');
  for (const std::string& key : {std::string("a"), std::string("a/b.c/...d"), longest}) {
    EXPECT_NO_THROW(check_object_key(key)) << key;
  }
}

TEST(ObjectKey, NeverNamesAnotherObject) {
  const std::string too_long(513, 'k');
  for (const std::string& key :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("."),
        std::string("a/../b"), std::string("a\nb"), std::string("a\x7f"), too_long}) {
    EXPECT_THROW(check_object_key(key), Error) << key;
  }
}

}  // namespace
}  // namespace comms
