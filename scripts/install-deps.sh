#!/bin/sh
# Installs what building and testing commsd needs from Debian 12. Safe to run again: it asks dpkg
# first and calls apt only for what is missing. docs/dependencies.md says why each one is here.
#   install-deps.sh build   what ./run.sh needs
#   install-deps.sh test    the above and what ./test.sh needs
set -eu

build="g++ cmake ninja-build pkg-config ccache mold binutils ca-certificates git
libpoco-dev libboost-dev libboost-filesystem-dev libcurl4-openssl-dev libsimdjson-dev libssl-dev
libyaml-cpp-dev libvalijson-dev libexpected-dev libsqlite3-dev libpq-dev node-llhttp
libhowardhinnant-date-dev libutf8proc-dev libespeak-ng-dev libsonic-dev tzdata"
test="libgtest-dev libgmock-dev libbenchmark-dev clang-14 clang-format-14 clang-tidy-14
libc++-14-dev libc++abi-14-dev libfuzzer-14-dev libclang-rt-14-dev nodejs npm strace sqlite3
postgresql openssl minisign curl rustc doxygen make file
dpkg-dev"

case "${1:-build}" in
  build) wanted="$build" ;;
  test) wanted="$build $test" ;;
  *) echo "usage: install-deps.sh build|test" >&2; exit 2 ;;
esac

# Node.js may be here from another source than Debian's package; what counts is that it runs.
if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
  wanted=$(echo "$wanted" | tr ' ' '\n' | grep -vxE 'nodejs|npm' | tr '\n' ' ')
fi

missing=
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
    missing="$missing $package"
done
[ -z "$missing" ] && exit 0

echo "Installing from Debian:$missing"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
$as_root apt-get update -q
# shellcheck disable=SC2086 # the list is words on purpose
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $missing
