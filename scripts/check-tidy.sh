#!/bin/sh
# clang-tidy over the sources of the product, or over those that are named: check-tidy.sh [FILE...].
# Needs a dev build (cmake --preset dev, then the build), for its list of commands and for what it
# generates.
set -eu
cd "$(dirname "$0")/.."
if [ ! -f build/dev/compile_commands.json ]; then
  echo "check-tidy: build/dev is missing: run 'cmake --preset dev' and build it first" >&2
  exit 2
fi
# GCC's precompiled header is no use to clang, nor is an option it does not know: both are taken out
# of the commands.
mkdir -p build/tidy
sed -E 's/ -Winvalid-pch -include [^ ]*cmake_pch\.hxx//; s/ -fno-gnu-unique//' build/dev/compile_commands.json \
  >build/tidy/compile_commands.json
# GCC's coroutine header hides itself from clang 14 unless told that the compiler can do it.
# Compiler warnings are GCC's business.
if [ $# -gt 0 ]; then printf '%s\n' "$@"; else git ls-files 'host/*.cpp' 'plugins/*.cpp'; fi |
  xargs -n 4 -P "$(nproc)" clang-tidy-14 -p build/tidy --quiet \
    --extra-arg=-D__cpp_impl_coroutine=201902L --extra-arg=-Wno-everything
