#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace commsd::plugin {

/// Who signed a plugin, with minisign: by a file of the same name and ".minisig" beside it, or in
/// its section .comms.sig, which is signed over the file with that section's bytes being zero. Of
/// both the file beside it counts.
///
/// `path` names the plugin; `content` is an open file with its bytes, which nobody can change any
/// more. The keys are all *.pub in `keys_dir`; they and the folders above them may be written by
/// root and this user alone, or anybody could add a key of his own (`roots` as in TrustPolicy).
///
/// Blocks. "KEYID (file.pub): trusted comment". permission_denied, with what to do: no signature,
/// by a key that is not installed, not one of this content, a key file that others may write to;
/// invalid_argument: a signature that is none.
Result<std::string> signer_of(const std::string& path, int content, const std::string& keys_dir,
                              const std::vector<std::string>& roots);

}  // namespace commsd::plugin
