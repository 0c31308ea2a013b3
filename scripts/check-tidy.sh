#!/bin/sh
# clang-tidy over what the dev build compiles. GCC's coroutine header hides itself from clang 14
# unless told that the compiler can do it.
set -eu
cd "$(dirname "$0")/.."
git ls-files 'host/*.cpp' 'plugins/*.cpp' | xargs -n 8 -P "$(nproc)" clang-tidy-14 -p build/dev --quiet \
  --extra-arg=-D__cpp_impl_coroutine=201902L --extra-arg=-Wno-everything
