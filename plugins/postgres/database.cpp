#include "database.h"

#include "connection.h"

namespace postgres_plugin {

std::unique_ptr<comms::DatabaseConnection> Database::connect(std::int32_t role) {
  return std::make_unique<Connection>(settings_, role == COMMS_DB_READER);
}

}  // namespace postgres_plugin
