#pragma once

#include <comms/svc/cache.h>
#include <comms/svc/clock.h>
#include <comms/svc/crypto.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/log.h>
#include <comms/svc/metrics.h>
#include <comms/svc/result.h>
#include <comms/svc/ws.h>

namespace commsd::plugin {

/// The host's side of each service of the ABI: static, constant, shared by all instances, which
/// tell themselves apart by their comms_host.
extern const comms_svc_cache kCacheService;
extern const comms_svc_clock kClockService;
extern const comms_svc_crypto kCryptoService;
extern const comms_svc_http kHttpService;
extern const comms_svc_json kJsonService;
extern const comms_svc_log kLogService;
extern const comms_svc_metrics kMetricsService;
extern const comms_svc_result kResultService;
extern const comms_svc_ws kWsService;

/// For who may reach nothing: every call is answered COMMS_UNAVAILABLE.
extern const comms_svc_http kNoHttpService;
extern const comms_svc_ws kNoWsService;

}  // namespace commsd::plugin
