#include "policy/yaml_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace commsd::policy {

Result<std::vector<std::pair<std::string, std::string>>> read_yaml_folder(
    const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  std::error_code error;
  auto entry = std::filesystem::directory_iterator(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != ".yaml") continue;
    std::ifstream file(entry->path());
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) {
      return fail(ErrorCode::unavailable,
                  "the file " + entry->path().string() + " cannot be read by this user");
    }
    files.emplace_back(entry->path().filename().string(), std::move(text));
  }
  if (error) {
    return fail(ErrorCode::unavailable,
                "the folder " + folder + " cannot be read: " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace commsd::policy
