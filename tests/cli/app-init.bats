#!/usr/bin/env bats
# app-init: the program of an application, in a tree that stands for a container's.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  cd "$BATS_TEST_TMPDIR" || return
  T=$PWD/tree R=$PWD/tree/oci/apps/x/root
  mkdir -p "$T"/{bin,dev,proc,sys,run/sdme/filters,etc,old,tmp} "$R/bin"
  cp "$(command -v busybox)" "$T/bin/"
  cp "$(command -v busybox)" "$R/bin/"
  "$R/bin/busybox" --install "$R/bin"
  cp "$SDME_BUILD/sdme-inside" "$T/sdme-app-init"
  echo nameserver 192.0.2.1 > "$T/etc/resolv.conf"
  echo 127.0.0.1 localhost > "$T/etc/hosts"
}

# inside CMD...: with the tree as the root of a mount namespace; the process becomes the command. What is to
# be seen of its /proc is ours.
inside() {
  # shellcheck disable=SC2016
  exec unshare --mount --propagation private env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$BASH" -c '
    set -e
    tree=$1; shift
    mount --rbind "$tree" "$tree"
    cd "$tree"
    for dir in proc sys dev; do mount --rbind /$dir $dir; done
    pivot_root . old
    cd /
    exec /bin/busybox sh -c "/bin/busybox umount -l /old; exec \"\$@\"" sh "$@"' bash "$T" "$@"
}

# app FIELD...: what app.json has besides; the program's argument vector is in the variable argv
app() {
  local fields='"read_only": false' field
  [[ "$*" == *seccomp* ]] || set -- '"seccomp": false' "$@"
  [[ "$*" != *read_only* ]] || fields='"connector": false'
  for field; do fields+=", $field"; done
  printf '{"argv": %s, %s}' "$argv" "$fields" > "$T/oci/apps/x/app.json"
}

# program SCRIPT [FIELD...]: the program is a shell's script
program() {
  argv=$(jq -nc --arg script "$1" '["sh", "-c", $script]')
  shift
  app "$@"
}

app_init() { (inside /sdme-app-init "${@:-x}"); }

# start_app: in the background, with its output in the file "out"; $pid
start_app() {
  (inside /sdme-app-init x) < /dev/null > out 2> err 3>&- &
  pid=$!
}

# until CMD...: as long as it takes, and no longer than what would be a hang
until_true() {
  local i
  for ((i = 0; i < 500; i++)); do
    if "$@"; then return 0; fi
    sleep 0.02
  done
  echo "never true: $*"
  return 1
}

has_line() { grep -qxF -- "$1" "$2" 2> /dev/null; }
is_gone() { ! kill -0 "$1" 2> /dev/null; }

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
  program 'i=0; while [ $i -lt 1000 ]; do (true &); i=$((i+1)); done
    i=0; while cat /proc/[0-9]*/stat 2> /dev/null | grep -q "(true)" && [ $i -lt 200 ]; do i=$((i+1)); done
    cat /proc/[0-9]*/stat 2> /dev/null | grep -c " Z "; echo end'
  run -0 app_init
  [ "$output" = $'0\nend' ]
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
  # a reader that is slow, and is no file
  app_init | (sleep 0.2; cat) | cmp - out
}

@test "lines of standard output and error do not mix, and each has its order" {
  program 'lines() { awk -v w=$1 "BEGIN { for (i = 1; i <= 20000; i++) print w, i, \"and then some\" }"; }
    lines out & lines err >&2 & wait'
  (app_init) > both 2>&1
  [ "$(wc -l < both)" = 40000 ]
  for w in out err; do grep "^$w" both | cmp - <(seq -f "$w %g and then some" 1 20000); done
}

@test "half a line of one is ended before the other's" {
  program 'printf half; echo whole >&2; printf more'
  (app_init) > both 2>&1
  [ "$(sort both | tr '\n' ' ')" = "halfmore whole " ] || [ "$(sort both | tr '\n' ' ')" = "whole halfmore" ] ||
    { cat both; false; }
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
  run -0 app_init
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
  [ "$(cat out)" = "0 1 2 3 SigBlk:0000000000000000SigIgn:0000000000000000" ]
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
