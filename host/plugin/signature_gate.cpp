#include "plugin/signature_gate.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "plugin/file_ownership.h"
#include "plugin/manifest_reader.h"
#include "plugin/minisign.h"

namespace commsd::plugin {
namespace {

constexpr std::uint64_t kLargestText = 8192;  // of a key or a signature

/// A private view of a file: what is written to it stays here.
class Mapping {
 public:
  explicit Mapping(int file) {
    struct stat status {};
    if (::fstat(file, &status) != 0 || status.st_size <= 0) return;
    size_ = static_cast<std::size_t>(status.st_size);
    void* at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    if (at != MAP_FAILED) begin_ = static_cast<char*>(at);
  }
  ~Mapping() {
    if (begin_) ::munmap(begin_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  char* begin() const { return begin_; }
  std::string_view bytes() const { return {begin_, begin_ ? size_ : 0}; }

 private:
  char* begin_ = nullptr;
  std::size_t size_ = 0;
};

struct InstalledKey {
  MinisignKey key;
  std::string file;
};

tl::unexpected<Error> refused(std::string message, std::string remedy) {
  return fail(make_error(ErrorCode::permission_denied, std::move(message), std::move(remedy)));
}

/// By id. A key that cannot be used refuses everything: which one the administrator meant to count
/// on cannot be told, and a silent loss of it would read as a bad signature.
Result<std::map<std::string, InstalledKey>> read_keys(const std::string& folder,
                                                      const std::vector<std::string>& roots) {
  std::map<std::string, InstalledKey> keys;
  std::error_code fault;
  for (std::filesystem::directory_iterator at(folder, fault), end; !fault && at != end;
       at.increment(fault)) {
    const std::string path = at->path().string();
    if (!path.ends_with(".pub")) continue;
    const auto bad = [&](const Error& error) {
      return refused("the key " + path + " cannot be used: " + error.message,
                     "mend or remove that file");
    };
    const Result<FileDescriptor> file = open_regular(path, kLargestText);
    if (!file) return bad(file.error());
    if (const Result<void> good = check_owner(file->get()); !good) return bad(good.error());
    if (const Result<void> good = check_parents(path, roots); !good) return bad(good.error());
    const Result<std::string> text = read_small_file(path, kLargestText);
    if (!text) return bad(text.error());
    Result<MinisignKey> key = MinisignKey::parse(*text);
    if (!key) return bad(key.error());
    std::string id = key->id;
    keys.insert_or_assign(std::move(id),
                          InstalledKey{std::move(*key), at->path().filename().string()});
  }
  return keys;
}

/// The text of the section, and zeros in its place; nothing when there is none or it is empty.
Result<std::optional<std::string>> take_section(const Mapping& elf) {
  const Result<std::optional<SignatureSection>> section = find_signature_section(elf.bytes());
  if (!section) return fail(section.error());
  if (!*section) return std::nullopt;
  char* const from = elf.begin() + (*section)->offset;
  std::string text(from, (*section)->size);
  text.erase(std::min(text.find('\0'), text.size()));
  std::fill_n(from, (*section)->size, '\0');
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

Result<std::string> signer_of(const std::string& path, int content, const std::string& keys_dir,
                              const std::vector<std::string>& roots) {
  const Mapping file(content);
  if (file.bytes().empty()) return fail(ErrorCode::unavailable, "it cannot be mapped");
  const std::string beside = path + ".minisig";
  const std::string name = path.substr(path.rfind('/') + 1);
  std::string where = "the signature " + beside;
  Result<std::string> text = read_small_file(beside, kLargestText);
  if (!text && text.error().code != ErrorCode::not_found) {
    return refused(where + " cannot be used: " + text.error().message, "mend or remove that file");
  }
  if (!text) {
    const Result<std::optional<std::string>> section = take_section(file);
    if (!section) return fail(section.error());
    if (!*section) {
      return refused("its folder asks for a signature, and there is neither " + beside +
                         " nor one in its section .comms.sig",
                     "ask its author for the signature, or sign it yourself: minisign -Sm " + name);
    }
    text = **section;
    where = "the signature in its section .comms.sig";
  }
  const Result<MinisignSignature> signature = MinisignSignature::parse(*text);
  if (!signature)
    return refused(where + " cannot be used: " + signature.error().message,
                   "take the file and its signature from their author again");
  const auto keys = read_keys(keys_dir, roots);
  if (!keys) return fail(keys.error());
  const std::string id = minisign_id_text(signature->key_id());
  const auto known = keys->find(signature->key_id());
  if (known == keys->end()) {
    return refused(where + " is by the key " + id + ", which is not among the " +
                       std::to_string(keys->size()) + " in " + keys_dir,
                   "if you trust its owner, put the public key there as a file that ends in .pub");
  }
  if (const Result<void> good = signature->verify(file.bytes(), known->second.key); !good) {
    return refused(where + " does not hold: " + good.error().message,
                   "do not load it; take the file and its signature from their author again");
  }
  return id + " (" + known->second.file + "): " + signature->trusted_comment();
}

}  // namespace commsd::plugin
