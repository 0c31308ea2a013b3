#include "messaging/whatsapp_window.h"

#include "base/iso_time.h"

namespace commsd::messaging {

Task<Result<void>> WhatsappWindow::check(std::string org_id, std::string agent_id,
                                         std::string contact_hash) const {
  if (length_.count() == 0) co_return Result<void>();
  auto opened = co_await windows_.opened_at(org_id, agent_id, contact_hash);
  if (!opened) co_return fail(opened.error());
  if (*opened && clock_.now() < **opened + length_.count()) co_return Result<void>();
  Error refusal = make_error(
      ErrorCode::rejected, "whatsapp_window: the contact has not written to this agent on WhatsApp",
      "", "whatsapp_window");
  if (*opened) refusal.message += " since " + iso_time(**opened);
  refusal.remedy =
      "send an approved template ('templateId' and 'templateVars'); text of your own may follow "
      "for 24 hours once the contact has answered";
  co_return fail(std::move(refusal));
}

}  // namespace commsd::messaging
