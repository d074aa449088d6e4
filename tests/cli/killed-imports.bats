#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# SIGKILL during imports of images, at system calls all along the way: first the command itself dies, then
# one of its workers. What is left then, and what the next import makes of it.

load lib
load images
setup() {
  images_setup
  ! grep -q __asan_init "$SDME_BUILD/sdme" || skip "sanitizers see nothing in what is killed, and take their time"
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  there=0 absent=0 kills=0 kept=() look=listing
}

teardown() {
  images_stop
  devices_are_free
}

# The kernel takes a loop device away a little after its last user has gone.
devices_are_free() {
  local i
  for ((i = 0; i < 100; i++)); do
    losetup --list --noheadings --output BACK-FILE | grep -q "^$BATS_TEST_TMPDIR" || return 0
    sleep .05
  done
  losetup --list
  return 1
}

# --- what is looked at ----------------------------------------------------------------------------

# Each blob is what its name says, and nobody has a lock that is not there any more.
cache_is_sound() {
  local file
  [ -e "$cache" ] || return 0
  (cd "$cache/blobs/sha256" && sha256sum -- * 2>/dev/null) | awk '$1 != $2 { print "not what its name says: " $2; bad = 1 } END { exit bad }' || return
  for file in "$cache"/partial/* "$SDME_DATADIR"/locks/fs/* "$fs"/.*-txn-*; do
    [ ! -e "$file" ] || flock --nonblock "$file" true || { echo "locked: $file"; return 1; }
  done
}

# nothing_left NAME...: only these are in fs/, and nothing is half done
nothing_left() {
  local name wanted=
  for name; do wanted+=".$name.meta"$'\n'; done
  for name; do wanted+="$name"$'\n'; done
  diff <(printf %s "$wanted") <(ls -A "$fs") || return
  [ ! -e "$cache" ] || [ -z "$(find "$cache/partial" "$cache/tags" -type f \( -path '*/partial/*' -o -name '.*' \))" ] || {
    find "$cache"
    return 1
  }
}

# is_whole NAME LISTING
is_whole() { $look "$fs/$1" | diff "$2" - && sdme fs inspect "$1" > /dev/null; }

# timeless TREE: as listing; what is around applications has the time of the import
timeless() { listing "$1" | sed -E '/^(oci|etc)/s/ [0-9.]+$//'; }

# --- the killing ----------------------------------------------------------------------------------

# instants POINTS: of the run that trace tells of, so many system calls of the command, evenly spread, those
# that put something in its place, and some of its workers'; each as "CALL N", its Nth call of that kind.
instants() {
  awk -v points="$1" '
    $2 ~ /^[+<-]/ { next } # not a call, or the rest of one
    NR == FNR { if (!pid) pid = $1; if ($1 == pid) total++; else others++; next }
    FNR == 1 { pid = $1 }
    { call = $2; sub(/\(.*/, "", call); n = ++count[$1, call] }
    $1 == pid { own[call] = n }
    $1 == pid && (++i % int(total / (points + 1)) == 0 || call ~ /^(renameat2?|syncfs|exit_group)$/) { print call, n; next }
    # the command itself would be killed first if it makes as many of them
    $1 != pid && ++j % int(others / (points / 2 + 1)) == 0 { worker[call " " n] = 1 }
    END { for (w in worker) { split(w, a, " "); if (own[a[1]] < a[2]) print w } }
  ' trace trace | sort -u
}

# strike CALL N CHECK ARG...: "sdme ARG..." with that call of it, or of a worker, in place of which it is
# killed; then "CHECK STATUS". Ends when all its processes have.
strike() {
  local call=$1 n=$2 check=$3 status=0 mounts
  shift 3
  mounts=$(cut -d ' ' -f 5- /proc/self/mountinfo)
  "$check" before
  timeout --kill-after=1 60 strace -f -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
    "$SDME" --config "$SDME_CONF" "$@" > out 2>&1 || status=$?
  ! grep -q '+++ killed by SIGKILL' trace || kills=$((kills + 1))
  # shellcheck disable=SC2015
  [ $status != 124 ] && cache_is_sound && "$check" $status && [ "$mounts" = "$(cut -d ' ' -f 5- /proc/self/mountinfo)" ] || {
    echo "killed at $call $n, status $status: $*"
    cat out
    find "$SDME_DATADIR" -maxdepth 5 ! -path '*/x/*'
    return 1
  }
} 2>/dev/null # the shell's own word on each

# sweep POINTS CHECK ARG...
sweep() {
  local points=$1 check=$2 call n
  shift 2
  "$check" before
  strace -f -o trace "$SDME" --config "$SDME_CONF" "$@" > out 2>&1
  "$check" 0
  there=0
  while read -r call n; do strike "$call" "$n" "$check" "$@" || return; done < <(instants "$points")
  echo "# $kills kills, $there there, $absent absent"
}

# before; then: it is wholly there or not at all, and the next one works and clears away what was left.
importing() {
  case $1 in
    before)
      rm -rf "$cache"
      [ ! -e "$fs/x" ] || sdme fs rm x > /dev/null 2>&1
      return ;;
    137) ;;
    0) nothing_left "${kept[@]}" x || return ;;
    1) nothing_left "${kept[@]}" && [ "$(grep -vc 'importing\|fetched\|it is an application' out)" = 1 ] || return ;; # a worker was killed
    *) return 1 ;;
  esac
  if [ -e "$fs/x" ]; then
    there=$((there + 1))
    is_whole x wanted || return
  else
    absent=$((absent + 1))
    [ "$(sdme fs ls --quiet 2>/dev/null)" = "${kept[*]}" ] || return
  fi
  sdme fs import --force x "$source" > again 2>&1 || { cat again; return 1; }
  is_whole x wanted && nothing_left "${kept[@]}" x && cache_is_sound
}

wanted() { # SOURCE
  source=$1
  sdme fs import --force x "$source" > /dev/null 2>&1
  $look "$fs/x" > wanted
}

@test "an image of a registry" {
  images_serve
  wanted "$at/small"
  sweep 16 importing fs import --force x "$source"
  [ $there -ge 1 ]
  [ $absent -ge 20 ]
}

@test "an OCI layout" {
  wanted "$images/small"
  sweep 8 importing fs import --force x "$source"
  [ $there -ge 1 ]
  [ $absent -ge 8 ]
}

@test "a docker archive" {
  wanted "$images/small.docker.tar"
  sweep 8 importing fs import --force x "$source"
  [ $there -ge 1 ]
  [ $absent -ge 8 ]
}

@test "a disk image" {
  truncate -s 1M probe
  losetup --detach "$(losetup --find --show probe)" 2> /dev/null || skip "no loop devices here"
  mkdir tree
  cp -a "$images/small" tree/etc
  touch tree/etc/os-release
  truncate -s 4M disk
  mkfs.ext4 -q -O ^has_journal -d tree disk
  zstd -q --rm disk
  wanted disk.zst
  sweep 8 importing fs import --force x disk.zst
  [ $there -ge 1 ]
  [ $absent -ge 8 ]
}

# Whatever is there, the old or the new one, is all of it, and what is known of it goes with it.
replacing() {
  local is
  if [ "$1" = before ]; then
    sdme fs import --force x old > /dev/null 2>&1
    return
  fi
  is=$(sdme fs inspect x --json | jq -r .source)
  if [ "$is" = "$PWD/old" ]; then
    absent=$((absent + 1))
    [ "$1" != 0 ] && is_whole x before || return
  else
    there=$((there + 1))
    [ "$is" = "$at/small:latest" ] && is_whole x wanted || return
  fi
  sdme fs gc 2> /dev/null
  [ "$(sdme fs inspect x --json | jq -r .source)" = "$is" ] && [ "$(ls -A "$fs")" = $'.x.meta\nx' ]
}

@test "an image that replaces what was imported before" {
  images_serve
  wanted "$at/small"
  mkdir old
  echo old > old/file
  listing old > before
  sweep 8 replacing fs import --force x "$at/small"
  [ $there -ge 1 ]
  [ $absent -ge 6 ]
}

# An application, on a base that stays whole and is locked by nobody.
on_base() {
  importing "$@" || return
  [ "$1" = before ] || { is_whole base base.listing && flock --nonblock "$SDME_DATADIR/locks/fs/base.lock" true; }
}

base() {
  tree base
  sdme fs import base ./base > /dev/null 2>&1
  look=timeless
  timeless "$fs/base" > base.listing
  kept=(base) # besides what is imported
}

@test "an application" {
  base
  printf 'default_base_fs=base\n' >> "$SDME_CONF"
  cp -a "$images/small" app
  umoci config --image app:latest --config.entrypoint /x
  wanted app
  sweep 12 on_base fs import --force x "$source"
  [ $there -ge 1 ]
  [ $absent -ge 12 ]
}

# Both or the old one, and what people wrote into its files.
adding() {
  if [ "$1" = before ]; then
    [ ! -e "$fs/x" ] || sdme fs rm x > /dev/null 2>&1
    cp -a old "$fs/x"
    cp old.meta "$fs/.x.meta"
    return
  fi
  # What is left of the other one are links to the same files.
  [ "$1" = 0 ] || sdme fs gc 2> /dev/null || return
  if [ -e "$fs/x/oci/apps/two" ]; then
    there=$((there + 1))
    [ "$(sdme fs inspect x --json | jq -c '[.apps[].source]')" = "[\"$PWD/app\",\"$PWD/app\"]" ] || return
    is_whole x with || return
  else
    absent=$((absent + 1))
    [ "$1" != 0 ] && [ "$(sdme fs inspect x --json | jq -r .source)" = "$PWD/app" ] || return
    is_whole x without || return
  fi
  [ "$(tail -n 1 "$fs/x/oci/apps/one/env")" = A=b ] || return
  nothing_left base x && is_whole base base.listing && sdme fs import --force x app --add-app --app=two > again 2>&1 &&
    is_whole x with && nothing_left base x
}

@test "an application that is added to another" {
  base
  cp -a "$images/small" app
  umoci config --image app:latest --config.entrypoint /x
  sdme fs import x app --base-fs=base --app=one > /dev/null 2>&1
  echo A=b >> "$fs/x/oci/env"
  cp -a "$fs/x" old
  grep -v ^TREE= "$fs/.x.meta" > old.meta
  timeless old > without
  sdme fs import x app --add-app --app=two > /dev/null 2>&1
  timeless "$fs/x" > with
  sweep 12 adding fs import x app --add-app --app=two
  [ $there -ge 1 ]
  [ $absent -ge 12 ]
}

cleaning() {
  if [ "$1" = before ]; then
    cp -a full/. "$cache"
    return
  fi
  if [ -n "$(sdme fs cache ls -q 2> /dev/null)" ]; then there=$((there + 1)); else absent=$((absent + 1)); fi
  # Offline it works as long as all of it is there, or says what is not.
  sdme fs import --force x --offline "$at/small" > again 2>&1 || [ "$(grep -c 'not in the image cache' again)" = 1 ] || return
  sdme fs import --force x "$at/small" > again 2>&1 && is_whole x wanted && nothing_left x && cache_is_sound &&
    sdme fs cache clean --all 2> /dev/null && [ -z "$(find "$cache" -type f)" ]
}

@test "the cache is emptied" {
  images_serve
  wanted "$at/small"
  cp -a "$cache" full
  sweep 6 cleaning fs cache clean --all
  [ $there -ge 4 ]
}
