#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::policy {

/// Compatibility-composed and case-folded (NFKC_Casefold, Unicode 3.13): invisible characters are
/// gone, full-width and styled letters are plain. Bytes that are no UTF-8 become U+FFFD.
std::string fold_case(std::string_view text);

/// A letter of a text that was folded for comparison with phrases.
struct FoldedLetter {
  char32_t letter = 0;
  char32_t other = 0;        // what it may stand for as well ('1' is i and l); 0 = nothing
  bool mask = false;         // a '*' in a word: stands for any vowel
  bool begins = false;       // the first of a word of the text
  bool ends = false;         // the last of one
  bool after_space = false;  // begins a word after a space, not after a sign
  std::uint32_t word = 0;    // which word of the text
};

/// A text as a row of letters without anything between them. Besides fold_case: accents are taken
/// away, letters of other scripts that look like Latin ones become those, and digits and signs in
/// words become the letters they are written for ("k1ll", "a$$").
std::vector<FoldedLetter> fold_letters(std::string_view text);

/// The same for phrases: only letters that are meant as such, so digits stay digits.
std::vector<FoldedLetter> fold_phrase(std::string_view text);

/// The letters of a piece of a phrase as fold_phrase reads them, and a space wherever it would end
/// a word: pieces that follow each other give what the whole would.
std::u32string fold_piece(std::string_view text);

/// Adds a character as UTF-8.
void append_utf8(std::string& text, char32_t character);

/// The text a reader of html sees: without tags, with the common entities decoded.
std::string text_of_html(std::string_view html);

}  // namespace commsd::policy
