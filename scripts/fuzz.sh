#!/bin/bash
# Fuzzes for a time, each fuzzer from its corpus in tests/fuzz/corpus and what earlier runs found.
#   scripts/fuzz.sh [--seconds N | --hour] [NAME...]
#     --seconds  how long each runs (default 30)
#     --hour     3,600 seconds, all at once: what a release is given
#     NAME       http_parser, jsonrpc, http_websocket, ...; default: all, with --hour those three,
#                which read what strangers send
# Ends with "fuzz: N passed, N failed". A finding is kept in build/fuzz/findings as the input that shows
# it: run the fuzzer on that file, mend the fault, and add the file to tests/fuzz/corpus.
set -u
cd "$(dirname "$0")/.." || exit 2
seconds=30
together=
names=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) shift; seconds=${1:?--seconds needs a number} ;;
    --hour) seconds=3600; together=yes ;;
    -*) sed -n '2,9s/^# //p' "$0" >&2; exit 2 ;;
    *) names+=("$1") ;;
  esac
  shift
done
[ ${#names[@]} -gt 0 ] || [ -z "$together" ] || names=(http_parser jsonrpc http_websocket)

[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null || exit 1
targets=("${names[@]/#/fuzz_}")
[ ${#targets[@]} -gt 0 ] || targets=(fuzz)
if ! built=$(cmake --build build/fuzz --target "${targets[@]}" 2>&1); then
  tail -n 30 <<<"$built"
  echo "fuzz: 0 passed, 1 failed"
  exit 1
fi
if [ ${#names[@]} -eq 0 ]; then
  for binary in build/fuzz/tests/fuzz/fuzz_*; do
    if [ -x "$binary" ] && [ -f "$binary" ]; then names+=("${binary##*/fuzz_}"); fi
  done
fi

fuzz() { # NAME
  local found=build/fuzz/corpus/fuzz_$1 log=build/fuzz/findings/$1.log
  mkdir -p "$found"
  if "build/fuzz/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$1-" "$found" \
    "tests/fuzz/corpus/$1" >"$log" 2>&1; then
    echo "-- fuzz_$1: no finding in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    tail -n 40 "$log"
    echo "-- fuzz_$1: FAILED, see $log"
    return 1
  fi
}

mkdir -p build/fuzz/findings
passed=0
failed=0
running=()
for name in "${names[@]}"; do
  # One for each core; --hour lets all share them, because each is to have its hour at one time.
  while [ -z "$together" ] && [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do sleep 0.2; done
  fuzz "$name" &
  running+=($!)
done
for one in "${running[@]}"; do
  if wait "$one"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
