#!/bin/sh
# load.sh <load_examples> <plugin folder> <probe>
set -eu
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
"$1" "$2" "$cache" "$3"
