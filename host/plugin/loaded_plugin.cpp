#include "plugin/loaded_plugin.h"

#include <dlfcn.h>
#include <exception>
#include <string_view>
#include <utility>

#include <boost/dll/shared_library.hpp>

#include "base/text.h"
#include "plugin/abi_check.h"
#include "plugin/report.h"
#include "plugin/services/op.h"

namespace commsd::plugin {
namespace {

std::string linker_text(const std::exception& failure) {
  // "boost::dll::shared_library::load() failed (dlerror system message: ...): Bad file descriptor"
  constexpr std::string_view kBefore = "dlerror system message: ";
  std::string_view text = failure.what();
  if (const std::size_t at = text.find(kBefore); at != std::string_view::npos) {
    text.remove_prefix(at + kBefore.size());
    text = text.substr(0, text.rfind(')'));
  }
  std::string message(text);
  if (message.find("failed to map segment") != std::string::npos) {
    message += "; the folder plugins.cache_dir is probably mounted noexec";
  }
  return message;
}

}  // namespace

struct LoadedPlugin::Library {
  boost::dll::shared_library handle;
};

LoadedPlugin::LoadedPlugin(std::unique_ptr<Library> library) : library_(std::move(library)) {}
LoadedPlugin::~LoadedPlugin() = default;

Result<std::shared_ptr<LoadedPlugin>> LoadedPlugin::open(const std::string& path) {
  using boost::dll::load_mode::type;
  const auto mode =
      static_cast<type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);  // Boost has no name for the last
  auto library = std::make_unique<Library>();
  try {
    library->handle.load(boost::filesystem::path(path), mode);
  } catch (const std::exception& failure) {  // the overload with an error_code loses the text
    return fail(ErrorCode::unavailable, "it cannot be loaded: " + linker_text(failure));
  }
  if (!library->handle.has(COMMS_ENTRY_SYMBOL)) {
    return fail(ErrorCode::permission_denied,
                "it does not export " COMMS_ENTRY_SYMBOL ", so it is no commsd plugin");
  }
  return std::shared_ptr<LoadedPlugin>(new LoadedPlugin(std::move(library)));
}

Result<void> LoadedPlugin::enter(const Manifest& manifest) {
  try {
    auto& entry =
        library_->handle.get<const comms_plugin*(std::uint32_t, std::uint32_t)>(COMMS_ENTRY_SYMBOL);
    const comms_plugin* table = entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR);
    if (Result<void> good = check_plugin_table(table, manifest); !good) return good;
    table_ = table;
    return {};
  } catch (const std::exception& failure) {
    // Reached only when the plugin shares our C++ runtime; the probe catches the others.
    return fail(ErrorCode::permission_denied, "its entry function threw an exception",
                failure.what());
  } catch (...) {
    return fail(ErrorCode::permission_denied, "its entry function threw an exception");
  }
}

Result<void*> LoadedPlugin::create(const comms_host* host, const std::string& config_json) const {
  Report report;
  const comms_report out = report.handle();
  const comms_str config{config_json.data(), config_json.size()};
  void* self = nullptr;
  comms_status status = COMMS_INTERNAL;
  try {
    status = table_->create(host, config, &out, &self);
  } catch (...) {
    return fail(ErrorCode::internal, "its create function threw an exception");
  }
  if (status == COMMS_OK && self) return self;
  Error error = std::move(report.error);
  error.code = status == COMMS_OK ? ErrorCode::internal : to_error_code(status);
  if (error.message.empty()) {
    error.message =
        "its create function failed with status " + std::to_string(status) + " and did not say why";
  }
  return fail(std::move(error));
}

}  // namespace commsd::plugin
