#include "database.h"

#include "connection.h"

namespace turso_plugin {

std::unique_ptr<comms::DatabaseConnection> Database::connect(std::int32_t role) {
  return std::make_unique<Connection>(host_, settings_, role == COMMS_DB_READER);
}

}  // namespace turso_plugin
