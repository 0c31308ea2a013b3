#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/result.h"

namespace commsd::ctl {

/// One connection to a server's control socket (ops/control_server.h says the protocol). Blocks.
class ControlClient {
 public:
  /// unavailable when nobody listens there, permission_denied when this user may not; messages name
  /// the socket, remedies say what to do.
  static Result<ControlClient> connect(const std::string& path);

  ControlClient(ControlClient&& other) noexcept;
  ControlClient& operator=(ControlClient&&) = delete;
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;
  ~ControlClient();

  /// `arguments`: a JSON object. JSON text of the result, or the server's error; timeout after two
  /// minutes without an answer: whether the command ran is then not known.
  Result<std::string> ask(std::string_view command, const std::string& arguments);

  /// Process id of the server, as the kernel tells it; 0 when it cannot be told.
  pid_t server_process() const;

 private:
  explicit ControlClient(int descriptor) : descriptor_(descriptor) {}
  Result<std::string> read_line();

  int descriptor_;
  std::string buffer_;
};

}  // namespace commsd::ctl
