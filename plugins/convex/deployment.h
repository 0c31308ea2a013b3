#pragma once

#include <string>

#include <comms/cpp/http.hpp>

#include "settings.h"

namespace convex_plugin {

/// A refusal of what was asked for, by its size or its time or in words that tell nothing: less of
/// it may be taken. Nothing of it was done.
struct Refusal : comms::Error {
  Refusal(comms::Error error, bool is_told) : comms::Error(std::move(error)), told(is_told) {}
  bool told;  // whether it is known to be about what was asked for
};

/// The functions of a deployment, called over its HTTP API. Used by one thread.
class Deployment {
 public:
  Deployment(const comms::Host& host, const Settings& settings)
      : host_(host), settings_(settings) {}

  /// Calls with arguments that are a JSON object; gives the answer, whose "value" is what the
  /// function returned. Throws comms::Error or Refusal.
  comms::Json query(const std::string& function, const std::string& arguments) const;
  /// The same of one that writes: COMMS_AMBIGUOUS when it may have been done. Goes on for `wait_ms`
  /// while others keep changing what it reads, then COMMS_TIMEOUT.
  comms::Json mutation(const std::string& function, const std::string& arguments,
                       std::uint32_t timeout_ms, std::uint32_t wait_ms) const;

 private:
  comms::Json call(const std::string& kind, const std::string& function,
                   const std::string& arguments, std::uint32_t timeout_ms) const;

  const comms::Host& host_;
  const Settings& settings_;
};

}  // namespace convex_plugin
