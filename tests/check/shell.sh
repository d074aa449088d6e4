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
  # SC2016: an inner shell expands what is quoted; SC2317: bats calls what seems unreachable.
  out=$(shellcheck ${shell:+--shell=$shell} -e SC1091,SC2154,SC2034,SC2016,SC2317 "$file" 2>&1) || complain "$out"
done
for file in completions/out/bash/*; do
  [ ! -f "$file" ] || out=$(shellcheck --shell=bash -e SC1091 "$file" 2>&1) || complain "$out"
done
finish
