#!/bin/bash
# Each header compiles alone, with gcc and with clang: it includes what it needs.
. "$(dirname "$0")/lib.bash"
need gcc clang

O=build/check/headers
generated=$(for sym in common/lazy/*.sym; do echo "$O/lazy/$(basename "$sym" .sym).h"; done)
# shellcheck disable=SC2086
quietly make "$jobs" O=$O "${fast[@]}" $generated || exit 1

flags=(-std=gnu17 -D_GNU_SOURCE -Icommon "-I$O" -Wall -Wextra -Wstrict-prototypes -Wno-unused-function -Werror
  -fsyntax-only -x c)
while read -r header; do
  for cc in gcc clang; do
    out=$(printf '#include "%s"\n' "${header#common/}" | $cc "${flags[@]}" - 2>&1) ||
      complain "$header does not compile alone with $cc: $out"
  done
  [ "$(grep -c '^#pragma once$' "$header")" = 1 ] || complain "$header has no '#pragma once'"
done < <(files 'common/*.h')
finish
