#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::ctl {

/// Text for a terminal: control characters, which could move the cursor or recolour what follows,
/// become '?', because some of it was written by strangers.
std::string printable(std::string_view text);

/// Columns, aligned, with headings in capitals. Lines are not cut: what is copied from a terminal
/// must be whole.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> row);  // as many cells as headings
  void print(std::ostream& out) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace commsd::ctl
