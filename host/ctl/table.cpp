#include "ctl/table.h"

#include <algorithm>

namespace commsd::ctl {

namespace {

/// Characters, which is what fixed-width terminals show for the scripts that ids and most names
/// are written in.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool c1 = byte == 0xC2 && at + 1 < text.size() &&
                    static_cast<unsigned char>(text[at + 1]) < 0xA0;  // U+0080 to U+009F
    if (c1) ++at;
    out += byte < 0x20 || byte == 0x7F || c1 ? '?' : text[at];
  }
  return out;
}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) {
    cell = printable(cell);
    if (cell.empty()) cell.assign(1, '-');  // so that columns can be told apart by a script too
  }
  rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const std::string& heading : headings_) widths.push_back(width_of(heading));
  for (const auto& row : rows_) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], width_of(row[at]));
    }
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t at = 0; at < cells.size(); ++at) {
      out << cells[at];
      if (at + 1 < cells.size()) {
        out << std::string(widths[at] - width_of(cells[at]) + 2, ' ');
      }
    }
    out << '\n';
  };
  line(headings_);
  for (const auto& row : rows_) line(row);
}

}  // namespace commsd::ctl
