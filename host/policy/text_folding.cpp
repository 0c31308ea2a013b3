#include "policy/text_folding.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <utf8proc.h>
#include <utility>

#include "config/yaml_reader.h"
#include "embedded/content.h"

namespace commsd::policy {
namespace {

constexpr utf8proc_option_t folding = static_cast<utf8proc_option_t>(
    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

struct Range {
  char32_t first;
  char32_t last;
};

bool is_in(char32_t c, const auto& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// Accents, and the points of Hebrew and Arabic: writing does without them. The vowel signs of
/// Indic scripts are no such thing and stay.
constexpr std::array<Range, 8> accents = {{{0x300, 0x36F},
                                           {0x591, 0x5C7},
                                           {0x610, 0x61A},
                                           {0x64B, 0x65F},
                                           {0x670, 0x670},
                                           {0x1AB0, 0x1AFF},
                                           {0x1DC0, 0x1DFF},
                                           {0x20D0, 0x20FF}}};
/// Scripts that put no spaces between words: each character stands as a word.
constexpr std::array<Range, 5> unspaced = {
    {{0xE00, 0xE7F}, {0x3040, 0x30FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}}};
/// Letters on coloured ground, and those flags are made of: without a decomposition in Unicode.
constexpr std::array<Range, 3> drawn = {
    {{0x1F150, 0x1F169}, {0x1F170, 0x1F189}, {0x1F1E6, 0x1F1FF}}};
constexpr std::array<char32_t, 5> apostrophes = {U'\'', U'’', U'‘', U'`', U'´'};

struct Signs {
  std::unordered_map<char32_t, char32_t> letters;
  std::unordered_map<char32_t, std::pair<char32_t, char32_t>> signs;
};

std::vector<char32_t> decode(std::string_view text) {
  std::vector<char32_t> out;
  out.reserve(text.size());
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t read = utf8proc_iterate(at, left, &code);
    if (read <= 0) {
      read = 1;
      code = 0xFFFD;
    }
    out.push_back(static_cast<char32_t>(code));
    at += read;
    left -= read;
  }
  return out;
}

const Signs& signs() {
  static const Signs table = [] {
    std::vector<config::ConfigFault> faults;
    const config::Node root =
        config::read_yaml(embedded::content::confusables_yaml(), "confusables.yaml", faults);
    const config::Node* letters = root.find("letters");
    const config::Node* written = root.find("signs");
    Signs read;
    if (!faults.empty() || !letters || !written) {
      // The file is part of the program: a fault in it is a build that should not have left CI.
      std::fprintf(stderr, "commsd: confusables.yaml cannot be read\n");
      std::abort();
    }
    for (const config::Node::Member& member : letters->members) {
      for (const char32_t c : decode(member.value.string)) {
        read.letters[c] = static_cast<char32_t>(member.key[0]);
      }
    }
    for (const config::Node::Member& member : written->members) {
      const std::string& meant = member.value.string;
      read.signs[decode(member.key)[0]] = {static_cast<char32_t>(meant[0]),
                                           meant.size() > 1 ? static_cast<char32_t>(meant[1]) : 0};
    }
    return read;
  }();
  return table;
}

/// One character after decomposition.
struct Mark {
  enum class Kind { letter, digit, sign, space };
  char32_t code = 0;
  Kind kind = Kind::sign;
};

Mark::Kind kind_of(char32_t code) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return Mark::Kind::letter;
    case UTF8PROC_CATEGORY_ND:
      return Mark::Kind::digit;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
      return Mark::Kind::space;
    default:
      return Mark::Kind::sign;
  }
}

std::vector<Mark> marks_of(std::string_view text) {
  std::vector<Mark> marks;
  marks.reserve(text.size());
  int boundary = 0;
  for (char32_t code : decode(text)) {
    for (const Range& range : drawn) {
      if (code >= range.first && code <= range.last) code = U'a' + (code - range.first);
    }
    std::array<utf8proc_int32_t, 32> parts{};
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts.data(),
                                static_cast<utf8proc_ssize_t>(parts.size()), folding, &boundary);
    for (utf8proc_ssize_t at = 0; at < count && at < 32; ++at) {
      auto part = static_cast<char32_t>(parts.at(static_cast<std::size_t>(at)));
      if (is_in(part, accents)) continue;
      if (std::find(apostrophes.begin(), apostrophes.end(), part) != apostrophes.end()) continue;
      const auto looks_like = signs().letters.find(part);
      if (looks_like != signs().letters.end()) part = looks_like->second;
      marks.push_back({part, kind_of(part)});
    }
  }
  return marks;
}

/// What stands between two spaces, as places in the marks.
struct Chunk {
  std::size_t from = 0;
  std::size_t to = 0;
};

std::vector<Chunk> chunks_of(const std::vector<Mark>& marks) {
  std::vector<Chunk> chunks;
  for (std::size_t at = 0; at < marks.size();) {
    if (marks[at].kind == Mark::Kind::space) {
      ++at;
      continue;
    }
    Chunk chunk{at, at};
    while (at < marks.size() && marks[at].kind != Mark::Kind::space) ++at;
    chunk.to = at;
    chunks.push_back(chunk);
  }
  return chunks;
}

class Folder {
 public:
  Folder(std::string_view text, bool phrase)
      : marks_(marks_of(text)), chunks_(chunks_of(marks_)), phrase_(phrase) {}

  std::vector<FoldedLetter> fold() {
    letters_.reserve(marks_.size());
    for (std::size_t at = 0; at < chunks_.size(); ++at) {
      spaced_ = true;
      const bool as_letters = !phrase_ && digits_are_letters(at);
      for (std::size_t mark = chunks_[at].from; mark < chunks_[at].to; ++mark) {
        take(chunks_[at], mark, as_letters);
      }
      end_word();
    }
    return std::move(letters_);
  }

 private:
  bool is_letter(std::size_t mark) const { return marks_[mark].kind == Mark::Kind::letter; }
  bool is_one_letter(std::size_t chunk) const {
    return chunks_[chunk].to - chunks_[chunk].from == 1 && is_letter(chunks_[chunk].from);
  }

  /// "k1ll" is a word, "2026" a number; "k 1 l l" is a word again.
  bool digits_are_letters(std::size_t chunk) const {
    for (std::size_t mark = chunks_[chunk].from; mark < chunks_[chunk].to; ++mark) {
      if (is_letter(mark)) return true;
    }
    return chunks_[chunk].to - chunks_[chunk].from == 1 && chunk > 0 &&
           chunk + 1 < chunks_.size() && is_one_letter(chunk - 1) && is_one_letter(chunk + 1);
  }

  bool is_of_a_word(const Chunk& chunk, std::size_t mark) const {
    return mark < chunk.to && (is_letter(mark) || marks_[mark].kind == Mark::Kind::digit ||
                               signs().signs.contains(marks_[mark].code));
  }

  void take(const Chunk& chunk, std::size_t mark, bool as_letters) {
    const Mark& read = marks_[mark];
    if (read.kind == Mark::Kind::letter) return put({read.code});
    const auto meant = signs().signs.find(read.code);
    if (as_letters && meant != signs().signs.end()) {
      const bool before = mark > chunk.from && is_of_a_word(chunk, mark - 1);
      // A sign at the end of a word ends a sentence ("you!"); only money signs are letters there.
      const bool ends_sentence = read.code == U'!' || read.code == U'|' || read.code == U'+';
      if (read.kind == Mark::Kind::digit || is_of_a_word(chunk, mark + 1) ||
          (before && !ends_sentence)) {
        return put({meant->second.first, meant->second.second});
      }
    }
    if (read.kind == Mark::Kind::digit) return put({read.code});
    const bool hides = read.code == U'*' || read.code == U'#';
    if (as_letters && hides && mark > chunk.from && mark + 1 < chunk.to && is_letter(mark - 1) &&
        is_letter(mark + 1)) {
      return put({U'*', 0, true});
    }
    end_word();
  }

  void put(FoldedLetter letter) {
    const bool alone = is_in(letter.letter, unspaced);
    if (alone) end_word();
    letter.begins = !in_word_;
    letter.after_space = letter.begins && spaced_;
    letter.word = word_;
    letters_.push_back(letter);
    in_word_ = true;
    spaced_ = false;
    if (alone) end_word();
  }

  void end_word() {
    if (!in_word_) return;
    letters_.back().ends = true;
    in_word_ = false;
    ++word_;
  }

  std::vector<Mark> marks_;
  std::vector<Chunk> chunks_;
  std::vector<FoldedLetter> letters_;
  std::uint32_t word_ = 0;
  bool phrase_;
  bool in_word_ = false;
  bool spaced_ = true;
};

}  // namespace

void append_utf8(std::string& text, char32_t character) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

std::string fold_case(std::string_view text) {
  std::string clean;
  for (const char32_t code : decode(text)) append_utf8(clean, code);
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(clean.data()),
      static_cast<utf8proc_ssize_t>(clean.size()), &mapped,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE));
  if (size < 0) return clean;
  std::string folded(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  std::free(mapped);  // the library allocates with malloc
  return folded;
}

std::vector<FoldedLetter> fold_letters(std::string_view text) {
  return Folder(text, false).fold();
}

std::vector<FoldedLetter> fold_phrase(std::string_view text) {
  return Folder(text, true).fold();
}

std::u32string fold_piece(std::string_view text) {
  std::u32string piece;
  for (const Mark& mark : marks_of(text)) {
    const bool kept = mark.kind == Mark::Kind::letter || mark.kind == Mark::Kind::digit;
    const bool alone = !kept || is_in(mark.code, unspaced);
    if (alone) piece += U' ';
    if (kept) piece += mark.code;
    if (kept && alone) piece += U' ';
  }
  return piece;
}

std::string text_of_html(std::string_view html) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities = {
      {{"&nbsp;", " "},
       {"&amp;", "&"},
       {"&lt;", "<"},
       {"&gt;", ">"},
       {"&quot;", "\""},
       {"&#39;", "'"}}};
  std::string text;
  for (std::size_t at = 0; at < html.size();) {
    const std::string_view rest = html.substr(at);
    if (rest[0] == '<') {
      const std::size_t end = rest.find('>');
      if (end == std::string_view::npos) break;
      // Only tags that break a line separate words: "k<b>il</b>l" is read as one.
      const std::string tag = fold_case(rest.substr(1, std::min<std::size_t>(end - 1, 4)));
      for (const std::string_view block :
           {"br", "p", "/p", "div", "/div", "/td", "/li", "/h", "hr"}) {
        if (tag.starts_with(block)) {
          text += ' ';
          break;
        }
      }
      at += end + 1;
      continue;
    }
    const auto* entity = std::find_if(entities.begin(), entities.end(), [&rest](const auto& known) {
      return rest.starts_with(known.first);
    });
    if (entity != entities.end()) {
      text += entity->second;
      at += entity->first.size();
      continue;
    }
    text += rest[0];
    ++at;
  }
  return text;
}

}  // namespace commsd::policy
