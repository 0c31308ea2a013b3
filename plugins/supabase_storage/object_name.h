#pragma once

#include <string>
#include <string_view>

#include <comms/cpp/crypto.hpp>

namespace supabase_storage {

/// The name under which a key is stored. Supabase refuses names with other than some ASCII
/// characters (isValidKey in its storage server; "InvalidKey"), so all but letters, digits and
/// "-._/" are written as '=' and two hexadecimal digits, '=' too: no two keys share a name. Names
/// have at most 1,024 bytes; where that is not enough the end of the name is the SHA-256 of the
/// key. Throws comms::Error(COMMS_INVALID) for what is no key (slot/storage.h).
std::string object_name(const comms::Crypto& crypto, std::string_view key);

}  // namespace supabase_storage
