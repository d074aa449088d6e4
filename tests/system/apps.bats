#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # the host's shell expands; run sets $output and $status
#
# Images of applications, imported onto a system and booted: what is in the layer is what systemd runs.

load lib

setup_file() {
  images=$("$tests/images" apps 2> "$BATS_FILE_TMPDIR/images.err") || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/images.err")"
  export layout=$images/layout
  host_setup
  import_debian
}
teardown_file() { host_clean_check; }
teardown() {
  in_host sh -c 'sdme rm --all --force; sdme fs rm shop web words tools; rm -rf /run/apps /var/lib/sdme/volumes /var/lib/sdme/connectors' \
    > /dev/null 2>&1 || true
}

import() { in_host sdme fs import --quiet "$@"; }
serves() { in_host curl -sf http://localhost | grep -q 'Welcome to nginx'; }
# The same where it has a network of its own.
serves_inside() {
  in_host sdme exec "$c" bash -c 'exec 3<>/dev/tcp/localhost/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3' 2> /dev/null |
    grep -q 'Welcome to nginx'
}
is_inactive() { ! in_host sdme exec "$1" systemctl --quiet is-active "$2"; }

# boot NAME OPTION...: a container of that root filesystem, booted
boot() {
  local rootfs=$1
  shift
  c=$(unique "$rootfs")
  in_host sdme create -r "$rootfs" "$c" "$@"
  in_host sdme start "$c"
}

is_a_service() { # WHAT TELLS, CREATE-OPTION...
  boot web "${@:2}"
  wait_until 20 "$1"
  run -0 --separate-stderr in_host sdme exec "$c" systemctl is-enabled sdme-oci-web.service sdme-oci-app.service
  [ "$output" = $'enabled\nalias' ]
  run -0 --separate-stderr in_host sdme exec "$c" systemctl show -p Id -p ActiveState --value sdme-oci-app.service
  [ "$output" = $'sdme-oci-web.service\nactive' ] || [ "$output" = $'active\nsdme-oci-web.service' ]
  # The lines of its program are there under both names, each of them once.
  in_host sdme exec "$c" journalctl --sync
  in_host sdme exec "$c" journalctl -q -o cat -t web -u sdme-oci-web.service > wanted
  grep -q 'start worker process' wanted
  in_host sdme exec "$c" journalctl -q -o cat -u sdme-oci-app.service | diff wanted -
  # Its own signal ends it, and that is no failure.
  in_host sdme exec "$c" systemctl stop sdme-oci-app.service
  run -0 --separate-stderr in_host sdme exec "$c" systemctl show -p Result -p ActiveState --value sdme-oci-web.service
  [[ $output == *success* ]]
  [[ $output == *inactive* ]]
  in_host sdme exec "$c" journalctl -q -o cat --sync
  [[ $(in_host sdme exec "$c" journalctl -q -o cat -u sdme-oci-app.service) == *'signal 3 (SIGQUIT) received'* ]]
  in_host sdme exec "$c" systemctl start sdme-oci-app.service
  wait_until 20 "$1"
  in_host sdme rm --force "$c"
}

@test "an application is a service of its containers, with two names" {
  import web "$layout:nginx" --base-fs=debian
  cd "$BATS_TEST_TMPDIR"
  is_a_service serves
  is_a_service serves_inside --userns --private-network
}

@test "the directories of the layer look as those of the base" {
  import web "$layout:nginx" --base-fs=debian
  boot web
  for dir in / /etc /etc/systemd /etc/systemd/system/multi-user.target.wants; do
    run -0 --separate-stderr in_host sdme exec "$c" stat -c '%A %u %g' "$dir"
    [ "$output" = "$(in_host stat -c '%A %u %g' "/var/lib/sdme/fs/debian$dir")" ]
  done
}

@test "several applications in one container, each a service" {
  import shop "$layout:nginx" --base-fs=debian --app=nginx
  import shop "$layout:redis" --add-app --app=redis
  boot shop
  wait_until 20 serves
  wait_until 20 in_host redis-cli ping
  run -0 --separate-stderr in_host sdme exec "$c" systemctl is-active sdme-oci-nginx.service sdme-oci-redis.service
  [ "$output" = $'active\nactive' ]
  run ! in_host sdme exec "$c" systemctl cat sdme-oci-app.service
  # One goes without the other.
  in_host sdme exec "$c" systemctl stop sdme-oci-nginx.service
  wait_until 10 is_inactive "$c" sdme-oci-nginx.service
  run -0 --separate-stderr in_host redis-cli ping
  [ "$output" = PONG ]
}

@test "of a container that is stopped, logs --oci shows the journal that it has kept" {
  import web "$layout:nginx" --base-fs=debian
  boot web
  wait_until 20 serves
  in_host sdme stop "$c"
  run -0 in_host sdme logs --oci "$c" --no-pager -o cat
  [[ $output == *'start worker process'*'signal 3 (SIGQUIT) received'* ]]
  in_host sh -c 'cd "/var/lib/sdme/containers/$0/upper/var/log" && mv journal other && ln -s /var/log/journal journal' "$c"
  run -125 in_host sdme logs --oci "$c" # nothing outside of the layer is read
  in_host rm "/var/lib/sdme/containers/$c/upper/var/log/journal"
  run -125 in_host sdme logs --oci "$c"
  [[ $output == *"'$c' is not running, and has kept no journal (sdme start $c boots it)" ]]
}

@test "what an image says reaches its program byte by byte, and no unit" {
  in_host sh -c 'mkdir /run/apps && cp -a "$1" /run/apps/layout' sh "$layout"
  in_host umoci config --image /run/apps/layout:nginx --clear=config.entrypoint --clear=config.cmd \
    --config.entrypoint /bin/sh --config.entrypoint -c \
    --config.entrypoint 'printf "<%s>" "$@" "$TWO" "$PERCENT" "$(pwd)" > /tmp/said; exec sleep inf' --config.entrypoint sh \
    --config.cmd '%n' --config.cmd '${HOME}' --config.cmd $'a\n[Service]\nUser=nobody' --config.cmd '"'\''\x41 ;' \
    --config.env $'TWO=1\nExecStart=2' --config.env 'PERCENT=%i "$$" #' --config.workingdir /usr/share
  import words /run/apps/layout:nginx --base-fs=debian
  boot words
  wait_until 20 in_host sdme exec "$c" test -s /oci/root/tmp/said
  run -0 --separate-stderr in_host sdme exec "$c" cat /oci/root/tmp/said
  [ "$output" = $'<%n><${HOME}><a\n[Service]\nUser=nobody><"\'\\x41 ;><1\nExecStart=2><%i "$$" #></usr/share>' ]
}

@test "a connector is started by its socket, for a client in another container" {
  import tools "$layout:jq" --base-fs=debian --oci-mode=connector
  boot tools
  wait_until 20 in_host sdme exec "$c" systemctl --quiet is-active sdme-oci-app.socket
  is_inactive "$c" sdme-oci-app.service
  client=$(unique client)
  in_host sdme create -r debian "$client" --connector tools
  in_host sdme start "$client"
  run -0 --separate-stderr in_host sdme exec "$client" sh -c 'echo "{\"a\": 7}" | /connectors/tools/tools .a; /connectors/tools/jq -n 1+1'
  [ "$output" = $'7\n2' ]
  run -0 --separate-stderr in_host sdme exec "$c" systemctl is-active sdme-oci-tools.service
}

@test "a connector outlives servers that are killed one after the other" {
  import tools "$layout:jq" --base-fs=debian --oci-mode=connector
  boot tools
  client=$(unique client)
  in_host sdme create -r debian "$client" --connector tools
  in_host sdme start "$client"
  for round in 1 2 3 4 5 6 7 8; do
    run -0 --separate-stderr in_host sdme exec "$client" /connectors/tools/tools -n "$round"
    [ "$output" = "$round" ]
    in_host sdme exec "$c" systemctl kill --signal=KILL sdme-oci-tools.service
    wait_until 10 is_inactive "$c" sdme-oci-tools.service
  done
}

is_one_of_four() { [ "$(in_host sdme ps --json | jq -r '.[] | select(.status == "running").name')" = "$(cat started)" ]; }

@test "of several servers of a connector that start together, one does" {
  cd "$BATS_TEST_TMPDIR"
  import tools "$layout:jq" --base-fs=debian --oci-mode=connector
  for name in one two three four; do in_host sdme create -r tools "$name"; done
  for round in 1 2 3; do
    for name in one two three four; do in_host sdme start "$name" > "$name.out" 2> "$name.err" & done < /dev/null
    wait
    cat ./*.out > started
    [ "$(wc -l < started)" = 1 ]
    grep -qF "is offered by container '$(cat started)' already" ./*.err
    is_one_of_four
    in_host sdme stop "$(cat started)"
  done
}
