#include "mcp/content.h"

#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

TEST(Content, IsWrittenAsTheSchemaHasIt) {
  EXPECT_EQ(text_content("a\"b"), R"({"type":"text","text":"a\"b"})");
  EXPECT_EQ(image_content("\x01\x02", "image/png"),
            R"({"type":"image","data":"AQI=","mimeType":"image/png"})");
  EXPECT_EQ(audio_content("", "audio/wav"), R"({"type":"audio","data":"","mimeType":"audio/wav"})");
  EXPECT_EQ(resource_content("x:1", "text/plain", "t"),
            R"({"type":"resource","resource":{"uri":"x:1","mimeType":"text/plain","text":"t"}})");
  EXPECT_EQ(blob_resource_content("x:1", "", "\x01"),
            R"({"type":"resource","resource":{"uri":"x:1","blob":"AQ=="}})");
  EXPECT_EQ(resource_link("x:1", "n", "text/plain"),
            R"({"type":"resource_link","uri":"x:1","name":"n","mimeType":"text/plain"})");
}

}  // namespace
}  // namespace commsd::mcp
