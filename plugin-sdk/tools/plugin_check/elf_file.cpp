#include "elf_file.h"

#include <cctype>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <string_view>

namespace comms::check {
namespace {

constexpr std::size_t kMostStrings = 20000;

class Reader {
 public:
  Reader(std::string bytes, ElfFile& into) : bytes_(std::move(bytes)), file_(into) {}

  std::string read() {
    Elf64_Ehdr header{};
    if (bytes_.size() < SELFMAG || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
      return "it is not an ELF file";
    }
    if (!at(0, header) || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN) {
      return "it is not a 64-bit shared object";
    }
    if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0) {
      return "it has no section table";
    }
    for (std::uint16_t i = 0; i < header.e_shnum; ++i) {
      Elf64_Shdr section{};
      if (!at(header.e_shoff + i * sizeof section, section)) return "its section table is cut off";
      sections_.push_back(section);
    }
    if (header.e_shstrndx >= sections_.size()) return "its section names are missing";
    read_stack(header);
    for (const Elf64_Shdr& section : sections_) {
      const std::string name = text(sections_[header.e_shstrndx], section.sh_name);
      if (section.sh_type == SHT_DYNAMIC) read_dynamic(section);
      if (section.sh_type == SHT_DYNSYM) read_symbols(section);
      if (section.sh_type == SHT_PROGBITS && name == ".comms.manifest") {
        file_.manifest = content(section);
      }
      if (section.sh_type == SHT_PROGBITS && name.rfind(".rodata", 0) == 0) read_strings(section);
    }
    if (file_.manifest.empty()) return "it has no section .comms.manifest";
    return {};
  }

 private:
  template <class T>
  bool at(std::uint64_t offset, T& into) const {
    if (offset > bytes_.size() || sizeof into > bytes_.size() - offset) return false;
    std::memcpy(&into, bytes_.data() + offset, sizeof into);
    return true;
  }

  std::string_view content(const Elf64_Shdr& section) const {
    if (section.sh_type == SHT_NOBITS || section.sh_offset > bytes_.size() ||
        section.sh_size > bytes_.size() - section.sh_offset) {
      return {};
    }
    return std::string_view(bytes_).substr(section.sh_offset, section.sh_size);
  }

  std::string text(const Elf64_Shdr& table, std::uint64_t offset) const {
    const std::string_view all = content(table);
    if (offset >= all.size()) return {};
    const std::string_view from = all.substr(offset);
    return std::string(from.substr(0, from.find('\0')));
  }

  void read_stack(const Elf64_Ehdr& header) {
    bool found = false;
    for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
      Elf64_Phdr segment{};
      if (!at(header.e_phoff + i * sizeof segment, segment)) break;
      if (segment.p_type != PT_GNU_STACK) continue;
      found = true;
      if (segment.p_flags & PF_X) file_.executable_stack = true;
    }
    if (!found) file_.executable_stack = true;  // what the loader then assumes
  }

  void read_dynamic(const Elf64_Shdr& section) {
    for (std::uint64_t at_byte = 0; at_byte < section.sh_size; at_byte += sizeof(Elf64_Dyn)) {
      Elf64_Dyn entry{};
      if (!at(section.sh_offset + at_byte, entry) || entry.d_tag == DT_NULL) return;
      if (entry.d_tag == DT_NEEDED && section.sh_link < sections_.size()) {
        file_.needed.push_back(text(sections_[section.sh_link], entry.d_un.d_val));
      }
      if (entry.d_tag == DT_TEXTREL) file_.text_relocations = true;
      if (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL)) file_.text_relocations = true;
      if (entry.d_tag == DT_INIT_ARRAYSZ) file_.constructors = entry.d_un.d_val / sizeof(void*);
    }
  }

  void read_symbols(const Elf64_Shdr& section) {
    if (section.sh_link >= sections_.size()) return;
    for (std::uint64_t at_byte = 0; at_byte < section.sh_size; at_byte += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol{};
      if (!at(section.sh_offset + at_byte, symbol)) return;
      const std::string name = text(sections_[section.sh_link], symbol.st_name);
      const int visibility = ELF64_ST_VISIBILITY(symbol.st_other);
      if (name.empty() || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
      if (symbol.st_shndx == SHN_UNDEF) {
        file_.imported.push_back(name);
      } else if (visibility == STV_DEFAULT || visibility == STV_PROTECTED) {
        file_.exported.push_back(name);
      }
    }
  }

  void read_strings(const Elf64_Shdr& section) {
    std::string_view left = content(section);
    while (!left.empty() && file_.strings.size() < kMostStrings) {
      const std::string_view piece = left.substr(0, left.find('\0'));
      left.remove_prefix(std::min(left.size(), piece.size() + 1));
      bool printable = piece.size() >= 4 && piece.size() <= 64;
      for (const char c : piece) {
        if (!std::isprint(static_cast<unsigned char>(c))) printable = false;
      }
      if (printable) file_.strings.emplace_back(piece);
    }
  }

  std::string bytes_;
  ElfFile& file_;
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace

ElfFile ElfFile::read(const std::string& path) {
  ElfFile file;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    file.error = "it cannot be read";
    return file;
  }
  file.error = Reader({std::istreambuf_iterator<char>(in), {}}, file).read();
  return file;
}

}  // namespace comms::check
