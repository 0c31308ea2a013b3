#!/bin/sh
# refusals.sh <plugin-sdk>: what plugin-new says to wrong arguments, and that it leaves no trace then.
set -eu
new=$1/tools/plugin-new
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

refused() { # TEXT ARGUMENTS...
  text=$1
  shift
  if sh "$new" "$@" >out 2>&1; then echo "accepted: $*"; exit 1; fi
  grep -qF -e "$text" out || { echo "$*: expected '$text', said:"; cat out; exit 1; }
  rm out
  [ -z "$(ls -A)" ] || { echo "$*: left something behind"; ls -A; exit 1; }
}
refused usage
refused usage email
refused "there is no slot 'fax'" fax acme
refused "cannot be a provider's name" email Acme
refused "cannot be a provider's name" email "a b"
refused "cannot be a provider's name" email "a;touch x"
refused "cannot be a provider's name" email "$(printf 'a\nb')"
refused "--lang is c or cpp" email acme --lang rust
refused "is no id" email acme --id acme
refused "is no id" email acme --id "com.x|e touch x"
refused "the vendor's name" email acme --vendor 'a"b'
refused "--dir needs a value" email acme --dir
refused "there is no option --force" email acme --force
refused "what is 'three'" email acme three

mkdir taken && touch taken/file
if sh "$new" email acme --dir taken >out 2>&1; then echo "wrote into a folder in use"; exit 1; fi
grep -q "is there and not empty" out
[ "$(ls taken)" = file ]
sh "$new" email acme --dir "a folder" --vendor "A & B|C" >out 2>&1 && exit 1
sh "$new" email acme --dir "a folder" --vendor "A & B" >out
grep -q '^vendor: "A & B"$' "a folder/plugin.yaml"
