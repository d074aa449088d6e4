#!/usr/bin/env bats
# app-init: the program of an application, in a tree that stands for a container's.

load lib
load apptree

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  cd "$BATS_TEST_TMPDIR" || return
  apptree_setup
}

@test "a program that has ended before process 1 listens for its end is missed by nobody" {
  strace -o /dev/null true 2> /dev/null || skip "strace cannot trace here"
  argv='["true"]'
  app
  # Process 1 is held up between the program's start and its own readiness.
  run timeout 30 strace -f -o trace -e trace=dup3 -e inject=dup3:delay_enter=500000 \
    bash -c "$(declare -f inside); T='$T' inside /sdme-app-init x" < /dev/null
  [ "$status" = 0 ]
  grep -q dup3 trace
}

@test "the exit status is the program's, and so is the signal" {
  program 'exit 7'
  run -7 app_init
  program 'exit 0'
  run -0 app_init
  for signal in TERM KILL USR1 SEGV ABRT; do
    program "kill -$signal \$\$; sleep 100"
    start_app
    status=0
    wait "$pid" 2> /dev/null || status=$?
    [ "$status" = $((128 + $(kill -l $signal))) ]
    # not as an exit status, and without a core
    app_init --run x 2> /dev/null || status=$?
    [ "$status" = $((128 + $(kill -l $signal))) ]
  done
}

@test "it ends by the signal itself" {
  program 'kill -TERM $$; sleep 100'
  cat > status.py <<'PY'
import os, subprocess, sys
p = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL)
print(p.returncode)
PY
  export -f inside
  export T
  # shellcheck disable=SC2016
  run -0 python3 status.py bash -c 'inside /sdme-app-init x'
  [ "$output" = -15 ]
}

@test "no program, one that cannot be executed, and one that is no program" {
  argv='["nowhere"]' app
  run -127 app_init
  [ "$output" = "sdme-app-init: application 'x': there is no 'nowhere' in its PATH" ]
  argv='["/no/where"]' app
  run -127 app_init
  argv='["/etc/hosts"]' app
  run -126 app_init
  echo exit 3 > "$R/bin/script"
  chmod 755 "$R/bin/script"
  argv='["script"]' app
  run -126 app_init
  [ "$output" = "sdme-app-init: application 'x': cannot execute 'script': Exec format error" ]
  argv='[""]' app
  run -127 app_init
  argv='[]' app
  run -125 app_init
  [ "$output" = "sdme-app-init: application 'x' has no command of its own, give one" ]
  run -125 app_init y
  [[ "$output" == *"/oci/apps/y/app.json"*"No such file"* ]]
  run -125 app_init ../x
}

@test "PATH is the image's own, relative to the working directory" {
  mkdir -p "$R"/{a,b/c}
  printf '#!/bin/sh\necho a\n' > "$R/a/tool"
  printf '#!/bin/sh\necho c\n' > "$R/b/c/tool"
  chmod 755 "$R/a/tool" "$R/b/c/tool"
  argv='["tool"]' app '"env": ["PATH=/nowhere:/a:/b/c"]'
  run -0 app_init
  [ "$output" = a ]
  argv='["tool"]' app '"env": ["PATH=/nowhere:c"]' '"working_dir": "/b"'
  run -0 app_init
  [ "$output" = c ]
  argv='["tool"]' app '"env": ["PATH="]' '"working_dir": "/b/c"'
  run -0 app_init
  [ "$output" = c ]
  chmod 644 "$R/a/tool"
  argv='["tool"]' app '"env": ["PATH=/a:/b/c"]'
  run -0 app_init
  [ "$output" = c ]
}

@test "every signal that can be caught gets to the program, once" {
  signals=$(for ((i = 1; i <= 64; i++)); do case $i in 9|17|19|32|33) ;; *) echo $i ;; esac; done)
  program "for i in ${signals//$'\n'/ }; do trap \"echo got \$i\" \$i; done; echo ready; while :; do sleep 1000 & wait \$!; done"
  start_app
  until_true has_line ready out
  for signal in $signals; do
    kill -"$signal" "$pid"
    until_true has_line "got $signal" out
  done
  [ "$(grep -c got out)" = "$(wc -w <<< "$signals")" ]
  kill -KILL "$pid"
  wait "$pid" || true
}

@test "real-time signals are queued, and none is lost" {
  program 'trap "echo got" 40; echo ready; while :; do sleep 1000 & wait $!; done'
  start_app
  until_true has_line ready out
  kill -40 "$pid"
  until_true has_line got out
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" = 143 ] # the shell has no handler for it: it is not process 1
}

@test "who is killed takes everything along" {
  program 'sleep 54321 & sleep 54321 & echo ready; wait'
  start_app
  until_true has_line ready out
  inner=$(cat "$T/run/sdme-oci-x/pid")
  mapfile -t pids < <(pgrep -f '^sleep 54321$')
  [ "${#pids[@]}" = 2 ]
  kill -KILL "$pid"
  wait "$pid" || true
  until_true is_gone "$inner"
  for p in "${pids[@]}"; do until_true is_gone "$p"; done
}

@test "a program that ignores SIGTERM goes on" {
  program 'trap "" TERM; trap "echo usr1; exit 4" USR1; echo ready; while :; do sleep 1000 & wait $!; done'
  start_app
  until_true has_line ready out
  kill -TERM "$pid"
  kill -USR1 "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" = 4 ]
  has_line usr1 out
}

@test "a thousand orphans are reaped" {
  program 'i=0; while [ $i -lt 1000 ]; do (sh -c : &); i=$((i+1)); done
    while cat /proc/[0-9]*/stat 2> /dev/null | grep -q ") Z "; do :; done; echo end'
  run -0 app_init
  [ "$output" = end ]
}

@test "orphans that live on are killed, and what they have of the output keeps nobody" {
  program 'i=0; while [ $i -lt 50 ]; do (sleep 54322 &); i=$((i+1)); done; echo end'
  run -0 app_init
  [ "$output" = end ]
  run -1 pgrep -f '^sleep 54322$'
}

@test "words at the end arrive, with and without a newline" {
  for n in 1 2 3 4 5 6 7 8 9 10; do
    program "echo first; printf last$n"
    run -0 app_init
    [ "$output" = "first"$'\n'"last$n" ]
  done
}

@test "a flood arrives whole and in order" {
  program 'seq 1 300000'
  app_init > out
  seq 1 300000 | cmp - out
  # one that is read when the program has ended
  program 'seq 1 100000; touch /done'
  app_init | { until_true [ -e "$R/done" ]; cat; } | cmp - <(seq 1 100000)
}

@test "lines of standard output and error do not mix, and each has its order" {
  program 'lines() { awk -v w=$1 "BEGIN { for (i = 1; i <= 20000; i++) print w, i, \"and then some\" }"; }
    lines out & lines err >&2 & wait'
  (app_init) > both 2>&1
  [ "$(wc -l < both)" = 40000 ]
  for w in out err; do grep "^$w" both | cmp - <(seq -f "$w %g and then some" 1 20000); done
}

@test "half a line of one is ended before the other's" {
  program 'printf half >&2; exec 2>&-; until [ -e /go ]; do sleep 0.01; done; echo whole; printf more'
  (inside /sdme-app-init x) < /dev/null > both 2>&1 3>&- &
  pid=$!
  until_true grep -q half both
  touch "$R/go"
  wait "$pid"
  printf 'half\nwhole\nmore' | cmp - both
}

@test "a line longer than any buffer" {
  program 'head -c 3000000 /dev/zero | tr "\0" x; echo; echo end'
  app_init > out
  [ "$(wc -c < out)" = 3000005 ]
  [ "$(tail -n 1 out)" = end ]
  [ "$(wc -l < out)" = 2 ]
}

@test "closed outputs are no end" {
  program 'exec >&- 2>&-; sleep 0.1; exit 9'
  run -9 app_init
}

@test "outputs can be opened again, by whoever the user is" {
  program 'echo 1 > /dev/stdout; echo 2 > /dev/stderr; echo 3 >> /proc/self/fd/1; echo 4 > /dev/fd/2; echo 5 > /log' \
    '"user": "1234:99"'
  ln -s /dev/stdout "$R/log"
  (app_init) > out 2>&1
  [ "$(sort out | tr -d '\n')" = 12345 ]
}

@test "a reader of the output that has gone does not end the program" {
  program 'i=0; while [ $i -lt 100 ]; do echo line; i=$((i+1)); done; touch /done; exit 5'
  app_init | head -n 1 > out
  [ -e "$R/done" ]
}

@test "standard input is empty" {
  program 'cat; echo end'
  run -0 app_init <<< text
  [ "$output" = end ]
}

@test "users by docker's rules" {
  mkdir -p "$R/etc"
  printf 'root:x:0:0::/root:/bin/sh\nweb:x:33:33::/var/www:/bin/sh\n' > "$R/etc/passwd"
  printf 'adm:x:4:web\ncache:x:60:\n' > "$R/etc/group"
  while read -r user want; do
    # shellcheck disable=SC2016
    program 'echo $(id -u) $(id -g) $(id -G) $HOME' "\"user\": \"$user\""
    run -0 app_init
    [ "$output" = "$want" ] || { echo "$user: $output"; false; }
  done <<'END'
0:1000 0 1000 1000 /root
web 33 33 33 4 /var/www
33:cache 33 60 60 /var/www
5000 5000 0 0 /
END
  program true '"user": "nobody"'
  run -125 app_init
  [ "$output" = "sdme-app-init: application 'x': the image has no user 'nobody' in its /etc/passwd" ]
}

@test "the environment is data: every byte arrives, and nothing of ours" {
  printf 'FILE=%%i $HOME ${X} "q" \\n '"'"'s'"'"' #\nRAW=\xff\xfe\nA=over\nnothing\n=none\n# comment=1\n' > "$T/oci/apps/x/env"
  argv='["env"]' app '"env": ["A=1", "LINES=two\nlines", "PATH=/bin", "HOSTNAME=h", "HOME=/h"]'
  app_init > out
  printf '%s\n' 'A=over' $'LINES=two\nlines' 'PATH=/bin' 'HOSTNAME=h' 'HOME=/h' \
    'FILE=%i $HOME ${X} "q" \n '"'s'"' #' $'RAW=\xff\xfe' | cmp - out
}

@test "defaults of the environment" {
  argv='["env"]' app
  app_init | sort > out
  printf '%s\n' HOME=/ "HOSTNAME=$(uname -n)" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin | cmp - out
}

@test "arguments are data" {
  argv='["printf", "<%s>", "%n", "$HOME", "a b", "", "two\nlines", "`id`", "\"", "\u00e9"]' app
  run -0 app_init
  [ "$output" = $'<%n><$HOME><a b><><two\nlines><`id`><"><\xc3\xa9>' ]
}

@test "the working directory is made, and is in the image" {
  mkdir -p outside
  program pwd '"working_dir": "/a/b"'
  run -0 app_init
  [ "$output" = /a/b ]
  [ "$(stat -c '%a %u' "$R/a")" = "755 0" ]
  ln -s ../../../../../../../../made "$R/link"
  program 'pwd; touch here' '"working_dir": "/link/dir"'
  run -125 app_init # a link that leads nowhere
  mkdir "$R/made"
  run -0 app_init
  [ "$output" = /made/dir ]
  [ -e "$R/made/dir/here" ]
  [ ! -e "$T/made" ]
  for dir in /proc/self/fd/7 /proc/self/fd/3 /proc/self/fd/5 /proc/1/cwd /proc/self/root/../../etc /bin/busybox; do
    program pwd "\"working_dir\": \"$dir\""
    run app_init
    [ "$status" = 125 ] || [ "$output" = /etc ] || { echo "$dir: $status $output"; false; }
  done
}

@test "trees that are hostile" {
  mkdir -p "$R/etc" outside
  program 'exit 0' '"user": "app"'
  mkfifo "$R/etc/passwd"
  run -125 app_init
  rm "$R/etc/passwd"
  ln -s /old/etc/passwd "$R/etc/passwd"
  run -125 app_init
  rm "$R/etc/passwd"
  truncate -s 1G "$R/etc/passwd"
  run -125 app_init
  [[ "$output" == *"File too large"* ]]
  rm "$R/etc/passwd"
  mknod "$R/etc/passwd" c 1 5
  run -125 app_init
  rm "$R/etc/passwd"

  program 'exit 0'
  for dir in proc dev sys; do
    mv "$R/$dir" "$R/$dir.away" 2> /dev/null || true
    ln -s /etc "$R/$dir"
    run -125 app_init
    [[ "$output" == *"have to be directories"* ]]
    rm "$R/$dir"
    mkfifo "$R/$dir"
    run -125 app_init
    rm "$R/$dir"
  done
  run -0 app_init
}

@test "files of the container are mounted in the image, wherever links lead there" {
  mkdir -p "$R/etc" "$R/elsewhere"
  ln -s /../../../../../../elsewhere/resolv.conf "$R/etc/resolv.conf"
  mkfifo "$R/etc/hosts"
  # shellcheck disable=SC2016
  program 'cat /etc/resolv.conf /etc/hosts /elsewhere/resolv.conf; echo x > /etc/hosts || echo read-only'
  run -0 --separate-stderr app_init
  [ "${lines[0]}" = "nameserver 192.0.2.1" ]
  [ "${lines[1]}" = "127.0.0.1 localhost" ]
  [ "${lines[2]}" = "nameserver 192.0.2.1" ]
  [ "${lines[-1]}" = read-only ]
  [ "$(cat "$T/etc/hosts")" = "127.0.0.1 localhost" ]
  [ ! -e "$T/elsewhere" ]
}

@test "capabilities are the image's and no more" {
  program 'grep -E "Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs" /proc/self/status | tr -d "\n\t"'
  run -0 app_init
  [ "$output" = CapInh:0000000000000000CapPrm:00000000a80425fbCapEff:00000000a80425fbCapBnd:00000000a80425fbCapAmb:0000000000000000NoNewPrivs:0 ]
  program 'grep -E "Cap(Prm|Bnd)|NoNewPrivs" /proc/self/status | tr -d "\n\t"' '"capabilities": ["CAP_KILL"]' \
    '"user": "77"' '"no_new_privileges": true'
  run -0 app_init
  [ "$output" = CapPrm:0000000000000000CapBnd:0000000000000020NoNewPrivs:1 ]
  program 'grep -E "CapPrm" /proc/self/status | tr -d "\n\t"' '"capabilities": []' '"no_new_privileges": true'
  run -0 app_init
  [ "$output" = CapPrm:0000000000000000 ]
}

@test "no descriptor and no signal of ours gets to the program" {
  program 'ls /proc/self/fd | tr "\n" " "; grep -E "Sig(Blk|Ign)" /proc/self/status | tr -d "\n\t"'
  (trap '' HUP USR1 PIPE; exec 7< /etc/passwd; app_init) > out
  cat out
  [ "$(cat out)" = "0 1 2 3 SigBlk:0000000000000000SigIgn:0000000000000000" ]
}

@test "what an application that is root writes into the pipe of its process 1 is believed of itself alone" {
  # A state of health that is none, far behind the last one and in front of the first, a part of a report, and
  # one of no kind.
  program 'for word in "\002\0\0\0\0\0\0\0\377\377\017\0" "\002\0\0\0\0\0\0\0\0\0\360\377" "123456789012" x; do
      printf "$word" > /proc/1/fd/3 || exit 1
      sleep 0.1
    done; echo alive; exit 7'
  run -7 app_init
  [ "$output" = alive ]
}

@test "what docker hides of the kernel is hidden" {
  program 'for f in /proc/keys /proc/timer_list /proc/kcore; do [ ! -e $f ] || head -c 1 $f | wc -c; done
    ls /sys/firmware; echo 1 > /proc/sys/kernel/panic || echo ro; touch /sys/x || echo ro
    echo $$'
  run -0 --separate-stderr app_init
  [ "$(tr -d '\n' <<< "$output")" = 00roro2 ] || [ "$(tr -d '\n' <<< "$output")" = 000roro2 ] || { echo "$output"; false; }
}

@test "devices, and nothing of the container's /dev" {
  program 'ls /dev | tr "\n" " "; echo x > /dev/null; head -c 3 /dev/zero | wc -c; echo y > /dev/shm/f; ls /dev/pts'
  run -0 app_init
  [ "${lines[0]}" = "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 3" ]
}

@test "a read-only root has places to write to" {
  mkdir -p "$R/run/sockets" "$R/tmp"
  program 'touch /x || echo ro; touch /tmp/t /run/sockets/s /var/tmp/v && echo rw; ls -A /tmp /run/sockets' '"read_only": true' \
    '"working_dir": "/made"'
  run -0 --separate-stderr app_init
  [ "$(tr '\n' ' ' <<< "$output")" = "ro rw /run/sockets: s  /tmp: t " ]
  [ ! -e "$R/run/sockets/s" ]
  [ -d "$R/made" ]
}

@test "volumes that are mounted in the image are there, and stay writable" {
  mkdir -p volume "$R/data"
  program 'touch /data/written; touch /x' '"read_only": true'
  (mount --bind volume "$R/data" && app_init) || true
  umount "$R/data"
  [ -e volume/written ]
}

@test "the filter of system calls has to be there" {
  program true '"seccomp": true'
  run -125 app_init
  [[ "$output" == *"/run/sdme/filters/00000000a80425fb.bpf"* ]]
  # allow everything: BPF_RET|BPF_K SECCOMP_RET_ALLOW
  printf '\x06\x00\x00\x00\x00\x00\xff\x7f' > "$T/run/sdme/filters/00000000a80425fb.bpf"
  program 'grep Seccomp: /proc/self/status' '"seccomp": true' '"user": "7"'
  run -0 app_init
  [ "$output" = $'Seccomp:\t2' ]
  echo junk > "$T/run/sdme/filters/00000000a80425fb.bpf"
  run -125 app_init
}

@test "one service at a time" {
  program 'echo ready; exec sleep 1000'
  start_app
  until_true has_line ready out
  run -125 app_init
  [ "$output" = "sdme-app-init: application 'x' runs already" ]
  kill -TERM "$pid"
  wait "$pid" || true
  [ ! -s "$T/run/sdme-oci-x/pid" ]
}

@test "it is small" {
  program 'seq 1 200000; echo ready; exec sleep 1000'
  start_app
  until_true has_line ready out
  rss=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")
  inner=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(cat "$T/run/sdme-oci-x/pid")/status")
  kill -TERM "$pid"
  wait "$pid" || true
  echo "outside $rss KiB, inside $inner KiB"
  [ "$rss" -lt 2048 ]
  [ "$inner" -lt 2048 ]
}

# --- join -----------------------------------------------------------------------------------------

# running SCRIPT [FIELD...]: the program in the background, once it has said "ready"
running() {
  program "$@"
  start_app
  until_true has_line ready out
}

stop_app() {
  kill -TERM "$pid"
  wait "$pid" || true
}

@test "join: the program's namespaces, root, user, environment, directory and rights" {
  mkdir -p "$R/etc"
  printf 'web:x:33:33::/var/www:/bin/sh\n' > "$R/etc/passwd"
  printf 'adm:x:4:web\n' > "$R/etc/group"
  what='for n in mnt pid ipc net uts; do readlink /proc/self/ns/$n; done; pwd; id -u; id -G; env | sort
    grep -E "Cap|NoNew|Seccomp:" /proc/self/status; ls /proc/self/fd | tr "\n" " "; echo'
  printf '\x06\x00\x00\x00\x00\x00\xff\x7f' > "$T/run/sdme/filters/0000000000000020.bpf"
  jq -n --arg what "$what" '{argv: ["sh", "-c", ($what + "; echo ready; exec sleep 1000")], user: "web", working_dir: "/srv/x",
    env: ["A=b c", "SHLVL=1"], capabilities: ["CAP_KILL"], no_new_privileges: true, seccomp: true}' > "$T/oci/apps/x/app.json"
  start_app
  until_true has_line ready out
  app_init --join x sh -c "$what; echo ready" > joined < /dev/null
  diff out joined
  app_init --join x --user 0:7 --env A=other --env 'N=a=b' --workdir /etc -- \
    sh -c 'id -u; id -g; echo "$A $N"; pwd; grep CapEff /proc/self/status' > joined < /dev/null
  printf '%s\n' 0 7 'other a=b' /etc $'CapEff:\t0000000000000020' | diff - joined
  stop_app
}

@test "join: the command is in the program's cgroup" {
  running 'cat /proc/self/cgroup; echo ready; exec sleep 1000'
  top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  mkdir "$top/sdme-join.$$"
  cat "$T/run/sdme-oci-x/pid" > "$top/sdme-join.$$/cgroup.procs"
  run -0 app_init --join x -- cat /proc/self/cgroup
  stop_app
  rmdir "$top/sdme-join.$$"
  [[ "$output" == *"0::/"*"sdme-join.$$"* ]]
}

@test "join: statuses" {
  running 'echo ready; exec sleep 1000'
  run -7 app_init --join x -- sh -c 'exit 7'
  run -143 app_init --join x -- sh -c 'kill -TERM $$'
  run -127 app_init --join x -- nowhere
  run -126 app_init --join x -- /etc/hosts
  run -125 app_init --join x --user nobody -- true
  run -125 app_init --join x --workdir /nowhere -- true
  [ ! -e "$R/nowhere" ]
  run -125 app_init --join x --workdir /proc/self/fd/3 -- pwd
  run -2 app_init --join x
  run -2 app_init --join x --user
  stop_app
  run -125 app_init --join x -- true
  [[ "$output" == "sdme-app-init: application 'x' is not running"* ]]
}

@test "join: bytes pass through, signals are passed on, and the command ends with us" {
  running 'echo ready; exec sleep 1000'
  head -c 3000000 /dev/urandom > bytes
  app_init --join x -- cat < bytes | cmp - bytes
  (inside /sdme-app-init --join x -- sh -c 'trap "echo usr1; exit 3" USR1; echo here; while :; do sleep 0.01; done') > joined 3>&- &
  joined=$!
  until_true has_line here joined
  kill -USR1 $joined
  status=0
  wait $joined || status=$?
  [ "$status" = 3 ]
  has_line usr1 joined
  (inside /sdme-app-init --join x -- sleep 54323) 3>&- &
  joined=$!
  until_true pgrep -f '^sleep 54323$'
  kill -KILL $joined
  wait $joined || true
  until_true eval '! pgrep -f "^sleep 54323$"'
  stop_app
}

@test "join: what has died, and whose number another process has, is not joined" {
  running 'echo ready; exec sleep 1000'
  kill -KILL "$pid"
  wait "$pid" || true
  echo 1 > "$T/run/sdme-oci-x/pid"
  run -125 app_init --join x -- true
  [[ "$output" == *"is not running"* ]]
}

@test "join: an application of a connector that does not run gets namespaces of its own" {
  program 'exit 4' '"connector": true'
  run -3 app_init --join x -- sh -c 'exit 3'
}

# --- run ------------------------------------------------------------------------------------------

@test "run: arguments behind those of the image, and our input and output" {
  argv='["printf", "<%s>"]' app
  run -0 app_init --run x a --b -- 'c d'
  [ "$output" = '<a><--b><--><c d>' ]
  argv='["cat"]' app
  head -c 3000000 /dev/urandom > bytes
  app_init --run x < bytes | cmp - bytes
  [ ! -e "$T/run/sdme-oci-x" ]
}

# a function in python: until(FD, TEXT, SEEN) reads until the text has come, leaves what is behind it in SEEN[0]
# and returns what was before it
until_py() {
  cat <<'PY'
import os, pty, select, subprocess, sys, termios, time

def until(fd, text, seen):
    while text not in seen[0]:
        r, _, _ = select.select([fd], [], [], 30)
        if not r:
            sys.exit("no %r in %r" % (text, seen[0]))
        try:
            data = os.read(fd, 4096)
        except OSError:
            sys.exit("ended without %r in %r" % (text, seen[0]))
        seen[0] += data
    before, seen[0] = seen[0].split(text, 1)
    return before

PY
}

@test "run: a terminal has job control, and ^C gets to the program once" {
  program 'trap "echo int" INT; tty; echo ready
    while [ "$line" != three ]; do read -r line && echo "line $line"; done'
  { until_py; cat; } > onpty.py <<'PY'
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = [b""]
until(fd, b"ready", seen)
os.write(fd, b"\x03")
# a shell whose read begins just after the signal runs its trap when there is a line
os.write(fd, b"one\ntwo\n")
before = until(fd, b"line two", seen)
assert before.count(b"int") == 1, before
os.write(fd, b"three\n")
assert b"int" not in until(fd, b"line three", seen)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
PY
  export -f inside
  export T
  # shellcheck disable=SC2016
  run timeout 60 python3 onpty.py bash -c 'inside /sdme-app-init --run x'
  echo "$output"
  [ "$status" = 0 ]
}

@test "run: ^Z stops us for the shell, and fg goes on" {
  program 'echo ready; read -r line; echo "line $line"'
  cat > job.py <<'PY'
exec(open("onpty.py").read())
pid, fd = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "-i"])
seen = [b""]
os.write(fd, b"PS1='$ '; bash -c 'inside /sdme-app-init --run x'\n")
until(fd, b"ready", seen)
os.write(fd, b"\x1a")
until(fd, b"Stopped", seen)
os.write(fd, b"echo a shell: $((6 * 7))\n")
until(fd, b"a shell: 42", seen)
os.write(fd, b"fg\n")
until(fd, b"app-init", seen) # the shell shows what it continues, and no longer reads
os.write(fd, b"three\n")
until(fd, b"line three", seen)
os.write(fd, b"echo back: $?; exit 0\n")
until(fd, b"back: 0", seen)
PY
  until_py > onpty.py
  export -f inside
  export T
  run timeout 60 python3 job.py
  echo "$output"
  [ "$status" = 0 ]
  # The shell's SIGCONT goes to all of the job; the program is not to go on before it has the terminal back.
  if strace -o /dev/null true 2> /dev/null; then
    sed -i 's/bash -c/strace -D -o trace -e trace=ioctl -e inject=ioctl:delay_enter=100000 bash -c/' job.py
    run timeout 60 python3 job.py
    echo "$output"
    [ "$status" = 0 ]
  fi
}

# --- health ---------------------------------------------------------------------------------------

health() { cat "$T/run/sdme-oci-x/health" 2> /dev/null; }
is_health() { [ "$(health)" = "$1" ]; }

@test "health: starting, healthy, unhealthy and healthy again" {
  running 'echo ready; exec sleep 1000' '"user": "5"' '"env": ["FILE=/ok"]' '"healthcheck": {"test": ["CMD-SHELL", "touch /tmp/ran; [ $(id -u) = 5 ] && [ -e $FILE ]"],
    "interval_ns": 10000000, "retries": 2}'
  until_true is_health unhealthy
  touch "$R/ok"
  until_true is_health healthy
  rm "$R/ok"
  until_true is_health unhealthy
  stop_app
  [ -e "$R/tmp/ran" ]
  [ "$(grep -c 'unhealthy' err)" = 2 ]
  [ "$(grep -c 'is healthy' err)" = 1 ]
}

@test "health: one that takes too long has failed, and is killed with what it has started" {
  running 'echo ready; exec sleep 1000' '"healthcheck": {"test": ["CMD", "sh", "-c", "sleep 54324; true"],
    "interval_ns": 10000000, "timeout_ns": 20000000, "retries": 1}'
  until_true is_health unhealthy
  stop_app
  run -1 pgrep -f '^sleep 54324$'
}

@test "health: none is checked if none is wanted, and failures in the start period do not count" {
  program 'echo ready; exec sleep 1000' '"healthcheck": {"test": ["CMD", "false"], "interval_ns": 1000000, "retries": 1}'
  (inside /sdme-app-init --no-healthcheck x) < /dev/null > out 3>&- &
  pid=$!
  until_true has_line ready out
  [ ! -e "$T/run/sdme-oci-x/health" ]
  stop_app
  running 'echo ready; exec sleep 1000' '"healthcheck": {"test": ["CMD-SHELL", "echo x >> /tmp/ran; false"],
    "start_interval_ns": 5000000, "start_period_ns": 3600000000000, "retries": 1}'
  until_true eval '[ "$(wc -l < $R/tmp/ran)" -gt 5 ]' 2> /dev/null
  is_health starting
  stop_app
}
