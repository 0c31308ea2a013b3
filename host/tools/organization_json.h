#pragma once

#include "base/json_writer.h"
#include "store/records.h"

namespace commsd::tools {

/// {"id","name","slug","company","website","useCase","settings","mode","accountStatus","agentCount",
/// "created_at","updated_at"}.
void write_organization(JsonWriter& out, const store::Organization& organization);

}  // namespace commsd::tools
