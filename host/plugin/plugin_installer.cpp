#include "plugin/plugin_installer.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "plugin/file_ownership.h"
#include "plugin/manifest_reader.h"
#include "plugin/plugin_probe.h"
#include "plugin/recorded_pins.h"
#include "plugin/signature_gate.h"

namespace commsd::plugin {
namespace {

bool is_file_name(const std::string& name) {
  return name.size() > 3 && name.size() <= 128 && name.ends_with(".so") && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

/// A file beside where it is to be, which is removed unless it got there.
class Written {
 public:
  Written(const std::string& folder, std::string_view bytes) : path_(folder + "/.upload-XXXXXX") {
    file_ = FileDescriptor(::mkostemp(path_.data(), O_CLOEXEC));
    while (file_ && !bytes.empty()) {
      const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    good_ = file_ && ::fchmod(file_.get(), 0644) == 0 && ::fsync(file_.get()) == 0;
  }
  ~Written() {
    if (file_ && !path_.empty()) ::unlink(path_.c_str());
  }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  bool good() const { return good_; }
  int content() const { return file_.get(); }
  const std::string& path() const { return path_; }
  bool rename_to(const std::string& path) {
    if (std::rename(path_.c_str(), path.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  std::string path_;
  FileDescriptor file_;
  bool good_ = false;
};

}  // namespace

Error uploads_are_off() {
  return make_error(ErrorCode::permission_denied,
                    "this server takes no plugins over the API: plugins.upload is off in its "
                    "configuration file",
                    "Put the file into a folder of plugins.path on the machine itself, or have its "
                    "administrator switch plugins.upload on.");
}

std::string pins_file(const std::string& state_dir) {
  return state_dir.empty() ? std::string() : state_dir + "/plugin-pins";
}

Result<InstalledPlugin> PluginInstaller::install(const config::PluginsConfig& config,
                                                 const std::string& name,
                                                 std::string_view bytes) const {
  if (!config.upload) return fail(uploads_are_off());
  if (!is_file_name(name)) {
    return fail(ErrorCode::invalid_argument,
                "'name' must be a file name of letters, digits, '.', '_' and '-' that ends in .so");
  }
  if (bytes.size() > static_cast<std::size_t>(config.upload_max_bytes)) {
    return fail(ErrorCode::too_large, "the plugin is larger than plugins.upload_max_bytes (" +
                                          std::to_string(config.upload_max_bytes) + ")");
  }
  if (config.path.size() < 2) {
    return fail(make_error(ErrorCode::permission_denied,
                           "plugins.path has no folder beside the packaged one",
                           "Name one there that belongs to the server's user."));
  }
  const std::string& folder = config.path.back();
  const std::string path = folder + "/" + name;
  if (const Result<void> good = check_parents(path, options_.trusted_roots); !good) {
    return fail(good.error());
  }
  struct stat present {};
  if (::lstat(path.c_str(), &present) == 0 && !S_ISREG(present.st_mode)) {
    return fail(ErrorCode::invalid_argument, path + " is there and is no file");
  }
  Written written(folder, bytes);
  if (!written.good()) {
    return fail(ErrorCode::unavailable, "no file can be written in " + folder + ": " +
                                            std::generic_category().message(errno));
  }
  Result<InstalledPlugin> found = examine(config, written.path(), written.content(), path);
  if (!found) return found;
  if (found->trust == Trust::pinned) {
    if (auto kept = record_pin(pins_file(options_.state_dir), path, found->sha256); !kept) {
      return fail(kept.error());
    }
  }
  if (!written.rename_to(path)) {
    return fail(ErrorCode::unavailable, "the file cannot be put at " + path + ": " +
                                            std::generic_category().message(errno));
  }
  const FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent) ::fsync(parent.get());
  return found;
}

Result<InstalledPlugin> PluginInstaller::examine(const config::PluginsConfig& config,
                                                 const std::string& written, int content,
                                                 const std::string& path) const {
  TrustPolicy policy;  // of the file as it lies there; what its folder asks for comes below
  policy.cache_dir = config.cache_dir;
  policy.roots = options_.trusted_roots;
  const Result<AdmittedFile> admitted = admit(written, policy);
  if (!admitted) return fail(admitted.error());
  InstalledPlugin found;
  found.file = path;
  found.sha256 = admitted->sha256;
  const auto own = config.trust_in.find(config.path.back());
  if (parse_trust(own == config.trust_in.end() ? config.trust : own->second) ==
      Trust::by_signature) {
    Result<std::string> signer = signer_of(path, content, config.keys_dir, options_.trusted_roots);
    if (!signer) return fail(signer.error());
    found.trust = Trust::by_signature;
    found.signer = std::move(*signer);
  }
  const Result<Manifest> manifest = read_manifest(admitted->path);
  if (!manifest) return fail(manifest.error());
  found.id = manifest->id;
  found.provider = manifest->provider;
  found.version = manifest->version;
  PluginProbe::Options probe;
  probe.program = options_.probe_program;
  probe.host_version = options_.host_version;
  probe.limit = std::chrono::milliseconds(config.probe_timeout_ms);
  const Result<void> tried = PluginProbe(std::move(probe)).examine(*admitted, "{}");
  // That it wants settings is no fault of the file.
  if (!tried && tried.error().code != ErrorCode::invalid_argument) return fail(tried.error());
  return found;
}

}  // namespace commsd::plugin
