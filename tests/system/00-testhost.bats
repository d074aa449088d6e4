#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# The test host is what all other system tests stand on, so it comes first.

load lib
setup_file() { host_setup; }
teardown_file() { host_clean_check; }

# boot_by_hand NAME ARG...: boots the Debian tree with systemd-nspawn alone; all changes are in memory
boot_by_hand() {
  in_host systemd-run --quiet --unit="$1" --slice=machine.slice -p Type=notify -p Delegate=yes \
    -p KillMode=mixed -p TimeoutStartSec=60 systemd-nspawn --quiet --keep-unit --boot --notify-ready=yes \
    --machine="$1" --directory="$(debian_tree)" --volatile=overlay "${@:2}"
}

in_container() { in_host systemd-run --quiet --machine="$1" --pipe --wait "${@:2}"; }

is_running() { [ "$(in_host systemctl is-system-running)" = running ]; }

@test "the host is up, no unit of it failed" {
  wait_until 10 is_running
}

@test "exec passes input, output and exit status on, byte by byte" {
  run in_host sh -c 'exit 7'
  [ "$status" = 7 ]
  head -c 100000 /dev/urandom > "$BATS_TEST_TMPDIR/in"
  in_host cat < "$BATS_TEST_TMPDIR/in" > "$BATS_TEST_TMPDIR/out"
  cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
  run --separate-stderr in_host sh -c 'echo out; echo err >&2'
  [ "$output" = out ]
  # shellcheck disable=SC2154  # run sets it
  [ "$stderr" = err ]
  run in_host printf '%s.' 'a b' '' "c'd" '$e'
  [ "$output" = "a b..c'd.\$e." ]
}

@test "exec -t gives a terminal of the host's, and the exit status" {
  run on_tty sh -c 'tty; test -t 0 && test -t 1 && exit 5'
  [ "$status" = 5 ]
  [[ $output == /dev/pts/* ]]
}

@test "D-Bus starts services on demand" {
  run in_host busctl get-property org.freedesktop.hostname1 /org/freedesktop/hostname1 \
    org.freedesktop.hostname1 StaticHostname
  [ "$output" = 's "testhost"' ]
}

@test "the journal keeps what units say" {
  in_host systemd-run --quiet --wait --unit=talker echo "said by a unit"
  in_host journalctl --sync
  run in_host journalctl --unit=talker --output=cat
  [[ $output == *"said by a unit"* ]]
}

@test "the machine's services, mounts and sdme are not the host's" {
  run in_host sh -c 'ls -d /etc/systemd/system/sdme* /etc/sdme.conf*'
  [ "${#lines[@]}" = 2 ] # two complaints of ls
  run in_host sh -c 'ls -A /var/lib/sdme | grep -vxE "fs|state|containers|locks"'
  [ "$output" = "" ]
  run in_host cat /etc/fstab
  [ "$status" != 0 ]
  [ "$(in_host cat /etc/machine-id)" != "$(cat /etc/machine-id)" ]
  [ "$(in_host sh -c 'ip -br link | grep -c .')" = 1 ]
}

@test "the checkout is at its own path, and read-only" {
  in_host test -e "$tests/testhost"
  run in_host touch "$tests/x"
  [ "$status" != 0 ]
  [ ! -e "$tests/x" ]
}

@test "there is a user with a home directory" {
  run in_host su - tester -c 'id -un && pwd && touch written && rm written'
  [ "$status" = 0 ]
  [ "$output" = $'tester\n/home/tester' ]
}

@test "a container boots, is a machine, and goes without a trace" {
  c=$(unique plain)
  boot_by_hand "$c"
  run in_host machinectl --no-legend list
  [[ $output == *"$c"*container*systemd-nspawn*debian* ]]
  run in_container "$c" cat /proc/1/comm
  [ "$output" = systemd ]
  run in_host machinectl show --property=State "$c"
  [ "$output" = State=running ]
  in_host systemctl stop "$c"
  host_clean_check
}

@test "a container with a user namespace boots" {
  c=$(unique userns)
  boot_by_hand "$c" --private-users=pick --private-users-ownership=off
  run in_container "$c" awk '{ print $1, $3 }' /proc/1/uid_map
  [ "$output" = "0 65536" ]
  in_host systemctl stop "$c"
}

@test "two containers in a zone get addresses and reach each other" {
  a=$(unique zone) b=$(unique zone)
  boot_by_hand "$a" --network-zone=test
  boot_by_hand "$b" --network-zone=test
  in_container "$a" systemctl start systemd-networkd
  in_container "$b" systemctl start systemd-networkd
  address() { in_container "$1" ip -4 -o addr show dev host0 scope global | grep -o 'inet [0-9.]*'; }
  wait_until 30 address "$a"
  wait_until 30 address "$b"
  to=$(address "$b")
  run in_container "$b" sh -c 'exec 3<>/dev/null; echo ready' # the container answers
  [ "$output" = ready ]
  in_container "$a" bash -c "(: < /dev/tcp/${to#inet }/1) 2>&1 | grep 'Connection refused'"
  in_host systemctl stop "$a" "$b"
}

# The rest is about hosts of their own, beside the one that the tests run in.

own() { echo "bats.$BATS_ROOT_PID.$BATS_TEST_NUMBER"; }
teardown() { "$tests/testhost" stop "$(own)"; }

@test "a restart keeps the disk and what is enabled, and nothing that ran" {
  "$tests/testhost" start --owner $$ "$(own)"
  "$tests/testhost" exec "$(own)" bash -c '
    printf "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=touch /root/started\n[Install]\nWantedBy=multi-user.target\n" \
      > /etc/systemd/system/once.service
    systemctl enable once
    touch /var/lib/sdme/kept /run/gone
    cp /etc/machine-id /root/'
  run "$tests/testhost" exec "$(own)" test -e /root/started
  [ "$status" != 0 ]
  "$tests/testhost" restart "$(own)"
  "$tests/testhost" exec "$(own)" bash -ec '
    test -e /root/started
    test -e /var/lib/sdme/kept
    test ! -e /run/gone
    cmp /etc/machine-id /root/machine-id'
}

@test "a host that is stopped leaves no process, cgroup, directory or loop device" {
  dir=$BATS_TEST_TMPDIR/host
  "$tests/testhost" start --owner $$ "$dir"
  "$tests/testhost" exec "$dir" bash -ec '
    for d in /var/lib/sdme /root /tmp; do
      truncate -s 1M $d/disk
      losetup --find $d/disk
    done'
  cgroup=$(cat "$dir/cgroup")
  mapfile -t pids < <(find "$cgroup" -name cgroup.procs -exec cat {} +)
  [ "${#pids[@]}" -ge 5 ]
  losetup --list --noheadings --output BACK-FILE > "$BATS_TEST_TMPDIR/loops"
  [ "$(grep -c /disk "$BATS_TEST_TMPDIR/loops")" -ge 3 ]
  "$tests/testhost" stop "$dir"
  [ ! -e "$dir" ]
  [ ! -e "$cgroup" ]
  none_is_left() { ! kill -0 "${pids[@]}" 2>/dev/null; } # fails only if all of them are gone
  wait_until 10 none_is_left
  losetup --list --noheadings --output BACK-FILE > "$BATS_TEST_TMPDIR/loops"
  run ! grep /disk "$BATS_TEST_TMPDIR/loops"
  run ! grep "$dir" /proc/self/mountinfo
}

@test "a host goes when its owner is killed" {
  dir=$BATS_TEST_TMPDIR/host
  sleep infinity 3>&- &
  owner=$!
  "$tests/testhost" start --owner $owner "$dir"
  kill -9 $owner
  wait_until 20 test ! -e "$dir"
}

@test "a host whose start is killed half way goes too" {
  dir=$BATS_TEST_TMPDIR/host
  "$tests/testhost" start "$dir" 3>&- &
  starter=$!
  wait_until 20 test -s "$dir/pid"
  kill -9 $starter
  wait_until 20 test ! -e "$dir"
}

@test "stop works while the host is being started, and refuses what is no host" {
  dir=$BATS_TEST_TMPDIR/host
  "$tests/testhost" start "$dir" 3>&- 2>/dev/null &
  wait_until 20 test -s "$dir/pid"
  "$tests/testhost" stop "$dir"
  [ ! -e "$dir" ]
  wait $! || true
  mkdir "$BATS_TEST_TMPDIR/mine"
  run "$tests/testhost" stop "$BATS_TEST_TMPDIR/mine"
  [ "$status" = 1 ]
  [ -d "$BATS_TEST_TMPDIR/mine" ]
}

@test "where a host cannot run, it says so and exits with 77" {
  mkdir "$BATS_TEST_TMPDIR/tmpfs"
  run unshare --user --map-root-user "$tests/testhost" start "$BATS_TEST_TMPDIR/host"
  [ "$status" = 77 ]
  [[ $output == *"cannot run here: "* ]]
  # inside the host, where / is an overlay and so is /var/tmp
  run in_host "$tests/testhost" start nested
  [ "$status" = 77 ]
  [[ $output == *TESTHOST_DIR* ]]
  [ ! -e "$BATS_TEST_TMPDIR/host" ]
}
