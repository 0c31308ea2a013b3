#!/bin/bash
# The rules of the house that a script can see; docs/explanation/house.md has their reasons.
cd "$(dirname "$0")/.." || exit 1
bad=0
fault() { echo "$1"; bad=1; }

while read -r file; do
  lines=$(wc -l <"$file")
  case "$file" in
    *.h | *.hpp) [ "$lines" -le 200 ] || fault "$file: $lines lines; a header has at most 200" ;;
    *) [ "$lines" -le 600 ] || fault "$file: $lines lines; a source file has at most 600" ;;
  esac
done < <(git ls-files 'host/*.h' 'host/*.cpp' 'plugins/*.h' 'plugins/*.cpp' 'plugin-sdk/include/*')

# A room includes rooms above it only. The order is the list in cmake/CommsdRoom.cmake.
mapfile -t rooms < <(sed -n '/set(COMMSD_ROOMS/,/)/p' cmake/CommsdRoom.cmake |
  tr -d '()' | sed 's/set//; s/COMMSD_ROOMS//' | tr ' ' '\n' | grep -v '^$')
declare -A place
for i in "${!rooms[@]}"; do place[${rooms[$i]}]=$i; done
while IFS=: read -r file line text; do
  own=$(echo "$file" | cut -d/ -f2)
  other=$(echo "$text" | sed -E 's/.*"([a-z]+)\/.*/\1/')
  [ -n "${place[$own]:-}" ] && [ -n "${place[$other]:-}" ] || continue
  [ "${place[$other]}" -le "${place[$own]}" ] ||
    fault "$file:$line: room '$own' includes '$other', which is below it"
done < <(git grep -nE '#include "[a-z]+/' -- 'host/*/*')

mission='host/policy host/messaging host/voice host/provisioning host/identity'
# shellcheck disable=SC2086
if git grep -nE '#include *[<"](net|mcp|api|Poco/Net)/' -- $mission; then
  fault "a mission room reaches for a socket or a wire"
fi
# shellcheck disable=SC2086
if git grep -niE '\b(twilio|vonage|plivo|telnyx|resend|sendgrid|postmark|deepgram|elevenlabs)\b' -- $mission |
  grep -v '"resend"\|resend_ambiguous\|resend ambiguous'; then
  fault "a mission room names a vendor"
fi
# g++ 12 destroys an argument in braces twice when the call that takes it is awaited in the same
# expression: give it a name, or the task (docs/explanation/house.md).
# shellcheck disable=SC2046
if perl -0777 -ne 'while (/co_await [^;{]*[(,]\s*\{[^;]*;/g) {
      my $line = (substr($_, 0, $-[0]) =~ tr/\n//) + 1; print "$ARGV:$line\n"; $found = 1 }
    END { exit !$found }' $(git ls-files 'host/*.cpp' 'plugins/*.cpp'); then
  fault "an argument in braces is awaited"
fi
# It also makes both sides of a ?: in such an argument, the one that was not chosen too.
# shellcheck disable=SC2046
if perl -0777 -ne 'while (/co_await [^;{"]*[(,][^;{"]*\?[^;{]*:[^;]*;/g) {
      my $line = (substr($_, 0, $-[0]) =~ tr/\n//) + 1; print "$ARGV:$line\n"; $found = 1 }
    END { exit !$found }' $(git ls-files 'host/*.cpp' 'plugins/*.cpp'); then
  fault "a choice (?:) is made in an argument that is awaited"
fi
if git grep -nE 'GTEST_SKIP|DISABLED_[A-Z]|\.(skip|only)\(|EXPECT_TRUE\(true\)' -- tests plugins plugin-sdk; then
  fault "a test is switched off or cannot fail"
fi
exit $bad
