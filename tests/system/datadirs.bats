#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# Two data directories with a container of the same name each: commands for one leave the other's alone.

load lib
setup_file() {
  import_debian
  in_host sh -c 'mkdir -p /var/lib/sdme/second/fs && cp -al /var/lib/sdme/fs/debian /var/lib/sdme/second/fs/ &&
    printf "[sdme]\ndatadir=/var/lib/sdme/second\n" > /etc/sdme-second.conf'
  second rm "$(second create)"
  host_setup
}
teardown_file() {
  host_clean_check
  in_host rm -r /var/lib/sdme/second /etc/sdme-second.conf
}
teardown() {
  [ -n "${BATS_TEST_COMPLETED-}" ] || { in_host sdme rm --all --force; second rm --all --force; } || true
}

second() { in_host sdme --config /etc/sdme-second.conf "$@"; }
status_of() { "${@:2}" ps | awk -v name="$1" '$1 == name { print $2 }'; }
first_is() { [ "$(status_of "$1" in_host sdme)" = "$2" ]; }
second_is() { [ "$(status_of "$1" second)" = "$2" ]; }
property() { in_host systemctl show --property="$2" --value "sdme@$1.service"; }

# refused WORDS CMD...: it fails and says so
refused() {
  run "${@:2}"
  if [ "$status" = 0 ] || [[ $output != *"$1"* ]]; then
    echo "${*:2}: status $status, $output"
    return 1
  fi
}

@test "the one that runs is its own data directory's" {
  c=$(unique twin)
  in_host sdme create -r debian "$c"
  second create -r debian "$c"
  for turn in first second; do
    own() { in_host sdme "$@"; }
    other() { second "$@"; }
    path=/var/lib/sdme
    if [ $turn = second ]; then
      own() { second "$@"; }
      other() { in_host sdme "$@"; }
      path=/var/lib/sdme/second
    fi
    own start "$c"
    before=$(property "$c" MainPID)
    [ "$(status_of "$c" own)" = running ]
    [ "$(status_of "$c" other)" = stopped ]
    refused "'$path'" other start "$c"
    refused "'$path'" other restart "$c"
    refused "'$path'" other exec "$c" true
    refused "'$path'" other enable "$c"
    refused "'$path'" other join --start "$c" true
    run other stop --kill "$c"
    [ "$status" = 0 ]
    [[ $output == *"not running"* ]]
    run other stop --all
    [[ $output == *"no running containers"* ]]
    other set "$c" --memory 512M
    [ "$(property "$c" MemoryMax)" = infinity ]
    other disable "$c"
    own exec "$c" true
    [ "$(property "$c" MainPID)" = "$before" ]
    own stop "$c"
    other set "$c" --memory ''
  done
  second start "$c"
  in_host sdme rm "$c"
  second_is "$c" running
  second exec "$c" true
  second rm "$c"
  host_clean_check
}

@test "what one has enabled stays so, whatever becomes of the other" {
  c=$(unique boots)
  in_host sdme create -r debian --enable "$c"
  second create -r debian "$c"
  link=/etc/systemd/system/multi-user.target.wants/sdme@$c.service
  refused "'/var/lib/sdme'" second enable "$c"
  refused "'/var/lib/sdme'" second start "$c"
  second disable "$c"
  in_host test -L "$link"
  second rm "$c"
  in_host test -L "$link"
  in_host sdme disable "$c"
  second create -r debian --enable --started "$c"
  in_host sdme rm "$c"
  in_host test -L "$link"
  second_is "$c" running
  second rm "$c"
  run in_host test -L "$link"
  [ "$status" = 1 ]
  host_clean_check
}

@test "another configuration of the same data directory is not another one" {
  c=$(unique same)
  in_host sh -c 'ln -s /var/lib/sdme /srv/same && printf "[sdme]\ndatadir=/srv/same\n" > /etc/sdme-third.conf'
  in_host sdme create --started -r debian "$c"
  run in_host sdme --config /etc/sdme-third.conf ps
  in_host sdme --config /etc/sdme-third.conf restart "$c"
  in_host sdme exec "$c" true
  in_host sdme enable "$c"
  in_host sdme --config /etc/sdme-third.conf rm "$c"
  in_host rm /srv/same /etc/sdme-third.conf
  [[ $output == *"$c"*running* ]]
  host_clean_check # the drop-in, too
}
