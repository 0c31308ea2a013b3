#!/bin/sh
# installed.sh <build folder> <examples> <unit_sdk>
# Installs the SDK into a temporary folder, builds the examples against it with g++ and with
# clang++/libc++, the one in Rust with rustc, and lets unit_sdk load what came out.
set -eu
build=$1 examples=$2 unit=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component sdk --prefix "$work/prefix" >"$work/log"

try() {
  name=$1
  shift
  cmake -S "$examples" -B "$work/$name" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" "$@" \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  ninja -C "$work/$name" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" "$work/prefix/share/comms/examples/email_rust/build.sh" \
    "$work/$name/example-email-rust.so" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  for plugin in "$work/$name"/*.so; do
    exported=$(nm -D --defined-only "$plugin" | awk '{print $3}')
    if [ "$exported" != comms_plugin_entry ]; then
      echo "$plugin exports: $exported"
      exit 1
    fi
    if readelf -d "$plugin" | grep -q 'libc++'; then
      echo "$plugin links libc++ dynamically"
      exit 1
    fi
  done
  COMMS_EXAMPLES_DIR="$work/$name" "$unit" --gtest_filter='*Examples*'
}

try gcc -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++
try clang -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_CXX_FLAGS=-stdlib=libc++
