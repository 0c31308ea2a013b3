#!/bin/sh
# Measures commsd beside other MCP servers: same machine, same run, rounds in turn; loopback only;
# ends by itself. The others come from npm as package-lock.json here names them.
#   tests/bench/peers/run.sh [--build build/release] [--only ping,tool,list,streams,calls]
#                            [--seconds 2] [--rounds 3] [--connections 1,16,64]
#                            [--servers commsd --servers mcp-go] [--streams 10000] [--calls 1000000]
# --servers takes the beginning of a name. Each part of --only takes 1 to 4 minutes.
# Needs wrk (Debian), Node.js with npm, and a release build:
#   cmake --preset release && cmake --build build/release --target commsd_product
# docs/performance.md says what the rows mean.
set -eu
for program in wrk node npm; do
  command -v "$program" >/dev/null || { echo "run.sh: $program is not installed" >&2; exit 2; }
done
cd "$(dirname "$0")/../../.."
if [ ! -e tests/bench/peers/node_modules/.package-lock.json ] ||
   [ tests/bench/peers/package-lock.json -nt tests/bench/peers/node_modules/.package-lock.json ]; then
  npm ci --prefix tests/bench/peers --no-fund --no-audit
fi
exec node tests/bench/peers/run.mjs "$@"
