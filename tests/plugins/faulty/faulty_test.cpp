#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// plugin-check against plugins with one fault each: the test that names the fault must fail.

namespace {

struct Fault {
  std::string name, test, level, words;
};

std::vector<Fault> faults() {
  std::vector<Fault> all;
  std::ifstream in(FAULTS);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t bar = line.find('|');
    std::istringstream before(line.substr(0, bar));
    std::string source, kind, test, level = "failed";
    before >> source >> kind >> test >> level;
    const std::string words = bar + 2 < line.size() ? line.substr(bar + 2) : "";
    if (level.empty()) level = "failed";
    all.push_back({source + '_' + kind, test, level, words});
  }
  return all;
}

struct Outcome {
  int status = -1;
  std::string all;
  std::map<std::string, std::string> failed, warned;  // what is told under each such test
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
  std::string* told = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  failed  ", 0) == 0) {
      told = &outcome.failed[line.substr(10)];
    } else if (line.rfind("  warning  ", 0) == 0) {
      told = &outcome.warned[line.substr(11)];
    } else if (line.rfind("      ", 0) == 0 && told) {
      *told += line + '\n';
    } else {
      told = nullptr;
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
  const bool warns = fault.level == "warning";
  const Outcome outcome = run(plugin(fault.name) + (warns ? "" : " --only-failed") + " --jobs 2" +
                              (hangs ? " --time-factor 0.1 --include op.email.send.success" : ""));
  if (fault.test == "-") {
    EXPECT_EQ(outcome.status, 0) << outcome.all;
    EXPECT_TRUE(outcome.failed.empty()) << outcome.all;
    return;
  }
  EXPECT_EQ(outcome.status, warns ? 0 : 1) << outcome.all;
  const auto& named = warns ? outcome.warned : outcome.failed;
  ASSERT_EQ(named.count(fault.test), 1U) << outcome.all;
  EXPECT_THAT(named.at(fault.test), testing::HasSubstr(fault.words));
  EXPECT_THAT(named.at(fault.test), testing::HasSubstr("contract: "));
  EXPECT_THAT(named.at(fault.test), testing::HasSubstr("to do: "));
}

INSTANTIATE_TEST_SUITE_P(All, Faulty, testing::ValuesIn(faults()),
                         [](const auto& one) { return one.param.name; });

/// What is asked of every op, or of every slot with webhooks, is one test: op.*.http_401.
std::string kind_of(const std::string& test) {
  for (const std::string family : {"op.", "webhook."}) {
    if (test.rfind(family, 0) == 0) return family + '*' + test.substr(test.rfind('.'));
  }
  return test;
}

TEST(PluginCheck, HasAFaultyPluginForEachTest) {
  std::set<std::string> named;
  for (const Fault& fault : faults()) named.insert(kind_of(fault.test));
  std::istringstream list(run("--list").all);
  std::set<std::string> all, unproven;
  for (std::string test; std::getline(list, test);) all.insert(kind_of(test));
  EXPECT_GT(all.size(), 60U);
  for (const std::string& test : all) {
    if (named.count(test) == 0) unproven.insert(test);
  }
  EXPECT_THAT(unproven, testing::IsEmpty()) << "add a plugin with that fault to faults.txt";
}

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
