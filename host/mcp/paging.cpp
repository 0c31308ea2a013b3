#include "mcp/paging.h"

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

constexpr std::size_t check_size = 8;

std::string check_digits(std::string_view list, std::string_view position) {
  return sha256_hex(std::string(list) + '\n' + std::string(position)).substr(0, check_size);
}

}  // namespace

std::string make_cursor(std::string_view list, std::string_view position) {
  return base64url_encode(check_digits(list, position) + std::string(position));
}

std::optional<std::string> read_cursor(std::string_view list, std::string_view cursor) {
  const auto text = base64url_decode(cursor);
  if (!text || text->size() < check_size) return std::nullopt;
  std::string position = text->substr(check_size);
  if (check_digits(list, position) != text->substr(0, check_size)) return std::nullopt;
  return position;
}

PagedList::PagedList(std::string_view member, const std::vector<std::string_view>& items,
                     std::size_t page_size)
    : member_(member) {
  std::size_t at = 0;
  do {
    const std::size_t end = std::min(at + page_size, items.size());
    std::string text = '"' + member_ + "\":[";
    for (std::size_t i = at; i < end; ++i) {
      if (i > at) text += ',';
      text += items[i];
    }
    text += ']';
    at = end;
    if (at < items.size()) {
      text += R"(,"nextCursor":)";
      append_json_string(text, make_cursor(member_, std::to_string(pages_.size() + 1)));
    }
    pages_.push_back(std::move(text));
  } while (at < items.size());
}

const std::string* PagedList::page(const std::optional<std::string>& cursor) const {
  if (!cursor) return pages_.empty() ? nullptr : &pages_.front();
  const auto position = read_cursor(member_, *cursor);
  if (!position) return nullptr;
  std::size_t number = 0;
  const char* const end = position->data() + position->size();
  const auto read = std::from_chars(position->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number >= pages_.size()) return nullptr;
  return &pages_[number];
}

}  // namespace commsd::mcp
