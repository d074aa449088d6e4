#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# SIGKILL at every instant: a command is killed as it enters each system call that changes anything,
# and what it leaves is looked at; then at what the next command leaves of that.

load lib
setup() {
  cli_setup
  [ "$(id -u)" = 0 ] || skip "not root"
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  # elsewhere than the data directory, so that it is no opaque directory in itself
  ! [[ $(stat -f -c %T "$SDME_DATADIR") == overlayfs ]] || skip "$SDME_DATADIR is on an overlay"
}

# A file that open() makes is seen at the next of these.
calls=(mkdir mkdirat write pwrite64 ftruncate fsync syncfs fchmod fchmod fchmodat fchown fchownat fsetxattr
  rename renameat renameat2 unlink unlinkat rmdir symlink symlinkat flock exit_group)

# sweep CHECK ARG...: runs "sdme ARG..." again and again, each time killed a little later, and CHECK
# after each; before each, CHECK prepares ("CHECK before") what it will look at.
sweep() {
  local check=$1 call n status kills=0
  shift
  for call in "${calls[@]}"; do
    for ((n = 1;; n++)); do
      "$check" before
      status=0
      strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
        "$SDME" --config "$SDME_CONF" "$@" > out 2>&1 || status=$?
      at="killed at $call $n"
      "$check" after || { echo "$at: $*"; cat out; find "$SDME_DATADIR"; return 1; }
      [ $status = 137 ] || break
      kills=$((kills + 1))
    done
  done 2>/dev/null # the shell's own word on each
  echo "$kills kills"
  [ $kills -ge 8 ]
}

# recover: a command that changes something, but nothing here
recover() { ! sdme rm nosuch 2>/dev/null; }

# no_trace NAME
no_trace() { [ -z "$(find "$SDME_DATADIR" -name "*$1*")" ] && ! sdme boot --print "$1" >/dev/null 2>&1; }

# is_whole NAME: it has all its parts
is_whole() {
  local upper=$SDME_DATADIR/containers/$1/upper
  [ "$(stat -c %a "$SDME_DATADIR/state/$1")" = 600 ] && sdme boot --print "$1" > plan && grep -q '"--boot"' plan &&
    [ "$(cat "$upper/etc/hostname")" = "$1" ] && [ -f "$upper/etc/machine-id" ] && [ -d "$upper/../work" ] &&
    [ -L "$upper/etc/systemd/system/systemd-resolved.service" ] && [ -e "$upper/etc/resolv.conf" ] &&
    [ "$(stat -c %u "$upper")" -ge 524288 ]
}

creation() {
  [ "$1" = after ] || return 0
  if [ -e "$SDME_DATADIR/state/clitest" ]; then
    there=$((there + 1))
    [[ $(sdme ps --quiet) == clitest ]] && is_whole clitest && recover && is_whole clitest && sdme rm clitest 2>/dev/null
  else
    absent=$((absent + 1))
    [[ -z $(sdme ps --quiet) ]] && recover
  fi && no_trace clitest
}

@test "create" {
  there=0 absent=0
  sweep creation create clitest --userns --masked-services systemd-resolved
  [ $there -ge 2 ] && [ $absent -ge 10 ]
}

removal() {
  if [ "$1" = before ]; then
    [ -e "$SDME_DATADIR/state/clitest" ] || sdme create clitest --userns >/dev/null 2>&1
    (cd "$SDME_DATADIR" && find containers/clitest -printf '%p %m %U %l\n' | sort && cat state/clitest) > before
  elif [ -e "$SDME_DATADIR/state/clitest" ]; then
    there=$((there + 1))
    (cd "$SDME_DATADIR" && find containers/clitest -printf '%p %m %U %l\n' | sort && cat state/clitest) > after
    cmp before after && is_whole clitest
  else
    absent=$((absent + 1))
    [[ -z $(sdme ps --quiet) ]] && recover && no_trace clitest
  fi
}

@test "rm" {
  there=0 absent=0
  sweep removal rm clitest
  [ $there -ge 2 ] && [ $absent -ge 10 ]
}

setting() {
  local state=$SDME_DATADIR/state/clitest
  if [ "$1" = before ]; then
    sdme set clitest --memory 1G --cpus ''
  elif grep -qx MEMORY=1G "$state"; then
    there=$((there + 1))
    ! grep CPUS "$state" && is_whole clitest
  else
    absent=$((absent + 1))
    grep -qx MEMORY=2G "$state" && grep -qx CPUS=2 "$state" && is_whole clitest
  fi && [ "$1" = before ] || { recover && [ "$(ls -A "$SDME_DATADIR/state")" = clitest ]; }
}

@test "set" {
  there=0 absent=0
  sdme create clitest --userns
  sweep setting set clitest --memory 2G --cpus 2
  [ $there -ge 2 ] && [ $absent -ge 2 ]
}

configuring() {
  if [ "$1" = before ]; then
    sdme config set boot_timeout 70
    cp -p "$SDME_CONF" old
    [ -e new ] || { sdme config set boot_timeout 80 && cp "$SDME_CONF" new && cp -p old "$SDME_CONF"; }
  else
    { cmp -s "$SDME_CONF" old || cmp -s "$SDME_CONF" new; } && [ "$(stat -c %a "$SDME_CONF")" = 640 ] &&
      sdme config set boot_timeout 60 && [ -z "$(find . -name '.sdme.conf.tmp-*')" ]
  fi
}

@test "config set" {
  chmod 640 "$SDME_CONF"
  sweep configuring config set boot_timeout 80
}

# tree_listing DIR, meta NAME: what a root filesystem is
tree_listing() { (cd "$1" && find . -printf '%P %y %m %U %l %T@ %n\n' | sort && cat etc/os-release); }
meta() { sdme fs inspect --json "$1" | sed 's/"size":.*//; s/"imported":[0-9]*,//'; }

# make_tree DIR NAME
make_tree() {
  mkdir -p "$1/etc/systemd/system" "$1/d" "$1"/usr/{bin,lib/systemd}
  touch "$1/usr/lib/systemd/systemd" "$1/usr/bin/dbus-daemon" # so that it can boot
  printf 'PRETTY_NAME="%s"\n' "$2" > "$1/etc/os-release"
  ln -s ../x "$1/d/link"
  ln "$1/etc/os-release" "$1/d/$2"
  touch -d @1000000000 "$1/d" "$1/etc" "$1"
}

# only_roots [NAME]: fs/ has nothing but these
only_roots() { [ "$(ls -A "$SDME_DATADIR/fs")" = "${1:+.$1.meta$'\n'$1}" ]; }

importing() {
  [ "$1" = after ] || return 0
  if [ -e "$SDME_DATADIR/fs/clitest" ]; then
    there=$((there + 1))
    cmp <(tree_listing one) <(tree_listing "$SDME_DATADIR/fs/clitest") && [[ $(meta clitest) == *'"os":"one"'* ]] &&
      sdme fs gc 2>/dev/null && only_roots clitest && [[ $(meta clitest) == *'"os":"one"'* ]] &&
      sdme fs rm clitest >/dev/null 2>&1
  else
    absent=$((absent + 1))
    [ -z "$(sdme fs ls --quiet)" ] && sdme fs gc 2>/dev/null
  fi && { [ ! -e "$SDME_DATADIR/fs" ] || only_roots; }
}

@test "fs import" {
  there=0 absent=0
  make_tree one one
  sweep importing fs import clitest one
  [ $there -ge 2 ] && [ $absent -ge 10 ]
}

replacing() {
  local os
  if [ "$1" = before ]; then
    sdme fs import --force clitest one >/dev/null 2>&1
    return
  fi
  # The tree and what is known of it are of one piece, at once and after the clearing.
  for _ in 1 2; do
    os=$(meta clitest | sed 's/.*"os":"\([a-z]*\)".*/\1/')
    [ "$os" = one ] && there=$((there + 1)) || absent=$((absent + 1))
    cmp <(tree_listing "$os") <(tree_listing "$SDME_DATADIR/fs/clitest") &&
      [[ $(meta clitest) == *"\"source\":\"$PWD/$os\""* ]] && sdme fs gc 2>/dev/null || return 1
  done
  only_roots clitest
}

@test "fs import --force" {
  there=0 absent=0
  make_tree one one
  make_tree two two
  sweep replacing fs import --force clitest two
  [ $there -ge 10 ] && [ $absent -ge 4 ]
}

removing_root() {
  if [ "$1" = before ]; then
    [ -e "$SDME_DATADIR/fs/clitest" ] || sdme fs import clitest one >/dev/null 2>&1
  elif [ -e "$SDME_DATADIR/fs/clitest" ]; then
    there=$((there + 1))
    cmp <(tree_listing one) <(tree_listing "$SDME_DATADIR/fs/clitest") && sdme fs gc 2>/dev/null && only_roots clitest
  else
    absent=$((absent + 1))
    [ -z "$(sdme fs ls --quiet)" ] && sdme fs gc 2>/dev/null && only_roots && [ -z "$(ls "$SDME_DATADIR/locks/fs")" ]
  fi
}

@test "fs rm" {
  there=0 absent=0
  make_tree one one
  sweep removing_root fs rm clitest
  [ $there -ge 2 ] && [ $absent -ge 4 ]
}
