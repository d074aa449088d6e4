#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the container is not to be here; load sets $tests
#
# exec on pipes: bytes, exit statuses, user, environment, directory, signals, and what is left behind.
# Every test runs in a container with a user namespace, and most in one without, too.

load lib
setup_file() {
  host_setup
  import_debian
  in_host sh -c 'sdme create -r debian plain && sdme create -r debian --userns shifted &&
    sdme start plain shifted'
}
teardown_file() {
  in_host sdme rm --all --force
  host_clean_check
}
teardown() {
  in_host rm -rf /root/exec
  [ -n "${BATS_TEST_COMPLETED-}" ] || in_host sdme stop --kill brief evil 2> /dev/null || true
}

# script [ARG...]: standard input is run by bash in the host, for each container as $c
script() {
  local c text
  text=$(cat)
  for c in plain shifted; do
    echo "in $c:"
    in_host env "c=$c" BASH_XTRACEFD=8 bash -exc 'mkdir -p /root/exec; cd /root/exec
units() { sdme exec "$c" systemctl list-units --all --plain --no-legend "sdme-exec*" | grep -cv "sdme: systemctl" || :; }
processes() { sdme exec "$c" sh -c "cat /proc/[0-9]*/comm" | grep -cx -e sleep -e yes || :; }
status_is() { local want=$1 got=0; shift; "$@" || got=$?; [ $got = $want ] || { echo "$*: $got, not $want"; exit 1; }; }
'"$text" "$@" 8>&2 || return
  done
}

@test "64 MiB of anything, through files and through pipes, come back as they were" {
  script <<'SH'
head -c 67108864 /dev/urandom > in
sdme exec "$c" cat < in > out
cmp in out
cat in | sdme exec -i "$c" cat | cmp - in # podman's way to say it
cat in | sdme exec "$c" cat | { sleep .2; cmp - in; } # all of it is under way when the command ends
SH
}

@test "the two outputs stay apart, and in order where they are one file" {
  script <<'SH'
sdme exec "$c" sh -c 'echo out; echo err >&2' > out 2> err
[ "$(cat out)" = out ] && [ "$(cat err)" = err ]
sdme exec "$c" sh -c 'for i in 1 2 3; do echo o$i; echo e$i >&2; done' > both 2>&1
[ "$(tr '\n' ' ' < both)" = 'o1 e1 o2 e2 o3 e3 ' ]
SH
}

@test "the command's exit status is ours, those that systemd itself uses included" {
  script <<'SH'
for n in 0 1 2 42 125 126 127 200 203 217 224 255; do status_is $n sdme exec "$c" sh -c "exit $n"; done
status_is 137 sdme exec "$c" sh -c 'kill -KILL $$'
status_is 143 sdme exec "$c" sh -c 'kill -TERM $$'
status_is 139 sdme exec "$c" sh -c 'ulimit -c 0; kill -SEGV $$'
SH
}

@test "a command that is not there is 127, one that cannot be executed 126" {
  script <<'SH'
status_is 127 sdme exec "$c" nosuchcommand 2> err
[ "$(cat err)" = "sdme-exec: cannot run 'nosuchcommand' in container '$c': there is no such command" ]
status_is 127 sdme exec "$c" /no/such 2> err
for name in "" . ..; do
  status_is 127 sdme exec "$c" "$name" 2> err
  [ "$(cat err)" = "sdme-exec: cannot run '$name' in container '$c': there is no such command" ]
done
status_is 126 sdme exec "$c" /etc/passwd 2> err
[ "$(cat err)" = "sdme-exec: cannot run '/etc/passwd' in container '$c': it is not executable" ]
status_is 126 sdme exec "$c" /etc 2> err
sdme exec "$c" sh -c 'printf "#!/no/such\n" > /tmp/script; chmod +x /tmp/script'
status_is 126 sdme exec "$c" /tmp/script 2> err
sdme exec "$c" rm /tmp/script
SH
}

@test "our own failures are 125, and say why" {
  script <<'SH'
fails() { local text=$1; shift; status_is 125 "$@" 2> err; grep -q "$text" err || { cat err; exit 1; }; }
fails "no container found" sdme exec nosuch true
fails "has no user 'nosuch'" sdme exec --user nosuch "$c" true
fails "directory cannot be entered" sdme exec -w /no/such "$c" true
fails "UTF-8" sdme exec "$c" echo $'\xff'
fails "No space left" sdme exec "$c" echo > /dev/full
fails "Bad file descriptor" sdme exec "$c" echo >&-
status_is 2 sdme exec -w relative "$c" true 2> err
status_is 2 sdme exec -e =x "$c" true 2> err
status_is 2 sdme exec "$c" 2> err
SH
  in_host sdme create -r debian stopped
  run in_host sdme exec stopped true
  [ "$status" = 125 ]
  [ "$output" = "sdme-exec: container 'stopped' is not running (sdme start stopped boots it)" ]
  in_host sdme rm stopped
}

@test "--user, -w, and commands by name, by path and relative to the directory" {
  script <<'SH'
[ "$(sdme exec "$c" sh -c 'id -u; echo $HOME')" = $'0\n/root' ]
[ "$(sdme exec --user nobody "$c" id -un)" = nobody ]
[ "$(sdme exec -u 65534 "$c" id -un)" = nobody ]
[ "$(sdme exec "$c" pwd)" = / ]
[ "$(sdme exec -w /usr/bin "$c" pwd)" = /usr/bin ]
[ "$(sdme exec -w /usr/bin "$c" ./echo x)" = x ]
[ "$(sdme exec "$c" usr/bin/echo x)" = x ]
sdme exec "$c" sh -c 'mkdir -p "/tmp/a b%n\$c"; printf "#!/bin/sh\npwd\n" > "/tmp/a b%n\$c/x y%"; chmod +x /tmp/a*/*'
[ "$(sdme exec -w '/tmp/a b%n$c' "$c" './x y%')" = '/tmp/a b%n$c' ]
[ "$(sdme exec -e 'PATH=/tmp/a b%n$c' "$c" 'x y%' 2>&1)" = / ]
sdme exec "$c" sh -c 'rm -r /tmp/a*'
SH
}

@test "a user can open the pipes again as /dev/stdin, /dev/stdout and /dev/stderr" {
  script <<'SH'
echo text > in
for user in root nobody 65534; do
  sdme exec --user $user "$c" sh -c 'cat /dev/stdin > /dev/stdout; echo error > /dev/stderr' < in > out 2> err
  [ "$(cat out err)" = $'text\nerror' ]
done
for user in root nobody 65534; do
  got=$(cat in | sdme exec --user $user "$c" sh -c 'cat /dev/stdin > /dev/stdout; echo error > /dev/stderr' 2>&1 | cat)
  [ "$got" = $'text\nerror' ]
done
mkfifo -m 600 fifo # one of ours stays what it is
cat fifo > out & sdme exec --user nobody "$c" echo text > fifo; wait $!
[ "$(stat -c '%u %a' fifo) $(cat out)" = "0 600 text" ]
rm fifo
SH
}

@test "arguments and variables arrive byte by byte" {
  script <<'SH'
all=$(i=1; while [ $i -lt 128 ]; do printf "\\$(printf %03o $i)"; i=$((i + 1)); done; echo x) # $() eats a newline at the end
hostile='%n %% $HOME ${PATH} $$ `id` "'"'"' \n \\ ; | & # * ü '"$all"
sdme exec "$c" printf %s "$hostile" > out
[ "$(cat out; echo .)" = "$hostile." ]
sdme exec -e "V=$hostile" -e EMPTY= -e "EQ=a=b" "$c" sh -c 'printf %s "$V"; printf "|%s|%s|" "${EMPTY-unset}" "$EQ"' > out
[ "$(cat out)" = "$hostile||a=b|" ]
[ "$(sdme exec "$c" printf '%s|' '' ' ' '$X' '$' '-e' "$(printf 'a\nb')")" = $'| |$X|$|-e|a\nb|' ]
[ "$(sdme exec "$c" sh -c 'echo $#' sh "$(head -c 100000 /dev/zero | tr '\0' x)" y)" = 2 ]
SH
}

@test "standard input: its end, none, a closed one, and a file of which only a part is read" {
  script <<'SH'
[ "$(printf 'a\nb' | sdme exec "$c" wc -c)" = 3 ]
[ "$(sdme exec "$c" cat < /dev/null | wc -c)" = 0 ]
[ "$(sdme exec "$c" cat <&- | wc -c)" = 0 ]
seq 5 > numbers
n=0; while read -r line; do sdme exec "$c" true; n=$((n + 1)); done < numbers
[ $n = 5 ]
{ read -r a; sdme exec "$c" dd bs=1 count=4 2> /dev/null > out; read -r b; } < numbers
[ "$a $(tr '\n' ' ' < out)$b" = '1 2 3 4' ]
yes | sdme exec "$c" head -n 1 > out
[ "$(cat out)" = y ]
SH
}

@test "an output that nobody reads any more ends the command" {
  script <<'SH'
set +e
sdme exec "$c" yes | head -n 1 > /dev/null
[ "${PIPESTATUS[0]}" = 141 ] || exit 1
sdme exec "$c" sh -c 'yes; echo $? >&2' 2> err | head -n 1 > /dev/null
[ "$(cat err)" = 141 ]
SH
}

@test "an output is at its end when the command is, whoever else in the container has it open" {
  script <<'SH'
orphan='(exec setsid sh -c "echo 0 > /sys/fs/cgroup/init.scope/cgroup.procs; exec $*") & echo $! > /tmp/orphan
  until grep -qx 0::/init.scope /proc/$!/cgroup; do sleep .01; done; echo end'
[ "$(sdme exec "$c" sh -c "$orphan" sh sleep 100)" = end ]
[ "$(processes)" = 1 ]
sdme exec "$c" sh -c 'kill $(cat /tmp/orphan); rm /tmp/orphan'
sdme exec "$c" sh -c "$orphan" sh yes | grep -x end # and whatever it goes on writing
SH
}

@test "what nobody reads holds us as long as we are not told to end" {
  script <<'SH'
mkfifo unread
exec 7<> unread
for s in INT:130 TERM:143; do
  sdme exec "$c" sh -c 'echo $$ > /tmp/ran; exec yes' > unread & pid=$!
  until sdme exec "$c" sh -c 'grep -q pipe_write /proc/$(cat /tmp/ran)/wchan'; do sleep .05; done
  kill -${s%:*} $pid
  status_is ${s#*:} wait $pid
  # the command has ended, its last output is under way
  sdme exec "$c" sh -c 'head -c 60000 /dev/zero; touch /tmp/ended' > unread & pid=$!
  until sdme exec "$c" rm /tmp/ended 2> err; do sleep .05; done
  kill -0 $pid
  kill -${s%:*} $pid
  status_is ${s#*:} wait $pid
done
sdme exec "$c" rm /tmp/ran
rm unread
SH
}

@test "the command gets pipes, and no descriptor of ours" {
  script <<'SH'
sdme exec "$c" sh -c 'kinds=$(for fd in 0 1 2; do stat -L -c %F /proc/$$/fd/$fd; done); echo "$kinds" > /tmp/kinds' \
  < /etc/passwd > out 2> err
[ "$(sdme exec "$c" cat /tmp/kinds | sort -u)" = fifo ]
sdme exec "$c" sh -c 'ls /proc/self/fd | wc -l > /tmp/kinds' 7< /etc/passwd 9> other
[ "$(sdme exec "$c" cat /tmp/kinds)" = 4 ] # 0 to 2, and the directory
status_is 125 sdme exec "$c" cat < / > out 2>&1
grep -q "Is a directory" out
sdme exec "$c" rm /tmp/kinds
SH
}

@test "a signal goes to the command, a second one kills it, and neither leaves anything" {
  script <<'SH'
[ "$(units) $(processes)" = "0 0" ]
for s in INT:130 TERM:143 HUP:129 QUIT:131; do
  : > out
  sdme exec "$c" sh -c 'ulimit -c 0; sleep 100 & echo ready; sleep 100; exit 1' > out & pid=$!
  until grep -q ready out; do sleep .05; done
  kill -${s%:*} $pid
  status_is ${s#*:} wait $pid
done
: > out
sdme exec "$c" sh -c 'trap "echo caught; exit 7" TERM; echo ready; while :; do sleep .05; done' > out & pid=$!
until grep -q ready out; do sleep .05; done
kill -TERM $pid
status_is 7 wait $pid
grep -q caught out
: > out
sdme exec "$c" sh -c 'trap "" INT TERM; echo ready; while :; do sleep .05; done' > out & pid=$!
until grep -q ready out; do sleep .05; done
kill -INT $pid; sleep .2; kill -0 $pid; kill -TERM $pid
status_is 130 wait $pid
sdme exec "$c" sh -c 'sleep 100 & echo left' > out # what it leaves running ends with it
[ "$(units) $(processes)" = "0 0" ]
SH
}

@test "signals that have no meaning for us go to the command, as often as they come" {
  script <<'SH'
for s in USR1 USR2 ALRM VTALRM PROF XCPU ABRT RTMIN RTMIN+7; do
  : > out
  sdme exec "$c" bash -c "trap 'n=\$((n + 1)); echo caught \$n' $s; echo ready; until [ \"\$n\" = 2 ]; do sleep .05; done; exit 7" > out & pid=$!
  until grep -q ready out; do sleep .05; done
  kill -$s $pid
  until grep -q "caught 1" out; do sleep .05; done
  kill -$s $pid
  status_is 7 wait $pid
done
: > out
sdme exec "$c" sh -c 'echo ready; exec sleep 100' > out & pid=$!
until grep -q ready out; do sleep .05; done
kill -USR1 $pid
status_is 138 wait $pid
[ "$(units) $(processes)" = "0 0" ]
SH
}

@test "a container that hangs in its boot can be looked into" {
  in_host sh -c 'sdme create -r debian brief
    cd /var/lib/sdme/containers/brief/upper/etc/systemd/system
    mkdir sysinit.target.wants
    printf "%s\n" [Unit] DefaultDependencies=no Before=sysinit.target [Service] Type=oneshot \
      TimeoutStartSec=infinity "ExecStart=/bin/sleep infinity" > hang.service
    ln -s ../hang.service sysinit.target.wants
    ! sdme start --timeout 1 brief'
  [ "$(in_host timeout --kill-after=1 20 sdme exec brief systemctl is-system-running)" = initializing ]
  [ "$(in_host timeout --kill-after=1 20 sdme join brief id -u < /dev/null)" = 0 ]
  in_host sh -c 'sdme stop --kill brief && sdme rm brief'
}

@test "a command that waits for a mount is called off by the first signal" {
  script <<'SH'
sdme exec "$c" sh -c 'cd /run/systemd/system
  printf "%s\n" [Service] Type=oneshot TimeoutStartSec=infinity "ExecStart=/bin/sleep infinity" > hang.service
  printf "%s\n" [Unit] Requires=hang.service After=hang.service [Mount] What=tmpfs Where=/srv > srv.mount
  systemctl daemon-reload'
for s in INT:130 TERM:143; do
  sdme exec -w /srv "$c" touch /tmp/ran & pid=$!
  until sdme exec "$c" systemctl list-jobs | grep -q sdme-exec; do sleep .05; done
  kill -${s%:*} $pid
  status_is ${s#*:} wait $pid
done
[ "$(units)" = 0 ]
sdme exec "$c" sh -c 'rm /run/systemd/system/srv.mount /run/systemd/system/hang.service
  systemctl daemon-reload; systemctl stop hang.service; systemctl reset-failed; [ ! -e /tmp/ran ]'
SH
}

@test "killed, it leaves a command that ends by itself, and nothing after that" {
  script <<'SH'
[ "$(units) $(processes)" = "0 0" ]
sdme exec "$c" sh -c 'while :; do echo x; sleep .05; done' > out & pid=$!
until [ -s out ]; do sleep .05; done
kill -KILL $pid
wait $pid 2> /dev/null || :
for i in $(seq 100); do [ "$(units) $(processes)" != "0 0" ] || break; sleep .05; done
[ "$(units) $(processes)" = "0 0" ]
SH
}

@test "it lives through a reload and a new execution of the container's systemd" {
  script <<'SH'
status_is 6 sdme exec "$c" sh -c 'systemctl daemon-reload; sleep .5; echo alive; exit 6' > out
[ "$(cat out)" = alive ]
status_is 6 sdme exec -e 'V=a"%$\' "$c" sh -c 'systemctl daemon-reexec; sleep 2; echo "$1 $V"; exit 6' sh '$x"%\' > out
[ "$(cat out)" = '$x"%\ a"%$\' ]
SH
}

@test "a container that does not answer is left when we are told to" {
  script <<'SH'
freezer=/sys/fs/cgroup/machine.slice/sdme@$c.service/cgroup.freeze
echo 1 > $freezer
status_is 130 timeout --preserve-status --signal=INT 1 sdme exec "$c" true
status_is 143 timeout --preserve-status --signal=TERM 1 sdme exec "$c" true
echo 0 > $freezer
sdme exec "$c" true
[ "$(units)" = 0 ]
SH
}

@test "a container that ends takes the command along, and we say so" {
  in_host sh -c 'sdme create -r debian brief && sdme start brief'
  run in_host sh -c 'sdme exec brief sleep 100 & sleep .5; systemctl kill --signal=KILL sdme@brief; wait $!'
  [ "$status" = 125 ]
  [ "$output" = "sdme-exec: container 'brief' ended before the command" ]
  in_host sdme rm brief
}

@test "what the container puts in the place of its manager's socket never leads to the host" {
  in_host sh -c 'sdme create -r debian evil && sdme start evil'
  run in_host sh -c '# by a link: the path is one of the container, where it leads nowhere
    ln -s /run/systemd /run/of-the-host
    cd "/proc/$(machinectl show -p Leader --value evil)/root/run/systemd"
    mv private real && ln -s /run/of-the-host/private private
    sdme exec evil hostname; s=$?; rm /run/of-the-host; exit $s'
  [ "$status" = 125 ]
  [ "$output" = "sdme-exec: cannot reach the service manager of container 'evil': Connection timed out" ]
  run in_host sh -c '# by a socket that is somebody else'"'"'s
    cd "/proc/$(machinectl show -p Leader --value evil)/root/run/systemd"
    rm private
    python3 -c "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind(\"private\"); s.listen(); time.sleep(60)" & pid=$!
    until [ -S private ]; do sleep .05; done
    sdme exec evil hostname; s=$?; kill $pid; exit $s'
  [ "$status" = 125 ]
  [ "$output" = "sdme-exec: cannot reach the service manager of container 'evil': Operation not permitted" ]
  in_host sh -c 'cd "/proc/$(machinectl show -p Leader --value evil)/root/run/systemd" && mv real private'
  [ "$(in_host sdme exec evil hostname)" = evil ]
  in_host sdme rm evil
}
