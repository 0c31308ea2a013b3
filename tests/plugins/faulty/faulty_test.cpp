#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// plugin-check against plugins with one fault each: the test that names the fault must fail.

namespace {

struct Fault {
  std::string name, test, words;
};

std::vector<Fault> faults() {
  std::vector<Fault> all;
  std::ifstream in(FAULTS);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t bar = line.find('|');
    std::istringstream before(line.substr(0, bar));
    std::string source, kind, test;
    before >> source >> kind >> test;
    const std::string words = bar + 2 < line.size() ? line.substr(bar + 2) : "";
    all.push_back({source + '_' + kind, test, words});
  }
  return all;
}

struct Outcome {
  int status = -1;
  std::string all;
  std::map<std::string, std::string> failed;  // what is told under each failed test
};

Outcome run(const std::string& arguments) {
  Outcome outcome;
  FILE* out = ::popen((PLUGIN_CHECK " " + arguments + " 2>&1").c_str(), "r");
  std::array<char, 4096> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), out)) {
    outcome.all.append(block.data(), got);
  }
  outcome.status = WEXITSTATUS(::pclose(out));
  std::istringstream lines(outcome.all);
  std::string test;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  failed  ", 0) == 0) {
      test = line.substr(10);
      outcome.failed[test];
    } else if (line.rfind("      ", 0) == 0 && !test.empty()) {
      outcome.failed[test] += line + '\n';
    } else {
      test.clear();
    }
  }
  return outcome;
}

std::string plugin(const std::string& name) {
  return FAULTY_PLUGINS "/faulty_" + name + ".so";
}

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class Faulty : public testing::TestWithParam<Fault> {};

TEST_P(Faulty, IsNamed) {
  const Fault& fault = GetParam();
  // What hangs does so in most tests: not for long here.
  const bool hangs = fault.name == "email_hangs";
  const Outcome outcome = run(plugin(fault.name) + " --only-failed --jobs 2" +
                              (hangs ? " --time-factor 0.1 --include op.email.send.success" : ""));
  if (fault.test == "-") {
    EXPECT_EQ(outcome.status, 0) << outcome.all;
    EXPECT_TRUE(outcome.failed.empty()) << outcome.all;
    return;
  }
  EXPECT_EQ(outcome.status, 1) << outcome.all;
  ASSERT_EQ(outcome.failed.count(fault.test), 1U) << outcome.all;
  EXPECT_THAT(outcome.failed.at(fault.test), testing::HasSubstr(fault.words));
  EXPECT_THAT(outcome.failed.at(fault.test), testing::HasSubstr("contract: "));
  EXPECT_THAT(outcome.failed.at(fault.test), testing::HasSubstr("to do: "));
}

INSTANTIATE_TEST_SUITE_P(All, Faulty, testing::ValuesIn(faults()),
                         [](const auto& one) { return one.param.name; });

TEST(PluginCheck, ListsWithoutRunning) {
  const Outcome outcome = run("--list " + plugin("email_exits"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.all, testing::HasSubstr("op.email.send.http_429\n"));
  EXPECT_THAT(outcome.all, testing::HasSubstr("webhook.email.flipped_bits\n"));
}

TEST(PluginCheck, RunsWhatIsAskedFor) {
  const Outcome outcome = run(plugin("email_sound") + " --include 'file.*' --exclude stack");
  EXPECT_THAT(outcome.all, testing::HasSubstr("file.dependencies"));
  EXPECT_THAT(outcome.all, testing::Not(testing::HasSubstr("executable_stack")));
  EXPECT_THAT(outcome.all, testing::Not(testing::HasSubstr("op.email")));
}

TEST(PluginCheck, RunsInOneProcessForADebugger) {
  const Outcome outcome =
      run(plugin("email_secret_in_error") + " --in-process --include op.email.send.http_401");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.failed.count("op.email.send.http_401"), 1U) << outcome.all;
}

TEST(PluginCheck, WritesJson) {
  const Outcome outcome = run(plugin("email_retries_a_500") + " --format json --include http_500");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.all, testing::StartsWith(R"({"plugins":[{"file":")"));
  EXPECT_THAT(outcome.all,
              testing::HasSubstr(R"("test":"op.email.send.http_500","result":"failed")"));
}

TEST(PluginCheck, WritesJunit) {
  const Outcome outcome = run(plugin("email_retries_a_500") + " --format junit --include http_500");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.all,
              testing::HasSubstr("<testsuite name=\"test.faulty.email_retries_a_500\""));
  EXPECT_THAT(outcome.all, testing::HasSubstr("<failure message=\""));
}

TEST(PluginCheck, SaysWhatIsWrongWithItsArguments) {
  for (const char* arguments :
       {"", "--format yaml x", "/nowhere/x.so", "--what", "--seed", "--seed x /nowhere.so"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2) << arguments;
    EXPECT_THAT(outcome.all, testing::HasSubstr("usage: plugin-check")) << arguments;
  }
}

TEST(PluginCheck, TellsThatAFileIsNoPlugin) {
  Outcome outcome = run(PLUGIN_CHECK);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.failed["manifest.valid"], testing::HasSubstr("no section .comms.manifest"));
}

}  // namespace
