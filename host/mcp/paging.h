#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::mcp {

/// Cursors of lists: opaque to clients, and told from garbage or another list's by check digits.
/// They hold a position and no secret: what a reader may see is decided anew on every page.
std::string make_cursor(std::string_view list, std::string_view position);
/// Empty when `cursor` was not made for this list.
std::optional<std::string> read_cursor(std::string_view list, std::string_view cursor);

/// A list that was written once, page by page, as the members of its result:
///     "tools":[...]   or   "tools":[...],"nextCursor":"..."
class PagedList {
 public:
  /// More than any list of ours has: one page, unless a test wants more of them.
  static constexpr std::size_t default_page_size = 100;

  PagedList() = default;
  PagedList(std::string_view member, const std::vector<std::string_view>& items,
            std::size_t page_size = default_page_size);

  /// The page a cursor leads to, the first without one; null when the cursor is not of this list.
  const std::string* page(const std::optional<std::string>& cursor) const;

 private:
  std::string member_;
  std::vector<std::string> pages_;
};

}  // namespace commsd::mcp
