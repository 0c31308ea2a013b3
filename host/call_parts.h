#pragma once

#include <atomic>
#include <string>

#include "api/spoken_media.h"
#include "config/config.h"
#include "messaging/body_storage.h"
#include "messaging/one_time_codes.h"
#include "ops/scheduler.h"
#include "voice/bridges.h"
#include "voice/call_events.h"
#include "voice/call_history.h"
#include "voice/dialler.h"
#include "voice/outbound_calls.h"
#include "voice/spoken_audio.h"

namespace commsd {

/// The part of the server that is about phone calls and one-time codes, in order of construction.
struct CallParts {
  /// What it stands on; all of it outlives this.
  struct Base {
    const config::Config& config;
    store::Store& store;
    plugin::Providers& providers;
    plugin::Providers& ungated;  // the same, whoever's organization may use them
    voice::SpokenAudio::Storage storage;
    const policy::PolicyGate& gate;
    policy::SpendGuard& spend;
    messaging::OutboundPipeline& outbound;
    messaging::Inbox& inbox;
    messaging::CircuitBreaker& breaker;
    const Clock& clock;
    Random& random;
    const Ids& ids;
    std::string contact_key;
    std::string key;  // of codes and of the URLs of spoken audio
    const messaging::BodyStorage& bodies;
  };
  explicit CallParts(Base base);

  void add_jobs(ops::Scheduler& scheduler, const std::atomic<bool>& stopping);

  const config::Config& config;
  voice::CallsInFlight in_flight;
  voice::Dialler dialler;
  voice::OutboundCalls calls;
  voice::CallEvents events;
  voice::Bridges bridges;
  voice::CallHistory history;
  messaging::OneTimeCodes codes;
  voice::SpokenAudio spoken_audio;
  api::SpokenMedia spoken_media;
};

}  // namespace commsd
