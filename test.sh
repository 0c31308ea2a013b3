#!/bin/bash
# Builds commsd and runs its tests; the last line is "N passed, N failed".
#   ./test.sh         everything that takes minutes: unit, contract, end-to-end and short fault runs,
#                     30 s of each fuzzer
#   ./test.sh --all   also AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer runs of
#                     the suite, clang-tidy, and the long fault runs
#   ./test.sh --all --only PART...   those parts alone: unit, suites, fuzz, asan, tsan, tidy
# Safe to run again; a run uses what the last one built.
set -u
cd "$(dirname "$0")"
all=no
only=
case ${1:-} in
  --all) all=yes; shift ;;
esac
case ${1:-} in
  --only) shift; only=" $* "; set -- ;;
esac
if [ $# -gt 0 ]; then sed -n '2,9s/^# //p' "$0" >&2; exit 2; fi
passed=0
failed=0
failures=()
jobs=$(nproc)
log=build/test-logs
started=$(date +%s)

# Whether PART was asked for: what is not long always is, unless --only names others
wanted() {
  case $1 in asan | tsan | tidy) [ "$all" = yes ] || return 1 ;; esac
  [ -z "$only" ] && return 0
  case $only in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

step() { printf '\n== [%s s] %s\n' "$(($(date +%s) - started))" "$1"; }

# count NAME PASSED FAILED
count() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  [ "$3" -eq 0 ] || failures+=("$1")
  echo "-- $1: $2 passed, $3 failed"
}

# check NAME COMMAND...: one test that is the command's exit status
check() {
  local name=$1
  shift
  if "$@" >"$log/$name.log" 2>&1; then count "$name" 1 0; else tail -n 40 "$log/$name.log"; count "$name" 0 1; fi
}

finish() {
  step "Done"
  [ ${#failures[@]} -eq 0 ] || printf 'FAILED: %s\n' "${failures[@]}"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit
}

# ctest in one build folder; its own summary is the source of the counts
run_ctest() { # NAME FOLDER [ctest arguments]
  local name=$1 folder=$2 total bad
  shift 2
  ctest --test-dir "$folder" -j "$jobs" --output-on-failure "$@" >"$log/$name.log" 2>&1
  grep -aE '\*\*\*|Failed|Timeout|^\[  FAILED' "$log/$name.log" | head -n 60
  total=$(sed -nE 's/.*tests failed out of ([0-9]+).*/\1/p' "$log/$name.log" | tail -n 1)
  bad=$(sed -nE 's/.*tests passed, ([0-9]+) tests failed.*/\1/p' "$log/$name.log" | tail -n 1)
  if [ -z "$total" ]; then tail -n 40 "$log/$name.log"; count "$name" 0 1; return; fi
  count "$name" "$((total - bad))" "$bad"
}

# The black-box suites against one build folder; their last line is the source of the counts
run_node_suites() { # NAME FOLDER [arguments of run-node-suites.sh]
  local name=$1 folder=$2 summary
  shift 2
  COMMSD_BUILD=$folder tests/run-node-suites.sh "$@" 2>&1 | tee "$log/$name.log"
  summary=$(sed -nE 's/^node-suites: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log/$name.log" | tail -n 1)
  if [ -n "$summary" ]; then count "$name" "${summary% *}" "${summary#* }"; else count "$name" 0 1; fi
}

build() { # PRESET [targets]
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    cmake --preset "$preset" >"$log/configure-$preset.log" 2>&1 ||
      { tail -n 30 "$log/configure-$preset.log"; return 1; }
  fi
  # Progress: one line a minute or so, and every error.
  cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"} 2>&1 | tee "$log/build-$preset.log" |
    awk '/^\[[0-9]+\/[0-9]+\]/ { if (++n % 40 == 0) { print; fflush() } next } { print; fflush() }'
  return "${PIPESTATUS[0]}"
}

mkdir -p "$log"
step "What is needed from Debian"
scripts/install-deps.sh test || { count dependencies 0 1; finish; }

step "Build (dev)"
if build dev; then count build 1 0; else count build 0 1; finish; fi

step "Style"
check format scripts/check-format.sh
check house scripts/check-house.sh
check providers node scripts/providers-page.mjs --check

if wanted unit; then
  step "Unit and contract tests"
  run_ctest ctest build/dev
fi

if wanted suites; then
  step "End-to-end, fault and client suites"
  suites=()
  [ "$all" = yes ] && suites=(--all)
  run_node_suites node build/dev "${suites[@]}"
fi

if wanted fuzz; then
  step "Fuzzers, 30 s each"
  scripts/fuzz.sh --seconds 30 2>&1 | tee "$log/fuzz.log"
  summary=$(sed -nE 's/^fuzz: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log/fuzz.log" | tail -n 1)
  if [ -n "$summary" ]; then count fuzz "${summary% *}" "${summary#* }"; else count fuzz 0 1; fi
fi

for preset in asan tsan; do
  wanted "$preset" || continue
  step "Suite under $preset"
  if ! build "$preset"; then
    count "build-$preset" 0 1
    continue
  fi
  run_ctest "$preset" "build/$preset"
  run_node_suites "$preset-e2e" "build/$preset" --only e2e
done

if wanted tidy; then
  step "clang-tidy"
  check tidy scripts/check-tidy.sh
fi
finish
