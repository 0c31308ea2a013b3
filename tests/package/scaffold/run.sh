#!/bin/sh
# run.sh <build folder> gcc|clang
# Makes one project per slot and language and builds them in one go, each as a subdirectory, so that
# the compilers are looked at once; the first is also built alone, by its presets. The folder is
# always the same, which lets ccache answer on the second run.
set -eu
build=$1 compiler=$2
work=$build/scaffold/$compiler
rm -rf "$work"
mkdir -p "$work"
prefix=$work/prefix
cmake --install "$build" --component sdk --prefix "$prefix" >"$work/log"

if [ "$compiler" = clang ]; then
  set -- -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_CXX_FLAGS=-stdlib=libc++
else
  set -- -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++
fi
if command -v ccache >/dev/null; then
  set -- "$@" -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
export CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime,time_macros

cat >"$work/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(scaffolds LANGUAGES C CXX)
enable_testing()
END
for template in "$prefix"/share/comms/templates/*/acme.c*; do
  slot=$(basename "$(dirname "$template")") lang=${template##*.}
  "$prefix/bin/plugin-new" "$slot" "try-$slot-$lang" --lang "$lang" --dir "$work/$slot-$lang" \
    --vendor "Acme & Sons" >>"$work/log"
  echo "add_subdirectory($slot-$lang)" >>"$work/CMakeLists.txt"
done
count=$(grep -c add_subdirectory "$work/CMakeLists.txt")
[ "$count" -eq 16 ] || { echo "$count templates were installed: eight slots in two languages are 16"; exit 1; }

quietly() { "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; exit 1; }; }
quietly cmake -S "$work" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_PREFIX_PATH="$prefix" "$@"
quietly ninja -C "$work/build" -j 2
ctest --test-dir "$work/build" -j 2 --output-on-failure

# Alone, by the commands of its README, with the default generator; then its package.
if [ "$compiler" = gcc ]; then
  cd "$work/email-c"
  export CMAKE_PREFIX_PATH="$prefix" CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  command -v ccache >/dev/null || unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER
  quietly cmake --preset dev
  quietly cmake --build --preset dev
  quietly ctest --preset dev
  quietly cmake --preset release
  quietly cmake --build --preset release
  quietly cpack --preset deb
  dpkg-deb -c dist/*.deb | grep -q ' \./usr/lib/commsd/plugins/try-email-c\.so$' ||
    { dpkg-deb -c dist/*.deb; exit 1; }
fi
echo "$count projects built and tested with $compiler"
