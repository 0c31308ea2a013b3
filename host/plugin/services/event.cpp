#include "plugin/services/op.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

std::optional<EventKind> kind_of(std::int32_t kind) {
  switch (kind) {
    case COMMS_EVENT_MESSAGE_IN:
      return EventKind::message_received;
    case COMMS_EVENT_MESSAGE_STATUS:
      return EventKind::message_status;
    case COMMS_EVENT_CALL_IN:
      return EventKind::call_received;
    case COMMS_EVENT_CALL_STATUS:
      return EventKind::call_status;
    case COMMS_EVENT_DTMF:
      return EventKind::digits_received;
    case COMMS_EVENT_RECORDING:
      return EventKind::recording_ready;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<ProviderEvent> to_provider_event(const comms_event& event) {
  // Everything up to `flags` is in version 1; a shorter struct is not a comms_event at all.
  if (!COMMS_HAS(comms_event, &event, flags)) return std::nullopt;
  const auto kind = kind_of(event.kind);
  if (!kind) return std::nullopt;

  ProviderEvent result;
  result.kind = *kind;
  result.event_id = copy(event.event_id);
  result.vendor_id = copy(event.vendor_id);
  result.client_reference = copy(event.client_ref);
  result.from = copy(event.from);
  result.to = copy(event.to);
  result.subject = copy(event.subject);
  result.text = copy(event.text);
  result.html = copy(event.html);
  result.status = copy(event.status);
  result.error_code = copy(event.error_code);
  result.currency = copy(event.currency);
  if (event.cost_micros != COMMS_COST_UNKNOWN) result.cost_micros = event.cost_micros;
  for (std::size_t i = 0; i < event.media_count; ++i) {
    const comms_media& media = event.media[i];
    MediaReference file{copy(media.url),
                        copy(media.content_type),
                        copy(media.filename),
                        static_cast<std::int64_t>(media.byte_count),
                        {}};
    if (file.url.empty() && media.data.len > 0) {
      file.bytes = view(media.data);
      file.size = static_cast<std::int64_t>(media.data.len);
    }
    result.media.push_back(std::move(file));
  }
  for (std::size_t i = 0; i < event.extra_count; ++i) {
    result.extra.emplace_back(copy(event.extra[i].key), copy(event.extra[i].value));
  }
  if (event.error_message.len > 0) {
    result.extra.emplace_back("error_message", copy(event.error_message));
  }
  result.needs_fetch = (event.flags & COMMS_EVENT_NEEDS_FETCH) != 0;
  result.occurred_at = event.occurred_at_ms;
  return result;
}

}  // namespace commsd::plugin
