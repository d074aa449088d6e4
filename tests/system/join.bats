#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the container is not to be here; load sets $tests
#
# join and exec -t: a terminal in the container, used as a person does (onpty.py). Each test in a container
# with a user namespace and in one without.

load lib
setup_file() {
  host_setup
  import_debian
  in_host sh -c 'sdme create -r debian plain && sdme create -r debian --userns shifted &&
    sdme start plain shifted && for c in plain shifted; do
      sdme exec $c useradd --create-home --shell /bin/sh someone || exit
    done'
}
teardown_file() {
  in_host sdme rm --all --force
  host_clean_check
}

# nothing_left CONTAINER: no unit of ours but the one that looks, and no session
nothing_left() {
  [ "$(in_host sdme exec "$1" sh -c 'systemctl list-units --plain --no-legend "sdme-exec*" | wc -l
    loginctl --no-legend list-sessions')" = 1 ]
}

# on_pty STEP... -- COMMAND...: in the host, for each container as $c
on_pty() {
  local c got
  for c in plain shifted; do
    echo "in $c:"
    got=0
    in_host env "c=$c" TERM=xterm-256color python3 "$tests/system/onpty.py" "$@" || got=$?
    echo "exit status $got"
    [ $got = "${want:-0}" ]
    wait_until 5 nothing_left "$c"
  done
}

@test "a login shell: home, TERM, controlling terminal, exit status, and no session is left" {
  want=7 on_pty 'expect:# $' 'send:echo $TERM $0 $PWD $USER $(tty) $(id -un)\r' \
    'expect:xterm-256color -bash /root root /dev/pts/\d+ root\r' \
    'send:loginctl --no-legend list-sessions | wc -l; : > /dev/tty && echo mine\r' 'expect:1\r\nmine\r' \
    'send:exit 7\r' -- sh -c 'exec sdme join $c'
}

@test "another user, with that user's shell and home" {
  on_pty 'expect:\$ $' 'send:echo $0 $HOME $PWD; id -un\r' 'expect:-sh /home/someone /home/someone\r\nsomeone' \
    'send:exit\r' -- sh -c 'exec sdme join --user someone $c'
}

@test "a command: its words, its terminal, its exit status" {
  want=9 on_pty 'expect:/dev/pts/\d+\r\n\$x y\r' -- sh -c 'exec sdme join $c sh -c "tty; echo \"\$1\"; exit 9" sh "\$x y"'
  want=127 on_pty 'expect:there is no such command' -- sh -c 'exec sdme join $c nosuchcommand'
  want=125 on_pty "expect:has no user 'nosuch'" -- sh -c 'exec sdme join --user nosuch $c true'
}

@test "job control: ^C, ^Z, fg, and the shell goes on" {
  # what is typed while the shell still has the terminal in its own mode may get lost: hence "go"
  local cat='send:sh -c "echo g\"\"o; exec cat"\r'
  want=3 on_pty 'expect:# $' "$cat" 'expect:go\r' 'send:one\r' 'expect:one\r\none\r' 'send:\x03' 'expect:# $' \
    "$cat" 'expect:go\r' 'send:two\r' 'expect:two\r\ntwo\r' 'send:\x1a' 'expect:Stopped' 'expect:# $' \
    'send:fg\r' 'expect:exec cat' 'sleep:.5' 'send:three\r' 'expect:three\r\nthree\r' 'send:\x04' \
    'expect:# $' 'send:exit 3\r' -- sh -c 'exec sdme join $c'
}

@test "the end of the input ends the shell" {
  on_pty 'expect:# $' 'send:\x04' 'expect:logout' -- sh -c 'exec sdme join $c'
}

@test "the size: at first, and when it changes" {
  on_pty 'size:41x123' 'expect:ready' 'expect:41 123\r' -- sh -c 'sleep .2; echo ready; exec sdme exec -t $c stty size'
  want=5 on_pty 'expect:ready' 'size:33x77' 'expect:33 77\r' -- \
    sh -c 'exec sdme exec -t $c bash -c "trap \"stty size; exit 5\" WINCH; echo ready; while :; do sleep .05; done"'
}

@test "the last output is there, all of it, though the command is gone" {
  on_pty 'expect:\r\n19999\r\n20000\r' -- sh -c 'exec sdme exec -t $c seq 20000'
}

@test "^] three times within a second leaves; slower, it is typed" {
  on_pty 'expect:# $' 'send:\x1d\x1d\x1d' 'expect:left 129' 'echo:on' -- sh -c 'sdme join $c; echo left $?'
  on_pty 'expect:ready' 'send:\x1d\x1dx\x1d\r' 'expect:035 035   x 035' -- \
    sh -c 'exec sdme exec -t $c sh -c "stty -echo; echo ready; head -n 1 | od -c"'
}

@test "our terminal is as it was, whatever ends us" {
  on_pty 'expect:# $' 'echo:off' 'send:exit 0\r' 'echo:on' -- sh -c 'sdme join $c; sleep .5'
  for s in TERM:143 HUP:129 INT:130; do
    on_pty 'expect:# $' 'echo:off' 'expect:left' 'echo:on' -- \
      sh -c 'trap "" HUP; (sleep 1; kill -'"${s%:*}"' $(pidof sdme-join)) & sdme-join $c; [ $? = '"${s#*:}"' ] && echo left && sleep .5'
  done
}

@test "stopped and continued, it hands the terminal out and takes it back" {
  on_pty 'expect:# $' 'echo:off' 'expect:stopped' 'echo:on' 'send:\r' 'echo:off' 'send:\r' 'expect:# $' \
    'send:exit\r' -- \
    bash -c 'set -m; (sleep 1; kill -TSTP $(pidof sdme-join)) & sdme-join $c; echo stopped; read -r; fg'
}

@test "bytes in and out of a raw terminal" {
  in_host sh -c 'head -c 100000 /dev/urandom | base64 -w 64 > /root/text'
  for c in plain shifted; do
    in_host sh -c "sdme exec -t $c sh -c 'stty raw -echo; echo ready; head -c \$1' sh \$(wc -c < /root/text) < /root/text |
      sed '0,/ready/d' | cmp - /root/text"
  done
  in_host rm /root/text
}

@test "a piped input ends, with exec -t, too" {
  run in_host sh -c 'echo "echo got \$((1 + 1)); exit 4" | sdme exec -t plain sh'
  [ "$status" = 4 ]
  [[ $output == *"got 2"* ]]
}

@test "without a terminal join uses pipes" {
  run in_host sh -c 'printf "echo \$0; tty; exit 6" | sdme join plain'
  [ "$status" = 6 ]
  [ "$output" = $'-bash\nnot a tty' ]
  [ "$(in_host sdme join plain printf 'a\nb' | od -An -c)" = "   a  \n   b" ]
}

@test "a stopped container: --start, the question, and nobody to ask" {
  in_host sdme create -r debian late
  run in_host sdme join late true
  [ "$status" = 125 ]
  [ "$output" = "sdme-join: container 'late' is not running (use --start to start it)" ]
  run in_host python3 "$tests/system/onpty.py" 'expect:\[Y/n\] ' 'send:n\r' -- sdme join late
  [ "$status" = 125 ]
  [[ $output == *aborted* ]]
  run in_host python3 "$tests/system/onpty.py" 'expect:\[Y/n\] ' 'send:\r' 'expect:# $' 'send:exit 5\r' -- sdme join late
  [ "$status" = 5 ]
  in_host sdme stop late
  [ "$(in_host sdme join --start late hostname)" = late ]
  in_host sdme rm late
}
