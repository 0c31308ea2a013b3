#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/digest.h"

namespace commsd::store {

/// The Merkle tree hash of RFC 6962 section 2.1, built leaf by leaf in memory that grows with the
/// logarithm of the size: only the roots of the full subtrees on the right edge are kept.
class MerkleTree {
 public:
  /// `leaf` is a leaf hash: SHA-256 with the 0x00 in front already.
  void append(const Sha256& leaf);

  std::int64_t size() const { return size_; }
  /// Of no leaves it is SHA-256 of the empty string.
  Sha256 root() const;

 private:
  struct Subtree {
    std::int64_t size;
    Sha256 root;
  };

  std::vector<Subtree> edge_;  // sizes are falling powers of two
  std::int64_t size_ = 0;
};

}  // namespace commsd::store
