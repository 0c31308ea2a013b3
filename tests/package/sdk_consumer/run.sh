#!/bin/sh
# run.sh <build folder> <examples> <load_examples> <probe>
set -eu
build=$1 examples=$2 load=$3 probe=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component sdk --prefix "$work/prefix" >"$work/log"

try() {
  name=$1
  shift
  cmake -S "$examples" -B "$work/$name" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" "$@" \
    >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  ninja -C "$work/$name" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" "$examples/email_rust/build.sh" \
    "$work/$name/example-email-rust.so" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  mkdir "$work/$name-plugins"
  install -m 644 "$work/$name"/*.so "$work/$name-plugins"
  "$load" "$work/$name-plugins" "$work/$name-cache" "$probe"
}

try gcc -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++
try clang -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
  -DCMAKE_CXX_FLAGS=-stdlib=libc++
