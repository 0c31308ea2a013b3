#pragma once

#include <string>
#include <string_view>

#include "plugin/database_handle.h"
#include "store/sqlite_loader.h"

// Which database the tests of the rooms run on. COMMSD_TEST_DATABASE=postgres is PostgreSQL, on a
// server of the test program's own; else it is SQLite. ctest runs both (tests/unit/CMakeLists.txt).
// COMMSD_TEST_DATABASE=turso or convex is the server at COMMSD_TEST_TURSO or COMMSD_TEST_CONVEX, a
// URL behind which each database has a name: tests/contract/turso and tests/contract/convex start
// one.

namespace commsd::store::test {

bool on_postgres();
/// The dialect of what load_database() gives.
std::string dialect();
/// Whether there is a server at COMMSD_TEST_TURSO or COMMSD_TEST_CONVEX.
bool has_server(std::string_view engine);

/// The provider under test, on the database that `path` stands for: the file, or a database of its
/// own. Loaded with the same path again, by another process too, it is the same database.
plugin::DatabaseHandle load_database(const std::string& path);
/// The same with a database in which there is nothing when it is first loaded.
plugin::DatabaseHandle load_empty_database(const std::string& path,
                                           std::string_view sqlite_settings = {});

/// The same of an engine that is named: "sqlite", "postgres", "turso", "convex", or
/// "postgres_pooler", which keeps nothing in the session, as it must behind a pooler.
plugin::DatabaseHandle load_engine(std::string_view engine, const std::string& path, bool empty,
                                   std::string_view more = {});

/// The PostgreSQL provider on a database of the server whose socket is in `host`. `more` are
/// further settings, e.g. R"(,"lock_timeout_ms":200)".
plugin::DatabaseHandle load_postgres(const std::string& host, const std::string& database,
                                     std::string_view more = {});

}  // namespace commsd::store::test
