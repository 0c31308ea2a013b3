#!/bin/sh
# Loads a whole commsd over its wires, on this machine alone, and prints a table; ends by itself.
#   tests/bench/load/run.sh [--build build/release] [--seconds 5] [--rounds 2] [--streams 10000]
#                           [--calls 0] [--only start,health,ping,send,streams,calls]
# Needs wrk and nginx (Debian: wrk, nginx-light), Node.js and sqlite3, and a release build:
#   cmake --preset release && cmake --build build/release --target commsd_product
# docs/performance.md says what the rows mean.
set -eu
for program in wrk nginx node sqlite3; do
  command -v "$program" >/dev/null || { echo "run.sh: $program is not installed" >&2; exit 2; }
done
cd "$(dirname "$0")/../../.."
exec node tests/bench/load/run.mjs "$@"
