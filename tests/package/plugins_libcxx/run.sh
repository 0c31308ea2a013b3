#!/bin/sh
# run.sh <build folder> <plugins>
# The folder is always the same, which lets ccache answer on the second run.
set -eu
build=$1 plugins=$2
work=$build/plugins-libcxx
project=$(cd "$(dirname "$0")/project" && pwd)
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --component sdk --prefix "$work/prefix" >"$work/log"

set -- -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_CXX_FLAGS=-stdlib=libc++
if command -v ccache >/dev/null; then
  set -- "$@" -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
export CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime,time_macros
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; exit 1; }; }
quietly cmake -S "$project" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCOMMSD_PLUGIN_SOURCES="$plugins" "$@"
quietly ninja -C "$work/build" -j 2
for plugin in "$work"/build/*/*.so; do
  if readelf -d "$plugin" | grep -Eq 'NEEDED.*(libc\+\+|libstdc\+\+)'; then
    echo "$plugin links its C++ library dynamically"
    exit 1
  fi
done
ctest --test-dir "$work/build" -j 2 --output-on-failure
echo "$(ls "$work"/build/*/*.so | wc -l) plugins built with libc++ and checked"
