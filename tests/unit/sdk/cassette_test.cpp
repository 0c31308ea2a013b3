#include <arpa/inet.h>
#include <filesystem>
#include <mutex>
#include <sys/socket.h>
#include <thread>

#include <comms/cpp/call.hpp>
#include <comms/testing/cassette.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace comms::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* manifest = R"({"config":{"type":"object","properties":{
    "api_key":{"type":"string","writeOnly":true},
    "account":{"type":"string"},
    "oauth":{"type":"object","properties":{"client_secret":{"type":"string","writeOnly":true}}},
    "pins":{"type":"array","writeOnly":true}}}})";

/// One answer per connection, in order; what was asked is in seen().
class Vendor {
 public:
  explicit Vendor(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for the vendor");
    }
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~Vendor() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::vector<std::string> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  std::string url;

 private:
  void serve() {
    for (const std::string& answer : answers_) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request = request_of(peer);
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::move(request));
      }
      if (!answer.empty()) (void)::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(peer);
    }
  }
  static std::string request_of(int peer) {
    std::string text;
    char piece[4096];
    for (;;) {
      const std::size_t head = text.find("\r\n\r\n");
      const std::size_t length = text.find("Content-Length: ");
      const std::size_t body =
          length == text.npos ? 0 : static_cast<std::size_t>(std::atoi(text.c_str() + length + 16));
      if (head != text.npos && text.size() >= head + 4 + body) return text;
      const ssize_t more = recv(peer, piece, sizeof piece, 0);
      if (more <= 0) return text;
      text.append(piece, static_cast<std::size_t>(more));
    }
  }

  std::vector<std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;  // guarded by mutex_
  int listener_ = -1;
  std::thread thread_;
};

std::string http(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "Connection: close\r\n\r\n" + body;
}

std::string read(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class CassetteTest : public ::testing::Test {
 protected:
  CassetteTest() {
    char name[] = "/tmp/cassette-test-XXXXXX";
    folder = mkdtemp(name);
    file = folder + "/tape.jsonl";
  }
  ~CassetteTest() override { std::filesystem::remove_all(folder); }

  /// Runs one request through the whole path: C++ layer, host, cassette.
  static OpResult run(FakeHost& host, Request request) {
    const Host view(host.raw());
    return host.run([&](comms_op* op) {
      return settle(view, op, request.then([](const HttpResponse& r) -> Outcome<Fields> {
        if (r.status() == 0) return r.error();
        return Fields{{"body", std::string(r.body())}, {"token", r.json()["access_token"].text()}};
      }));
    });
  }
  void write(const std::string& text) const { std::ofstream(file) << text; }

  std::string folder, file;
};

TEST_F(CassetteTest, ARecordingHoldsNoSecretInAnyFormAndReplays) {
  const std::string key = "k3y/of+the=vendor \"x\"";
  const std::string client = "cl13nt-s3cret";
  Vendor vendor({http(R"({"access_token":"t0ken-of-the-hour"})", "Set-Cookie: session=c00kie\r\n"),
                 http("hello " + key), http("{\"ok\":true}"), http(std::string("\xff\0\x01", 3))});
  const auto converse = [&](FakeHost& host, const std::string& api_key, const std::string& secret) {
    const std::string token =
        run(host, post(vendor.url + "/oauth/" + percent_encode(api_key))
                      .form(Form().add("client_secret", secret).add("account", "a1")))
            .field("token");
    std::string echo =
        run(host,
            post(vendor.url + "/v1/echo?sig=" + percent_encode(encode_base64("user:" + api_key)))
                .bearer(token)
                .json(JsonObject().put("key", api_key).put("hex", hex(secret))))
            .field("body");
    run(host, get(vendor.url + "/v1/b64/" + encode_base64(secret))
                  .header("X-Api-Key", "other-secret")
                  .header("X-Plain", "id " + secret));
    return echo +
           run(host, put(vendor.url + "/v1/blob")
                         .body("application/octet-stream", std::string("\0\xfe", 2) + secret))
               .field("body");
  };
  std::string config = JsonObject()
                           .put("api_key", key)
                           .put("account", "a1")
                           .put("oauth", JsonObject().put("client_secret", client))
                           .text();
  {
    FakeHost host;
    Cassette tape(file, Redaction(manifest, config), Cassette::Mode::record);
    tape.attach(host);
    EXPECT_EQ(converse(host, key, client), "hello " + key + std::string("\xff\0\x01", 3));
    EXPECT_EQ(tape.problems(), "");
  }
  const std::vector<std::string> seen = vendor.seen();
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_THAT(seen[1], HasSubstr("Authorization: Bearer t0ken-of-the-hour"));
  EXPECT_THAT(seen[0], HasSubstr("client_secret=" + client));  // the vendor got the real one

  const std::string text = read(file);
  std::string escaped;
  append_json_string(escaped, key);
  for (const std::string& secret :
       {key, client, percent_encode(key), escaped.substr(1, escaped.size() - 2), encode_base64(key),
        encode_base64(client), hex(key), hex(client), encode_base64("user:" + key).substr(8, 20),
        std::string("t0ken-of-the-hour"), std::string("c00kie"), std::string("other-secret"),
        percent_encode(encode_base64(key)), std::string("k3y"), std::string("s3cret")}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(text, HasSubstr("/oauth/${api_key}"));
  EXPECT_THAT(text, HasSubstr("client_secret=${oauth.client_secret}&account=a1"));
  EXPECT_THAT(text, HasSubstr("/v1/b64/${oauth.client_secret}"));
  EXPECT_THAT(text, HasSubstr(R"("X-Plain":"id ${oauth.client_secret}")"));
  EXPECT_THAT(text, HasSubstr(R"("Authorization":"[redacted]")"));

  // Any other credentials replay it, and what the vendor echoed is theirs.
  FakeHost host;
  const std::string dummy = JsonObject()
                                .put("api_key", "key-of-the-tests")
                                .put("oauth", JsonObject().put("client_secret", "secret-of-tests"))
                                .text();
  Cassette tape(file, Redaction(manifest, dummy), Cassette::Mode::replay);
  tape.attach(host);
  EXPECT_EQ(converse(host, "key-of-the-tests", "secret-of-tests"),
            "hello key-of-the-tests" + std::string("\xff\0\x01", 3));
  EXPECT_EQ(tape.problems(), "");
}

TEST_F(CassetteTest, WhatIsUnexpectedAndWhatNeverCameIsNamed) {
  write(
      "# one message\n"
      R"({"request":{"method":"POST","url":"https://v.example/m","json":{"to":"a","n":[1,2.5]}}})"
      "\n"
      R"({"response":{"status":201,"json":{"id":"m1"}}})"
      "\n"
      R"({"request":{"method":"GET","url":"https://v.example/m/1"}})"
      "\n"
      R"({"response":{"transport":"timeout"}})"
      "\n");
  FakeHost host;
  Cassette tape(file, Redaction(), Cassette::Mode::replay);
  tape.attach(host);
  // members in another order, other spacing: the same JSON
  EXPECT_EQ(
      run(host,
          post("https://v.example/m").body("application/json", R"({ "n": [1, 2.5], "to": "a" })"))
          .field("body"),
      R"({"id":"m1"})");
  EXPECT_EQ(tape.problems(), file + ": never came: GET https://v.example/m/1\n");

  EXPECT_EQ(run(host, post("https://v.example/m").json(JsonObject().put("to", "b"))).status,
            COMMS_UNAVAILABLE);
  EXPECT_THAT(tape.problems(), HasSubstr("unexpected: POST https://v.example/m {\"to\":\"b\"}"));
  EXPECT_THAT(tape.problems(), HasSubstr(R"(asked before: {"to":"a","n":[1,2.5]})"));
  EXPECT_EQ(run(host, get("https://v.example/m/1")).status, COMMS_TIMEOUT);
  EXPECT_THAT(tape.problems(), Not(HasSubstr("never came")));
}

TEST_F(CassetteTest, AFileThatIsNoneIsAProblemAtItsLine) {
  EXPECT_THAT(Cassette(file, Redaction(), Cassette::Mode::replay).problems(),
              HasSubstr("no such cassette; COMMS_RECORD=1 makes it"));
  const std::string request = R"({"request":{"method":"GET","url":"https://v.example"}})"
                              "\n";
  for (const auto& [text, problem] :
       {std::pair<std::string, std::string>("not json\n", ":1: not a request"),
        {"\n" + request + request, ":3: not a request"},
        {R"({"response":{"status":200}})"
         "\n",
         ":1: not a request"},
        {request, ": the last request has no response"}}) {
    write(text);
    EXPECT_THAT(Cassette(file, Redaction(), Cassette::Mode::replay).problems(),
                StartsWith(file + problem));
  }
}

TEST_F(CassetteTest, ASecretTooShortToBeFoundAgainIsNotRecorded) {
  Cassette tape(file, Redaction(manifest, R"({"api_key":"abc"})"), Cassette::Mode::record);
  EXPECT_THAT(tape.problems(), HasSubstr("not written: the value of api_key is so short"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(CassetteTest, AVendorThatCannotBeReachedOrHangsUpIsRecordedAsThat) {
  std::string nobody;
  { nobody = Vendor({}).url; }
  Vendor hangs_up({""});
  FakeHost host;
  Cassette tape(file, Redaction(), Cassette::Mode::record);
  tape.attach(host);
  EXPECT_EQ(run(host, get(nobody)).status, COMMS_UNAVAILABLE);
  EXPECT_EQ(run(host, post(hangs_up.url)).status, COMMS_AMBIGUOUS);
  EXPECT_EQ(tape.problems(), "");
  EXPECT_THAT(read(file), HasSubstr(R"({"response":{"transport":"unavailable"}})"));
  EXPECT_THAT(read(file), HasSubstr(R"({"response":{"transport":"ambiguous"}})"));
}

TEST(Redaction, NestedSecretsAndNumbersAreFound) {
  const Redaction redaction(manifest, R"({"account":"public-one","pins":[123456,"abcdef"]})");
  EXPECT_EQ(redaction.redact("public-one 123456 abcdef"), "public-one ${pins} ${pins}");
}

TEST(Redaction, MixedEncodingsAndNeighboursStayReadable) {
  const Redaction redaction = Redaction().add("pw", "s/cr+t");
  EXPECT_EQ(redaction.redact("a=s%2fcr%2Bt&b=1"), "a=${pw}&b=1");
  EXPECT_EQ(redaction.redact("a=s/cr%2Bt"), "a=${pw}");
  EXPECT_EQ(redaction.redact(R"({"a":"s\/cr\u002bt"})"), R"({"a":"${pw}"})");
  EXPECT_EQ(redaction.redact("nothing here"), "nothing here");
  EXPECT_EQ(Redaction().redact("s/cr+t"), "s/cr+t");
  // user:s/cr+t, then the same with what base64 URL makes of it
  EXPECT_THAT(redaction.redact("Basic " + encode_base64("user:s/cr+t")), StartsWith("Basic dXNlc"));
  EXPECT_THAT(redaction.redact("Basic " + encode_base64("user:s/cr+t")), HasSubstr("${pw}"));
}

}  // namespace
}  // namespace comms::testing
