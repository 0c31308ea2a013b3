#pragma once

#include "finding.h"

namespace comms::check {

// What a failure quotes: the sentence of the contract, and the way out.

inline constexpr Rule kOneSymbol{
    "comms.h, rule 1: a plugin exports one symbol, comms_plugin_entry",
    "build with comms_add_plugin, or link with -Wl,--version-script=comms.map (pkg-config "
    "--variable=mapfile comms-plugin-sdk)"};
inline constexpr Rule kManifest{
    "schema/manifest.schema.json; the section .comms.manifest is the plugin's description",
    "correct plugin.yaml and build again with comms_add_plugin"};
inline constexpr Rule kSameAsManifest{
    "comms.h, comms_plugin: id and version equal the manifest's, its slots and ops are those of "
    "the "
    "tables",
    "use COMMS_PLUGIN_ID and COMMS_PLUGIN_VERSION, and make `ops` in plugin.yaml what the code "
    "has"};
inline constexpr Rule kEntry{
    "comms.h, comms_plugin_entry: must return at once; NULL refuses the host",
    "return the static table for your major, NULL for every other"};
inline constexpr Rule kLoading{
    "comms.h, rule 8; the loader opens a plugin with RTLD_NOW in a child first",
    "do nothing at load time: no constructors of globals that can throw, wait or exit; link with "
    "-Wl,-z,defs so that a missing symbol is seen by you"};
inline constexpr Rule kCreate{
    "comms.h, comms_plugin.create: COMMS_OK with *out_self set, or COMMS_INVALID/COMMS_INTERNAL "
    "with "
    "the reason through `report`",
    "refuse what you cannot work with, by report->fail with a message that names the setting"};
inline constexpr Rule kNoNetworkInCreate{"comms.h, comms_plugin.create: no network use here",
                                         "ask the vendor in probe, or when the first op comes"};
inline constexpr Rule kOwnership{
    "comms.h, rule 5: no ownership crosses",
    "free in destroy what create made, and in every path of an op what "
    "the op made (run it under valgrind or -fsanitize=address)"};
inline constexpr Rule kDestroy{
    "comms.h, comms_plugin.destroy: nothing of the instance may run once "
    "this returns",
    "stop and join your threads in destroy, and keep no host pointer "
    "outside of the instance"};
inline constexpr Rule kInstances{
    "comms.h, comms_plugin.create: several instances of one plugin may live side by side",
    "keep the host, the configuration and all state in the instance, nothing in globals"};
inline constexpr Rule kOnce{
    "comms.h, rule 10: an op completes exactly once, by returning a status other than "
    "COMMS_PENDING",
    "return COMMS_PENDING while a request of the op is under way, the final status when its last "
    "answer was read, and leave the op alone after that"};
inline constexpr Rule kThread{
    "comms.h, rule 9: [op] functions are called on the thread the host calls you on, while it does",
    "use no threads of your own; describe requests with comms.http/1 and go on in the callback"};
inline constexpr Rule kStrings{
    "comms.h, rules 5 and 6: strings are UTF-8 with a length; pointers are "
    "valid for the call",
    "pass on vendor text only after checking it (comms.json/1 refuses what "
    "is not UTF-8), and fill in every `size`"};
inline constexpr Rule kSecret{
    "comms.h, comms_error.message: never a secret; svc/log.h and svc/metrics.h the same",
    "name the setting instead of its value"};
inline constexpr Rule kEgress{
    "svc/http.h: the origin must be in the manifest's `egress`, https only",
    "add the origin to `egress` in plugin.yaml (config:SETTING for one that can be configured)"};
inline constexpr Rule kDetail{
    "comms.h, comms_error: what went wrong, for the administrator",
    "call result->fail (report->fail, or throw comms::Error) with a message before you return a "
    "failure, with the same status"};
inline constexpr Rule kClass{
    "comms.h, comms_status: the plugin classifies, the host retries, fails over or gives up",
    "map it with HttpResponse::error() (comms/cpp/http_error.hpp), or as its table says"};
inline constexpr Rule kAmbiguous{
    "comms.h, COMMS_AMBIGUOUS: what may have been accepted is never sent again on a guess",
    "return COMMS_AMBIGUOUS unless the request was idempotent (COMMS_HTTP_IDEMPOTENT); "
    "HttpResponse::error() does"};
inline constexpr Rule kCertain{
    "slot/telephony.h, find_message: COMMS_NOT_FOUND = certainly none, after which the host sends "
    "again",
    "answer COMMS_NOT_FOUND only for an answer that was read and has no match"};
inline constexpr Rule kResults{"the slot's header: what an op delivers before it returns COMMS_OK",
                               "deliver it (result.message, result.field, result.chunk), or fail"};
inline constexpr Rule kMemory{"svc/http.h: bodies reach 8 MB; memory of an op is bounded",
                              "read from the borrowed bytes; do not copy them again and again"};
inline constexpr Rule kNoMemory{
    "comms.h, rule 8: no exception leaves a plugin, none ends the process",
    "check what malloc returns (C); keep allocations inside the guarded "
    "part of a call (C++)"};
inline constexpr Rule kWebhook{
    "webhook.h and slot/telephony.h, verify_webhook: COMMS_OK only when the request is proven "
    "authentic and fresh",
    "compute the signature over the raw bytes, compare it with Crypto::equal, refuse when the "
    "secret is not set"};
inline constexpr Rule kParse{
    "slot/telephony.h, parse_webhook: COMMS_OK with 0..n events, or COMMS_INVALID with none",
    "parse all of it first, emit then; refuse what you do not understand"};
inline constexpr Rule kRender{
    "slot/telephony.h, render: body and content type, or COMMS_UNSUPPORTED for a verb it cannot "
    "say",
    "write the verb, escaped for the vendor's language (xml_escape, JsonObject)"};
inline constexpr Rule kCodec{
    "slot/voice.h: decode and encode answer COMMS_OK, COMMS_INVALID or "
    "COMMS_UNSUPPORTED, and emit during the call",
    "ignore kinds you do not know, refuse what is malformed"};
inline constexpr Rule kSession{
    "slot/stt.h: COMMS_STT_ENDED is the last event, exactly once; no event "
    "after close",
    "emit it when finish is done or the socket ends, and forget `emit` in "
    "close"};
inline constexpr Rule kRuleEight{
    "comms.h, rule 8: no exit(), signal handler, setlocale(), chdir() or environment write",
    "leave the process alone: it is the host's"};
inline constexpr Rule kOwnNetwork{
    "svc/http.h: the plugin describes a request, the host executes it",
    "use comms.http/1 and comms.ws/1; a native driver belongs into a slot of class block"};
inline constexpr Rule kDependencies{
    "a plugin is one file: what it needs beside the C and C++ run time must be installed "
    "everywhere",
    "use the host's services (comms.http/1, comms.crypto/1), or link the library statically"};
inline constexpr Rule kDatabase{"slot/database.h", "see the comment of the member there"};

}  // namespace comms::check
