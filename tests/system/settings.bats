#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; load sets $tests
#
# What a container is made with and what comes of it: limits, mounts, environment, network, security.

load lib
setup_file() { host_setup; import_debian; }
teardown_file() { host_clean_check; }
teardown() { [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sdme rm --all --force || true; }

# limits NAME: as systemd has them, in one line
limits() {
  in_host systemctl show --value -p MemoryMax -p MemorySwapMax -p CPUQuotaPerSecUSec -p CPUWeight -p TasksMax \
    "sdme@$1.service" | paste -sd ' '
}

@test "limits: at the start, changed live, one alone, taken away, kept for the next start" {
  c=$(unique limits)
  G=$((1024 * 1024 * 1024))
  in_host sdme create --started -r debian --memory 1G --cpus 1.5 --cpu-weight 200 "$c"
  [ "$(limits "$c")" = "200 1.500000s $G $G 16384" ]
  in_host sdme set "$c" --memory 2G # the others stay
  run limits "$c"
  [[ " $output " == *" $((2 * G)) "* && $output == *1.5* && " $output " == *" 200 "* ]]
  [ "$(in_host systemctl show --value -p NeedDaemonReload "sdme@$c.service")" = no ]
  in_host sdme set "$c" --memory '' --cpus ''
  run limits "$c"
  [[ $output == *infinity*infinity*infinity* && " $output " == *" 200 "* ]]
  in_host systemctl daemon-reload # what was set live is not forgotten
  run limits "$c"
  [[ " $output " == *" 200 "* ]]
  run in_host sdme ps --json
  [[ $output == *'"limits":{"memory":null,"cpus":null,"cpu_weight":"200"}'* ]]

  in_host sdme stop --term "$c"
  in_host sdme set "$c" --cpu-weight '' --cpus 0.25 # while it is stopped
  in_host sdme start "$c"
  run limits "$c"
  [[ $output == *"250ms"* && $output == *"[not set]"* ]]
  in_host sdme rm "$c"
  [ "$(in_host systemctl show --value -p CPUQuotaPerSecUSec "sdme@$c.service")" = infinity ]
  host_clean_check
}

@test "limits, a restart policy and devices: systemd has the unit as it is on the disk" {
  c=$(unique reload)
  unit=sdme@$c.service
  needs_reload() { in_host systemctl show --value -p NeedDaemonReload "$unit"; }
  devices() { in_host systemctl show --value -p DeviceAllow "$unit"; }
  in_host sdme create --started -r debian --restart on-failure -b /dev/full:/dev/full -b /dev/loop-control:/dev/loop-control "$c"
  [ "$(needs_reload)" = no ]
  [[ $(devices) == *"/dev/full rwm"* && $(devices) == *"/dev/loop-control rwm"* ]]
  in_host sdme exec "$c" sh -c '! echo x > /dev/full' # it may be opened
  in_host sdme set "$c" --memory 1G --cpus 1
  [ "$(needs_reload)" = no ]
  in_host sdme restart --kill "$c"
  [ "$(needs_reload)" = no ]
  in_host systemctl daemon-reload
  [[ $(devices) == *"/dev/full rwm"* && $(devices) == *"/dev/loop-control rwm"* ]]
  [ "$(in_host systemctl show --value -p MemoryMax "$unit")" = $((1024 * 1024 * 1024)) ]
  in_host sdme rm --force "$c"
  host_clean_check
}

@test "tasks_max of the configuration" {
  c=$(unique tasks)
  in_host sh -c 'printf "[sdme]\ntasks_max=555\n" > /etc/sdme.conf'
  in_host sdme create --started -r debian "$c"
  [ "$(in_host systemctl show --value -p TasksMax "sdme@$c.service")" = 555 ]
  in_host rm /etc/sdme.conf
  in_host sdme restart --kill "$c"
  [ "$(in_host systemctl show --value -p TasksMax "sdme@$c.service")" = 16384 ]
  in_host sdme rm "$c"
  host_clean_check
}

@test "mounts and environment arrive byte by byte, whatever they are called" {
  c=$(unique binds)
  odd='a b%n$HOME\x"c'"'d"
  in_host sh -ec 'mkdir "/tmp/$1"; echo there > "/tmp/$1/file"' sh "$odd"
  in_host sdme create -r debian "$c" --bind "/tmp/$odd:/mnt/rw $odd" --bind "/tmp/$odd:/mnt/ro:ro" \
    --bind /dev/fuse:/dev/fuse -e "ODD=$odd" -e $'LINES=one\ntwo|three' -e EMPTY=
  in_host sdme start "$c"
  [ "$(in_host sdme exec "$c" cat "/mnt/rw $odd/file")" = there ]
  in_host sdme exec "$c" sh -c 'echo written > "$1/new"' sh "/mnt/rw $odd"
  [ "$(in_host cat "/tmp/$odd/new")" = written ]
  run in_host sdme exec "$c" touch /mnt/ro/x
  [ "$status" = 1 ]
  [[ $output == *"Read-only"* ]]
  in_host sdme exec "$c" sh -c ': < /dev/fuse'
  in_host sdme exec "$c" cat /proc/1/environ > "$BATS_TEST_TMPDIR/environ"
  grep -zxF "ODD=$odd" "$BATS_TEST_TMPDIR/environ"
  grep -zx "EMPTY=" "$BATS_TEST_TMPDIR/environ"
  [ "$(tr '\0' '\1' < "$BATS_TEST_TMPDIR/environ" | grep -ac $'LINES=one$')" = 1 ]
  tr '\0\n' '\n\1' < "$BATS_TEST_TMPDIR/environ" | grep -ax $'LINES=one\1two|three'
  in_host sdme rm "$c"
  in_host rm -r "/tmp/$odd"
  host_clean_check
}

@test "a user namespace, and a mount whose owners cannot be shifted: create and start say so" {
  c=$(unique unshifted)
  in_host sh -ec 'mkdir /tmp/shared; mount -t ramfs ramfs /tmp/shared'
  run in_host sdme create -r debian --userns --bind /tmp/shared:/mnt "$c"
  in_host umount /tmp/shared
  [ "$status" = 1 ]
  [[ $output == *"'/tmp/shared' cannot be in a container with a user namespace"* ]]
  in_host sdme create -r debian --userns --bind /tmp/shared:/mnt "$c"
  in_host mount -t ramfs ramfs /tmp/shared
  run --separate-stderr in_host sdme start "$c"
  in_host umount /tmp/shared
  [ "$status" = 1 ]
  [[ $stderr == *"'/tmp/shared' cannot be in a container with a user namespace"* ]]
  [[ $stderr != *journal* ]] # nothing was tried
  in_host sdme rm "$c"
  in_host rm -r /tmp/shared
  host_clean_check
}

@test "a user namespace: its own ids, nothing chowned, mounts with the ids inside" {
  a=$(unique ids) b=$(unique ids)
  in_host sh -ec 'mkdir /tmp/shared; chown tester: /tmp/shared; stat -c "%u %n" /var/lib/sdme/fs/debian/usr/bin/* > /tmp/owners'
  for c in "$a" "$b"; do in_host sdme create --started -r debian --userns --bind /tmp/shared:/mnt "$c"; done
  first() { in_host sdme exec "$1" awk '{ print $2 }' /proc/1/uid_map; }
  [ "$(first "$a")" -ge 524288 ]
  [ "$(first "$a")" != "$(first "$b")" ]
  [ "$(in_host sdme exec "$a" stat -c %u /usr/bin/env /root /etc/hostname | sort -u)" = 0 ]
  in_host sdme exec "$a" sh -c 'touch /root/mine /mnt/of-root'
  [ "$(in_host stat -c %u /tmp/shared/of-root)" = 0 ] # not the shifted id
  in_host sh -ec 'stat -c "%u %n" /var/lib/sdme/fs/debian/usr/bin/* | cmp - /tmp/owners'
  [ "$(in_host stat -c %u "/var/lib/sdme/containers/$a/upper/root/mine")" = "$(first "$a")" ]
  in_host sdme restart "$a"
  [ "$(in_host sdme exec "$a" stat -c %u /root/mine)" = 0 ]
  run in_host sdme ps
  [[ $output == *"$a"*running*yes* ]]
  in_host sdme rm "$a" "$b"
  in_host rm -r /tmp/shared /tmp/owners
  host_clean_check
}

@test "networks: none but its own loopback, a veth, a zone with addresses and ports" {
  a=$(unique none) b=$(unique zone)
  in_host sdme create --started -r debian --private-network "$a"
  [ "$(in_host sdme exec "$a" ip -o link | grep -vc ' \(lo\|sit0\|tunl0\|ip6tnl0\|gre0\|gretap0\|erspan0\|ip_vti0\|ip6_vti0\|ip6gre0\)[@:]')" = 0 ]
  in_host sdme create --started -r debian --network-zone test --port 8080:80 --port udp:53 "$b"
  in_host ip link show vz-test
  [ "$(in_host sdme exec "$b" readlink /etc/systemd/system/multi-user.target.wants/systemd-networkd.service)" = /usr/lib/systemd/system/systemd-networkd.service ]
  has_address() { in_host sdme ps | grep -Eq "^$1 .* [0-9]+\.[0-9]+\.[0-9]+\.[0-9]+"; }
  wait_until 30 has_address "$b"
  run in_host sdme ps --json
  [[ $output != *fe80* ]]
  [[ $output == *'"network_zone":"test","ports":["tcp:8080:80","udp:53:53"]'* ]]
  run in_host sh -c 'tr "\0" "\n" < /proc/$(systemctl show -p MainPID --value "sdme@$1")/cmdline' sh "$b"
  [[ $output == *$'--port=tcp:8080:80\n--port=udp:53:53'* ]]
  in_host sdme rm "$a" "$b"
  host_clean_check
}

@test "--hardened and --strict boot; capabilities, filters and no-new-privileges are in force" {
  a=$(unique hard) b=$(unique strict) c=$(unique own)
  in_host sdme create --started -r debian --hardened "$a"
  in_host sdme create --started -r debian --strict "$b"
  in_host sdme create --started -r debian --drop-capability net_raw --capability CAP_NET_ADMIN \
    --system-call-filter '~@debug' --read-only "$c"
  status_line() { in_host sdme exec "$1" awk -v key="$2:" '$1 == key { print $2 }' /proc/1/status; }
  for name in "$a" "$b"; do
    [ "$(status_line "$name" NoNewPrivs)" = 1 ]
    [ $((0x$(status_line "$name" CapBnd) & 1 << 19)) = 0 ] # SYS_PTRACE
    [ "$(in_host sdme exec "$name" awk '{ print ($2 > 0) }' /proc/1/uid_map)" = 1 ]
  done
  bounding=$(status_line "$c" CapBnd)
  [ $((0x$bounding & 1 << 13)) = 0 ] # NET_RAW
  [ $((0x$bounding & 1 << 12)) != 0 ] # NET_ADMIN
  run in_host sdme exec "$c" touch /usr/x
  [[ $output == *"Read-only"* ]]
  in_host sdme rm "$a" "$b" "$c"
  host_clean_check
}

@test "a layered root filesystem: the layer on its base" {
  c=$(unique layered)
  in_host sh -ec 'cd /var/lib/sdme/fs; mkdir -p layer/opt layer/etc; echo of the layer > layer/opt/file
    echo layered > layer/etc/issue; printf "BASE=debian\nDISTRO=Layered\n" > .layer.meta'
  in_host sdme create --started -r layer "$c"
  [ "$(in_host sdme exec "$c" cat /opt/file)" = "of the layer" ]
  [ "$(in_host sdme exec "$c" cat /etc/issue)" = layered ]
  in_host sdme exec "$c" sh -c 'echo mine > /opt/file'
  [ "$(in_host cat /var/lib/sdme/fs/layer/opt/file)" = "of the layer" ]
  in_host sdme rm "$c"
  in_host sdme fs rm layer
  host_clean_check
}

@test "a drop-in that an administrator wrote survives a start, and goes with the container" {
  c=$(unique edited)
  in_host sdme create -r debian "$c"
  in_host sh -c 'mkdir "$0" && printf "[Service]\nNice=5\n" > "$0/override.conf"' "/etc/systemd/system/sdme@$c.service.d"
  in_host sdme start "$c"
  in_host test -e "/etc/systemd/system/sdme@$c.service.d/override.conf"
  in_host sdme rm "$c"
  run ! in_host test -e "/etc/systemd/system/sdme@$c.service.d"
}
