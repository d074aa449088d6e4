#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # what is expanded in the host is not to be here; load and run set variables
#
# Connectors, with the commands of the documents: a program of an image, offered by one container to others.

load lib
load appimages
setup_file() { apps_setup; }
setup() { apps_check; }
teardown_file() { apps_teardown; }
teardown() { [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sdme rm --all --force 2> /dev/null || true; }

fs=/var/lib/sdme/fs

# pair SERVER-FLAG CLIENT-FLAG: a container that offers jq, and one that may call it: $server and $client
pair() {
  server=$(unique jq) client=$(unique client)
  has jq jq --oci-mode=connector
  in_host sdme new -r jq $1 "$server" -- true
  in_host sdme new -r ubuntu $2 --connector jq "$client" -- true
}
unpair() { in_host sdme rm --force "$server" "$client" 2> /dev/null; }

@test "import: a connector is a socket, a server and links; it needs a base" {
  run in_host sdme fs import jq "$hub/jq" --oci-mode=connector
  [ "$status" = 1 ]
  [[ $output == *--base-fs* ]]
  imports jq "$hub/jq" --oci-mode=connector --base-fs=ubuntu -v
  [ "$(in_host cat $fs/jq/oci/proxy-mode)" = jq ]
  run -0 in_host cat $fs/jq/etc/systemd/system/sdme-oci-app.socket
  [[ $output == *ListenStream=/connectors/jq/jq.sock* ]]
  [ "$(in_host readlink $fs/jq/connectors/jq/jq)" = /usr/libexec/sdme-connector-client ]
}

@test "a client calls it by its link, and by the client program; with arguments, input and status" {
  for flags in " " "--userns --userns" "--userns " " --userns"; do
    pair "${flags% *}" "${flags#* }"
    [ "$(in_host sdme exec "$client" /connectors/jq/jq -c .a <<< '{"a": [1, 2]}')" = '[1,2]' ]
    [ "$(in_host sdme exec "$client" /usr/libexec/sdme-connector-client --connector-dir=/connectors/jq --name=jq -- -c .a \
      <<< '{"a": [1, 2]}')" = '[1,2]' ]
    run -0 in_host sdme exec "$client" sdme-connector-client --connector-dir /connectors/jq --name jq -- --version
    [[ $output == jq-* ]]
    [ "$(in_host sdme exec "$client" sh -c 'echo $SDME_CONNECTOR_DIR')" = /connectors/jq ]
    run in_host sdme exec "$client" /connectors/jq/jq -e .b <<< '{"a": 1}'
    [ "$status" = 1 ]
    [ "$output" = null ]
    run in_host sdme exec "$client" /connectors/jq/jq 'halt_error(7)' <<< '"bye\n"'
    [ "$status" = 7 ]
    [ "$output" = bye ]
    run -0 in_host sdme exec "$client" /connectors/jq/jq -r --arg x 'a "b" $c %d'$'\n' '$x' <<< null
    [ "$output" = 'a "b" $c %d' ]
    unpair
  done
}

@test "pipelines across containers" {
  pair
  in_host sdme exec "$client" sh -c 'for i in $(seq 1000); do echo "{\"n\": $i}"; done > data'
  [ "$(in_host sdme exec "$client" sh -c 'cat data | /connectors/jq/jq .n | wc -l')" = 1000 ]
  [ "$(in_host sh -c 'sdme exec "$0" /connectors/jq/jq -c "select(.n < 4)" | jq -s "map(.n) | add"' "$client" \
    < <(for i in 1 2 3 4 5; do echo "{\"n\": $i}"; done))" = 6 ]
  # 32 MiB of anything, there and back
  in_host bash -ec 'head -c 33554432 /dev/urandom > /run/in; trap "rm /run/in /run/out" EXIT
    base64 -w 76 /run/in | sdme exec "$0" /connectors/jq/jq -R . > /run/out
    sdme exec "$0" /connectors/jq/jq -r . < /run/out | base64 -d | cmp - /run/in' "$client"
  unpair
}

@test "the socket starts the server, which leaves when nobody calls; its container may go and come" {
  pair
  active() { in_host sdme exec "$server" systemctl is-active sdme-oci-app.service 2> /dev/null; }
  inactive() { [ "$(active)" = inactive ]; }
  [ "$(in_host sdme exec "$server" systemctl is-active sdme-oci-app.socket)" = active ]
  wait_until 60 inactive
  [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 1}')" = 1 ]
  [ "$(active)" = active ]
  wait_until 60 inactive
  [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 2}')" = 2 ]
  in_host sdme stop "$server" 2> /dev/null
  run in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 1}'
  [ "$status" = 1 ]
  [ -n "$output" ]
  in_host sdme start "$server"
  [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 3}')" = 3 ]
  in_host sdme stop "$client" 2> /dev/null
  in_host sdme start "$client"
  [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 4}')" = 4 ]
  unpair
}

@test "a client that dies takes its command with it, and the next one has its turn" {
  pair
  runs() { in_host sdme exec "$server" sh -c 'cat /proc/[0-9]*/comm' | grep -qx jq; }
  mkfifo "$BATS_TEST_TMPDIR/in"
  for signal in TERM INT KILL; do
    in_host sdme exec "$client" sh -c 'echo $$ > /run/client; exec /connectors/jq/jq .' <> "$BATS_TEST_TMPDIR/in" \
      > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    wait_until 20 runs
    in_host sdme exec "$client" sh -c 'kill -'$signal' "$(cat /run/client)"'
    run ! wait $!
    wait_until 20 eval '! runs'
    [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 1}')" = 1 ]
  done
  unpair
}

@test "what a client does not say is what the server has: environment and directory" {
  has shell ubuntu:24.04 --oci-mode=connector
  server=$(unique shell) client=$(unique client)
  in_host sdme new -r shell --oci-env OWN=server "$server" -- true
  in_host sdme new -r ubuntu --connector shell "$client" -- true
  call() { in_host sdme exec "$client" "$@"; }
  run -0 call sh -c 'cd /etc && MINE=1 /connectors/shell/shell -c "pwd; echo \"[\$MINE]\" \"[\$OWN]\"; cat /proc/1/comm; hostname"'
  [ "${lines[0]}" = / ]
  [ "${lines[1]}" = "[] [server]" ]
  [ "${lines[3]}" = "$server" ]
  run -0 call /connectors/shell/bash -c 'echo by the name of the program'
  [ "$output" = "by the name of the program" ]
  run call /connectors/shell/shell -c 'exit 42'
  [ "$status" = 42 ]
  run call /connectors/shell/shell -c 'kill -KILL $$'
  [ "$status" = 137 ]
  # both outputs, and a terminal
  run --separate-stderr call /connectors/shell/shell -c 'echo out; echo err >&2'
  [ "$output $stderr" = "out err" ]
  run -0 on_tty sdme exec -t "$client" sh -c 'stty rows 33 cols 77; /connectors/shell/shell -c "test -t 0 && stty size < /dev/tty"'
  [[ $output == *"33 77"* ]]
  unpair
}

@test "connector add, ls and rm: on a container that is there, after it was started again" {
  has jq jq --oci-mode=connector
  server=$(unique jq) client=$(unique mybox)
  in_host sdme create --started -r jq "$server"
  in_host sdme create --started -r ubuntu "$client"
  run -0 in_host sdme connector ls "$client"
  [[ $output == *"no connectors"* ]]
  run -0 in_host sdme connector add "$client" jq
  [[ $output == *"$client"* ]]
  run -0 --separate-stderr in_host sdme connector ls "$client"
  [[ $output == *jq* ]]
  run -0 in_host sdme connector add "$client" jq # again
  in_host sh -c 'sdme stop "$0" && sdme start "$0"' "$client"
  [ "$(in_host sdme exec "$client" /connectors/jq/jq .a <<< '{"a": 1}')" = 1 ]
  # the client has it to read
  run in_host sdme exec "$client" touch /connectors/jq/mine
  [ "$status" != 0 ]
  run -0 in_host sdme connector rm "$client" jq
  run in_host sdme connector rm "$client" jq
  [ "$status" = 1 ]
  run -0 in_host sdme connector ls "$client"
  [[ $output == *"no connectors"* ]]
  in_host sdme restart "$client"
  in_host sdme exec "$client" test ! -e /connectors/jq/jq
  run in_host sdme connector add "$client" nosuch
  [ "$status" = 1 ]
  [[ $output == *nosuch* ]]
  unpair
}

@test "several connectors in one client" {
  has jq jq --oci-mode=connector
  has shell ubuntu:24.04 --oci-mode=connector
  server=$(unique jq) other=$(unique shell) client=$(unique client)
  in_host sdme create --started -r jq "$server"
  in_host sdme create --started -r shell "$other"
  in_host sdme create --started -r ubuntu --connector jq --connector shell "$client"
  [ "$(in_host sdme exec "$client" sh -c '/connectors/shell/shell -c "echo {}" | /connectors/jq/jq -c "[.]"')" = '[{}]' ]
  [ "$(in_host sdme exec "$client" sh -c 'echo $SDME_CONNECTOR_DIR')" = /connectors ]
  [ "$(in_host sdme exec "$client" /usr/libexec/sdme-connector-client --connector-dir=/connectors/jq --name=jq -- -n 1)" = 1 ]
  in_host sdme rm --force "$other" 2> /dev/null
  unpair
}

@test "nginx as a connector, as the documents have it" {
  imports nginx "$hub/nginx" --oci-mode=connector --base-fs=ubuntu -v
  server=$(unique nginx) client=$(unique client)
  in_host sdme new -r nginx "$server" -- true
  in_host sdme new -r ubuntu --connector nginx "$client" -- true
  in_host sdme exec "$client" test -L /connectors/nginx/nginx
  run -0 in_host sdme exec "$client" /connectors/nginx/nginx -v # behind nginx -g 'daemon off;'
  [[ $output == *"nginx version: nginx/"* ]]
  run -0 in_host sdme exec "$client" sdme-connector-client --connector-dir=/connectors/nginx --name=nginx -- -t
  [[ $output == *"syntax is ok"* ]]
  # nobody starts it but a client, and it goes with the client
  run ! is_served http://localhost
  in_host sdme exec "$client" sh -c 'echo $$ > /run/client; exec /connectors/nginx/nginx' \
    > "$BATS_TEST_TMPDIR/out" 2>&1 < /dev/null 3>&- &
  wait_until 30 is_served http://localhost
  in_host sdme exec "$client" sh -c 'kill -KILL "$(cat /run/client)"'
  run ! wait $!
  is_gone() { ! is_served http://localhost; }
  wait_until 30 is_gone
  [[ $(< "$BATS_TEST_TMPDIR/out") == *"start worker process"* ]]
  unpair
}
