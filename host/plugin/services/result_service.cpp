#include "plugin/services/op.h"
#include "plugin/services/sink.h"
#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

void fail(comms_op* op, const comms_error* error) {
  if (op && error) Op::from(op)->fail(*error);
}

void message(comms_op* op, comms_str vendor_id, comms_str status, std::int64_t cost_micros,
             comms_str currency) {
  if (!op) return;
  Receipt receipt;
  receipt.vendor_id = copy(vendor_id);
  receipt.status = copy(status);
  receipt.currency = copy(currency);
  if (cost_micros != COMMS_COST_UNKNOWN) receipt.cost_micros = cost_micros;
  Op::from(op)->message(std::move(receipt));
}

void field(comms_op* op, comms_str key, comms_str value) {
  if (op) Op::from(op)->field(view(key), view(value));
}

comms_status chunk(comms_op* op, comms_bytes piece) {
  return op ? Op::from(op)->chunk(view(piece)) : COMMS_CANCELLED;
}

void event(comms_op* op, const comms_event* found) {
  if (op && found) Op::from(op)->event(*found);
}

void sink_write(comms_sink* sink, comms_bytes piece) {
  if (sink) Sink::from(sink)->write(view(piece));
}

}  // namespace

const comms_svc_result kResultService = {
    sizeof(comms_svc_result), 0, fail, message, field, chunk, event, sink_write};

}  // namespace commsd::plugin
