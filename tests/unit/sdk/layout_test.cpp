#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
  std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), expression), end; i != end; ++i) {
    found.insert((*i)[1]);
  }
  return found;
}

/// The headers of the ABI without comments. What is compiled into plugins (c/) is none of it.
std::string headers() {
  std::string all;
  std::filesystem::path include = COMMSD_SOURCE_DIR "/plugin-sdk/include/comms";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(include)) {
    if (entry.path().parent_path().filename() == "c") continue;
    if (entry.path().extension() == ".h") all += read(entry.path());
  }
  return std::regex_replace(all, std::regex(R"(/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)"), "");
}

// abi_layout_c and abi_layout_cpp compare values; this sees to it that nothing is left out.
TEST(Layout, GoldenFileNamesEveryStructAndConstant) {
  std::string golden = read(COMMSD_SOURCE_DIR "/plugin-sdk/abi/v1.golden");
  std::string text = headers();
  EXPECT_EQ(matches(text, R"(typedef struct (\w+) \{)"), matches(golden, R"(struct (\w+) size)"));
  auto constants = matches(golden, R"(constant (\w+) =)");
  for (const char* defined : {"COMMS_ABI_MAJOR", "COMMS_ABI_MINOR", "COMMS_COST_UNKNOWN"}) {
    EXPECT_EQ(constants.erase(defined), 1u) << defined;
  }
  EXPECT_EQ(matches(text, R"(\b(COMMS_\w+) = )"), constants);
}

TEST(Layout, HeadersStayShort) {
  std::filesystem::path include = COMMSD_SOURCE_DIR "/plugin-sdk/include/comms";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(include)) {
    if (!entry.is_regular_file()) continue;
    std::string text = read(entry.path());
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 200) << entry.path();
  }
}

}  // namespace
