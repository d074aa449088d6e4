#!/usr/bin/env bats
# shellcheck disable=SC2016  # what is expanded in the host is not to be here
#
# A system bus of the host's that takes connections and answers none.

load lib
setup_file() {
  host_setup
  import_debian
}
teardown_file() { host_clean_check; }
setup() {
  running=$(unique running) stopped=$(unique stopped)
  in_host sdme create --started -r debian "$running"
  in_host sdme create -r debian "$stopped"
}
teardown() { in_host sdme rm -f "$running" "$stopped"; }

# without_answer SECONDS: what takes the bus, all at the same time, for that long and then ^C. Prints of each
# its status, and what it said.
without_answer() {
  in_host bash -c '
    bus=$(systemctl show --property MainPID --value dbus.service) dir=$(mktemp -d)
    trap "kill -CONT \$bus; rm -r \"\$dir\"" EXIT
    kill -STOP "$bus"
    one() {
      timeout --preserve-status --kill-after=5 --signal=INT "$limit" sdme "$@" < /dev/null > "$dir/$1$2" 2>&1
      echo "$1: $? $(cat "$dir/$1$2")"
    }
    limit=$1 running=$2 stopped=$3
    for verb in ps "start $stopped" "stop $running" "rm -f $stopped" "exec $running true" "join $running true"; do
      one $verb &
    done
    wait' bash "$1" "$running" "$stopped" > "$BATS_TEST_TMPDIR/out"
  LC_ALL=C sort "$BATS_TEST_TMPDIR/out"
}

# untouched: both containers are as they were
untouched() {
  in_host sdme exec "$running" true
  in_host sdme ps | grep "^$stopped .* stopped "
}

@test "a bus that does not answer is said to be stuck" {
  run without_answer 60
  [ "$output" = "$(for end in exec:125 join:125 ps:1 rm:1 start:1 stop:1; do
    echo "${end%:*}: ${end#*:} sdme-${end%:*}: the system bus does not answer, is dbus.service stuck?"
  done)" ]
  untouched
}

@test "^C ends who waits for a bus that does not answer" {
  run without_answer 2
  [ "$output" = "$(echo "exec: 130 "
    for verb in join ps rm start stop; do
      echo "$verb: 130 sdme-$verb: interrupted"
    done)" ]
  untouched
}
