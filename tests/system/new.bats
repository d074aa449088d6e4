#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# new: make, boot and enter; clones of the host, and who one is in them.

load lib
setup_file() { host_setup; import_debian; }
teardown_file() { host_clean_check; }
teardown() { [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sdme rm --all --force || true; }

status_of() { in_host sdme ps | awk -v name="$1" '$1 == name { print $2 }'; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
exists() { in_host sdme ps --quiet | grep -qx "$1"; }

@test "new NAME, --name NAME, no name; a command's exit status; the container stays" {
  a=$(unique new) b=$(unique new)
  run --separate-stderr in_host sdme new -r debian "$a" -- sh -c 'hostname; exit 7'
  [ "$status" = 7 ]
  [ "${output%$'\r'}" = "$a" ]
  has_status "$a" running
  run in_host sdme new --fs debian --name "$b" -- sh -c 'kill -9 $$'
  [ "$status" = 137 ]
  has_status "$b" running
  run in_host sdme new -r debian "$a" -- true
  [ "$status" = 1 ]
  [[ $output == *"'$a' exists already"* ]]
  has_status "$a" running # it was not made by this command, so it is not its to remove
  run --separate-stderr in_host sdme new -r debian -- hostname
  [ "$status" = 0 ]
  name=${output%$'\r'}
  [[ $name =~ ^[a-z][a-z0-9-]*$ ]]
  has_status "$name" running
  in_host sdme rm "$a" "$b" "$name"
  host_clean_check
}

@test "new whose start fails leaves nothing" {
  c=$(unique fails)
  mkdir -p "$("$tests/testhost" dir "$TESTHOST")"/lib/fs/noinit/etc
  run in_host sdme new -r noinit --restart on-failure "$c"
  rmdir "$("$tests/testhost" dir "$TESTHOST")"/lib/fs/noinit/{etc,}
  in_host rm -f /var/lib/sdme/locks/fs/noinit.lock
  [ "$status" = 1 ]
  [[ $output == *"start failed, removing '$c'"* ]]
  run ! exists "$c"
  host_clean_check
}

@test "--ephemeral: removed when its command ends, however it ends, or the command that made it is told to" {
  c=$(unique brief)
  run in_host sdme new --ephemeral -r debian "$c" -- sh -c 'exit 3'
  [ "$status" = 3 ]
  run ! exists "$c"
  for signal in TERM HUP INT; do
    in_host sh -c 'echo "$$" > /tmp/new; exec sdme new --ephemeral -r debian "$1" -- sh -c "touch /run/in; exec sleep infinity"' \
      sh "$c" > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    job=$!
    wait_until 30 in_host sdme exec "$c" test -e /run/in
    in_host sh -c 'kill -'$signal' "$(cat /tmp/new)"; rm /tmp/new'
    status=0
    wait $job || status=$?
    echo "$signal: $status"
    [ "$status" -ge 128 ]
    run ! exists "$c"
  done
  host_clean_check
}

@test "new on a terminal is a shell with a terminal of the container's" {
  c=$(unique tty)
  run on_tty sdme new -r debian "$c" -- sh -c 'tty; stty size; cat /etc/hostname'
  [ "$status" = 0 ]
  [[ $output == *"/dev/pts/"*"$c"* ]]
  in_host sdme rm "$c"
}

@test "a clone of the host: its files, without what is the host's own" {
  needs_clones
  c=$(unique clone)
  in_host sh -c 'echo of the host > /root/note; systemctl mask --quiet apt-daily.timer
    mkdir -p /var/log/old && touch /var/log/old/log
    printf "[Mount]\nWhat=/dev/vdz\nWhere=/srv\n" > /etc/systemd/system/srv.mount'
  in_host env SUDO_USER=tester sdme create "$c" --overlayfs-opaque-dirs /var/log
  in_host sdme start "$c"
  in_container() { in_host sdme exec --user root "$c" "$@"; }
  [ "$(in_container cat /root/note)" = "of the host" ]
  in_container sh -c 'echo changed > /root/note'
  [ "$(in_host cat /root/note)" = "of the host" ]
  [ "$(in_container cat /etc/hostname)" = "$c" ]
  [ "$(in_container hostname)" = "$c" ]
  [ "$(in_container cat /etc/machine-id)" != "$(in_host cat /etc/machine-id)" ]
  [ -n "$(in_container cat /etc/machine-id)" ]
  run in_container ls -A /var/lib/sdme # other containers' data
  [ "$output" = "" ]
  run in_container ls -A /var/log
  [[ $output != *old* ]]
  [ "$(in_container readlink /etc/systemd/system/srv.mount)" = /dev/null ]
  [ "$(in_container readlink /etc/systemd/system/systemd-resolved.service)" = /dev/null ]
  [ "$(in_container stat -c %F /etc/resolv.conf)" != "symbolic link" ]
  in_host sdme rm "$c"
  in_host sh -c 'rm -r /root/note /var/log/old /etc/systemd/system/srv.mount; systemctl unmask --quiet apt-daily.timer'
}

@test "a clone sees the host's other file systems, and changes stay in it" {
  needs_clones
  c=$(unique disks)
  in_host sh -ec 'truncate -s 16M /var/lib/sdme/disk; mkfs.ext4 -q /var/lib/sdme/disk; mkdir -p "/srv/a b"
    mount -o loop /var/lib/sdme/disk "/srv/a b"; echo of the disk > "/srv/a b/file"'
  in_host sdme create "$c"
  in_host sdme start "$c"
  [ "$(in_host sdme exec "$c" --user root cat '/srv/a b/file')" = "of the disk" ]
  in_host sdme exec "$c" --user root sh -c 'echo changed > "/srv/a b/file"; touch "/srv/a b/new"'
  [ "$(in_host ls '/srv/a b')" = $'file\nlost+found' ]
  in_host sdme restart "$c"
  [ "$(in_host sdme exec "$c" --user root cat '/srv/a b/file')" = changed ]
  run in_host sdme ps --json-pretty
  [[ $output == *'"/srv/a b"'* ]]
  in_host sdme rm "$c"
  in_host sh -ec 'umount "/srv/a b"; rmdir "/srv/a b"; rm /var/lib/sdme/disk'
  host_clean_check
}

@test "a clone is entered as the sudo user, with that user's home" {
  needs_clones
  c=$(unique sudo)
  run --separate-stderr in_host env SUDO_USER=tester sdme new "$c" -- sh -c 'id -un; echo "$HOME"'
  [ "$status" = 0 ]
  [ "$output" = $'tester\n/home/tester' ]
  [[ $stderr == *tester* ]]
  run on_tty env SUDO_USER=tester sdme join "$c" pwd
  [[ $output == *"/home/tester"* ]]
  run --separate-stderr in_host env SUDO_USER=tester sdme exec "$c" --user root id -un
  [ "$output" = root ]
  run --separate-stderr in_host env SUDO_USER=nobody-here sdme exec "$c" id -un # none such
  [ "$output" = root ]
  in_host sdme rm "$c"
}
