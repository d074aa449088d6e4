#!/bin/bash
# The man pages and completions that are committed are those that the option tables make.
. "$(dirname "$0")/lib.bash"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
quietly make "$jobs" O=build/check/generated "${fast[@]}" GENERATED="$tmp" docs || exit 1
for part in man completions; do
  out=$(diff -rN "$part/out" "$tmp/$part/out") || complain "$part/out is stale, run 'make docs': $out"
done

if command -v mandoc >/dev/null; then
  for page in man/out/*.[1-8]; do
    out=$(mandoc -Tlint -W warning "$page" 2>&1) || complain "$out"
  done
fi
for file in completions/out/bash/*; do
  out=$(bash -n "$file" 2>&1) || complain "$out"
done
finish
