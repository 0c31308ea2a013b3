#include "store/test_database.h"

#include <cstdlib>

#include "store/plugin_loader.h"
#include "store/postgres_cluster.h"

namespace commsd::store::test {

bool on_postgres() {
  const char* wanted = std::getenv("COMMSD_TEST_DATABASE");
  return wanted && std::string_view(wanted) == "postgres";
}

plugin::DatabaseHandle load_postgres(const std::string& host, const std::string& database,
                                     std::string_view more) {
  return load_database_plugin("postgres", R"({"host":")" + host + R"(","dbname":")" + database +
                                              R"(","user":")" + PostgresCluster::user + '"' +
                                              std::string(more) + "}");
}

plugin::DatabaseHandle load_engine(std::string_view engine, const std::string& path, bool empty,
                                   std::string_view more) {
  if (engine == "sqlite") return load_sqlite(path, more);
  PostgresCluster& cluster = PostgresCluster::shared();
  const std::string pooler = engine == "postgres_pooler" ? R"(,"transaction_pooler":true)" : "";
  return load_postgres(cluster.host(), cluster.database_for(path, empty),
                       pooler + std::string(more));
}

plugin::DatabaseHandle load_database(const std::string& path) {
  return load_engine(on_postgres() ? "postgres" : "sqlite", path, false);
}

plugin::DatabaseHandle load_empty_database(const std::string& path,
                                           std::string_view sqlite_settings) {
  if (on_postgres()) return load_engine("postgres", path, true);
  return load_engine("sqlite", path, true, sqlite_settings);
}

}  // namespace commsd::store::test
