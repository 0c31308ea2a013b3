#!/bin/sh
# build.sh <out.so> [<comms-manifest> <manifest.schema.json> <v1.golden>]
# Builds the example with plain rustc (Debian's package rustc) and no crates. Without the last three
# they are found by pkg-config, where the SDK is installed. First the hand-written declarations in
# comms.rs are held to the golden layout of the ABI.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
tool=${2:-$(pkg-config --variable=manifest_tool comms-plugin-sdk)}
schema=${3:-$(pkg-config --variable=schema comms-plugin-sdk)}
golden=${4:-$(pkg-config --variable=golden comms-plugin-sdk)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rustc --edition 2021 --test -o "$work/layout" "$here/comms.rs"
COMMS_GOLDEN="$golden" "$work/layout" --quiet

"$tool" --schema "$schema" --slot email --json "$work/manifest.json" --header "$work/manifest.h" \
  "$here/plugin.yaml"
value() { sed -n "s/^#define $1 \"\(.*\)\"\$/\1/p" "$work/manifest.h"; }
COMMS_MANIFEST_JSON="$work/manifest.json"
COMMS_PLUGIN_ID=$(value COMMS_PLUGIN_ID)
COMMS_PLUGIN_VERSION=$(value COMMS_PLUGIN_VERSION)
export COMMS_MANIFEST_JSON COMMS_PLUGIN_ID COMMS_PLUGIN_VERSION
# A cdylib exports what is #[no_mangle] and nothing else: rustc brings the version script.
rustc --edition 2021 --crate-type cdylib -C opt-level=2 -C strip=debuginfo \
  -C link-args="-Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack" \
  -o "$out" "$here/email.rs"
