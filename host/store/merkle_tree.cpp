#include "store/merkle_tree.h"

#include <string>

namespace commsd::store {

namespace {

Sha256 join(const Sha256& left, const Sha256& right) {
  std::string node(1, '\x01');
  node.append(reinterpret_cast<const char*>(left.data()), left.size());
  node.append(reinterpret_cast<const char*>(right.data()), right.size());
  return sha256(node);
}

}  // namespace

void MerkleTree::append(const Sha256& leaf) {
  ++size_;
  Subtree last{1, leaf};
  while (!edge_.empty() && edge_.back().size == last.size) {
    last = {last.size * 2, join(edge_.back().root, last.root)};
    edge_.pop_back();
  }
  edge_.push_back(last);
}

Sha256 MerkleTree::root() const {
  if (edge_.empty()) return sha256("");
  Sha256 root = edge_.back().root;
  for (auto subtree = edge_.rbegin() + 1; subtree != edge_.rend(); ++subtree) {
    root = join(subtree->root, root);
  }
  return root;
}

}  // namespace commsd::store
