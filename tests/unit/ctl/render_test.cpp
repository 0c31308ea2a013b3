#include "ctl/render.h"

#include <sstream>

#include <gtest/gtest.h>

#include "ctl/table.h"

namespace commsd::ctl {
namespace {

std::string shown(std::string_view remote, std::string_view json) {
  const auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document) << json;
  std::ostringstream out;
  render(out, remote, document->root());
  return out.str();
}

TEST(Render, AlignsTables) {
  EXPECT_EQ(shown("agents.list", R"({"agents":[
      {"id":"agt_1","organization":"org_1","displayName":"Zoë","status":"active","createdAt":0},
      {"id":"agt_22","displayName":"","status":"paused","createdAt":1763844300000}]})"),
            "ID      NAME  STATUS  ORGANIZATION  CREATED\n"
            "agt_1   Zoë   active  org_1         -\n"
            "agt_22  -     paused  -             2025-11-22 20:45:00 UTC\n");
  EXPECT_EQ(shown("plugins.list", R"({"plugins":[]})"),
            "No plugins were found. See plugins.path in the configuration.\n");
}

TEST(Render, SaysBelowThePluginsWhatConcernsAll) {
  const std::string text = shown("plugins.list", R"({"plugins":[{"name":"acme","status":"stuck"}],
      "safeMode":true,"restartAdvised":["a thread is lost"]})");
  EXPECT_NE(text.find("stuck"), std::string::npos);
  EXPECT_NE(text.find("was started with --safe-mode"), std::string::npos);
  EXPECT_NE(text.find("Restart the server when you can: a thread is lost.\n"), std::string::npos);
}

TEST(Render, StrangersCannotMoveTheCursor) {
  const std::string text = shown("organizations.list",
                                 R"({"organizations":[{"id":"o","name":"\u001b[2J\nx\u009b1m"}]})");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9b"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(printable("größe €"), "größe €");
}

TEST(Render, ShowsATokenAlone) {
  EXPECT_EQ(shown("tokens.create", R"({"id":"tok_1","token":"cmd_live_x"})"), "cmd_live_x\n");
}

TEST(Render, ShowsStatusWithCircuits) {
  EXPECT_EQ(shown("status", R"({"version":"0.1.0","listen":"127.0.0.1:3100",
      "health":{"status":"degraded","providers":{"database":"ok","email":"degraded"}},
      "connections":2,"requests":10,"streams":1,"inFlight":0,
      "circuits":[{"provider":"resend","channel":"email","state":"open"}]})"),
            "commsd 0.1.0 on 127.0.0.1:3100: degraded\n"
            "connections 2, streams 1, requests 10, sends in flight 0\n\n"
            "SLOT      STATE\ndatabase  ok\nemail     degraded\n\n"
            "PROVIDER  CHANNEL  CIRCUIT\nresend    email    open\n");
}

TEST(Render, ShowsWhyAMessageFailed) {
  EXPECT_EQ(shown("messages.get", R"({"message":{"id":"msg_1","status":"failed","attempts":2},
      "timeline":[{"at":1763844300000,"state":"accepted","detail":""}],
      "failure":{"code":"rejected","why":"The number is unknown.","whatToDo":"Check it."}})"),
            "id:        msg_1\nstatus:    failed\nattempts:  2\n\n"
            "AT                       STATE     DETAIL\n"
            "2025-11-22 20:45:00 UTC  accepted  -\n\n"
            "why: The number is unknown.\nwhat to do: Check it.\n");
}

TEST(Render, ShowsWhatItDoesNotKnow) {
  EXPECT_EQ(shown("agents.list", R"({"people":[1]})"), "people:  [1]\n");
  EXPECT_EQ(shown("new.command", R"([1,{"a":2}])"), "[1,{\"a\":2}]\n");
  EXPECT_EQ(shown("status", "[]"), "[]\n");
}

}  // namespace
}  // namespace commsd::ctl
