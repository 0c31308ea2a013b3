#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::messaging {

/// The WhatsApp templates that a provider has, so that an agent which names one that is not there
/// hears at once which there are. The lists are kept for minutes; a name that is not in one has it
/// read again, because it may have been made just now. [any executor]
class WhatsappTemplates {
 public:
  WhatsappTemplates(plugin::Providers& providers, const Clock& clock)
      : providers_(providers), clock_(clock) {}

  /// The template that a message would be sent by: by the vendor's id, or by name and language.
  /// Nothing: whether there is one is the vendor's to say, as it lists none or does not answer.
  /// rejected: there is none; the error names those there are. invalid_argument: the name alone
  /// does not tell which one.
  Task<Result<std::optional<plugin::MessageTemplate>>> find(plugin::Scope scope, std::string id,
                                                            std::string language);

  /// As they are now. unavailable: no provider; unsupported; what the vendor says.
  Task<Result<std::vector<plugin::MessageTemplate>>> list(plugin::Scope scope);
  /// The same; what the vendor says of the template.
  Task<Result<plugin::MessageTemplate>> create(plugin::Scope scope, plugin::NewTemplate wanted);
  /// By name and language ("" = the only one), or the vendor's id. not_found; invalid_argument: the
  /// name alone does not tell which one.
  Task<Result<void>> remove(plugin::Scope scope, std::string id, std::string language);

 private:
  struct List {
    UnixMillis read_at = 0;
    std::vector<plugin::MessageTemplate> templates;
  };

  std::optional<List> kept(const std::string& key) const;
  void keep(const std::string& key, const std::vector<plugin::MessageTemplate>& templates);
  /// From then on every list is read again.
  void forget();

  plugin::Providers& providers_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, List> lists_;
};

}  // namespace commsd::messaging
