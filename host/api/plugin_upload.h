#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/task.h"
#include "config/config.h"
#include "identity/principal.h"
#include "mcp/access_check.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "plugin/plugin_installer.h"
#include "plugin/thread_executor.h"
#include "plugin/upload_codes.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::api {

/// POST /api/v1/admin/plugins/upload?name=FILE.so with the file as body: code that will run as this
/// server. So it takes the word of the configuration file (plugins.upload), the token of an
/// orchestrator with comms:admin, and a one-time code in the header Commsd-Upload-Code, which only
/// somebody on the machine can have made (commsctl plugins upload-code). What was uploaded, and
/// what was refused, is in the audit log.
class PluginUpload {
 public:
  struct Parts {
    mcp::AccessCheck& access;
    plugin::PluginInstaller installer;
    plugin::UploadCodes& codes;
    store::Store& store;
    store::AuditLog& audit;
  };
  /// What is passed outlives this, and this the HttpServer.
  PluginUpload(Parts parts, config::PluginsConfig config);

  void mount(net::Router& router);
  /// Takes over a changed configuration; the largest body stays that of the start.
  /// [any thread]
  void use(const config::PluginsConfig& config);

 private:
  Task<void> serve(net::HttpExchange& exchange);
  Task<Result<plugin::InstalledPlugin>> install(const identity::Principal& principal,
                                                net::HttpExchange& exchange);
  Task<Result<void>> write_down(const identity::Principal& principal,
                                const Result<plugin::InstalledPlugin>& outcome);
  std::shared_ptr<const config::PluginsConfig> config() const;

  Parts parts_;
  mutable std::mutex mutex_;
  std::shared_ptr<const config::PluginsConfig> config_;
  plugin::ThreadExecutor thread_;  // installs: that blocks
};

}  // namespace commsd::api
