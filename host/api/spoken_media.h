#pragma once

#include "base/task.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "voice/spoken_audio.h"

namespace commsd::api {

/// GET /media/spoken/<token>: audio that a vendor fetches for a voice message. The token is signed
/// and expires; nothing else is asked for, because vendors send no credentials of ours.
class SpokenMedia {
 public:
  explicit SpokenMedia(voice::SpokenAudio& audio) : audio_(audio) {}

  void mount(net::Router& router);

 private:
  Task<void> handle(net::HttpExchange& exchange);

  voice::SpokenAudio& audio_;
};

}  // namespace commsd::api
