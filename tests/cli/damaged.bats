#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # other shells expand it; each test is a shell; run sets $status
#
# Damage done by hand, and surroundings that fail: everything is told, nothing crashes, rm removes.

load lib
setup() {
  cli_setup
  [ "$(id -u)" = 0 ] || skip "not root"
  ! [[ $(stat -f -c %T "$SDME_DATADIR") == overlayfs ]] || skip "$SDME_DATADIR is on an overlay"
  state=$SDME_DATADIR/state/clitest
}

# ends_well: no crash, and at most exit status 1; what it says is one line and no garbage
ends_well() {
  run sdme "$@"
  if [ "$status" -gt 1 ] || LC_ALL=C grep -q $'[\x01-\x08\x0e-\x1f\x7f]' <<< "$output"; then
    echo "sdme $*: status $status: $output"
    return 1
  fi
}

# every command meets the container; rm removes it
all_cope() {
  local args
  for args in 'ps' 'ps --json' 'ps -q' 'set clitest --memory 1G' 'boot --print clitest' 'create -r clitest-no clitest-b' \
    'create clitest-c --userns' 'start clitest' 'fs ls'; do
    # shellcheck disable=SC2086
    ends_well $args || return 1
  done
  [ "$(sdme ps -q | grep -c clitest)" = 2 ] || return 1
  sdme rm clitest-c || return 1
  sdme rm clitest && [ -z "$(find "$SDME_DATADIR" -name '*clitest*')" ]
}

unreadable() { # the state file that comes on standard input
  sdme create clitest
  cat > "$state"
  run sdme ps
  [ "$status" = 0 ]
  [[ $output == *"clitest"*"unreadable state file"* ]]
  run sdme set clitest --memory 1G
  [ "$status" = 1 ]
  [[ $output == *"$state"* ]]
  run sdme boot --print clitest
  [ "$status" = 1 ]
  all_cope
}

@test "state files that cannot be used" {
  unreadable < /dev/null
  unreadable <<< 'no equals sign'
  unreadable <<< 'NAME=clitest-other'
  unreadable <<< $'NAME=clitest\nNAME=clitest'
  unreadable <<< $'NAME=clitest\nROOTFS=../../etc'
  unreadable <<< $'NAME=clitest\nBINDS=/a:/../b:rw'
  unreadable <<< $'NAME=clitest\nUSERNS_SHIFT=0'
  unreadable <<< $'NAME=clitest\nMEMORY=lots'
  unreadable <<< $'NAME=clitest\nPORTS=80'
  unreadable <<< $'NAME=clitest\nENABLED=perhaps'
  unreadable < <(printf 'NAME=clitest\nROOTFS=\0')
  unreadable < <(printf 'NAME=clitest\n\x1b[31mX\x1b[0m\n')
  unreadable < <(head -c 3000000 /dev/zero | tr '\0' A)
  unreadable < <(head -c 5000 /dev/urandom)
}

@test "no files where state files should be" {
  for kind in directory fifo link dangling; do
    sdme create clitest
    rm "$state"
    case $kind in
      directory) mkdir "$state" ;;
      fifo) mkfifo "$state" ;;
      link) ln -s /dev/zero "$state" ;;
      dangling) ln -s nowhere "$state" ;;
    esac
    [[ $(timeout 10 "$SDME" --config "$SDME_CONF" ps) == *"clitest"*"unreadable state file"* ]]
    all_cope
  done
}

@test "missing and odd directories of containers and root filesystems" {
  mkdir -p "$SDME_DATADIR/fs/base/etc"
  sdme create clitest -r base
  rm -r "$SDME_DATADIR/fs/base"
  run sdme ps
  [[ $output == *"missing fs"* ]]
  run sdme boot --print clitest
  [ "$status" = 1 ]
  all_cope
  sdme create clitest
  rm -r "$SDME_DATADIR/containers/clitest"
  run sdme ps
  [[ $output == *"missing container dir"* ]]
  all_cope
  sdme create clitest
  rm -r "$SDME_DATADIR/containers/clitest"
  ln -s /etc "$SDME_DATADIR/containers/clitest"
  all_cope
  [ -e /etc/passwd ]
  sdme create clitest
  rm -r "$SDME_DATADIR/containers/clitest/upper"
  ln -s /etc "$SDME_DATADIR/containers/clitest/upper"
  all_cope
  [ -e /etc/passwd ]
}

@test "ps on many damaged ones, and the JSON of it" {
  sdme create clitest-a -e $'A="\\\n' --memory 1G
  sdme create clitest-b --userns
  sdme create clitest-c
  sdme create clitest-d
  rm -r "$SDME_DATADIR"/containers/clitest-c
  echo x > "$SDME_DATADIR/state/clitest-d"
  touch "$SDME_DATADIR/state/.hidden" "$SDME_DATADIR/state/NotAName" "$SDME_DATADIR/state/a b"
  [ "$(sdme ps -q | paste -sd ' ')" = "clitest-a clitest-b clitest-c clitest-d" ]
  [ "$(sdme ps | awk 'NR > 1 { print $1, $2 }' | paste -sd ,)" = "clitest-a stopped,clitest-b stopped,clitest-c stopped,clitest-d stopped" ]
  sdme ps --json-pretty > json
  [ "$(sed -n '3,/^  }/s/^    "\([a-z]*\)":.*/\1/p' json | paste -sd ' ')" = \
    "name status health os rootfs userns enabled binds apps volumes connectors submounts network limits addresses" ]
  [ "$(sed -n '3,/^  }/s/^      "\([a-z_]*\)":.*/\1/p' json | paste -sd ' ')" = \
    "private_network network_veth network_bridge network_zone ports memory cpus cpu_weight" ]
  [ "$(grep -c '"health": "unreadable state file"' json)" = 1 ]
  [ "$(sdme ps --json | wc -l)" = 1 ]
  sdme config set default_output_format json
  [[ $(sdme ps) == '['*']' ]]
  for c in a b c d; do sdme rm clitest-$c; done
  [ "$(sdme ps)" = '[]' ]
  sdme config set default_output_format ''
  run sdme ps
  [ "$status" = 0 ]
  [[ $output == *"no containers found" ]]
}

@test "no data directory: reading makes none" {
  rmdir "$SDME_DATADIR"
  run sdme ps
  [ "$status" = 0 ]
  [ ! -e "$SDME_DATADIR" ]
  sdme create clitest
  [ "$(stat -c %a "$SDME_DATADIR")" = 700 ]
}

@test "a data directory that is a file, or on a file system that is read-only, full, or an overlay" {
  sdme create clitest
  (
    SDME_CONF=$PWD/file.conf
    printf '[sdme]\ndatadir=%s\n' "$SDME_CONF" > "$SDME_CONF"
    run sdme create clitest
    [ "$status" = 1 ]
    [[ $output == *"$SDME_CONF"* ]]
  )
  # each in a mount namespace of its own: the command, its surroundings
  within() { unshare --mount bash -ec "$1"; }
  export -f sdme
  run within 'mount --bind "$SDME_DATADIR" "$SDME_DATADIR"; mount -o remount,ro,bind "$SDME_DATADIR"
    sdme ps -q
    for args in "create clitest-b" "set clitest --memory 1G" "rm clitest"; do
      if sdme $args; then echo "done on a read-only disk: $args"; fi
    done'
  [[ $output == clitest* && $output != *"done on"* ]]
  [ "$(grep -c 'Read-only file system' <<< "$output")" = 3 ]
  [ "$(sdme ps -q)" = clitest ]
  sdme boot --print clitest > plan

  run within 'mount -t tmpfs -o size=64k,nr_inodes=20 tmpfs "$SDME_DATADIR"
    sdme create clitest-b && echo "made without space"
    ls -A "$SDME_DATADIR"/{state,containers,locks/containers}'
  [[ $output == *"No space left on device"* && $output != *"made without"* && $output != *clitest-b.lock* ]]

  run within 'mkdir lower upper work; mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay "$SDME_DATADIR"
    sdme create clitest-b && echo "made on an overlay"
    find "$SDME_DATADIR" -name "*clitest-b*"'
  [[ $output == *"is on an overlay"* && $output != *"made on"* ]]
  [ "${#lines[@]}" = 1 ]
}

@test "a disk that fills up at any file" {
  for inodes in {7..60}; do
    # shellcheck disable=SC2016
    unshare --mount bash -c 'mount -t tmpfs -o nr_inodes='"$inodes"' tmpfs "$SDME_DATADIR"
      if "$SDME" --config "$SDME_CONF" create clitest --userns 2> err; then
        "$SDME" --config "$SDME_CONF" boot --print clitest > plan && [ -e "$SDME_DATADIR/containers/clitest/upper/etc/fstab" ]
      else
        [ $? = 1 ] && grep -q "No space left" err && [ -z "$(find "$SDME_DATADIR" -name "*clitest*")" ]
      fi' || { echo "$inodes inodes"; cat err; false; }
  done
}

@test "a write of create that fails, whichever" {
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  for call in mkdirat write fsync fchmodat fchownat fsetxattr symlinkat renameat2 openat; do
    for ((n = 1; n < 60; n++)); do
      status=0
      strace -o trace -e "trace=$call" -e "inject=$call:error=EIO:when=$n" \
        "$SDME" --config "$SDME_CONF" create clitest --userns > out 2> err || status=$?
      grep -q INJECTED trace || { sdme rm clitest 2>/dev/null; break; }
      if [ -e "$state" ]; then
        sdme boot --print clitest > plan && sdme rm clitest 2>/dev/null
      else
        [ $status != 0 ]
      fi
      [ $status -lt 128 ] && { [ $status = 0 ] || [ -s err ]; } || { echo "$call $n: $status"; cat err; false; }
      sdme rm nosuch 2>/dev/null || true
      [ -z "$(find "$SDME_DATADIR" -name '*clitest*')" ] || { echo "$call $n"; cat err; find "$SDME_DATADIR"; false; }
    done
  done
}

@test "few descriptors, no environment, another locale" {
  (ulimit -n 32 && sdme create clitest && sdme ps)
  env -i "$SDME" --config "$SDME_CONF" ps
  LC_ALL=tr_TR.UTF-8 sdme boot --print clitest > plan
  sdme rm clitest
}

@test "no systemd here, or no nspawn: told plainly" {
  sdme create clitest
  # shellcheck disable=SC2016
  run unshare --mount bash -c 'mount -t tmpfs tmpfs /run; "$SDME" --config "$SDME_CONF" start clitest
    "$SDME" --config "$SDME_CONF" ps -q; "$SDME" --config "$SDME_CONF" new clitest-b'
  [[ ${lines[0]} == *systemd* && ${lines[1]} == clitest && ${lines[2]} == *systemd* ]]
  [ "${#lines[@]}" = 3 ]
  mkdir empty
  run env PATH="$PWD/empty" "$SDME" --config "$SDME_CONF" start clitest
  [ "$status" = 1 ]
  [[ $output == *"systemd-nspawn not found"* ]]
  [ -z "$(find "$SDME_DATADIR" -name '*clitest-b*')" ]
}

@test "ps and fs ls of a root filesystem that does not say what it is" {
  mkdir -p "$SDME_DATADIR/fs/mute/usr"
  sdme create -r mute clitest
  run --separate-stderr sdme ps
  [ "$status" = 0 ]
  [[ ${lines[1]} == clitest*unknown ]]
  run --separate-stderr sdme fs ls
  [[ ${lines[1]} == mute*unknown*1*fs/mute ]]
  [[ $(sdme fs ls --json) == *'"os":"unknown"'* ]]
}
