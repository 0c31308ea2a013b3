#include "net/http_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace commsd::net {
namespace {

struct Parsed {
  std::vector<std::string> requests;  // "METHOD target body"
  int error = 0;
};

/// Feeds `input` in pieces of `size` bytes.
Parsed parse(std::string_view input, std::size_t size, std::size_t body_limit = 1000) {
  HttpParser parser({});
  Parsed parsed;
  std::size_t at = 0;
  while (at < input.size()) {
    std::string piece(input.substr(at, size));  // a copy: views must not point into the input
    at += piece.size();
    std::string_view rest = piece;
    while (true) {
      const HttpParser::Step step = parser.feed(rest);
      rest.remove_prefix(step.consumed);
      if (step.event == HttpParser::Event::need_more) {
        EXPECT_TRUE(rest.empty());
        break;
      }
      if (step.event == HttpParser::Event::failed) {
        parsed.error = parser.error_status();
        EXPECT_FALSE(parser.error_reason().empty());
        return parsed;
      }
      if (step.event == HttpParser::Event::head) {
        parser.set_body_limit(body_limit);
        continue;
      }
      parsed.requests.push_back(std::string(parser.head().method) + " " +
                                std::string(parser.head().target) + " " + parser.body());
      parser.start_next();
      if (rest.empty()) break;
    }
  }
  return parsed;
}

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string with(const std::string& fields) {
  return get + fields + "\r\n";
}
std::string with_nul(std::string text) {
  for (char& c : text)
    if (c == '@') c = '\0';
  return text;
}

struct Case {
  const char* name;
  std::string input;
  std::vector<std::string> requests;
  int error;
};

class HttpParserCases : public testing::TestWithParam<Case> {};

TEST_P(HttpParserCases, ReadTheSameInPiecesOfAnySize) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7},
                                 std::size_t{64}, GetParam().input.size()}) {
    const Parsed parsed = parse(GetParam().input, size);
    EXPECT_EQ(parsed.requests, GetParam().requests) << "in pieces of " << size;
    EXPECT_EQ(parsed.error, GetParam().error) << "in pieces of " << size;
  }
}

const std::vector<std::string> none;

INSTANTIATE_TEST_SUITE_P(
    Accepted, HttpParserCases,
    testing::Values(
        Case{"get", with(""), {"GET / "}, 0},
        Case{"pipelined", with("") + with("A: b\r\n"), {"GET / ", "GET / "}, 0},
        Case{
            "length", with("Content-Length: 3\r\n") + "abc" + with(""), {"GET / abc", "GET / "}, 0},
        Case{"length_zero", with("Content-Length: 0\r\n"), {"GET / "}, 0},
        Case{"chunked",
             chunked + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n" + with(""),
             {"POST / abc0123456789", "GET / "},
             0},
        Case{"chunk_extension", chunked + "3;a=\"b\"\r\nabc\r\n0;c\r\n\r\n", {"POST / abc"}, 0},
        Case{"trailers",
             chunked + "0\r\nA: b\r\nGET: /x\r\n\r\n" + with(""),
             {"POST / ", "GET / "},
             0},
        Case{"chunked_upper_case",
             with("Transfer-Encoding: CHUNKED\r\n") + "0\r\n\r\n",
             {"GET / "},
             0},
        Case{"absolute_form", "GET http://x/y?z HTTP/1.1\r\nHost: x\r\n\r\n", {"GET /y?z "}, 0},
        Case{"absolute_form_without_path",
             "GET http://x HTTP/1.1\r\nHost: x\r\n\r\n",
             {"GET / "},
             0},
        Case{"options_star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {"OPTIONS * "}, 0},
        Case{"http_1_0_without_host", "GET / HTTP/1.0\r\n\r\n", {"GET / "}, 0},
        Case{"one_empty_line_before", "\r\n" + with(""), {"GET / "}, 0},
        Case{
            "body_of_an_upgrade",
            with("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n") + "xyz" + with(""),
            {"GET / xyz", "GET / "},
            0},
        Case{"chunked_body_of_an_upgrade",
             with("Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n") +
                 "3\r\nxyz\r\n0\r\n\r\n" + with(""),
             {"GET / xyz", "GET / "},
             0}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    AmbiguousLength, HttpParserCases,
    testing::Values(
        Case{"length_and_coding", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), none,
             400},
        Case{"coding_and_length", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), none,
             400},
        Case{"two_lengths", with("Content-Length: 3\r\nContent-Length: 4\r\n"), none, 400},
        Case{"two_equal_lengths", with("Content-Length: 3\r\nContent-Length: 3\r\n"), none, 400},
        Case{"length_list", with("Content-Length: 3, 3\r\n"), none, 400},
        Case{"length_plus", with("Content-Length: +3\r\n"), none, 400},
        Case{"length_minus", with("Content-Length: -1\r\n"), none, 400},
        Case{"length_hex", with("Content-Length: 0x3\r\n"), none, 400},
        Case{"length_empty", with("Content-Length: \r\n"), none, 400},
        Case{"length_with_space_inside", with("Content-Length: 3 4\r\n"), none, 400},
        Case{"length_overflow", with("Content-Length: 99999999999999999999999\r\n"), none, 400},
        Case{"space_before_colon", with("Content-Length : 3\r\n"), none, 400},
        Case{"gzip_chunked", with("Transfer-Encoding: gzip, chunked\r\n"), none, 400},
        Case{"chunked_gzip", with("Transfer-Encoding: chunked, gzip\r\n"), none, 400},
        Case{"identity", with("Transfer-Encoding: identity\r\n"), none, 400},
        Case{"xchunked", with("Transfer-Encoding: xchunked\r\n"), none, 400},
        Case{"chunked_comma", with("Transfer-Encoding: chunked,\r\n"), none, 400},
        Case{"chunked_after_vertical_tab",
             with("Transfer-Encoding: \x0b"
                  "chunked\r\n"),
             none, 400},
        Case{"two_codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
             none, 400},
        Case{"twice_chunked", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
             none, 400},
        Case{"coding_in_http_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", none,
             400}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    MalformedHead, HttpParserCases,
    testing::Values(
        Case{"no_host", "GET / HTTP/1.1\r\n\r\n", none, 400},
        Case{"two_hosts", with("Host: b\r\n"), none, 400},
        Case{"empty_host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", none, 400},
        Case{"host_with_space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", none, 400},
        Case{"host_with_slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", none, 400},
        Case{"host_with_at", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", none, 400},
        Case{"folded", with("A: b\r\n c\r\n"), none, 400},
        Case{"folded_after_nothing", with("A:\r\n c\r\n"), none, 400},
        Case{"folded_with_tab", with("A: b\r\n\tTransfer-Encoding: chunked\r\n"), none, 400},
        Case{"first_field_indented", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", none, 400},
        Case{"bare_lf", with("A: b\n"), none, 400},
        Case{"bare_lf_at_the_end", get + "\n", none, 400},
        Case{"bare_lf_after_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", none, 400},
        Case{"bare_cr", with("A: b\rTransfer-Encoding: chunked\r\n"), none, 400},
        Case{"cr_cr_lf", with("A: b\r\r\n"), none, 400},
        Case{"nul_in_value", with_nul(with("A: b@c\r\n")), none, 400},
        Case{"nul_in_name", with_nul(with("A@b: c\r\n")), none, 400},
        Case{"nul_in_target", with_nul("GET /@ HTTP/1.1\r\nHost: a\r\n\r\n"), none, 400},
        Case{"no_colon", with("Ab\r\n"), none, 400}, Case{"no_name", with(": b\r\n"), none, 400},
        Case{"control_in_value", with("A: \x01\r\n"), none, 400},
        Case{"two_empty_lines_before", "\r\n\r\n" + with(""), none, 400},
        Case{"http_0_9", "GET /\r\n\r\n", none, 400},
        Case{"http_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", none, 505},
        Case{"http_2_0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", none, 505},
        Case{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", none, 505},
        Case{"rtsp", "OPTIONS / RTSP/1.0\r\nHost: a\r\n\r\n", none, 400},
        Case{"icecast", "SOURCE / ICE/1.0\r\nHost: a\r\n\r\n", none, 400},
        Case{"space_behind_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", none, 400},
        Case{"tab_in_request_line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"lower_case_method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"connect", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"star_with_get", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"unknown_expectation", with("Expect: tea\r\n"), none, 417}),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    MalformedChunks, HttpParserCases,
    testing::Values(
        Case{"lf_after_size", chunked + "3\nabc\r\n0\r\n\r\n", none, 400},
        Case{"lf_after_data", chunked + "3\r\nabc\n0\r\n\r\n", none, 400},
        Case{"cr_and_another_byte", chunked + "0\rx\r\n", none, 400},
        Case{"lf_ends_the_body", chunked + "0\r\n\n", none, 400},
        Case{"data_longer_than_size", chunked + "3\r\nabcd\r\n0\r\n\r\n", none, 400},
        Case{"negative_size", chunked + "-3\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"plus_size", chunked + "+3\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"prefixed_size", chunked + "0x3\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"space_behind_size", chunked + "3 \r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"space_before_size", chunked + " 3\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"no_size", chunked + "\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"leading_zeros_without_end", chunked + "00000003\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"lf_in_extension", chunked + "3;a\nabc\r\n0\r\n\r\n", none, 400},
        Case{"lf_in_quoted_extension", chunked + "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n", none, 400},
        Case{"nul_in_extension", with_nul(chunked + "3;@\r\nabc\r\n0\r\n\r\n"), none, 400},
        Case{"request_as_trailer", chunked + "0\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", none, 400},
        Case{"folded_trailer", chunked + "0\r\nA: b\r\n c\r\n\r\n", none, 400},
        Case{"lf_in_trailer", chunked + "0\r\nA: b\n\r\n", none, 400},
        Case{"nul_in_trailer", with_nul(chunked + "0\r\nA: @\r\n\r\n"), none, 400},
        Case{"too_much_data", chunked + "3E9\r\n", none, 413}),
    [](const auto& instance) { return instance.param.name; });

TEST(HttpParser, TheSecondRequestBehindABadOneIsNeverSeen) {
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
  const Parsed parsed = parse(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n" +
          hidden,
      10'000);
  EXPECT_TRUE(parsed.requests.empty());
  EXPECT_EQ(parsed.error, 400);
}

TEST(HttpParser, LimitsAreHeldHoweverTheBytesCome) {
  const std::string long_target = "GET /" + std::string(9000, 'x');
  const std::string long_field = get + "A: " + std::string(20'000, 'x');
  std::string many = get;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
    EXPECT_EQ(parse(long_target, size).error, 414);
    EXPECT_EQ(parse(long_target + " HTTP/1.1\r\nHost: a\r\n\r\n", size).error, 414);
    EXPECT_EQ(parse(long_field, size).error, 431);
    EXPECT_EQ(parse(many, size).error, 431);
    EXPECT_EQ(parse(with("Content-Length: 1001\r\n") + "x", size).error, 413);
  }
}

TEST(HttpParser, AHundredFieldsAndATargetOf8KBPass) {
  std::string request = "GET /" + std::string(8191, 'x') + " HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 99; ++i) request += "A: b\r\n";
  EXPECT_EQ(parse(request + "\r\n", 4096).requests.size(), 1U);
}

TEST(HttpParser, FramingMayNotOutweighTheData) {
  std::string endless = chunked;
  for (int i = 0; i < 3000; ++i) endless += "0000000;aaaaaaaaaaaaaaaa";
  EXPECT_EQ(parse(endless, 100'000).error, 400);
  std::string trailers = chunked + "0\r\n";
  for (int i = 0; i < 3000; ++i) trailers += "Aaaaaaa: b\r\n";
  EXPECT_EQ(parse(trailers + "\r\n", 100'000).error, 400);
  std::string tiny = chunked;
  for (int i = 0; i < 900; ++i) tiny += "1\r\nx\r\n";
  EXPECT_EQ(parse(tiny + "0\r\n\r\n", 100'000).requests.size(), 1U);
}

TEST(HttpParser, KnowsWhetherTheConnectionMayStay) {
  const auto keep_alive = [](const std::string& request) {
    HttpParser parser({});
    EXPECT_EQ(parser.feed(request).event, HttpParser::Event::head);
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(keep_alive(with("")));
  EXPECT_FALSE(keep_alive(with("Connection: close\r\n")));
  EXPECT_FALSE(keep_alive(with("Connection: foo, Close\r\n")));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

}  // namespace
}  // namespace commsd::net
