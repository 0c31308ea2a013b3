#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "config/config.h"

namespace commsd::config {
namespace {

/// Each file in cases/ is a bad configuration whose last lines, "#= LINE: ...", are the faults it
/// must give. A case cannot lie dormant: a file without such lines fails.
std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(COMMSD_SOURCE_DIR "/tests/unit/config/cases")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class BadConfig : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(BadConfig, GivesTheseFaults) {
  ::setenv("COMMSD_TEST_WORDS", "seven", 1);
  ::unsetenv("COMMSD_TEST_UNSET");
  std::ifstream file(GetParam());
  std::string text;
  std::string expected;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#= ")) {
      expected += "c:" + line.substr(3) + "\n";
    } else {
      text += line + "\n";
    }
  }
  const LoadedConfig config = parse_config(text, "c", "/etc/commsd");
  ASSERT_FALSE(config);
  std::string actual;
  for (const ConfigFault& fault : config.error()) actual += fault.to_string() + "\n";
  EXPECT_EQ(actual, expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, BadConfig, testing::ValuesIn(case_files()),
                         [](const auto& param) { return param.param.stem().string(); });

}  // namespace
}  // namespace commsd::config
