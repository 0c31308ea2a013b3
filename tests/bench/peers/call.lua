-- wrk script: JSON-RPC requests with ids of their own, in turn over the sessions of a plan that
-- run.mjs writes: return { heads = {...}, front = '...', back = '...' }. Answers are not read here:
-- that would cost as much as the fast servers do; run.mjs reads some before and after.
-- Ids are of one length, so that a head knows its Content-Length.

local number, turn = 1000000000, 0

function init(args)
  plan = dofile(args[1])
end

function request()
  number = number + 1
  turn = turn % #plan.heads + 1
  return plan.heads[turn] .. plan.front .. number .. plan.back
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"us":%d,"p50":%.0f,"p99":%.0f,"refused":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
