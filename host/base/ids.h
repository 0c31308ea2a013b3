#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace commsd {

/// Makes ids such as "msg_01jdc8m3x2k5w9v7q4n6h8t0za": a prefix that says what it names, 48 bits
/// of time and 80 bits of randomness in Crockford base32, lower case (the ULID layout). Ids sort
/// by creation time, so database indexes grow at the end. [any thread]
class Ids {
 public:
  Ids(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  std::string make(std::string_view prefix) const;

  /// What follows the prefix and '_' of an id that was made at `at`: ten characters. Ids made
  /// before are less than the prefix, '_' and this.
  static std::string time_part(UnixMillis at);

 private:
  const Clock& clock_;
  Random& random_;
};

}  // namespace commsd
