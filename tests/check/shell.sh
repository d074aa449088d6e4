#!/bin/bash
# What is written in sh, bash and bats passes shellcheck.
. "$(dirname "$0")/lib.bash"
need shellcheck

mapfile -t scripts < <(
  files '*' | while read -r file; do
    case $file in
      *.bats|*.sh|*.bash) echo "$file" ;;
      *.c|*.h|*.md|*/out/*|*/corpus/*) ;;
      *) ! head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*\b(ba)?sh\b' || echo "$file" ;;
    esac
  done)
for file in "${scripts[@]}"; do
  case $file in
    *.bats) shell=bats ;;
    *.bash) shell=bash ;;
    *) shell= ;;
  esac
  # SC1091: files that are sourced are looked at by themselves; SC2154, SC2034: so variables come and go;
  # SC2016: an inner shell expands what is quoted; SC2317: bats calls what seems unreachable; SC2030, SC2031:
  # each bats test is a subshell, that is meant; SC2119, SC2120: arguments are optional. What is but a
  # matter of style is no reason to fail in tests.
  severity=info
  [ "$shell" != bats ] || severity=warning
  out=$(shellcheck ${shell:+--shell=$shell} -S $severity -e SC1091,SC2154,SC2034,SC2016,SC2317,SC2030,SC2031,SC2119,SC2120 "$file" 2>&1) || complain "$out"
done
# In a test of bats, a command fails the test only if the shell would exit for it: not behind "!", and not
# in front of "&&".
for file in "${scripts[@]}"; do
  case $file in *.bats) ;; *) continue ;; esac
  out=$(shellcheck --shell=bats -i SC2314,SC2315 "$file" 2>&1) || complain "$out"
  out=$(awk '
    /^@test / { inside = 1 }
    held != "" && $0 != "}" { print held }
    { held = "" }
    /^}/ { inside = 0 }
    inside && /^  \[+ .* \]+ && / && !/\|\|/ && !/&&$/ { held = FILENAME ":" FNR ": " $0 }' "$file")
  [ -z "$out" ] || complain "what is in front of && is not tested:"$'\n'"$out"
done
for file in completions/out/bash/*; do
  [ ! -f "$file" ] || out=$(shellcheck --shell=bash -e SC1091 "$file" 2>&1) || complain "$out"
done
finish
