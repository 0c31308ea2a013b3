#include "fixture.h"

// What is sent where. That the signatures of requests are right is shown by AWS's own signer
// (s3.test.mjs); here stands the one example that AWS published of a URL.

namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(S3Test, SignsUrlsAsInTheApiReference) {
  // "Authenticating Requests: Using Query Parameters", the example.
  start(R"(,"endpoint":"https://examplebucket.s3.amazonaws.com","addressing":"host")");
  EXPECT_EQ(signed_url("test.txt", "GET", 86400),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  EXPECT_EQ(status, COMMS_OK);
}

TEST_F(S3Test, SignsNoUrlForWhatIsNotAllowed) {
  EXPECT_EQ(signed_url("k", "GET", 604801), "");
  EXPECT_EQ(status, COMMS_INVALID);
  signed_url("k", "GET", 0);
  EXPECT_EQ(status, COMMS_INVALID);
  signed_url("k", "DELETE", 60);
  EXPECT_EQ(status, COMMS_INVALID);
  signed_url("../k", "GET", 60);
  EXPECT_EQ(status, COMMS_INVALID);
}

TEST_F(S3Test, NamesTheBucketWhereItIs) {
  const auto address = [&](const std::string& more, const std::string& bucket = "media") {
    start(more, bucket);
    EXPECT_EQ(plugin->status, COMMS_OK) << more;
    head("k");
    return host.requests.back().url;
  };
  EXPECT_EQ(address(""), "https://media.s3.us-east-1.amazonaws.com/k");
  EXPECT_EQ(address("", "my.media"), "https://s3.us-east-1.amazonaws.com/my.media/k");
  EXPECT_EQ(address(R"(,"region":"cn-north-1")"), "https://media.s3.cn-north-1.amazonaws.com.cn/k");
  EXPECT_EQ(address(R"(,"addressing":"path")"), "https://s3.us-east-1.amazonaws.com/media/k");
  EXPECT_EQ(address(R"(,"region":"auto","endpoint":"https://acc.r2.cloudflarestorage.com/")"),
            "https://acc.r2.cloudflarestorage.com/media/k");
  EXPECT_EQ(address(R"(,"endpoint":"https://p.supabase.co/storage/v1/s3")"),
            "https://p.supabase.co/storage/v1/s3/media/k");
  EXPECT_EQ(address(R"(,"endpoint":"HTTPS://Minio.example:443")"), "https://minio.example/media/k");
}

TEST_F(S3Test, SignedUrlsAreForWhereOthersReachIt) {
  start(R"(,"endpoint":"http://10.0.0.7:9000","public_endpoint":"https://files.example.com")");
  EXPECT_THAT(signed_url("a b", "PUT", 60),
              StartsWith("https://files.example.com/examplebucket/a%20b?X-Amz-"));
  head("k");
  EXPECT_THAT(host.requests.back().url, StartsWith("http://10.0.0.7:9000/"));
}

TEST_F(S3Test, EncodesKeysOnce) {
  head("dir/\xc3\xa9+&=?#%.txt");
  EXPECT_THAT(host.requests.back().url,
              EndsWith(".amazonaws.com/dir/%C3%A9%2B%26%3D%3F%23%25.txt"));
}

TEST_F(S3Test, LeavesTheContentUnsignedOnlyOverHttps) {
  const std::string hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  put("k", "x");
  EXPECT_EQ(host.requests.back().header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  start(R"(,"sign_payload":true)");
  put("k", "x");
  EXPECT_EQ(host.requests.back().header("x-amz-content-sha256"), hash);
  start(R"(,"endpoint":"http://127.0.0.1:9000")");
  put("k", "x");
  EXPECT_EQ(host.requests.back().header("x-amz-content-sha256"), hash);
}

TEST_F(S3Test, SignsEveryHeaderThatCounts) {
  start(R"(,"session_token":"t0ken")");
  put("k", "x", " text/plain ");
  const comms::testing::SeenRequest& request = host.requests.back();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.header("x-amz-security-token"), "t0ken");
  EXPECT_EQ(request.header("x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(request.header("Content-Type"), "text/plain");
  EXPECT_THAT(request.header("Authorization"),
              StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                         "aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;"
                         "x-amz-date;x-amz-security-token, Signature="));
  EXPECT_THAT(request.header("Authorization"), Not(HasSubstr("wJalr")));
  EXPECT_TRUE(request.flags & COMMS_HTTP_IDEMPOTENT);
  EXPECT_THAT(signed_url("k", "GET", 60), HasSubstr("X-Amz-Security-Token=t0ken"));
}

TEST_F(S3Test, ChecksTheBucketWithoutChangingIt) {
  start(R"(,"prefix":"commsd/")");
  host.answer(200, "<?xml version=\"1.0\"?><ListBucketResult><Name>x</Name></ListBucketResult>");
  EXPECT_EQ(probe().status, COMMS_OK);
  EXPECT_EQ(host.requests.back().method, "GET");
  EXPECT_EQ(host.requests.back().url,
            "https://examplebucket.s3.us-east-1.amazonaws.com/"
            "?list-type=2&max-keys=1&prefix=commsd%2F");
  host.answer(200, "<html>Welcome</html>");
  EXPECT_EQ(probe().status, COMMS_UNAVAILABLE);
}

TEST_F(S3Test, NamesTheSettingThatIsWrong) {
  for (const char* endpoint : {"ftp://x.example", "https://", "https://a b", "x.example",
                               "https://user@x.example", "https://x.example/?a=b"}) {
    start(R"(,"endpoint":")" + std::string(endpoint) + '"');
    EXPECT_EQ(plugin->status, COMMS_INVALID) << endpoint;
    EXPECT_THAT(plugin->error.message, HasSubstr("endpoint"));
  }
  start(R"(,"public_endpoint":"files.example.com")");
  EXPECT_EQ(plugin->status, COMMS_INVALID);
  EXPECT_THAT(plugin->error.message, HasSubstr("public_endpoint"));
}

}  // namespace
