#pragma once

#include "messaging/whatsapp_templates.h"
#include "ops/control_registry.h"
#include "store/audit_log.h"
#include "store/store.h"

namespace commsd::ops {

struct TemplateCommandParts {
  store::Store& store;
  messaging::WhatsappTemplates& templates;
  store::AuditLog& audit;
};

/// Adds, in the form of add_admin_commands; `organization` says whose provider is asked:
///
///     templates.list        organization -> {"templates":[{"id","name","language","status",
///                           "category","reason"}]}
///     templates.add         organization, name, language, category, body, samples? (of the
///                           variables in their order, separated by '|') -> one of those
///     templates.remove      organization, name (or id), language? -> {"removed":true}
void add_template_commands(ControlRegistry& registry, TemplateCommandParts parts);

}  // namespace commsd::ops
