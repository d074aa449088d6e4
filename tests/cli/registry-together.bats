#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# Imports of an image beside other commands: what they share is fetched once, and none disturbs another.

load lib
load registry

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  fs=$SDME_DATADIR/fs cache=$SDME_DATADIR/cache/oci
  registry_start
}

teardown() { registry_stop; }

# begin NAME: an import in the background, $!, of an image of which half of a layer comes until "go" is called.
# Not the function: what is killed is to be the program.
begin() { "$SDME" --config "$SDME_CONF" fs import --force "$1" "$at/gate/layer" > "$1.out" 2> "$1.err" 3>&- & }
go() { touch log.go; }

# until_half: the first import has got so far
until_half() {
  local i
  for ((i = 0; i < 600; i++)); do
    [ "$(stat -c %s "$cache/partial/$layer" 2> /dev/null)" != "$half" ] || return 0
    sleep .05
  done
  false
}

# until_asked N: so many have asked for the manifest
until_asked() {
  local i
  for ((i = 0; i < 600; i++)); do
    [ "$(grep -c /manifests/ log)" -lt "$1" ] || return 0
    sleep .05
  done
  false
}

listing() { (cd "$1" && find . -printf '%P %y %m %U %G %s %n %l %T@\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2); }
wanted() { sdme fs import --force wanted "$at/good/x" > /dev/null 2>&1 && listing "$fs/wanted" > wanted && sdme fs cache clean --all 2> /dev/null && sdme fs rm wanted > /dev/null 2>&1; }

# whole NAME...: these are, and there is nothing else, neither half done nor locked
whole() {
  local name file
  for name; do listing "$fs/$name" | diff wanted -; done
  [ "$(sdme fs ls -q | paste -sd ' ')" = "$*" ]
  [ -z "$(find "$fs" -maxdepth 1 -name '*txn*')" ]
  (cd "$cache/blobs/sha256" && sha256sum -- * 2> /dev/null) | awk '$1 != $2 { exit 1 }'
  [ -z "$(find "$cache/partial" "$cache/tags" -name '.*' -type f -o -path '*/partial/*')" ]
  for file in "$SDME_DATADIR"/locks/fs/*; do [ ! -e "$file" ] || flock --nonblock "$file" true; done
}

@test "several imports of one image fetch each blob once" {
  wanted
  : > log
  begin a; a=$!
  until_half
  begin b; b=$!
  begin c; c=$!
  until_asked 3
  go
  wait $a
  wait $b
  wait $c
  whole a b c
  [ "$(grep -c 'GET .*/blobs/' log)" = 3 ] || { cat log; false; }
  [ "$(cat a.err b.err c.err | grep -c 'fetched')" = 3 ]
}

@test "who waits for the one that is killed goes on where that was" {
  wanted
  : > log
  begin a; a=$!
  until_half
  begin b; b=$!
  until_asked 2
  kill -KILL $a
  wait $a || true
  wait $b || { cat b.err; false; }
  sdme fs gc # what a has left
  whole b
  grep -q "206 from $half$" log
}

@test "the cache is emptied meanwhile: that takes nothing from under an import" {
  wanted
  : > log
  begin a; a=$!
  until_half
  for ((i = 0; i < 600; i++)); do [ ! -e "$cache/blobs/${second/-//}" ] || break; sleep .05; done
  sdme fs cache clean --all 2> clean.err
  [ "$(stat -c %s "$cache/partial/$layer")" = "$half" ]
  [ -z "$(ls "$cache/blobs/sha256")" ]
  begin b; b=$!
  until_asked 2
  sdme fs cache clean --all 2> clean.err
  [ "$(stat -c %s "$cache/partial/$layer")" = "$half" ]
  go
  wait $a || { cat a.err; false; }
  wait $b || { cat b.err; false; }
  whole a b
  [ "$(sdme fs cache ls -q | grep -c "${layer/-/:}")" = 1 ]
}

@test "what is being imported cannot be removed, cleared away or imported again, others can" {
  wanted
  sdme fs import --force old "$at/good/x" 2> /dev/null
  sdme fs import --force a "$at/good/x" 2> /dev/null
  touch "$fs/a/of-the-old-one"
  sdme fs cache clean --all 2> /dev/null
  begin a; a=$!
  until_half
  for command in "fs rm a" "fs import --force a $at/good/x"; do
    # shellcheck disable=SC2086
    run --separate-stderr sdme $command
    [ "$status" = 1 ]
    [ "$(grep -vc ': removing ' <<< "$stderr")" = 1 ]
    [[ $stderr == *"'a' is in use by another sdme command (process $a)"* ]] || { echo "$stderr"; false; }
  done
  [ -e "$fs/a/of-the-old-one" ]
  sdme fs gc
  sdme fs rm old
  sdme fs import --force other "$at/good/x" 2> /dev/null & other=$!
  go
  wait $a || { cat a.err; false; }
  wait $other
  whole a other
}

@test "all at once, again and again" {
  wanted
  for ((i = 0; i < 6; i++)); do
    pids=()
    for name in a b c; do sdme fs import --force $name "$at/good/x" > $name.out 2> $name.err 3>&- & pids+=($!); done
    for _ in 1 2 3; do sdme fs cache clean --all > clean.out 2> clean.err 3>&- & pids+=($!); done
    sdme fs gc 3>&- & pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || { cat -- *.err; false; }; done
    whole a b c
    sdme fs rm a c 2> /dev/null
  done
}
