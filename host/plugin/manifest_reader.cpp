#include "plugin/manifest_reader.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "base/text.h"

namespace commsd::plugin {
namespace {

constexpr std::string_view kSection = ".comms.manifest";
constexpr std::string_view kSignatureSection = ".comms.sig";
constexpr std::uint64_t kLargestManifest = 64 * 1024;
constexpr std::uint64_t kLargestSignature = 4096;
constexpr std::uint64_t kMostSections = 4096;
constexpr std::uint64_t kLargestNames = 1024 * 1024;

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr std::uint16_t kMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr std::uint16_t kMachine = EM_S390;
#else
#error "name this machine's e_machine constant here"
#endif

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    default:
      return "machine " + std::to_string(machine);
  }
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  bool read(std::uint64_t offset, void* into, std::size_t length) const override {
    if (offset > bytes_.size() || length > bytes_.size() - offset) return false;
    std::memcpy(into, bytes_.data() + offset, length);
    return true;
  }

 private:
  std::string_view bytes_;
};

class FileSource final : public ByteSource {
 public:
  FileSource(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::uint64_t offset, void* into, std::size_t length) const override {
    if (offset > size_ || length > size_ - offset) return false;
    auto* at = static_cast<char*>(into);
    while (length > 0) {
      const ssize_t got = ::pread(descriptor_, at, length, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += got;
      length -= static_cast<std::size_t>(got);
      offset += static_cast<std::uint64_t>(got);
    }
    return true;
  }

 private:
  int descriptor_;
  std::uint64_t size_;
};

tl::unexpected<Error> refused(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message));
}

Result<Elf64_Ehdr> read_header(const ByteSource& source) {
  unsigned char ident[EI_NIDENT];
  if (!source.read(0, ident, sizeof ident) || std::memcmp(ident, ELFMAG, SELFMAG) != 0) {
    return refused("it is not an ELF file");
  }
  Elf64_Ehdr header;
  if (ident[EI_CLASS] != ELFCLASS64) return refused("it is not a 64-bit ELF file");
  const unsigned char order =
      std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (ident[EI_DATA] != order) return refused("it has another byte order than this machine");
  if (!source.read(0, &header, sizeof header)) return refused("its ELF header is cut off");
  if (header.e_machine != kMachine) {
    return refused("it was built for " + machine_name(header.e_machine) + ", this machine is " +
                   machine_name(kMachine));
  }
  if (header.e_type != ET_DYN) return refused("it is not a shared object");
  if (header.e_shoff == 0 || header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
      header.e_shnum > kMostSections || header.e_shstrndx >= header.e_shnum) {
    return refused("its section table is missing or damaged");
  }
  return header;
}

bool is_named(const std::string& names, const Elf64_Shdr& section, std::string_view name) {
  if (section.sh_name >= names.size()) return false;
  // names ends in NUL, so this stops inside it
  return name == names.data() + section.sh_name;
}

/// Nothing when there is no section of that name.
Result<std::optional<Elf64_Shdr>> find_header(const ByteSource& source, std::string_view name) {
  const Result<Elf64_Ehdr> header = read_header(source);
  if (!header) return fail(header.error());

  std::vector<Elf64_Shdr> sections(header->e_shnum);
  if (!source.read(header->e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr))) {
    return refused("it is cut off: its section table lies beyond the end of the file");
  }
  const Elf64_Shdr& strings = sections[header->e_shstrndx];
  if (strings.sh_type != SHT_STRTAB || strings.sh_size == 0 || strings.sh_size > kLargestNames) {
    return refused("its section names are damaged");
  }
  std::string names(static_cast<std::size_t>(strings.sh_size), '\0');
  if (!source.read(strings.sh_offset, names.data(), names.size()) || names.back() != '\0') {
    return refused("its section names are damaged");
  }

  std::optional<Elf64_Shdr> found;
  for (const Elf64_Shdr& section : sections) {
    if (!is_named(names, section, name)) continue;
    if (found) return refused("it has two sections " + std::string(name));
    found = section;
  }
  return found;
}

}  // namespace

Result<std::string> read_manifest_section(const ByteSource& source) {
  const Result<std::optional<Elf64_Shdr>> section = find_header(source, kSection);
  if (!section) return fail(section.error());
  const std::optional<Elf64_Shdr>& found = *section;
  if (!found) return refused("it has no section .comms.manifest, so it is no commsd plugin");
  if (found->sh_type == SHT_NOBITS || (found->sh_flags & SHF_COMPRESSED) != 0 ||
      found->sh_size == 0 || found->sh_size > kLargestManifest) {
    return refused("its manifest is empty, compressed or larger than 64 KB");
  }
  std::string manifest(static_cast<std::size_t>(found->sh_size), '\0');
  if (!source.read(found->sh_offset, manifest.data(), manifest.size())) {
    return refused("it is cut off: its manifest lies beyond the end of the file");
  }
  while (!manifest.empty() && manifest.back() == '\0') manifest.pop_back();  // alignment
  return manifest;
}

Result<std::string> read_manifest_section(std::string_view elf) {
  return read_manifest_section(MemorySource(elf));
}

Result<std::optional<SignatureSection>> find_signature_section(std::string_view elf) {
  const Result<std::optional<Elf64_Shdr>> section =
      find_header(MemorySource(elf), kSignatureSection);
  if (!section) return fail(section.error());
  if (!*section) return std::nullopt;
  const Elf64_Shdr& found = **section;
  if (found.sh_type == SHT_NOBITS || (found.sh_flags & SHF_COMPRESSED) != 0 ||
      found.sh_size > kLargestSignature || found.sh_offset > elf.size() ||
      found.sh_size > elf.size() - found.sh_offset) {
    return refused("its section .comms.sig is compressed, cut off or larger than 4 KB");
  }
  return SignatureSection{static_cast<std::size_t>(found.sh_offset),
                          static_cast<std::size_t>(found.sh_size)};
}

Result<Manifest> read_manifest(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return refused("it is not a regular file");
  }
  const FileSource source(descriptor, static_cast<std::uint64_t>(status.st_size));
  const Result<std::string> section = read_manifest_section(source);
  if (!section) return fail(section.error());
  return parse_manifest(*section);
}

Result<Manifest> read_manifest(const std::string& path) {
  // Non-blocking, because somebody may have put a FIFO there.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ELOOP) return refused("it is a symbolic link");
    const ErrorCode code = errno == EACCES   ? ErrorCode::permission_denied
                           : errno == ENOENT ? ErrorCode::not_found
                                             : ErrorCode::invalid_argument;
    return fail(code,
                std::string("it cannot be opened: ") + std::generic_category().message(errno));
  }
  Result<Manifest> manifest = read_manifest(descriptor);
  ::close(descriptor);
  return manifest;
}

}  // namespace commsd::plugin
