#!/bin/bash
# What is installed stays small.
. "$(dirname "$0")/lib.bash"

at_most() { # KIB PROGRAM WHAT
  local bytes
  strip -o "$2.stripped" "$2"
  bytes=$(stat -c %s "$2.stripped")
  echo "$3: $bytes bytes, at most $1 KiB"
  [ "$bytes" -lt $(($1 * 1024)) ] || complain "$3 is too large"
}

quietly make "$jobs" O=build/check/size && at_most 1024 build/check/size/sdme "all applets" || wrong=1
at_most 1536 build/check/size/sdme-inside "what runs inside containers" || wrong=1
quietly make "$jobs" O=build/check/size-ps APPLETS=ps && at_most 150 build/check/size-ps/sdme "ps alone" || wrong=1
finish
