#include "store/sqlite_loader.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "store/plugin_loader.h"

namespace commsd::store::test {

TemporaryFolder::TemporaryFolder() {
  char pattern[] = "/tmp/commsd_store_XXXXXX";
  if (!mkdtemp(pattern)) {
    std::fprintf(stderr, "store tests: no temporary folder\n");
    std::abort();
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

plugin::DatabaseHandle load_sqlite(const std::string& path, std::string_view more) {
  return load_database_plugin(
      "sqlite", R"({"path":")" + path + R"(","busy_timeout_ms":200)" + std::string(more) + "}");
}

}  // namespace commsd::store::test
