#pragma once

namespace comms::check {

extern const char* const manifest_schema;

}  // namespace comms::check
