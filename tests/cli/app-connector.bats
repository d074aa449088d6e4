#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031
#
# Connectors of applications: the server makes the application's namespaces once, and runs its program in them for
# each client.

load lib
load apptree
setup_file() { export BATS_TEST_TIMEOUT=60; }
setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  cd "$BATS_TEST_TMPDIR" || return
  apptree_setup
}
teardown() {
  local pid
  cd "$BATS_TEST_TMPDIR" || return
  # Who listens first, or it starts the server again.
  for pid in $(cat activator server.pid 2> /dev/null); do kill -9 "$pid" 2> /dev/null || :; done
}

onpty="$BATS_TEST_DIRNAME/../system/onpty.py"

# serve [OPTION...]: listen on c/c.sock, as systemd does; the server's process is in server.pid, its log in log
serve() {
  mkdir -p c
  ln -sf "$T/sdme-connector-client" c/c
  python3 "$BATS_TEST_DIRNAME/connector.py" activate c/c.sock server.pid \
    bash -c "$(declare -f inside); T='$T' inside /sdme-connector-server $* --app x" > log 2>&1 3>&- &
  echo $! > activator
  until_true [ -S c/c.sock ]
}

# a_shell [FIELD...]: the program is a shell, which runs what clients give to it
a_shell() { argv='["sh", "-c"]' app "$@"; }

@test "arguments, input, output, error and status; nothing of the client" {
  argv='["busybox"]' app '"env": ["A=b"]' '"working_dir": "/work"'
  serve
  head -c 3000000 /dev/urandom > bytes
  c/c cat < bytes | cmp - bytes
  run -7 --separate-stderr c/c sh -c 'echo "$0"; echo err >&2; exit 7' $'a b\n"'
  [ "$output" = $'a b\n"' ]
  [ "$stderr" = err ]
  run -143 c/c sh -c 'kill $$'
  MINE=1 c/c env | sort > out
  printf '%s\n' A=b PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ "HOSTNAME=$(uname -n)" |
    sort | diff - out
  run -0 c/c sh -c 'pwd; umask; ls /proc/self/fd'
  [ "${lines[*]}" = "/work 0022 0 1 2 3" ] # with the directory that ls reads
  run -0 c/c grep -E 'Sig(Ign|Blk)' /proc/self/status
  [ "$output" = $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ]
}

@test "the user, its rights, and the filter of system calls are the image's" {
  printf '\x06\x00\x00\x00\x00\x00\xff\x7f' > "$T/run/sdme/filters/0000000000000020.bpf"
  a_shell '"user": "33:60"' '"capabilities": ["CAP_KILL"]' '"no_new_privileges": true' '"seccomp": true'
  serve
  run -0 c/c 'id -u; id -G; grep -E "Cap(Prm|Bnd)|NoNewPrivs|Seccomp:" /proc/self/status | tr -d "\n\t"'
  [ "${lines[0]}" = 33 ]
  [ "${lines[1]}" = 60 ]
  [ "${lines[2]}" = CapPrm:0000000000000000CapBnd:0000000000000020NoNewPrivs:1Seccomp:2 ]
  # pipes are the user's to open
  [ "$(c/c 'echo 1 > /dev/stdout; echo 2 > /proc/self/fd/1; echo 3 > /dev/stderr' 2>&1 | tr -d '\n')" = 123 ]
}

@test "the namespaces are made once, and last as long as the server" {
  a_shell
  serve --idle 1
  one=$(c/c 'echo $$; echo x > /dev/shm/x')
  run -0 c/c 'cat /dev/shm/x; echo $$'
  [ "${lines[0]}" = x ]
  [ "${lines[1]}" -gt "$one" ]
  until_true is_gone "$(cat server.pid)"
  run -0 c/c 'ls /dev/shm; echo $$'
  [ "$output" = "$one" ]
}

@test "of what a client leaves behind the next one sees nothing" {
  a_shell
  serve
  for _ in 1 2 3 4 5; do
    c/c 'i=0; while [ $i -lt 50 ]; do (sleep 54331 &); i=$((i+1)); done; (trap "" TERM HUP INT; sleep 54331) & setsid sleep 54331 &'
    run c/c 'ps | grep -c "[s]leep"'
    [ "$output" = 0 ]
  done
  until_true eval '! pgrep -f "^sleep 54331$"'
}

@test "a thousand orphans are reaped while a command runs" {
  a_shell
  serve
  run c/c 'i=0; while [ $i -lt 1000 ]; do (sh -c : &); i=$((i+1)); done
    zombies() { cat /proc/[0-9]*/stat 2> /dev/null | grep -c ") Z "; }
    i=0; while [ $i -lt 500 ] && [ "$(zombies)" != 0 ]; do i=$((i+1)); done; zombies'
  [ "$output" = 0 ]
}

@test "a command cannot end, stop or look into the server" {
  a_shell
  serve
  c/c true
  pid=$(cat server.pid)
  run c/c 'for s in 9 19 6 11 18; do kill -$s 1; done; ls -l /proc/1/fd; echo alive'
  [[ "$output" == *"/proc/1/fd/3: cannot read link"*alive ]]
  run -0 c/c 'echo next'
  [ "$output" = next ]
  [ "$(cat server.pid)" = "$pid" ]
  run c/c 'cat /proc/1/environ > /dev/null || echo unreadable'
  [[ "$output" == *unreadable ]]
}

@test "a client that dies takes its command with it" {
  a_shell
  serve
  for ignore in : 'trap "" TERM HUP'; do
    c/c "$ignore"'; echo ready; while :; do sleep .05; done' > out 3>&- &
    client=$!
    until_true has_line ready out
    kill -9 $client
    wait $client || :
    run -0 c/c 'ps | wc -l' # the heading, process 1, the shell, ps and wc
    [ "$output" -le 5 ]
    rm out
  done
}

@test "signals go to the command, and SIGTERM ends the server after its command" {
  a_shell
  serve
  c/c 'trap "echo usr1" USR1; trap "echo term; exit 3" TERM; echo ready; while :; do sleep .02; done' > out 3>&- &
  client=$!
  until_true has_line ready out
  kill -USR1 $client
  until_true has_line usr1 out
  pid=$(cat server.pid)
  kill -TERM "$pid"
  status=0
  wait $client || status=$?
  [ "$status" = 3 ]
  has_line term out
  until_true is_gone "$pid"
  run -0 c/c 'echo again'
  [ "$output" = again ]
}

@test "a server that is killed takes everything along" {
  a_shell
  serve
  c/c 'sleep 54332 & echo ready; wait' > out 3>&- &
  client=$!
  until_true has_line ready out
  kill -KILL "$(cat server.pid)"
  wait $client || status=$?
  [ "$status" = 1 ]
  until_true eval '! pgrep -f "^sleep 54332$"'
  run -0 c/c 'echo again'
}

@test "a terminal is the session's, with jobs, its size and the name of its kind" {
  a_shell
  serve
  run -0 python3 "$onpty" expect:READY size:33x77 'send:\n' -- \
    c/c 'tty > /dev/null; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] || exit 5; echo $TERM; echo READY; read x; stty size < /dev/tty'
  [[ $output = *xterm*"33 77"* ]]
  run -12 python3 "$onpty" expect:READY 'send:\x03' -- \
    c/c 'trap "exit 12" INT; echo READY; while :; do sleep .05; done'
  # a shell with jobs of its own stops and goes on with one
  run -9 python3 "$onpty" 'expect:# ' "send:sh -c 'echo o\"\"ne; sleep 60'\\n" expect:one 'send:\x1a' expect:Stopped 'send:exit 9\n' 'expect:stopped jobs' 'send:exit 9\n' -- \
    c/c 'exec sh -i'
}

@test "an application that cannot be started: clients are told, and once it can be they are served" {
  a_shell '"user": "nobody"'
  serve
  for _ in 1 2 3; do
    run -125 --separate-stderr c/c true
    [[ $stderr == *"application 'x' cannot be started"* ]]
  done
  grep "has no user 'nobody'" log
  pid=$(cat server.pid)
  kill -TERM "$pid" 2> /dev/null || :
  until_true is_gone "$pid"
  a_shell
  ln -s /etc "$R/dev"
  for _ in 1 2 3; do run -125 --separate-stderr c/c true; done
  [[ $stderr == *"application 'x' cannot be started"* ]]
  grep 'have to be directories' log
  pid=$(cat server.pid)
  kill -TERM "$pid"
  until_true is_gone "$pid"
  rm "$R/dev"
  run -0 c/c 'echo fine'
  [ "$output" = fine ]
}

@test "a program that is not there, or is none" {
  argv='["nowhere"]' app
  serve --idle 1
  run -127 --separate-stderr c/c
  [[ $stderr == *"there is no 'nowhere' in its PATH"* ]]
  until_true is_gone "$(cat server.pid)"
  argv='["/etc/hosts"]' app
  run -126 --separate-stderr c/c
}

@test "peers that are no clients leave nothing behind" {
  a_shell
  serve
  c/c true
  before=$(ls "/proc/$(pgrep -P "$(cat server.pid)")/fd" | wc -l)
  for what in none two twos four many junk empty nul deep endless long; do
    run -0 python3 "$BATS_TEST_DIRNAME/connector.py" peer c/c.sock "$what"
    [ "$output" = "b''" ] || { echo "$what: $output"; return 1; }
  done
  run -0 c/c 'echo fine'
  [ "$output" = fine ]
  [ "$(ls "/proc/$(pgrep -P "$(cat server.pid)")/fd" | wc -l)" = "$before" ]
}

@test "wrong use" {
  usage_error connector-server --app x true
  usage_error connector-server --app ../x
  usage_error connector-server --app
}
