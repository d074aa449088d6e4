#!/usr/bin/env bats
# shellcheck disable=SC2154  # load sets $tests
#
# enable, disable, and what is there again after the host was rebooted: in a host of their own.

load lib
setup_file() {
  # from here on "in_host" is the host of this file
  export TESTHOST=$BATS_FILE_TMPDIR/host
  "$tests/testhost" start --owner $$ "$TESTHOST"
  import_debian
}
teardown_file() { "$tests/testhost" stop "$TESTHOST"; }

reboot_host() {
  "$tests/testhost" restart "$TESTHOST"
  wait_until 30 in_host test -S /run/dbus/system_bus_socket
}
status_of() { in_host sdme ps | awk -v name="$1" '$1 == name { print $2, $3, $5 }'; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
property() { in_host systemctl show --property="$2" --value "sdme@$1.service"; }

@test "enabled and never started: it comes up with the host, from the state file alone" {
  in_host sdme create -r debian plain
  in_host sdme create -r debian --enable --userns --memory 512M --cpu-weight 50 --network-zone z limited
  in_host sdme create -r debian --restart on-failure --enable again
  in_host sdme create -r debian not
  run --separate-stderr in_host sdme enable plain
  [ "$status" = 0 ]
  [ "$output" = plain ]
  has_status plain "stopped ok yes"
  has_status not "stopped ok no"

  reboot_host
  for c in plain limited again; do wait_until 40 has_status "$c" "running ok yes"; done
  has_status not "stopped ok no"
  [ "$(property limited MemoryMax)" = $((512 * 1024 * 1024)) ]
  [ "$(property limited CPUWeight)" = 50 ]
  [ "$(in_host sdme exec limited hostname)" = limited ]
  run in_host sdme exec limited awk '{ print ($2 > 0), $3 }' /proc/1/uid_map
  [ "$output" = "1 65536" ]
  in_host test -e /sys/class/net/vz-z
  [ "$(property again Restart)" = on-failure ]
}

@test "disabled: it runs on, and does not come up again" {
  run --separate-stderr in_host sdme disable limited again
  [ "$status" = 0 ]
  [ "$output" = $'limited\nagain' ]
  has_status limited "running ok no"
  in_host sdme stop plain # stopped, but enabled
  reboot_host
  wait_until 40 has_status plain "running ok yes"
  has_status limited "stopped ok no"
  has_status again "stopped ok no"
  run in_host ls /etc/systemd/system/multi-user.target.wants
  [[ $output == *sdme@plain.service* ]]
  [[ $output != *sdme@limited.service* ]]
}

@test "another configuration: what it enables boots from there" {
  in_host sh -c 'mkdir -p /srv/conf /var/lib/sdme/other/fs && ln -s /var/lib/sdme/other /srv/elsewhere &&
    cp -al /var/lib/sdme/fs/debian /var/lib/sdme/other/fs/ &&
    printf "[sdme]\ndatadir=/srv/elsewhere\n" > "/srv/conf/s d%n.conf"'
  in_host sdme --config '/srv/conf/s d%n.conf' create --enable -r debian other
  reboot_host
  there() { [[ $(in_host sdme --config '/srv/conf/s d%n.conf' ps) == *other*running*ok*yes* ]]; }
  wait_until 40 there
  run in_host sdme ps
  [[ $output != *other* ]]
  in_host sdme --config '/srv/conf/s d%n.conf' rm other
}

@test "rm takes the enablement along" {
  in_host sdme rm --all --force
  run in_host sh -c 'find /etc/systemd/system /run/systemd -name "sdme@?*" ! -name sdme@.service'
  [ "$output" = "" ]
  reboot_host
  run in_host sh -c 'systemctl list-units --all --plain --no-legend "sdme@*"; systemctl --failed --no-legend'
  [ "$output" = "" ]
}
