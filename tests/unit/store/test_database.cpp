#include "store/test_database.h"

#include <cstdlib>

#include "store/network_host.h"
#include "store/plugin_loader.h"
#include "store/postgres_cluster.h"

namespace commsd::store::test {

namespace {

std::string wanted_engine() {
  const char* wanted = std::getenv("COMMSD_TEST_DATABASE");
  return wanted ? wanted : "sqlite";
}

const char* server_of(std::string_view engine) {
  return std::getenv(engine == "turso" ? "COMMSD_TEST_TURSO" : "COMMSD_TEST_CONVEX");
}

plugin::DatabaseHandle load_from_server(const std::string& engine, const std::string& path,
                                        std::string_view more) {
  const std::string server = server_of(engine);
  const std::string name = "t" + std::to_string(std::hash<std::string>()(path));
  const std::string key = engine == "convex" ? R"(,"deploy_key":"prod:tests|key")" : "";
  return load_database_plugin(
      engine, R"({"url":")" + server + '/' + name + '"' + key + std::string(more) + '}',
      host_with_network(engine, server));
}

}  // namespace

bool on_postgres() {
  return wanted_engine() == "postgres";
}

std::string dialect() {
  const std::string engine = wanted_engine();
  if (engine == "convex") return "sqlite";
  return engine == "turso" ? "libsql" : engine;
}

bool has_server(std::string_view engine) {
  return server_of(engine) != nullptr;
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
  if (engine == "turso" || engine == "convex") {
    return load_from_server(std::string(engine), path, more);
  }
  PostgresCluster& cluster = PostgresCluster::shared();
  const std::string pooler = engine == "postgres_pooler" ? R"(,"transaction_pooler":true)" : "";
  return load_postgres(cluster.host(), cluster.database_for(path, empty),
                       pooler + std::string(more));
}

plugin::DatabaseHandle load_database(const std::string& path) {
  return load_engine(wanted_engine(), path, false);
}

plugin::DatabaseHandle load_empty_database(const std::string& path,
                                           std::string_view sqlite_settings) {
  const auto engine = wanted_engine();
  return load_engine(engine, path, true, engine == "sqlite" ? sqlite_settings : "");
}

}  // namespace commsd::store::test
