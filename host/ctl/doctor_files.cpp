// What doctor looks at in the file system and in the settings: modes, folders, addresses and the
// certificate.
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ctl/doctor.h"

namespace commsd::ctl {

namespace {

namespace fs = std::filesystem;

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode & 07777);
  return text;
}

/// A folder that only its owner (and group, for reading) may use.
void check_private_folder(const std::string& id, const std::string& path, bool needed,
                          std::vector<Finding>& findings) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == EACCES) {
      findings.push_back({id, Verdict::warn, path + " cannot be looked at by this user",
                          "Run doctor as the server's user or as root."});
    } else {
      findings.push_back(
          {id, needed ? Verdict::fail : Verdict::ok,
           path + (needed ? " does not exist" : " does not exist (nothing needs it)"),
           needed ? "Make it: install -d -m 0750 -o commsd " + path : ""});
    }
    return;
  }
  if (!S_ISDIR(status.st_mode)) {
    findings.push_back({id, Verdict::fail, path + " is no folder", "Name a folder."});
  } else if ((status.st_mode & 0027) != 0) {
    findings.push_back({id, Verdict::warn,
                        path + " has mode " + octal(status.st_mode) + ": others may use it",
                        "chmod 0750 " + path});
  } else {
    findings.push_back({id, Verdict::ok, path + " has mode " + octal(status.st_mode), ""});
  }
}

void check_secrets(const std::string& folder, std::vector<Finding>& findings) {
  std::error_code error;
  std::size_t good = 0;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    struct stat status {};
    const std::string path = entry.path().string();
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if ((status.st_mode & 0177) != 0) {
      findings.push_back({"secret-files", Verdict::fail,
                          path + " has mode " + octal(status.st_mode) + ": it would be refused",
                          "chmod 0600 " + path});
    } else {
      ++good;
    }
  }
  if (good > 0) {
    findings.push_back({"secret-files", Verdict::ok,
                        std::to_string(good) + " secrets are readable by their owner only", ""});
  }
}

void check_config_file(const std::string& path, std::vector<Finding>& findings) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  if ((status.st_mode & 0022) != 0) {
    findings.push_back({"config-mode", Verdict::fail,
                        path + " has mode " + octal(status.st_mode) + ": others may change it",
                        "chmod go-w " + path});
  } else {
    findings.push_back(
        {"config-mode", Verdict::ok, path + " can be changed by its owner only", ""});
  }
}

void check_plugin_folders(const config::PluginsConfig& plugins, std::vector<Finding>& findings) {
  std::size_t found = 0;
  for (const std::string& folder : plugins.path) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) continue;
    if ((status.st_mode & 0022) != 0) {
      findings.push_back({"plugin-folder", Verdict::fail,
                          folder + " has mode " + octal(status.st_mode) +
                              ": whoever can write there can run code in the server",
                          "chmod go-w " + folder});
    }
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".so") ++found;
    }
  }
  if (found == 0) {
    findings.push_back({"plugins", Verdict::fail, "no plugin in the folders of plugins.path",
                        "Install a package commsd-plugin-*, or correct plugins.path."});
  } else {
    findings.push_back(
        {"plugins", Verdict::ok, std::to_string(found) + " plugin files in plugins.path", ""});
  }
}

bool is_loopback(std::string_view authority) {
  return authority.starts_with("127.") || authority.starts_with("[::1]") ||
         authority.starts_with("localhost");
}

}  // namespace

void examine_files(const config::Config& config, std::vector<Finding>& findings) {
  check_config_file(config.file, findings);
  check_private_folder("data-folder", config.data_dir, true, findings);
  check_private_folder("secrets-folder", config.secrets.dir, false, findings);
  check_secrets(config.secrets.dir, findings);
  check_plugin_folders(config.plugins, findings);
  const std::string socket_folder = fs::path(config.server.control_socket).parent_path().string();
  std::error_code error;
  if (!fs::is_directory(socket_folder, error)) {
    findings.push_back({"socket-folder", Verdict::fail, socket_folder + " does not exist",
                        "Make it, or set RuntimeDirectory=commsd in the systemd unit."});
  }
}

void examine_network_settings(const config::Config& config, std::vector<Finding>& findings) {
  const config::ServerConfig& server = config.server;
  const bool plain = !server.tls.enabled() && server.trusted_proxies.empty();
  if (!is_loopback(server.listen) && plain) {
    findings.push_back({"plain-http", Verdict::warn,
                        "tokens cross the network in clear text: " + server.listen +
                            " has neither TLS nor a trusted proxy",
                        "Set server.tls, or listen on 127.0.0.1 behind a proxy with TLS and name "
                        "it in server.trusted_proxies."});
  }
  const std::string& url = server.public_url;
  const std::string_view authority =
      std::string_view(url).substr(std::min(url.size(), url.find("://") + 3));
  if (is_loopback(authority)) {
    findings.push_back({"public-url", config.providers.empty() ? Verdict::ok : Verdict::warn,
                        "public_url is " + url + ": vendors cannot deliver webhooks to it",
                        "Fine for the sandbox. Otherwise set server.public_url to the address that "
                        "vendors reach."});
  } else if (url.starts_with("http://")) {
    findings.push_back({"public-url", Verdict::warn, "public_url is plain HTTP: " + url,
                        "Use https: vendors send message text to it."});
  } else {
    findings.push_back({"public-url", Verdict::ok, "vendors reach the server at " + url, ""});
  }
}

void examine_certificate(const config::TlsConfig& tls, std::int64_t now_seconds,
                         std::vector<Finding>& findings) {
  if (!tls.enabled()) return;
  const std::unique_ptr<BIO, int (*)(BIO*)> file(BIO_new_file(tls.certificate.c_str(), "r"),
                                                 BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  if (!certificate) {
    findings.push_back({"certificate", Verdict::fail,
                        tls.certificate + " holds no certificate that can be read",
                        "Put the PEM chain there, the server's own certificate first."});
    return;
  }
  tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return;
  const std::int64_t days = (::timegm(&end) - now_seconds) / 86400;
  constexpr std::int64_t soon = 14;
  if (::timegm(&end) <= now_seconds) {
    findings.push_back({"certificate", Verdict::fail, tls.certificate + " has expired",
                        "Renew it, then 'commsctl reload'."});
  } else {
    findings.push_back({"certificate", days < soon ? Verdict::warn : Verdict::ok,
                        tls.certificate + " is valid for " + std::to_string(days) + " more days",
                        days < soon ? "Renew it, then 'commsctl reload'." : ""});
  }
}

}  // namespace commsd::ctl
