#!/bin/sh
# Every C and C++ file of ours is as clang-format leaves it.
set -eu
cd "$(dirname "$0")/.."
git ls-files '*.h' '*.hpp' '*.cpp' '*.c' | grep -v '/cassettes/' |
  xargs clang-format-14 --dry-run --Werror
