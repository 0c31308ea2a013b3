#pragma once

#include <string>
#include <utility>
#include <vector>

namespace comms::check {

/// What a plugin asked comms.crypto/1 to compare or to verify. With the expected side of a
/// comparison known, a request can be made that the plugin takes for genuine, whatever its vendor's
/// scheme; that one is then falsified bit by bit.
struct CryptoSpy {
  bool watching = false;
  std::vector<std::pair<std::string, std::string>> compared;

  /// Signatures with a public key: nobody here has the private one. While `believing`, every
  /// signature is good and what it covers is remembered; afterwards only those are.
  bool believing = false;
  std::vector<std::string> believed;

  static CryptoSpy& get();
};

}  // namespace comms::check
