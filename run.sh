#!/bin/sh
# Builds commsd and runs it on this machine alone: SQLite, local storage and sandbox providers, on
# http://127.0.0.1:3100. The first start prints an agent's token and a snippet for your MCP client.
# Data is kept in ./data; delete that folder to begin anew. Safe to run again.
#   ./run.sh                build, then run until Ctrl-C
#   ./run.sh --build-only   build and stop
set -eu
cd "$(dirname "$0")"

echo "[1/3] What is needed from Debian"
scripts/install-deps.sh build

echo "[2/3] Build (the first time takes some minutes)"
[ -f build/release/build.ninja ] ||
  cmake --preset release -DCOMMSD_TESTS=OFF -DCOMMSD_BENCHMARKS=OFF >/dev/null
cmake --build build/release -j "$(nproc)" --target commsd_product
[ "${1:-}" = --build-only ] && exit 0

echo "[3/3] Run"
umask 077
mkdir -p data/secrets
secret=data/secrets/sandbox_webhook_secret
[ -s "$secret" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$secret"
exec build/release/bin/commsd --config config/sandbox.yaml
