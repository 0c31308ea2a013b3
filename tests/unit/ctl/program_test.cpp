#include "ctl/program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/json.h"
#include "net/event_loops.h"
#include "ops/control_server.h"

namespace commsd::ctl {
namespace {

/// commsctl against a real control socket whose commands only say what they were asked.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    ::unsetenv("COMMSD_SOCKET");
    ::unsetenv("COMMSD_CONFIG");
    char folder[] = "/tmp/commsd-ctl-XXXXXX";
    folder_ = ::mkdtemp(folder);
    for (const char* name : {"tokens.revoke", "messages.send", "organizations.create"}) {
      registry_.add(name, "", [this](JsonValue arguments) -> Task<Result<std::string>> {
        asked_ = arguments.to_string();
        co_return std::string(R"({"id":"x_1"})");
      });
    }
    registry_.add("tokens.create", "", [](JsonValue) -> Task<Result<std::string>> {
      co_return std::string(R"({"id":"tok_1","token":"cmd_live_abc"})");
    });
    registry_.add("agents.list", "", [](JsonValue) -> Task<Result<std::string>> {
      Error error;
      error.code = ErrorCode::not_found;
      error.message = "no organization 'org_9'";
      error.remedy = "See commsctl organizations list.";
      co_return fail(error);
    });
  }
  ~ProgramTest() override {
    if (server_) {
      std::promise<void> stopped;
      const auto stop = [](ops::ControlServer& server, std::promise<void>& done) -> Task<void> {
        co_await server.stop();
        done.set_value();
      };
      spawn(loops_.at(0), stop(*server_, stopped));
      stopped.get_future().wait();
    }
    std::filesystem::remove_all(folder_);
  }

  void serve() {
    server_.emplace(loops_.at(0), registry_, socket());
    ASSERT_TRUE(server_->start());
  }
  std::string socket() const { return folder_ + "/control.sock"; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  int run(std::vector<std::string> arguments, const std::string& input = {}) {
    std::istringstream in(input);
    out_.str("");
    err_.str("");
    return static_cast<int>(ctl::run(arguments, "0.1.0", {in, out_, err_}));
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::string folder_;
  std::string asked_;
  ops::ControlRegistry registry_;
  net::EventLoops loops_{1};
  std::optional<ops::ControlServer> server_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ProgramTest, SendsOptionsAndOperandsToTheServer) {
  serve();
  EXPECT_EQ(run({"tokens", "revoke", "tok_1", "--organization", "org_1", "--socket", socket()}), 0);
  EXPECT_EQ(asked_, R"({"organization":"org_1","id":"tok_1"})");
  EXPECT_EQ(out(), "The token is revoked.\n");
  EXPECT_EQ(run({"send", "--agent", "a", "--to", "b", "it's \"here\"\n", "--socket", socket()}), 0);
  EXPECT_EQ(asked_, R"({"agent":"a","to":"b","body":"it's \"here\"\n"})");
}

TEST_F(ProgramTest, ReadsTheBodyOfAMessageFromStandardInput) {
  serve();
  EXPECT_EQ(run({"send", "--agent", "a", "--to", "b", "--socket", socket()}, "two\nlines\n"), 0);
  EXPECT_EQ(asked_, R"({"agent":"a","to":"b","body":"two\nlines"})");
  EXPECT_EQ(run({"send", "--agent", "a", "--to", "b", "-", "--socket", socket()}, "x"), 0);
  EXPECT_EQ(asked_, R"({"agent":"a","to":"b","body":"x"})");
  EXPECT_EQ(
      run({"send", "--agent", "a", "--to", "b", "--socket", socket()}, std::string(1100000, 'x')),
      1);
  EXPECT_NE(err().find("longer than 1 MB"), std::string::npos);
}

TEST_F(ProgramTest, PrintsDataAndTalkApart) {
  serve();
  EXPECT_EQ(run({"tokens", "create", "--role", "agent", "--socket", socket()}), 0);
  EXPECT_EQ(out(), "cmd_live_abc\n");
  EXPECT_EQ(err(), "Keep it now: it is not shown again. Its id is tok_1.\n");
  EXPECT_EQ(run({"tokens", "create", "--role", "agent", "--json", "--socket", socket()}), 0);
  EXPECT_EQ(out(), "{\"id\":\"tok_1\",\"token\":\"cmd_live_abc\"}\n");
  EXPECT_EQ(err(), "");
}

TEST_F(ProgramTest, TellsTheServersErrors) {
  serve();
  EXPECT_EQ(run({"agents", "list", "--socket", socket()}), 1);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(), "commsctl: no organization 'org_9'\nSee commsctl organizations list.\n");
  EXPECT_EQ(run({"agents", "list", "--json", "--socket", socket()}), 1);
  EXPECT_EQ(err(), R"({"error":{"code":"not_found","message":"no organization 'org_9'",)"
                   R"("remedy":"See commsctl organizations list."}})"
                   "\n");
}

TEST_F(ProgramTest, SaysHowToStartAServerThatDoesNotRun) {
  EXPECT_EQ(run({"status", "--socket", socket()}), 1);
  EXPECT_NE(err().find("no server answers at " + socket() + " (No such file or directory)"),
            std::string::npos);
  EXPECT_NE(err().find("systemctl start commsd"), std::string::npos);
  EXPECT_EQ(run({"status", "--socket", std::string(200, 'x')}), 1);
  EXPECT_NE(err().find("at most 107 bytes"), std::string::npos);
}

TEST_F(ProgramTest, FindsTheSocketInTheConfiguration) {
  serve();
  const std::string config = write("c.yaml", "server: { control_socket: control.sock }\n");
  EXPECT_EQ(run({"organizations", "create", "Mine", "--config", config}), 0);
  EXPECT_EQ(asked_, R"({"name":"Mine"})");
  ::setenv("COMMSD_CONFIG", config.c_str(), 1);
  EXPECT_EQ(run({"organizations", "create", "Two"}), 0);
  ::setenv("COMMSD_SOCKET", "/nonexistent", 1);
  EXPECT_EQ(run({"organizations", "create", "Three"}), 1);
  ::unsetenv("COMMSD_SOCKET");
  const std::string bad = write("bad.yaml", "sever: {}\n");
  EXPECT_EQ(run({"status", "--config", bad}), 3);
  EXPECT_NE(err().find("did you mean server?"), std::string::npos);
}

TEST_F(ProgramTest, ChecksConfigurationsWithoutAServer) {
  const std::string good = write("good.yaml", "logging: { level: debug }\n");
  EXPECT_EQ(run({"config", "check", good}), 0);
  EXPECT_EQ(out(), good + ": no faults\n");
  const std::string bad = write("bad.yaml", "logging:\n  level: loud\n");
  EXPECT_EQ(run({"config", "check", bad}), 3);
  EXPECT_EQ(err(), bad +
                       ":2: key 'logging.level': found \"loud\"; allowed: debug, info, warn, "
                       "error\n1 fault in the configuration\n");
  EXPECT_EQ(run({"config", "check", "--json", bad}), 3);
  const auto document = JsonDocument::parse(out());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().boolean("ok"), false);
  EXPECT_EQ(document->root().get("faults")->size(), 1U);
  EXPECT_EQ(run({"config", "check", folder_ + "/none.yaml"}), 3);
  EXPECT_EQ(run({"config", "sample"}), 0);
  const std::string sample = write("sample.yaml", out());
  EXPECT_EQ(run({"config", "check", sample}), 0);
}

TEST_F(ProgramTest, RefusesWrongCommandLinesWithoutDoingAnything) {
  EXPECT_EQ(run({"tokens", "revoke"}), 2);
  EXPECT_EQ(err(), "commsctl: 'commsctl tokens revoke' needs ID\nSee 'commsctl --help'.\n");
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_EQ(out(), "commsctl 0.1.0\n");
}

TEST_F(ProgramTest, ServerThatTalksNonsenseIsAnError) {
  registry_.add("status", "",
                [](JsonValue) -> Task<Result<std::string>> { co_return std::string("not json"); });
  serve();
  EXPECT_EQ(run({"status", "--socket", socket()}), 1);
  EXPECT_NE(err().find("is not JSON"), std::string::npos);
}

}  // namespace
}  // namespace commsd::ctl
