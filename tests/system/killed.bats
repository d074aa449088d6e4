#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# SIGKILL at every message to systemd and every change of a file. (tests/cli/killed.bats does it where
# there is no systemd.) What is left is taken away by the next command, units' files included.

load lib
setup_file() { host_setup; import_debian; }
teardown_file() { host_clean_check; }
setup() {
  ! grep -q __asan_init "$SDME_BUILD/sdme" || skip "sanitizers see nothing in what is killed, and take their time"
  in_host strace -o /dev/null true || skip "strace cannot trace here"
}
teardown() {
  [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sh -c 'sdme rm --all --force; rm -f /tmp/out /tmp/after' || true
}

# sweep CHECK CALLS ARG...: in the host, runs "sdme ARG..." again and again, each time killed one of the
# CALLS later; CHECK is shell text, the functions before and after that are called around each. The
# container's name is $c in it. One shell does it all: a hop into the host takes longer than most of
# what is done there.
sweep() {
  in_host env "c=$c" "CHECK=$1" "CALLS=$2" bash -s "${@:3}" <<'EOF'
before() { :; }
whole() { sdme boot --print "$c" > /dev/null; }
recover() { ! sdme rm nosuch 2>/dev/null; }
unit_files() {
  find /etc/systemd/system /run/systemd/system /run/systemd/system.control -name "sdme@$c*" 2>/dev/null
}
no_trace() { [ -z "$(find /var/lib/sdme/*/ -maxdepth 2 -name "*$c*"; unit_files)" ]; }
there() { [ -e "/var/lib/sdme/state/$c" ]; }
is_enabled() { systemctl is-enabled "sdme@$c.service"; }
says_enabled() { grep -qx ENABLED=yes "/var/lib/sdme/state/$c"; }
# what systemd does at the next boot is what the state says
agree() { if says_enabled; then is_enabled; else ! is_enabled; fi; }
active() { systemctl --quiet is-active "sdme@$c.service"; }
eval "$CHECK"
kills=0
for call in $CALLS; do
  for ((n = 1;; n++)); do
    before > /tmp/after 2>&1 || { echo "preparing for $call $n failed"; cat /tmp/after; exit 1; }
    status=0
    { strace -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
        sdme "$@" > /tmp/out 2>&1; } 2>/dev/null || status=$?
    after > /tmp/after 2>&1 || {
      echo "killed at $call $n: $*"
      cat /tmp/out /tmp/after
      unit_files
      find /var/lib/sdme/*/ -maxdepth 1
      exit 1
    }
    [ $status = 137 ] || break
    kills=$((kills + 1))
  done
done
rm -f /tmp/out /tmp/after
echo "$kills kills"
[ $kills -ge 5 ]
EOF
}

files="renameat renameat2 unlinkat fsync fchmod mkdirat write sendmsg exit_group"

@test "enable and disable: after the next command systemd and the state agree; done again, they are done" {
  c=$(unique enable)
  in_host sdme create -r debian --restart on-failure "$c"
  sweep '
    after() {
      whole && recover && agree && sdme enable $c && is_enabled && sdme ps | grep "^$c .* yes " &&
        sdme disable $c && ! is_enabled && rm -r "/etc/systemd/system/sdme@$c.service.d"
    }' "$files" enable "$c"
  sweep '
    before() { sdme enable $c > /dev/null 2>&1; }
    after() { whole && recover && agree && sdme disable $c && ! is_enabled; }' "$files" disable "$c"
  in_host sdme rm "$c"
  host_clean_check
}

@test "rm of an enabled container with a drop-in" {
  c=$(unique gone)
  sweep '
    before() { there || sdme create -r debian --enable --restart on-failure $c > /dev/null 2>&1; }
    after() { if there; then whole; else recover && no_trace && ! is_enabled; fi; }' "$files" rm "$c"
  host_clean_check
}

@test "create --enable: it is there, enabled or not, or it is not" {
  c=$(unique made)
  sweep '
    after() {
      if there; then whole && recover && agree && sdme rm $c; else recover; fi && no_trace && ! is_enabled
    }
    ' "renameat renameat2 sendmsg exit_group" create -r debian --enable --restart on-failure "$c"
  host_clean_check
}

@test "start, set and stop: it runs or does not, and can be started, stopped and removed" {
  c=$(unique runs)
  in_host sdme create -r debian "$c"
  sweep 'after() { whole && sdme start $c && active && sdme stop --kill $c && ! active; }' sendmsg start "$c"
  in_host sdme start "$c"
  sweep 'after() { whole && active && sdme set $c --memory "" --cpus ""; }' "$files" set "$c" --memory 1G --cpus 2
  sweep '
    before() { active || sdme start $c; }
    after() { whole && { ! active || sdme stop --term $c; }; }' sendmsg stop "$c"
  in_host sdme rm "$c"
  host_clean_check
}

@test "rm of a running container" {
  c=$(unique ran)
  sweep '
    before() { { there || sdme create -r debian $c; } && sdme start $c; }
    after() { if there; then whole; else recover && no_trace && ! active; fi; }' "sendmsg renameat" rm "$c"
  host_clean_check
}
