#!/bin/bash
# What can be seen of the style by looking for words.
. "$(dirname "$0")/lib.bash"

# refuse WHAT ERE FILE...: no line matches
refuse() {
  local what=$1 ere=$2 out
  shift 2
  ! out=$(grep -nE -- "$ere" "$@" /dev/null) || complain "$what:"$'\n'"$out"
}

mapfile -t c < <(files '*.c' '*.h')
mapfile -t text < <(files '*.c' '*.h' '*.sh' '*.bash' '*.bats' '*.awk' '*.sym' '*.in' '*.md' GNUmakefile \
  tests/run tests/testhost tests/rootfs tests/deps .ci/run | grep -v '/out/')

for file in "${c[@]}"; do
  case $file in tests/*) most=1000 ;; *) most=600 ;; esac
  [ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: MIT */' ] || complain "$file: the first line is no SPDX line"
  [ "$(wc -l < "$file")" -le $most ] || complain "$file has more than $most lines"
  [ -z "$(tail -c 1 "$file")" ] || complain "$file does not end in a newline"
done
refuse "blanks at the end of a line" '[[:blank:]]+$' "${text[@]}"
refuse "a note to oneself" '\b(TO''DO|FIX''ME|XX''X)\b' "${text[@]}"
refuse "a function with a safer sister" \
  '(^|[^[:alnum:]_>."])(system|popen|strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|mktemp|tmpnam|strtok|alloca|setjmp)\(' \
  "${c[@]}"
refuse "indented with blanks" '^ {4,}[^ *]' "${c[@]}"
# Strings are not broken, so that they can be searched for: only what is around them counts.
out=$(awk '{ line = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"") } length > 110 { print FILENAME ":" FNR ": " line }' "${c[@]}")
[ -z "$out" ] || complain "lines over 110 columns:"$'\n'"$out"
finish
