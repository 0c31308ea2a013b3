#include "ctl/command_line.h"

#include <set>

#include <gtest/gtest.h>

namespace commsd::ctl {
namespace {

std::string fault_of(const std::vector<std::string>& arguments) {
  const auto invocation = parse_command_line(arguments);
  return invocation ? "" : invocation.error().message;
}

TEST(CommandLine, TakesOptionsAnywhereAndInBothForms) {
  const auto invocation = parse_command_line(
      {"--json", "send", "--agent=agt_1", "--to", "+1", "--socket", "/s", "--", "--body"});
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->command->words, "send");
  EXPECT_EQ(invocation->option("--agent"), "agt_1");
  EXPECT_EQ(invocation->option("--to"), "+1");
  EXPECT_EQ(invocation->option("--socket"), "/s");
  EXPECT_TRUE(invocation->has("--json"));
  EXPECT_EQ(invocation->operands, std::vector<std::string>{"--body"});
}

TEST(CommandLine, SaysWhatIsWrongAndWhatWasMeant) {
  EXPECT_EQ(fault_of({}), "no command given; see commsctl --help");
  EXPECT_EQ(fault_of({"agent", "list"}),
            "there is no command 'agent list'; did you mean 'agents list'?");
  EXPECT_EQ(fault_of({"tokens"}),
            "there is no command 'tokens'; there are tokens create, tokens list, tokens revoke");
  EXPECT_EQ(fault_of({"staus"}), "there is no command 'staus'; did you mean 'status'?");
  EXPECT_EQ(fault_of({"status", "--jsno"}), "unknown option --jsno; did you mean '--json'?");
  EXPECT_EQ(fault_of({"status", "--agent", "x"}), "unknown option --agent");
  EXPECT_EQ(fault_of({"status", "now"}),
            "'now' is too much for 'commsctl status'; text with spaces needs quotes");
  EXPECT_EQ(fault_of({"tokens", "revoke"}), "'commsctl tokens revoke' needs ID");
  EXPECT_EQ(fault_of({"tokens", "create"}),
            "'commsctl tokens create' needs --role ROLE (agent, organization or orchestrator)");
  EXPECT_EQ(fault_of({"tokens", "create", "--role"}), "--role needs a value");
  EXPECT_EQ(fault_of({"status", "--json=yes"}), "--json takes no value");
  EXPECT_EQ(fault_of({"status", "--json", "--json"}), "--json is given twice");
  EXPECT_EQ(fault_of({"status", "--js"}), "unknown option --js; did you mean '--json'?");
}

TEST(CommandLine, HelpNeedsNothingElse) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"}, {"-h"}, {"help"}}) {
    const auto invocation = parse_command_line(arguments);
    ASSERT_TRUE(invocation);
    EXPECT_TRUE(invocation->help);
    EXPECT_EQ(invocation->command, nullptr);
  }
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"tokens", "create", "-h"}, {"help", "tokens", "create"}}) {
    const auto invocation = parse_command_line(arguments);
    ASSERT_TRUE(invocation);
    EXPECT_TRUE(invocation->help);
    EXPECT_EQ(invocation->command->words, "tokens create");
  }
  EXPECT_EQ(parse_command_line({"--version"})->command->words, "version");
}

TEST(CommandLine, HelpNamesEveryCommandAndOption) {
  const std::string all = help_text(nullptr);
  std::set<std::string_view> seen;
  for (const CommandSpec& command : commands()) {
    EXPECT_TRUE(seen.insert(command.words).second) << command.words;
    EXPECT_NE(all.find("\n  " + std::string(command.words) + "  "), std::string::npos)
        << command.words;
    const std::string own = help_text(&command);
    for (const OptionSpec& option : command.options) {
      EXPECT_NE(own.find("\n  " + std::string(option.name)), std::string::npos) << option.name;
    }
  }
}

}  // namespace
}  // namespace commsd::ctl
