-- wrk script: tool calls, each of its own. Arguments behind "--":
--   TOKEN ping|send modern|legacy|health SESSION PREFIX [CLASS of message]
-- Prints one line of JSON at the end.

local threads = {}
function setup(thread) table.insert(threads, thread) end

local modern = '2026-07-28'
local meta = '"_meta":{"io.modelcontextprotocol/protocolVersion":"' .. modern ..
  '","io.modelcontextprotocol/clientCapabilities":{},' ..
  '"io.modelcontextprotocol/clientInfo":{"name":"load","version":"1.0.0"}}'
local number = 0
-- The first digits of the numbers written to; four follow.
local area = os.getenv('COMMSD_LOAD_AREA') or '+1415555'
answered, refused, first_refusal = 0, 0, ''

function init(args)
  local token
  token, what, wire, session, prefix, class = args[1], args[2], args[3], args[4], args[5], args[6]
  local tool = what == 'send' and 'comms_send_message' or 'comms_ping'
  headers = {
    ['Content-Type'] = 'application/json',
    ['Accept'] = 'application/json, text/event-stream',
    ['Authorization'] = 'Bearer ' .. token,
  }
  if wire == 'modern' then
    headers['Mcp-Protocol-Version'] = modern
    headers['Mcp-Method'] = 'tools/call'
    headers['Mcp-Name'] = tool
  elseif wire == 'legacy' then
    headers['Mcp-Protocol-Version'] = '2025-11-25'
    headers['Mcp-Session-Id'] = session
  end
  local tail = wire == 'modern' and ',' .. meta or ''
  front = '{"jsonrpc":"2.0","id":'
  middle = ',"method":"tools/call","params":{"name":"' .. tool .. '","arguments":'
  back = tail .. '}}'
end

function request()
  if wire == 'health' then return wrk.format('GET', '/health') end
  number = number + 1
  local arguments = '{"message":"hello"}'
  if what == 'send' then
    arguments = string.format(
      '{"channel":"sms","to":"%s%d","body":"Your table is booked for eight.",' ..
      '"idempotencyKey":"%s-%d"%s}', area, 1000 + number % 5000, prefix, number,
      class and class ~= '-' and ',"messageClass":"' .. class .. '"' or '')
  end
  return wrk.format('POST', '/mcp', headers, front .. number .. middle .. arguments .. back)
end

function response(status, _, body)
  local good = status == 200
  if good and wire ~= 'health' then
    good = not body:find('"isError":true', 1, true) and not body:find('"error":{', 1, true)
  end
  if good then
    answered = answered + 1
  else
    refused = refused + 1
    if first_refusal == '' then first_refusal = status .. ' ' .. body:sub(1, 300) end
  end
end

function done(summary, latency)
  local good, bad, why = 0, 0, ''
  for _, thread in ipairs(threads) do
    good = good + thread:get('answered')
    bad = bad + thread:get('refused')
    if why == '' then why = thread:get('first_refusal') end
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"answered":%d,"refused":%d,"requests":%d,"us":%d,"p50":%.0f,"p99":%.0f,"max":%.0f,' ..
    '"socket_errors":%d}\n', good, bad, summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.timeout))
  if why ~= '' then io.write('REFUSAL ', why:gsub('%s+', ' '), '\n') end
end
