#!/bin/sh
# run.sh <build folder> <plugin-sdk>
set -eu
build=$1 sdk=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component sdk --prefix "$work/prefix" >"$work/log"
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
fault() { echo "$*"; exit 1; }

# What the package holds: every header of the tree, every file the CMake and pkg-config sides name.
(cd "$sdk/include" && find . -type f | sort) >"$work/headers"
(cd "$work/prefix/include" && find . -type f | sort) | diff "$work/headers" - || fault "headers differ"
for file in bin/plugin-new bin/comms-manifest lib/cmake/commsPluginSdk/commsPluginSdkConfig.cmake \
  lib/cmake/commsPluginSdk/commsPluginSdkConfigVersion.cmake lib/cmake/commsPluginSdk/comms.map \
  lib/cmake/commsPluginSdk/CommsPlugin.cmake lib/cmake/commsPluginSdk/CommsPluginTest.cmake \
  share/comms/schema/manifest.schema.json share/comms/abi/v1.golden share/comms/examples/CMakeLists.txt \
  share/comms/templates/common/CMakeLists.txt; do
  [ -s "$work/prefix/$file" ] || fault "$file is not in the package"
done
for variable in mapfile schema manifest_tool manifest_section golden; do
  [ -s "$(pkg-config --variable=$variable comms-plugin-sdk)" ] || fault "pkg-config: no file $variable"
done
if grep -rIl "$build" "$work/prefix" | grep .; then fault "the package names this build folder"; fi

# A provider without CMake.
pc() { pkg-config "$@" comms-plugin-sdk; }
example=$work/prefix/share/comms/examples/email_c
"$(pc --variable=manifest_tool)" --schema "$(pc --variable=schema)" --slot email \
  --json "$work/manifest.json" --header "$work/comms_plugin_manifest.h" "$example/plugin.yaml"
# shellcheck disable=SC2046 # flags are words
cc -std=c11 -Wall -Wextra -Werror $(pc --cflags) -I"$work" -c "$example/email.c" -o "$work/email.o"
cc -DCOMMS_MANIFEST_JSON="\"$work/manifest.json\"" -c "$(pc --variable=manifest_section)" \
  -o "$work/manifest.o"
# shellcheck disable=SC2046
cc $(pc --variable=ldflags) -Wl,--gc-sections "$work/email.o" "$work/manifest.o" -o "$work/email.so"
[ "$(nm -D --defined-only "$work/email.so" | awk '{print $3}')" = comms_plugin_entry ] ||
  fault "more than the entry is exported"
objcopy -O binary --only-section=.comms.manifest "$work/email.so" "$work/section"
cmp "$work/section" "$work/manifest.json" || fault "the manifest is not in the file"

# Every header alone: the C ones as C11 and as C++ without exceptions and RTTI, the others as C++17
# on either library.
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
cd "$work/prefix/include"
find comms -name '*.h' | sort >"$work/c"
find comms -name '*.hpp' | sort >"$work/cpp"
for header in $(cat "$work/c"); do
  echo "#include <$header>" >"$work/one.c"
  # shellcheck disable=SC2086
  cc -std=c11 $warnings -I. -fsyntax-only "$work/one.c" || fault "$header alone, as C11"
  # shellcheck disable=SC2086
  c++ -x c++ -std=c++17 -fno-exceptions -fno-rtti $warnings -I. -fsyntax-only "$work/one.c" ||
    fault "$header alone, as C++ without exceptions"
done
sed 's/.*/#include <&>/' "$work/cpp" >"$work/all.cpp"
# shellcheck disable=SC2086
clang++-14 -stdlib=libc++ -std=c++17 $warnings -I. -fsyntax-only "$work/all.cpp" || fault "with libc++"
for header in $(cat "$work/cpp"); do
  echo "#include <$header>" >"$work/one.cpp"
  # shellcheck disable=SC2086
  c++ -std=c++17 $warnings -I. -fsyntax-only "$work/one.cpp" || fault "$header alone"
done

# What must not compile, each for the reason in its first line; the control must.
for source in "$here"/must_not_compile/*.cpp; do
  reason=$(sed -n '1s,^// ,,p' "$source")
  if c++ -std=c++17 -I. -fsyntax-only "$source" >"$work/log" 2>&1; then
    [ "$reason" = compiles ] || fault "$source compiles"
  else
    grep -qF -e "$reason" "$work/log" || { head -n 20 "$work/log"; fault "$source: not for the reason '$reason'"; }
  fi
done
echo "built by pkg-config; $(wc -l <"$work/c") + $(wc -l <"$work/cpp") headers alone"
