#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the container is not to be here; load sets $tests
#
# Containers whose root means harm, and what the host's root does with them: nothing of the host is read or
# written, nothing hangs, other containers are not disturbed.

load lib
setup_file() {
  host_setup
  import_debian
}
teardown_file() {
  in_host sdme rm --all --force
  host_clean_check
}
teardown() {
  [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sh -c 'for c in $(sdme ps -q); do sdme stop --kill $c; sdme rm $c; done'
}

lib_dir() { printf '%s/lib\n' "$("$tests/testhost" dir "$TESTHOST")"; }

# limited SECONDS CMD...: CMD in the host; 124 when it was told to end by ^C, 137 when that did not end it
limited() { in_host timeout --kill-after=5 --signal=INT "$@"; }

# a_manager MODE NAME: makes a container with hostile.pl in the place of its init, not started
a_manager() {
  local upper
  in_host sdme create -r debian "$2"
  upper=$(lib_dir)/containers/$2/upper
  mkdir -p "$upper/usr/lib/systemd"
  cp "$tests/system/hostile.pl" "$upper/"
  printf '#!/bin/sh\nexec perl /hostile.pl %s\n' "$1" > "$upper/usr/lib/systemd/systemd"
  chmod +x "$upper/usr/lib/systemd/systemd"
}
# boots NAME: it runs, and is never ready
boots() { in_host sdme start --timeout 1 "$1" || true; }
connections() { wc -l < "$(lib_dir)/containers/$1/upper/connections"; }
ended() { in_host sdme stop --kill "$1" && in_host sdme rm "$1"; }

# without_answer NAME: a container that runs, with a file system of its own on /hang: who looks below
# that waits for ever
without_answer() {
  in_host test -c /dev/fuse || skip "there is no /dev/fuse here"
  in_host sdme create --started -r debian --bind /dev/fuse:/dev/fuse "$1"
  in_host sdme exec "$1" sh -c 'cat > /root/hang.pl && mkdir /hang && systemd-run --quiet perl /root/hang.pl' <<'EOT'
use Fcntl;
open my $requests, '+<', '/dev/fuse' or die;
fcntl $requests, F_SETFD, 0;
system('mount', '-i', '-t', 'fuse', '-o', 'fd=' . fileno($requests) . ',rootmode=40000,user_id=0,group_id=0,allow_other',
	'hang', '/hang') == 0 or die;
sleep 100000;
EOT
  wait_until 10 in_host sdme exec "$1" grep -q ' /hang fuse' /proc/self/mounts
}

@test "a manager that breaks every connection is asked less and less often" {
  for mode in closing garbage; do
    c=$(unique "$mode")
    a_manager "$mode" "$c"
    boots "$c"
    wait_until 10 test -e "$(lib_dir)/containers/$c/upper/connections"
    run limited 3 sdme exec "$c" true
    [ "$status" = 124 ]
    [ "$(connections "$c")" -gt 1 ]
    [ "$(connections "$c")" -lt 100 ]
    ended "$c"
  done
}

@test "exec is left by the third ^C at the latest, whatever the manager says" {
  for mode in silent flood starting; do
    c=$(unique "$mode")
    a_manager "$mode" "$c"
    boots "$c"
    wait_until 10 test -e "$(lib_dir)/containers/$c/upper/connections"
    run in_host sh -c 'sdme exec "$1" true & pid=$!
      for i in 1 2 3; do sleep .5; kill -TERM $pid || break; done
      { sleep 5; kill -KILL $pid; } 2> /dev/null & wait $pid' sh "$c"
    [ "$status" = 143 ]
    ended "$c"
  done
}

@test "a start of a manager that is never ready ends at its timeout, one that dies at once" {
  for mode in silent closing starting flood words deaf files; do
    c=$(unique "$mode")
    a_manager "$mode" "$c"
    run limited 20 sdme start --timeout 1 "$c"
    [ "$status" = 1 ]
    [[ $output == *"'$c' is still starting after 1 seconds"* ]]
    [ "$(connections "$c")" -lt 100 ]
    ended "$c"
  done
  c=$(unique dies)
  a_manager closing "$c"
  in_host sh -c '{ sleep 2; systemctl kill --signal=KILL "sdme@$1"; } & exec timeout 20 sdme start "$1"' sh "$c" \
    > "$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
  [ "$status" = 1 ]
  grep "'$c' ended while it booted" "$BATS_TEST_TMPDIR/out"
  ended "$c"
}

@test "a start is not kept busy by a container that makes files where it looks for one" {
  c=$(unique files)
  a_manager files "$c"
  # It looks a hundred times a second at most, and waits twice each time.
  run in_host sh -c 'sdme start --timeout 3 "$1" & pid=$!
    while sleep .1 && now=$(sed -n "s/^voluntary_ctxt_switches:[^0-9]*//p" /proc/$pid/status); [ "$now" ]; do
      waited=$now
    done
    echo "waited $waited times"' sh "$c"
  [[ $output == *"'$c' is still starting after 3 seconds"* ]]
  waited=${output##*waited }
  [ "${waited% times}" -gt 0 ]
  [ "${waited% times}" -lt 2000 ]
  ended "$c"
}

@test "what a container writes on its console does nothing to the terminal of who starts it" {
  c=$(unique console)
  in_host sdme create -r debian "$c"
  upper=$(lib_dir)/containers/$c/upper
  mkdir -p "$upper/usr/lib/systemd"
  printf '#!/bin/sh\nprintf "first \\033]0;title\\007 \\302\\233 \\010last\\n"\nexit 1\n' > "$upper/usr/lib/systemd/systemd"
  chmod +x "$upper/usr/lib/systemd/systemd"
  run in_host sdme start "$c"
  [ "$status" = 1 ]
  [[ $output == *'first \x1b]0;title\x07 \xc2\x9b \x08last'* ]]
  [[ $output != *$'\033'* && $output != *$'\007'* ]]
  in_host sdme rm "$c"
}

@test "ps: words of a manager that are no state are not shown" {
  c=$(unique words)
  a_manager words "$c"
  boots "$c"
  wait_until 10 test -e "$(lib_dir)/containers/$c/upper/connections"
  run limited 10 sdme ps
  [ "$status" = 0 ]
  [[ $output == *"$c"*running*unknown* ]]
  [[ $output != *evil* ]]
  ended "$c"
}

@test "a container whose systemd executes itself anew while it boots is started" {
  c=$(unique anew)
  in_host sdme create -r debian "$c"
  units=$(lib_dir)/containers/$c/upper/etc/systemd/system
  mkdir -p "$units/sysinit.target.wants"
  cat > "$units/anew.service" <<'UNIT'
[Unit]
DefaultDependencies=no
After=local-fs.target
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'systemctl daemon-reexec; sleep .5'
UNIT
  ln -s ../anew.service "$units/sysinit.target.wants/"
  limited 60 sdme start "$c"
  limited 10 sdme exec "$c" true
  ended "$c"
}

@test "join reads no file of the kernel's that the container may not read" {
  c=$(unique kmsg)
  in_host sdme create --started -r debian "$c"
  # the host's kernel log, which the container has no capability to read
  in_host sdme exec "$c" sh -c 'mount -t proc proc /mnt && ! head -c 1 /mnt/kmsg 2>/dev/null &&
    mv /etc/passwd /etc/passwd.real && ln -s /mnt/kmsg /etc/passwd'
  run in_host sh -c 'timeout 10 sdme join "$1" < /dev/null' sh "$c"
  in_host sdme exec "$c" sh -c 'mv /etc/passwd.real /etc/passwd; umount /mnt'
  [ "$status" = 0 ]
  ended "$c"
}

@test "file systems of a container's that do not answer hold nobody" {
  c=$(unique hang)
  without_answer "$c"
  in_host sdme exec "$c" sh -c 'cp -a /etc /etc.hang; rm -r /etc.hang/pam.d; ln -s /hang/x/y /etc.hang/pam.d
    rm /etc.hang/passwd; ln -s /hang/x/y /etc.hang/passwd; mkdir -p /run/hang; ln -s /hang/x/y /run/hang/private
    mkdir /dev/pts.hang; ln -s /hang/x/y /dev/pts.hang/ptmx'

  in_host sdme exec "$c" mount --bind /dev/pts.hang /dev/pts
  run limited 10 sdme exec -t "$c" true
  [ "$status" = 125 ]
  [[ $output == *"cannot open a terminal in container '$c': Connection timed out" ]]
  in_host sdme exec "$c" umount /dev/pts

  run limited 3 sdme exec -e PATH=/hang/x "$c" sleep 0
  [ "$status" = 124 ]

  # its user database and its login service
  in_host sdme exec "$c" mount --bind /etc.hang /etc
  in_host sh -c 'timeout --kill-after=5 --signal=INT 10 sdme join "$1" < /dev/null' sh "$c"

  # its manager's socket
  in_host sdme exec "$c" mount --bind /run/hang /run/systemd
  run limited 15 sdme exec "$c" true
  [ "$status" = 125 ]
  run limited 5 sdme ps
  [ "$status" = 0 ]
  [[ $output == *"$c"*running*unknown* ]]
  limited 10 sdme logs "$c" > /dev/null
  limited 10 sdme stop --kill "$c"
  limited 10 sdme rm "$c"
}

@test "ps: many that do not answer hide nothing of the others" {
  bad=()
  for i in 1 2 3; do
    c=$(unique hang)
    bad+=("$c")
    without_answer "$c"
    in_host sdme exec "$c" sh -c 'mkdir /run/hang; ln -s /hang/x/y /run/hang/private; mount --bind /run/hang /run/systemd'
  done
  good=$(unique zebra)
  in_host sdme create --started -r debian "$good"
  is_ok() { in_host sdme ps | grep "^$good .* ok "; }
  wait_until 20 is_ok
  for c in "${bad[@]}"; do ended "$c"; done
  ended "$good"
}
