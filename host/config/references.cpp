#include "config/references.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/text.h"

namespace commsd::config {

namespace {

constexpr std::size_t largest_secret = 65536;

/// No '/' and no leading '.', so a name is a file of the secrets folder and no other.
bool is_secret_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

std::string variable_of(std::string_view name) {
  std::string variable = "COMMSD_SECRET_";
  for (const char c : name) {
    if (c >= 'a' && c <= 'z') {
      variable += static_cast<char>(c - 'a' + 'A');
    } else {
      variable += c == '-' || c == '.' ? '_' : c;
    }
  }
  return variable;
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<Secret> usable(std::string text, const std::string& where) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail(ErrorCode::invalid_argument, where + " is empty");
  if (!is_valid_utf8(text) || text.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, where + " holds bytes that are not text");
  }
  return Secret(std::move(text));
}

/// not_found when there is no such file.
Result<Secret> read_secret_file(const std::string& path) {
  const OpenFile file(path);
  if (file.descriptor() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return fail(ErrorCode::not_found, "no file " + path);
    return fail(ErrorCode::permission_denied, path + " cannot be opened (" +
                                                  std::generic_category().message(errno) +
                                                  "): make this user its owner");
  }
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(ErrorCode::invalid_argument, path + " is not a file");
  }
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return fail(ErrorCode::permission_denied,
                path + " belongs to another user: run chown on it, to this user or root");
  }
  if ((status.st_mode & 0177) != 0) {  // anything beyond rw for the owner
    return fail(ErrorCode::permission_denied,
                path + " is open to other users: run chmod 0600 " + path);
  }
  if (status.st_size > static_cast<off_t>(largest_secret)) {
    return fail(ErrorCode::too_large, path + " is larger than 64 KB");
  }
  std::string text(largest_secret, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.descriptor(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(ErrorCode::unavailable, path + " cannot be read",
                  std::generic_category().message(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return usable(std::move(text), path);
}

void resolve(Node& node, const std::string& file, const std::string& key,
             const SecretsConfig* secrets, std::vector<ConfigFault>& faults) {
  constexpr std::string_view environment = "env:";
  constexpr std::string_view secret = "secret:";
  const std::string reference = node.string;
  const auto refuse = [&](std::string allowed) {
    if (faults.size() < most_faults)
      faults.push_back({file, node.line, key, '"' + reference + '"', std::move(allowed)});
    node.unresolved = true;
  };
  if (reference.starts_with(environment)) {
    const std::string name = reference.substr(environment.size());
    const char* found = name.empty() ? nullptr : std::getenv(name.c_str());
    if (!found) return refuse("a variable that is set when the server starts");
    if (!is_valid_utf8(found)) return refuse("a variable that holds text in UTF-8");
    node.string = found;
    node.environment = true;
  } else if (reference.starts_with(secret)) {
    if (!secrets) return refuse("secret: references only in the config of a provider");
    const std::string name = reference.substr(secret.size());
    Result<Secret> value = read_secret(*secrets, name);
    if (!value) return refuse(value.error().message);
    node.string = value->reveal();
    node.secret = true;
  }
}

}  // namespace

Result<Secret> read_secret(const SecretsConfig& secrets, std::string_view name) {
  if (!is_secret_name(name)) {
    return fail(ErrorCode::invalid_argument,
                "a secret's name: letters, digits, '_', '-' and '.', not starting with '.'");
  }
  const std::string path = secrets.dir + "/" + std::string(name);
  Result<Secret> from_file = read_secret_file(path);
  if (from_file || from_file.error().code != ErrorCode::not_found) return from_file;
  const std::string variable = variable_of(name);
  if (const char* value = std::getenv(variable.c_str())) return usable(value, variable);
  return fail(ErrorCode::not_found,
              "put the value into the file " + path + " (mode 0600) or the variable " + variable);
}

void resolve_references(Node& node, const std::string& file, const std::string& key,
                        const SecretsConfig* secrets, std::vector<ConfigFault>& faults) {
  if (node.is_string()) return resolve(node, file, key, secrets, faults);
  for (std::size_t at = 0; at < node.items.size(); ++at) {
    resolve_references(node.items[at], file, key + "[" + std::to_string(at) + "]", secrets, faults);
  }
  for (Node::Member& member : node.members) {
    const std::string path = key.empty() ? member.key : key + "." + member.key;
    resolve_references(member.value, file, path, secrets, faults);
  }
}

}  // namespace commsd::config
