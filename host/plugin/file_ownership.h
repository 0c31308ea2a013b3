#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "plugin/file_descriptor.h"

// Who may have written a file. All block on files; the messages say "it" of the file.

namespace commsd::plugin {

/// Opens for reading. invalid_argument: a symbolic link or no regular file; not_found,
/// permission_denied from opening; too_large: over `largest` bytes.
Result<FileDescriptor> open_regular(const std::string& path, std::uint64_t largest);

/// permission_denied: it belongs to somebody other than root and this user, or others may write to
/// it.
Result<void> check_owner(int file);

/// The same of the folders above `path`, up to one of `roots`. A folder that everybody may write to
/// passes with the sticky bit, which keeps others from replacing the file.
Result<void> check_parents(const std::string& path, const std::vector<std::string>& roots);

/// The whole of a file of at most `largest` bytes. Errors as open_regular, and unavailable.
Result<std::string> read_small_file(const std::string& path, std::uint64_t largest);

}  // namespace commsd::plugin
