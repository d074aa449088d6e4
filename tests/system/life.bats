#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# The life of a container: create, start, stop, restart, rm, whoever else interferes.

load lib
setup_file() { host_setup; import_debian; }
teardown_file() { host_clean_check; }
teardown() { [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sdme rm --all --force || true; }

# status_of NAME, health_of NAME: what ps says
status_of() { in_host sdme ps | awk -v name="$1" '$1 == name { print $2 }'; }
health_of() { in_host sdme ps | awk -v name="$1" '$1 == name { print $3 }'; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
has_health() { [ "$(health_of "$1")" = "$2" ]; }
is_booting() { [[ $(health_of "$1") =~ ^(initializing|starting)$ ]]; }
leader() { in_host machinectl show --property=Leader --value "$1"; }
state_dir() { "$tests/testhost" dir "$TESTHOST"; }
lib_dir() { echo "$(state_dir)/lib"; } # /var/lib/sdme of the host
unit_of() { echo "sdme@$1.service"; }
property() { in_host systemctl show --property="$2" --value "$(unit_of "$1")"; }

# boots_with NAME UNIT-NAME WANTED-BY: standard input is a unit that the container's boot runs
boots_with() {
  local units
  units=$(lib_dir)/containers/$1/upper/etc/systemd/system
  mkdir -p "$units/$3.wants"
  cat > "$units/$2"
  ln -s "../$2" "$units/$3.wants/$2"
}

# hangs NAME: the container's boot will not reach basic.target
hangs() {
  boots_with "$1" hang.service sysinit.target <<'UNIT'
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sleep infinity
UNIT
}

@test "create, start, exec, stop, start again, every kind of restart and stop, rm: nothing is left" {
  c=$(unique life)
  run --separate-stderr in_host sdme create -r debian "$c"
  [ "$status" = 0 ]
  [ "$output" = "$c" ]
  has_status "$c" stopped
  run in_host sdme exec "$c" true
  [ "$status" != 0 ]

  run --separate-stderr in_host sdme start "$c"
  [ "$status" = 0 ]
  [ "$output" = "$c" ]
  has_status "$c" running
  wait_until 20 has_health "$c" ok
  in_host sdme exec "$c" sh -c 'hostname > /root/kept; echo gone > /run/gone'
  run in_host machinectl --no-legend list
  [[ $output == *"$c"*container*systemd-nspawn*debian* ]]
  # its mounts are its own
  run in_host grep -c "$c" /proc/self/mountinfo
  [ "$output" = 0 ]
  first=$(leader "$c")

  in_host sdme start "$c" # runs already: nothing to do
  [ "$(leader "$c")" = "$first" ]

  in_host sdme stop "$c"
  has_status "$c" stopped
  [ "$(property "$c" ActiveState)" = inactive ]
  run in_host sdme stop "$c" # stopped already: nothing to do
  [ "$status" = 0 ]
  [[ $output == *"'$c' is not running"* ]]

  in_host sdme start "$c"
  [ "$(in_host sdme exec "$c" cat /root/kept)" = "$c" ]
  run in_host sdme exec "$c" test -e /run/gone
  [ "$status" = 1 ]

  for tier in '' --term --kill; do
    before=$(leader "$c")
    # shellcheck disable=SC2086
    in_host sdme restart $tier "$c"
    [ "$(leader "$c")" != "$before" ]
    has_status "$c" running
    [ "$(in_host sdme exec "$c" cat /root/kept)" = "$c" ]
  done
  for tier in --term --kill; do
    in_host sdme stop $tier "$c"
    has_status "$c" stopped
    [ "$(property "$c" ActiveState)" = inactive ] # killed is not failed
    in_host sdme start "$c"
  done

  run --separate-stderr in_host sdme rm "$c" # while it runs
  [ "$status" = 0 ]
  [ "$output" = "$c" ]
  run --separate-stderr in_host sdme ps --quiet
  [ "$output" = "" ]
  host_clean_check
}

@test "what happens behind our back: systemctl stop and start, poweroff and reboot inside, kill -9" {
  c=$(unique back)
  in_host sdme create -r debian "$c"
  in_host systemctl start "$(unit_of "$c")"
  wait_until 20 has_health "$c" ok
  in_host systemctl stop "$(unit_of "$c")"
  has_status "$c" stopped
  in_host sdme start "$c"

  before=$(leader "$c")
  in_host sdme exec "$c" systemctl reboot || true # its own connection goes with it
  is_another() { local now; now=$(leader "$c" 2>/dev/null) && [ "$now" != "$before" ]; }
  wait_until 20 is_another
  wait_until 20 has_health "$c" ok
  has_status "$c" running

  in_host sdme exec "$c" systemctl poweroff || true
  wait_until 20 has_status "$c" stopped
  [ "$(property "$c" Result)" = success ]
  has_health "$c" ok

  in_host sdme start "$c"
  in_host kill -9 "$(property "$c" MainPID)"
  wait_until 20 has_status "$c" stopped
  has_health "$c" failed
  run in_host find /run/systemd/nspawn -type f # nspawn's own locks
  [ "$output" = "" ]
  in_host sdme start "$c" # and it is no worse for it
  has_status "$c" running
  in_host sdme rm "$c"
  host_clean_check
}

@test "machined restarted, and gone" {
  c=$(unique machined)
  in_host sdme create --started -r debian "$c"
  in_host systemctl restart systemd-machined
  in_host sdme exec "$c" true
  has_status "$c" running
  in_host systemctl mask --runtime --now systemd-machined
  run in_host sdme ps
  [ "$status" = 0 ]
  [[ $output == *"$c"*running* ]]
  run in_host sdme stop "$c"
  in_host systemctl unmask --runtime systemd-machined
  [ "$status" = 0 ]
  has_status "$c" stopped
  in_host sdme start "$c" # although machined, when it comes, believes that it still runs
  in_host sdme rm "$c"
}

@test "a unit that systemd does not load is told, and nothing runs" {
  c=$(unique masked)
  in_host sdme create -r debian "$c"
  in_host systemctl mask --runtime "$(unit_of "$c")"
  run in_host sdme start "$c"
  in_host systemctl unmask --runtime "$(unit_of "$c")"
  [ "$status" = 1 ]
  [[ $output == *masked* ]]
  in_host sdme start "$c"
  in_host sdme rm "$c"
}

@test "a container that dies before it is a machine is noticed at once, with its journal" {
  c=$(unique early)
  in_host mkdir /tmp/source
  in_host sdme create -r debian --bind /tmp/source:/mnt "$c"
  in_host rmdir /tmp/source
  # a quarter of the time that it would wait for a boot
  run in_host timeout 15 sdme start --timeout 60 "$c"
  [ "$status" = 1 ]
  [[ $output == *"journal"*"/tmp/source"* ]]
  [[ $output == *"'$c' could not be started"* ]] || [[ $output == *"'$c' ended while it booted"* ]]
  has_status "$c" stopped
  # a journal that is late
  run in_host sh -c 'systemctl kill --signal=STOP systemd-journald
    sdme start "$1" & pid=$!
    until systemctl is-failed --quiet "sdme@$1"; do sleep .05; done
    until pgrep -x journalctl > /dev/null || ! kill -0 $pid 2> /dev/null; do sleep .05; done
    systemctl kill --signal=CONT systemd-journald
    wait $pid' sh "$c"
  [ "$status" = 1 ]
  [[ $output == *"journal"*"/tmp/source"*"'$c'"* ]]
  in_host sdme rm "$c"
}

@test "a tree without an init, and one whose root filesystem is gone" {
  c=$(unique noinit)
  mkdir -p "$(lib_dir)"/fs/noinit/usr/lib
  echo ID=none > "$(lib_dir)"/fs/noinit/usr/lib/os-release
  in_host sdme create -r noinit "$c"
  run in_host timeout 15 sdme start --timeout 60 "$c"
  [ "$status" = 1 ]
  [[ $output == *journal*init* ]]
  has_status "$c" stopped
  rm -r "$(lib_dir)"/fs/noinit
  run in_host sdme start "$c"
  [ "$status" = 1 ]
  [[ $output == *"'noinit' of container '$c' is missing"* ]]
  in_host sdme rm "$c"
  rm -f "$(lib_dir)"/locks/fs/noinit.lock
}

@test "a container that powers off while it boots, and one that ends in emergency mode" {
  a=$(unique dies) b=$(unique emergency)
  in_host sdme create -r debian "$a"
  in_host sdme create -r debian "$b"
  boots_with "$a" dies.service sysinit.target <<'UNIT'
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/systemctl poweroff --force --force
UNIT
  boots_with "$b" fails.service sysinit.target <<'UNIT'
[Unit]
DefaultDependencies=no
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/false
UNIT
  units=$(lib_dir)/containers/$b/upper/etc/systemd/system
  mv "$units"/sysinit.target.{wants,requires}
  run in_host timeout 30 sdme start --timeout 60 "$a"
  [ "$status" = 1 ]
  [[ $output == *journal*"'$a' ended while it booted"* ]]
  has_status "$a" stopped
  run in_host timeout 30 sdme start --timeout 60 "$b"
  [ "$status" = 1 ]
  [[ $output == *"'$b' did not get beyond emergency mode"* ]]
  has_status "$b" stopped
  # also when it failed before there was anybody to see it fail
  in_host systemctl start "$(unit_of "$b")"
  wait_until 20 has_health "$b" degraded
  run in_host timeout 30 sdme start --timeout 60 "$b"
  [ "$status" = 1 ]
  [[ $output == *"'$b' did not get beyond emergency mode"* ]]
  in_host sdme rm "$a" "$b"
}

@test "a boot that takes too long goes on, and ^C stops one that is under way" {
  a=$(unique slow) b=$(unique after)
  in_host sdme create -r debian "$a"
  in_host sdme create -r debian "$b"
  hangs "$a"
  run in_host sdme start --timeout 1 "$a"
  [ "$status" = 1 ]
  [[ $output == *"'$a' is still starting after 1 seconds"* ]]
  has_status "$a" running
  wait_until 20 is_booting "$a"
  in_host sdme stop --kill "$a"

  for signal in INT:130 HUP:129; do
    in_host sh -c 'echo "$$" > /tmp/starter; exec sdme start "$@"' sh "$a" "$b" > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    job=$!
    wait_until 20 is_booting "$a"
    in_host sh -c 'kill -"$1" "$(cat /tmp/starter)"; rm /tmp/starter' sh "${signal%:*}"
    status=0
    wait $job || status=$?
    [ "$status" = "${signal#*:}" ]
    grep "stopping '$a' again" "$BATS_TEST_TMPDIR/out"
    run ! grep "starting '$b'" "$BATS_TEST_TMPDIR/out"
    has_status "$a" stopped
    has_status "$b" stopped
  done
  run in_host sh -c 'trap "" HUP; sdme start --timeout 4 "$1" & sleep 2; kill -HUP $!; wait $!' sh "$a" # as nohup has it
  [ "$status" = 1 ]
  [[ $output == *"'$a' is still starting"* ]]
  in_host sdme stop --kill "$a"
  in_host sdme rm "$a" "$b"
  host_clean_check
}

@test "a batch goes on after a failure, --all takes those it means" {
  a=$(unique batch-a) b=$(unique batch-b)
  run in_host sdme stop --all
  [ "$status" = 0 ]
  [[ $output == *"no running containers to stop"* ]]
  in_host sdme create -r debian "$a"
  in_host sdme create -r debian "$b"
  run --separate-stderr in_host sdme start "$a" nosuch "$b"
  [ "$status" = 1 ]
  [ "$output" = "$a"$'\n'"$b" ]
  [[ $stderr == *"no container found matching 'nosuch'"* ]]
  [[ $stderr == *"some containers could not be started"* ]]
  in_host sdme stop "$a"
  run --separate-stderr in_host sdme start --all
  [ "$output" = "$a" ]
  run --separate-stderr in_host sdme stop --all --term
  [ "$(sort <<< "$output")" = "$(printf '%s\n' "$a" "$b" | sort)" ]
  run in_host sdme rm --all # nobody to ask
  [ "$status" = 1 ]
  [[ $output == *--force* ]]
  run --separate-stderr in_host sdme rm --all --force
  [ "$status" = 0 ]
  host_clean_check
}

@test "a person may start a container as often as he likes, also while it stops" {
  c=$(unique often)
  in_host sdme create -r debian "$c"
  run in_host sh -ec 'for i in 1 2 3 4 5 6 7; do sdme start $1; systemctl stop --no-block sdme@$1; done' sh "$c"
  [ "$status" = 0 ]
  in_host sdme start "$c"
  has_status "$c" running
  run in_host sdme start "$c"
  [ "$status" = 0 ]
  [ "$output" = "sdme-start: starting '$c'"$'\n'"sdme-start: container '$c' is running already"$'\n'"$c" ]
  in_host sdme rm "$c"
  host_clean_check
}

@test "start says what to raise when there are no more inotify instances" {
  c=$(unique many)
  in_host sdme create -r debian "$c"
  run in_host strace -f -o /dev/null -e trace=inotify_init1 -e inject=inotify_init1:error=EMFILE sdme start "$c"
  [ "$status" = 1 ]
  [[ $output == *"raise fs.inotify.max_user_instances"* ]]
  in_host sdme rm "$c"
}

@test "--restart on-failure: up again after a kill; a stop is final" {
  c=$(unique again)
  in_host sdme create --started -r debian --restart on-failure "$c"
  before=$(leader "$c")
  in_host kill -9 "$(property "$c" MainPID)"
  is_another() { local now; now=$(leader "$c" 2>/dev/null) && [ "$now" != "$before" ]; }
  wait_until 20 is_another
  wait_until 20 has_health "$c" ok
  in_host sdme stop --kill "$c"
  has_status "$c" stopped
  in_host sdme rm "$c"
  host_clean_check
}

@test "rm and stop --term kill what ignores that it shall stop" {
  a=$(unique deaf) b=$(unique deaf)
  in_host sdme create --started -r debian "$a"
  in_host sdme create --started -r debian "$b"
  in_host kill -STOP "$(leader "$a")" "$(leader "$b")"
  in_host sdme config set stop_timeout_terminate 1
  run --separate-stderr in_host sdme stop --term "$a"
  stopped=$status said=$stderr
  run in_host sdme rm "$b"
  in_host rm /etc/sdme.conf
  [ "$stopped$status" = 00 ]
  [[ $said == *"'$a' did not stop within 1 seconds, killing it"* ]]
  has_status "$a" stopped
  has_health "$a" ok # the user asked for it
  in_host sdme rm "$a"
  host_clean_check
}

@test "damaged by hand: rm removes it even while it runs" {
  a=$(unique damage-a) b=$(unique damage-b)
  in_host sdme create --started -r debian "$a"
  in_host sdme create -r debian "$b"
  echo garbage > "$(lib_dir)/state/$a"
  rm -r "$(lib_dir)/containers/$b"
  run in_host sdme ps
  [ "$status" = 0 ]
  [[ $output == *"unreadable state file"* ]]
  [[ $output == *"missing container dir"* ]]
  for verb in start restart; do
    run in_host sdme $verb "$b"
    [ "$status" = 1 ]
    [[ $output == *missing* ]]
  done
  in_host sdme rm "$a" "$b"
  host_clean_check
}

@test "ps: one container that does not answer delays and hides nothing of the others" {
  a=$(unique wedged) b=$(unique well)
  in_host sdme create --started -r debian "$a"
  in_host sdme create --started -r debian "$b"
  wait_until 20 has_health "$a" ok
  wait_until 20 has_health "$b" ok
  pid=$(leader "$a")
  in_host kill -STOP "$pid"
  run in_host timeout 10 sdme ps
  in_host kill -CONT "$pid"
  [ "$status" = 0 ]
  [[ $output == *"$a"*running*unknown* ]]
  [[ $output == *"$b"*running*ok* ]]
  wait_until 20 has_health "$a" ok
  in_host kill -STOP "$pid"
  in_host sdme stop --kill "$a"
  has_status "$a" stopped
  in_host sdme rm "$a" "$b"
  host_clean_check
}
