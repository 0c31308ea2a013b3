#include "call_parts.h"

#include "settings.h"

namespace commsd {

namespace {

using std::chrono::seconds;

voice::DiallerSettings dialler_settings(const CallParts::Base& base) {
  voice::DiallerSettings settings = commsd::dialler_settings(base.config);
  settings.bodies = &base.bodies;
  return settings;
}

voice::CallEventsSettings events_settings(const CallParts::Base& base) {
  voice::CallEventsSettings settings = call_events_settings(base.config, base.contact_key);
  settings.bodies = &base.bodies;
  return settings;
}

voice::OutboundCallsSettings calls_settings(const config::Config& config, std::string contact_key) {
  voice::OutboundCallsSettings settings;
  settings.dedupe_window = seconds(config.messaging.dedupe_window_seconds);
  settings.contact_key = std::move(contact_key);
  settings.recording_text = config.voice.recording_text;
  return settings;
}

Task<Result<void>> recover_forgotten(voice::Dialler* dialler, const std::atomic<bool>* stopping) {
  constexpr std::int64_t most = 100;
  auto forgotten = co_await dialler->forgotten(most);
  if (!forgotten) co_return fail(forgotten.error());
  for (store::CallAttempt& attempt : *forgotten) {
    if (*stopping) break;
    Task<void> recovering = dialler->recover(std::move(attempt));
    co_await std::move(recovering);
  }
  co_return Result<void>();
}

}  // namespace

CallParts::CallParts(Base base)
    : config(base.config),
      dialler(base.store, base.providers, base.breaker, in_flight, base.clock, base.ids,
              dialler_settings(base)),
      calls(base.store, base.gate, base.spend, dialler, in_flight, base.clock, base.ids,
            calls_settings(config, base.contact_key)),
      events(base.store, base.providers, base.ungated, base.gate, base.spend, base.inbox, dialler,
             base.clock, base.ids, events_settings(base)),
      bridges(base.store, calls, base.clock, base.ids),
      history(base.store),
      codes(base.store, base.outbound, base.clock, base.random, base.ids, base.key),
      spoken_audio(base.store, base.providers, std::move(base.storage), base.clock, base.ids,
                   config.server.public_url, std::move(base.key)),
      spoken_media(spoken_audio) {}

void CallParts::add_jobs(ops::Scheduler& scheduler, const std::atomic<bool>& stopping) {
  scheduler.every(seconds(30), "forgotten_calls",
                  [this, &stopping] { return recover_forgotten(&dialler, &stopping); });
  scheduler.every(seconds(5), "call_costs", [this] { return dialler.fetch_costs(20); });
  scheduler.every(seconds(30), "spoken_audio",
                  [this] { return spoken_audio.purge(1'000, config.messaging.store_bodies); });
}

}  // namespace commsd
