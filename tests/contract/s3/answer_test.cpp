#include "fixture.h"

namespace {

using testing::HasSubstr;

comms::Fields described(const std::string& size, const std::string& range = "") {
  comms::Fields headers{
      {"Content-Type", "text/plain"}, {"Content-Length", size}, {"ETag", "\"e\""}};
  if (!range.empty()) headers.emplace_back("Content-Range", range);
  return headers;
}

TEST_F(S3Test, AsksForAPartFromTheByteBefore) {
  host.answer(206, "23456", described("5", "bytes 2-6/10"));
  const OpResult found = get("k", 3, 4);
  EXPECT_EQ(host.requests.back().header("Range"), "bytes=2-6");
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.data, "3456");
  EXPECT_EQ(found.field("byte_count"), "10");
  EXPECT_EQ(found.field("content_type"), "text/plain");

  host.answer(206, "9", described("1", "bytes 9-9/10"));
  const OpResult none = get("k", 10);
  EXPECT_EQ(host.requests.back().header("Range"), "bytes=9-");
  EXPECT_EQ(none.status, COMMS_OK);
  EXPECT_EQ(none.data, "");
  EXPECT_EQ(none.field("byte_count"), "10");

  get("k", UINT64_MAX, UINT64_MAX);
  EXPECT_EQ(host.requests.back().header("Range"), "bytes=18446744073709551614-");
}

TEST_F(S3Test, AnOffsetBeyondTheEndIsWrong) {
  host.answer(416, "<Error><Code>InvalidRange</Code></Error>", {{"Content-Range", "bytes */10"}});
  EXPECT_EQ(get("k", 12).status, COMMS_INVALID);
  host.answer(200, "0123456789", described("10"));
  EXPECT_EQ(get("k", 12).status, COMMS_INVALID);
}

TEST_F(S3Test, ReadsAnEmptyObjectThatNoRangeFits) {
  host.answer(416, "<Error><Code>InvalidRange</Code></Error>", {{"Content-Range", "bytes */0"}});
  host.answer(200, "", described("0"));
  const OpResult found = get("k", 0, 100);
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.data, "");
  EXPECT_EQ(found.field("byte_count"), "0");
  EXPECT_EQ(host.requests.back().header("Range"), "");
  EXPECT_EQ(host.released, 2);
}

TEST_F(S3Test, TakesTheWantedPartOfAWholeObject) {
  host.answers.push_back({200, {"01", "234", "5678", "9"}, described("10"), COMMS_OK});
  const OpResult found = get("k", 3, 4);
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.data, "3456");
  EXPECT_EQ(found.field("byte_count"), "10");
}

TEST_F(S3Test, BelievesNoOtherPart) {
  for (const char* range : {"bytes 5-8/10", "bytes 3-6/*", "bytes x-6/10", "bytes", "", "6/10-3"}) {
    host.answer(206, "3456", described("4", range));
    const OpResult found = get("k", 3, 4);
    EXPECT_EQ(found.status, COMMS_UNAVAILABLE) << range;
    EXPECT_EQ(found.data, "");
  }
}

TEST_F(S3Test, HalfAnObjectIsNone) {
  host.answers.push_back({200, {"01", "234"}, described("10"), COMMS_OK});
  EXPECT_EQ(get("k").status, COMMS_UNAVAILABLE);
}

TEST_F(S3Test, DescribesObjects) {
  comms::Fields headers = described("7");
  headers.emplace_back("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
  host.answer(200, "", headers);
  const OpResult found = head("k");
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.field("byte_count"), "7");
  EXPECT_EQ(found.field("content_type"), "text/plain");
  EXPECT_EQ(found.field("etag"), "\"e\"");
  EXPECT_EQ(found.field("modified_at_ms"), "784111777000");
  host.answer(404, "");
  EXPECT_EQ(head("k").status, COMMS_NOT_FOUND);
  host.answer(403, "");
  EXPECT_EQ(head("k").status, COMMS_DENIED);
}

TEST_F(S3Test, RemovingWhatIsGoneIsDone) {
  host.answer(204, "");
  EXPECT_EQ(remove("k").status, COMMS_OK);
  host.answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  EXPECT_EQ(remove("k").status, COMMS_OK);
  host.answer(404, "<Error><Code>NoSuchBucket</Code></Error>");
  EXPECT_EQ(remove("k").status, COMMS_INVALID);
}

TEST_F(S3Test, ReadsHostileXml) {
  for (const std::string& body :
       {std::string("<Code>"), std::string("<Code><Code>"), std::string("</Code><Message>"),
        "<Code>" + std::string(1 << 20, 'x'), std::string("<Code>&#x110000;&#55296;&#0;&bogus;&"),
        "<Code>&" + std::string(100000, 'a') + ";</Code>", std::string("\xff\xfe<\0Code>", 9)}) {
    host.answer(500, body);
    const OpResult result = put("k", "x");
    EXPECT_EQ(result.status, COMMS_UNAVAILABLE);
    EXPECT_LE(result.error.vendor_code.size(), 200u);
    EXPECT_LE(result.error.message.size(), 300u);
  }
  host.answer(403,
              "<Error><Code>AccessDenied</Code><Message>a &lt;b&gt; &#xe9;&#233;&amp;lt;"
              "</Message></Error>");
  EXPECT_THAT(put("k", "x").error.message, HasSubstr("a <b> \xc3\xa9\xc3\xa9&lt;"));
}

TEST_F(S3Test, SendsLargeObjectsInParts) {
  start(R"(,"part_megabytes":5)");
  const std::string data(11 * 1024 * 1024, 'd');
  host.answer(200, "<X><UploadId>a&amp;b/c</UploadId></X>");
  for (const char* etag : {"\"1\"", "\"2\"", "\"3\""}) host.answer(200, "", {{"ETag", etag}});
  host.answer(200, "<R><ETag>&quot;whole-3&quot;</ETag></R>");
  const OpResult stored = put("k", data, "video/mp4");
  EXPECT_EQ(stored.status, COMMS_OK);
  EXPECT_EQ(stored.field("etag"), "\"whole-3\"");
  ASSERT_EQ(host.requests.size(), 5u);
  EXPECT_THAT(host.requests[0].url, testing::EndsWith("/k?uploads="));
  EXPECT_EQ(host.requests[0].header("Content-Type"), "video/mp4");
  EXPECT_THAT(host.requests[1].url, testing::EndsWith("/k?partNumber=1&uploadId=a%26b%2Fc"));
  EXPECT_EQ(host.requests[3].body.size(), std::size_t{1024 * 1024});
  EXPECT_THAT(host.requests[4].body,
              HasSubstr("<Part><PartNumber>2</PartNumber><ETag>&quot;2&quot;</ETag></Part>"));
  EXPECT_EQ(host.released, 5);
}

TEST_F(S3Test, AFailedUploadIsAbortedAndToldAsItWas) {
  start(R"(,"part_megabytes":5)");
  host.answer(200, "<X><UploadId>u</UploadId></X>");
  host.answer(503, "<Error><Code>SlowDown</Code></Error>", {{"Retry-After", "3"}});
  host.answer(204, "");
  const OpResult stored = put("k", std::string(6 * 1024 * 1024, 'd'));
  EXPECT_EQ(stored.status, COMMS_RATE_LIMITED);
  EXPECT_EQ(stored.error.retry_after_ms, 3000u);
  EXPECT_EQ(host.requests.back().method, "DELETE");
  EXPECT_THAT(host.requests.back().url, testing::EndsWith("/k?uploadId=u"));
}

}  // namespace
