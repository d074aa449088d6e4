#!/usr/bin/env bats
# Connectors: a command behind a socket is as if it were here.

load lib
setup_file() { export BATS_TEST_TIMEOUT=25; }
setup() { cli_setup; }
teardown() {
  local pid
  cd "$BATS_TEST_TMPDIR" || return
  # Who listens first, or it starts the server again.
  for pid in $(cat children ./*.pid 2>/dev/null); do kill -9 "$pid" 2>/dev/null || :; done
}

# serve NAME COMMAND...: listen on ./NAME/NAME.sock and run the command for it, as systemd does
serve() {
  local name=$1
  shift
  python3 "$peer" activate "$name/${name##*/}.sock" "${name##*/}.pid" "$@" > "${name##*/}.log" 2>&1 3>&- &
  echo $! >> children
  until [ -S "$name/${name##*/}.sock" ]; do sleep .05; done
}

peer="$BATS_TEST_DIRNAME/connector.py"
onpty="$BATS_TEST_DIRNAME/../system/onpty.py"

# connector NAME [COMMAND...]: a connector in ./NAME, of a shell that runs its arguments unless another command is
# given; the links of clients lead to a file of the client's name, as they do in a container
connector() {
  local name=$1
  shift
  mkdir -p libexec "$name"
  [ -e libexec/sdme-connector-client ] || cp "$SDME_BUILD/sdme" libexec/sdme-connector-client
  ln -s ../libexec/sdme-connector-client "$name/$name"
  [ $# != 0 ] || set -- sh -c 'exec "$@"' sh
  serve "$name" "$SDME_BUILD/sdme-connector-server" ${idle:+--idle "$idle"} "$@"
}

@test "output, error and exit status are the command's" {
  connector c
  run --separate-stderr c/c sh -c 'echo out; echo err >&2; exit 42'
  [ "$status" = 42 ]
  [ "$output" = out ]
  [ "$stderr" = err ]
  run -143 c/c sh -c 'kill $$'
  run -137 c/c sh -c 'kill -9 $$'
  run -0 c/c true
}

@test "a command that is not there, or no program" {
  connector c /nonexistent/command
  run -127 --separate-stderr c/c
  [[ $stderr = *"cannot run '/nonexistent/command'"* ]]
  connector d "$PWD"
  run -126 --separate-stderr d/d
  printf '\177ELF' > broken
  chmod +x broken
  connector e "$PWD/broken"
  run -126 --separate-stderr e/e
  [[ $stderr = *"cannot run"*broken* ]]
}

@test "arguments arrive as they are, those that look like options included" {
  connector c printf '<%s>'
  run -0 c/c --help --name=x -- '' 'a b' $'new\nline' '"\%' $'\xff\x01' é
  [ "$output" = $'<--help><--name=x><--><><a b><new\nline><"\\%><\xff\x01><é>' ]
  run -0 sdme connector-client --connector-dir=c --name=c -- -x --help
  [ "$output" = "<-x><--help>" ]
}

@test "neither environment nor directory of the client reach the command" {
  SECRET_OF_SERVER=1 connector c
  mkdir elsewhere
  cd elsewhere
  SECRET_OF_CLIENT=1 ../c/c sh -c 'env; pwd' > ../out
  cd ..
  grep -qx SECRET_OF_SERVER=1 out
  run -1 grep SECRET_OF_CLIENT out
  run -1 grep LISTEN out
  grep -qx "$PWD" out
}

@test "any bytes in any number go in and out" {
  connector c
  connector d # a pipeline through one alone would wait for itself
  head -c 5000000 /dev/urandom > bulk
  c/c cat < bulk > copy
  cmp bulk copy
  # shellcheck disable=SC2002
  cat bulk | c/c cat | d/d cat | cat > copy
  cmp bulk copy
  c/c wc -c < /dev/null
  c/c sh -c 'echo x >&2; cat' < bulk 2> words > copy
  cmp bulk copy
  [ "$(cat words)" = x ]
}

@test "the client's words on the wire" {
  mkdir c
  python3 "$peer" serve c/c.sock '\0\0\0\x0f{"exit_code":7}' > seen 3>&- &
  until [ -S c/c.sock ]; do sleep .05; done
  run -7 sdme connector-client --connector-dir c --name c -- -n 'a"b'
  wait $!
  [ "$(cat seen)" = "b'\\x00\\x00\\x00\\x16{\"argv\":[\"-n\",\"a\\\\\"b\"]}' 3" ]
}

@test "the server's words on the wire" {
  connector c
  run -0 python3 "$peer" peer c/c.sock three
  [ "$output" = "b'\\x00\\x00\\x00\\x0f{\"exit_code\":0}'" ]
}

@test "an answer that is none" {
  local reply
  for reply in '' '\0\0\0\x02{}' '\0\0\0\x11{"exit_code":256}' '\xff\xff\xff\xff' 'HTTP/1.0 200 OK\r\n\r\n' '\0\0\0\x0f{"exit_code"'; do
    mkdir c
    python3 "$peer" serve c/c.sock "$reply" > seen 3>&- &
    until [ -S c/c.sock ]; do sleep .05; done
    run -1 --separate-stderr sdme connector-client --connector-dir c --name c
    [[ $stderr = *"the connector "*answer* ]]
    wait $!
    rm -r c
  done
}

@test "a signal to the client goes to the command" {
  local signal
  connector c
  for signal in TERM INT QUIT USR1 USR2; do
    # A job of a shell without job control ignores SIGINT and SIGQUIT, and a program it starts too.
    python3 - "$signal" <<'PYTHON'
import os, signal, subprocess, sys
number = getattr(signal, "SIG" + sys.argv[1])
command = "trap 'echo got " + sys.argv[1] + "; exit 9' " + sys.argv[1] + "; echo ready; while :; do sleep .05; done"
client = subprocess.Popen(["c/c", "sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
assert client.stdout.readline() == "ready\n"
client.send_signal(number)
assert client.stdout.readline() == "got " + sys.argv[1] + "\n"
assert client.wait() == 9
PYTHON
  done
}

@test "the third SIGINT ends the client, and the command with it" {
  connector c
  python3 - <<'PYTHON'
import signal, subprocess, time
command = "trap 'echo got' INT; echo $$; while :; do sleep .05; done"
client = subprocess.Popen(["c/c", "sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
pid = int(client.stdout.readline())
for _ in range(2):
    client.send_signal(signal.SIGINT)
    assert client.stdout.readline() == "got\n"
client.send_signal(signal.SIGINT)
assert client.wait() == 130
open("command", "w").write(str(pid))
PYTHON
  for _ in $(seq 200); do [ -e "/proc/$(cat command)" ] || return 0; sleep .05; done
  false
}

@test "a client that dies takes its command with it, one that ignores SIGTERM too" {
  local ignore client pid
  connector c
  for ignore in : "trap '' TERM HUP"; do
    rm -f started
    c/c sh -c "$ignore; echo \$\$ > $PWD/started; while :; do sleep .05; done" 3>&- &
    client=$!
    until [ -s started ]; do sleep .05; done
    pid=$(cat started)
    kill -9 $client
    wait $client || :
    for _ in $(seq 300); do [ -e "/proc/$pid" ] || break; sleep .05; done
    [ ! -e "/proc/$pid" ]
    run -0 c/c echo next
    [ "$output" = next ]
  done
}

@test "one client at a time, the others wait" {
  local i clients=()
  connector c
  for i in 1 2 3; do
    c/c sh -c "[ ! -e $PWD/busy ] || echo together; touch $PWD/busy; sleep .3; rm $PWD/busy" > "out.$i" 2>&1 3>&- &
    clients+=($!)
  done
  for i in "${clients[@]}"; do wait "$i"; done
  [ -z "$(cat out.*)" ]
}

@test "a client that waits ends when it is told to" {
  connector c
  c/c sh -c "echo x > $PWD/started; while [ ! -e $PWD/stop ]; do sleep .05; done" 3>&- &
  until [ -s started ]; do sleep .05; done
  # What it passed on is in the server's queue, and "run" would wait for it.
  run -143 timeout --preserve-status .3 sh -c 'exec c/c touch "$PWD/second" > out 2>&1'
  touch stop
  wait $!
  c/c true
  [ ! -e second ]
}

@test "a server that nobody needs leaves, and comes back" {
  local first
  idle=1 connector c
  c/c true
  first=$(cat c.pid)
  for _ in $(seq 200); do [ -e "/proc/$first/exe" ] || break; sleep .05; done
  [ ! -e "/proc/$first/exe" ]
  run -0 c/c echo again
  [ "$output" = again ]
  [ "$(cat c.pid)" != "$first" ]
}

@test "SIGTERM ends the server, its command first" {
  connector c
  c/c sh -c "trap 'exit 3' TERM; echo x > $PWD/started; while :; do sleep .05; done" 3>&- &
  until [ -s started ]; do sleep .05; done
  kill "$(cat c.pid)"
  status=0
  wait $! || status=$?
  [ "$status" = 3 ]
  until [ ! -e "/proc/$(cat c.pid)/exe" ]; do sleep .05; done
  run -0 c/c echo again
  [ "$output" = again ]
}

@test "on a terminal the command has one of its own" {
  connector c
  run -0 python3 "$onpty" expect:READY size:33x77 'send:\n' -- \
    c/c sh -c 'tty >/dev/null && [ -t 1 ] && [ -t 2 ] || exit 5; echo READY; read x; stty size'
  [[ $output = *"33 77"* ]]
  run -12 python3 "$onpty" expect:READY 'send:\x03' -- \
    c/c sh -c 'trap "exit 12" INT; echo READY; while :; do sleep .05; done'
  run -9 python3 "$onpty" expect:READY 'send:\x1a' 'expect:stopped' 'send:exit 9\n' -- \
    c/c bash -c 'set -m; (echo READY; exec sleep 60); echo stopped; read line; eval "$line"'
  # As ours was before, it is again.
  run -0 python3 "$onpty" expect:BEFORE expect:AFTER echo:on -- sh -c 'echo BEFORE; c/c true; echo AFTER; sleep .3'
}

@test "where only the input is a terminal, the command gets none" {
  connector c
  run -0 python3 "$onpty" 'send:typed\n' -- sh -c 'c/c sh -c "tty; read x; echo \$x; test -t 2 && echo tty" | cat'
  [[ $output = *"not a tty"*typed* ]]
  run -1 grep -x tty <<< "$output"
}

@test "peers that are no clients are refused, and leave nothing behind" {
  local what before
  connector c
  c/c true
  before=$(ls "/proc/$(cat c.pid)/fd" | wc -l)
  for what in none two twos four many junk empty nul deep endless long; do
    run -0 python3 "$peer" peer c/c.sock "$what"
    [ "$output" = "b''" ] || { echo "$what: $output"; return 1; }
  done
  for what in bytes half signals; do
    run -0 python3 "$peer" peer c/c.sock "$what"
    [[ $output = *'{"exit_code":0}'* ]] || { echo "$what: $output"; return 1; }
  done
  run -0 python3 "$peer" peer c/c.sock flood
  [[ $output = *'{"exit_code":7}'* ]]
  run -0 python3 "$peer" peer c/c.sock replay
  [[ $output = *'{"exit_code":0}'* ]]
  [ -e once ]
  [ ! -e twice ]
  run -0 python3 "$peer" peer c/c.sock large # execve(2) takes no such argument
  [[ $output = *'{"exit_code":126}'* ]]
  run -0 python3 "$peer" peer c/c.sock early
  run -0 c/c echo fine
  [ "$output" = fine ]
  [ "$(ls "/proc/$(cat c.pid)/fd" | wc -l)" = "$before" ]
}

@test "a client that says nothing holds the others up for seconds only" {
  connector c
  python3 "$peer" peer c/c.sock silent > silent 3>&- &
  until [ -s silent ]; do sleep .05; done
  run -0 timeout 30 c/c echo fine
  [ "$output" = fine ]
  wait $!
  [ "$(tail -n 1 silent)" = "b''" ]
  grep "user $(id -u) was refused" c.log
}

@test "descriptors of any kind" {
  connector c
  run -0 timeout 60 python3 "$peer" peer c/c.sock odd
  run -0 c/c echo fine
  [ "$output" = fine ]
}

@test "the command has three descriptors, the umask of the server and no ignored signal" {
  umask 027
  trap '' HUP USR1
  connector c
  trap - HUP USR1
  umask 022
  run -0 c/c sh -c 'umask; ls -l /proc/self/fd; grep SigIgn /proc/self/status'
  [ "${lines[0]}" = 0027 ]
  echo "$output"
  [ "$(grep -c ' -> ' <<< "$output")" = 4 ] # with the directory that ls reads
  [[ $output = *"SigIgn:"*0000000000000000 ]]
}

@test "a server that has no descriptors left refuses, and goes on" {
  (ulimit -n 8; connector c)
  for _ in 1 2; do
    run -0 python3 "$peer" peer c/c.sock three
    [ "$output" = "b''" ]
  done
  grep 'was refused' c.log
}

@test "the socket's mode decides who may call" {
  [ "$(id -u)" = 0 ] || skip "only root can be somebody else"
  connector c
  chmod 755 "$BATS_TEST_TMPDIR" c libexec
  chmod 600 c/c.sock
  run -1 python3 "$peer" peer c/c.sock three 65534
  [[ $output = *PermissionError* ]]
  chmod 666 c/c.sock
  run -0 python3 "$peer" peer c/c.sock three 65534
  run -0 python3 "$peer" peer c/c.sock none 65534
  grep 'user 65534 was refused' c.log
}

@test "no directory is passed on" {
  connector c
  run -1 --separate-stderr c/c true < /
  [[ $stderr = *"is a directory"* ]]
}

@test "the static program runs in an empty root filesystem" {
  [ "$(id -u)" = 0 ] || skip "only root can change the root directory"
  local name
  mkdir -p root/usr/libexec root/connectors/c root/bin
  for name in connector-client connector-server; do
    cp "$SDME_BUILD/sdme-inside" "root/usr/libexec/sdme-$name"
  done
  ln -s /usr/libexec/sdme-connector-client root/connectors/c/c
  serve root/connectors/c chroot root /usr/libexec/sdme-connector-server /usr/libexec/sdme-connector-client
  run -0 chroot root /connectors/c/c --version
  [[ $output = "sdme-connector-client "* ]]
  run -2 chroot root /usr/libexec/sdme-connector-client
  run -2 "$SDME_BUILD/sdme-inside" connector-client
  "$SDME_BUILD/sdme-inside" --list > list
  for name in "$BATS_TEST_DIRNAME"/../../connector/*.c; do
    grep -qx "sdme-$(basename "$name" .c)" list
  done
  [ "$(wc -l < list)" = "$(find "$BATS_TEST_DIRNAME/../../connector" -name '*.c' | wc -l)" ]
}

@test "which connector a link is" {
  connector c echo c
  connector d echo d
  ln -s c c/entry # of another name: the directory's
  run -0 c/entry 1
  [ "$output" = "c 1" ]
  run -0 "$PWD/d/d" 2
  [ "$output" = "d 2" ]
  mkdir bin
  ln -s ../libexec/sdme-connector-client bin/d
  SDME_CONNECTOR_DIR=$PWD run -0 bin/d 3
  [ "$output" = "d 3" ]
  SDME_CONNECTOR_DIR=$PWD/d PATH=$PWD/bin:$PATH run -0 d 4
  [ "$output" = "d 4" ]
  SDME_CONNECTOR_DIR=$PWD run -0 sdme connector-client --name c 5
  [ "$output" = "c 5" ]
  ln -s d bin/other
  SDME_CONNECTOR_DIR=$PWD/d run -0 bin/other 6
  [ "$output" = "d 6" ]
  # Another than the one that is named does not do.
  SDME_CONNECTOR_DIR=$PWD/d run -1 --separate-stderr sdme connector-client --name c 7
  [[ $stderr = *"no connector at '$PWD/d/c.sock'; is its container running?"* ]]
  run -1 --separate-stderr bin/d
  [[ $stderr = *"no socket of a connector 'd'"*"is its container running?"* ]]
}

@test "connectors that are not there, and wrong use" {
  usage_error connector-client
  usage_error connector-client --name c
  usage_error connector-client --name '' --connector-dir .
  usage_error connector-server
  usage_error connector-server --idle 0 true
  usage_error connector-server --idle x true
  run -1 --separate-stderr sdme connector-client --connector-dir . --name nosuch
  [[ $stderr = *"no connector at './nosuch.sock'"* ]]
  run -1 --separate-stderr sdme connector-client --connector-dir "/$(printf 'x%.0s' {1..120})" --name c
  [[ $stderr = *"longer than 107 bytes"* ]]
  mkdir c
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("c/c.sock")'
  run -1 --separate-stderr sdme connector-client --connector-dir c --name c
  [[ $stderr = *"is its container running?"* ]]
  run -1 --separate-stderr sdme connector-server true
  [[ $stderr = *"no socket to listen on"* ]]
  LISTEN_PID=1 LISTEN_FDS=1 run -1 --separate-stderr sdme connector-server true
  # shellcheck disable=SC2046
  run -1 --separate-stderr sdme connector-client --connector-dir . --name c $(printf '%0100000d ' {1..12})
  [[ $stderr = *"more than the connector takes"* ]]
}
