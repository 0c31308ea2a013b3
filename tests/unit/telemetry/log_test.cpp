#include "telemetry/log.h"

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/json.h"

namespace commsd::log {
namespace {

/// Collects what is logged while it lives.
class Captured {
 public:
  Captured() {
    char path[] = "/tmp/commsd-log-XXXXXX";
    descriptor_ = ::mkstemp(path);
    path_ = path;
    ::fcntl(descriptor_, F_SETFL, O_APPEND);
    set_output(descriptor_);
  }
  ~Captured() {
    set_output(STDERR_FILENO);
    set_level(Level::info);
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  std::vector<std::string> lines() const {
    std::ifstream in(path_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

 private:
  int descriptor_;
  std::string path_;
};

TEST(Log, WritesOneJsonObjectPerLine) {
  const Captured captured;
  info("plugin_loaded", {{"plugin", "twilio"},
                         {"attempts", 3},
                         {"cached", true},
                         {"took_ms", std::chrono::seconds(2)}});
  const auto lines = captured.lines();
  ASSERT_EQ(lines.size(), 1U);
  const auto line = JsonDocument::parse(lines[0]);
  ASSERT_TRUE(line);
  const JsonValue root = line->root();
  EXPECT_EQ(root.string("level"), "info");
  EXPECT_EQ(root.string("event"), "plugin_loaded");
  EXPECT_EQ(root.string("plugin"), "twilio");
  EXPECT_EQ(root.integer("attempts"), 3);
  EXPECT_EQ(root.boolean("cached"), true);
  EXPECT_EQ(root.integer("took_ms"), 2000);
  const std::string_view time = root.string("time").value_or("");
  ASSERT_EQ(time.size(), 24U);
  EXPECT_EQ(time[10], 'T');
  EXPECT_EQ(time[19], '.');
  EXPECT_EQ(time.back(), 'Z');
}

TEST(Log, DropsLinesBelowTheLevel) {
  const Captured captured;
  debug("unseen");
  set_level(Level::warn);
  info("unseen");
  warn("seen");
  error("seen");
  EXPECT_EQ(captured.lines().size(), 2U);
}

TEST(Log, CannotBeMadeToWriteASecondLine) {
  const Captured captured;
  const std::string evil = "x\"}\n{\"level\":\"error\",\"event\":\"forged\"}\r\n\x1b[2J\0y";
  warn("refused", {{"cause", evil}, {"bad\nkey", "v"}});
  warn("invalid_utf8", {{"cause", std::string_view("a\xff\xc3(b")}});
  const auto lines = captured.lines();
  ASSERT_EQ(lines.size(), 2U);
  for (const std::string& line : lines) {
    EXPECT_TRUE(JsonDocument::parse(line)) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

TEST(Log, WithholdsFieldsThatAnnounceContent) {
  const Captured captured;
  info("sent", {{"body", "see you at nine"},
                {"to", "whoever"},
                {"otp", 123456},
                {"message", "msg_01jdc8m3x2k5w9v7q4n6h8t0za"}});
  const auto lines = captured.lines();
  ASSERT_EQ(lines.size(), 1U);
  const std::string& line = lines[0];
  EXPECT_EQ(line.find("nine"), std::string::npos);
  EXPECT_EQ(line.find("whoever"), std::string::npos);
  EXPECT_EQ(line.find("123456"), std::string::npos);
  EXPECT_NE(line.find("msg_01jdc8m3x2k5w9v7q4n6h8t0za"), std::string::npos);
}

TEST(Log, LinesOfManyThreadsDoNotMix) {
  const Captured captured;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int line = 0; line < 500; ++line) info("tick", {{"thread", thread}, {"line", line}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = captured.lines();
  EXPECT_EQ(lines.size(), 2000U);
  for (const std::string& line : lines) ASSERT_TRUE(JsonDocument::parse(line)) << line;
}

TEST(Log, CountsLinesItCouldNotWrite) {
  const std::uint64_t before = lost_lines();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK), 0);
  set_output(ends[1]);
  for (int line = 0; line < 2000; ++line) info("flood", {{"line", line}});
  set_output(STDERR_FILENO);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_GT(lost_lines(), before);
}

TEST(Log, CutsLongValuesBetweenCharacters) {
  std::string text(511, 'a');
  text += "éé";
  const std::string shown = masked(text);
  EXPECT_EQ(shown, std::string(511, 'a') + "…");
}

}  // namespace
}  // namespace commsd::log
