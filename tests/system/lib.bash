# lib.bash: what every system test loads. The tests run on the machine, and reach into the test host
# that tests/run started for them ($TESTHOST) with in_host; $SDME_BUILD is what they test.
#
# A file begins with
#     load lib
#     setup_file() { host_setup; }
#     teardown_file() { host_clean_check; }

bats_require_minimum_version 1.5.0

: "${TESTHOST:?is not set: run system tests with tests/run}"
: "${SDME_BUILD:?is not set: run system tests with tests/run}"

tests=${BASH_SOURCE[0]%/system/*}

# in_host CMD...: runs it as root in the test host, with sdme and its links on PATH. Standard input,
# output and exit status are the command's own.
in_host() {
  "$tests/testhost" exec "$TESTHOST" env "PATH=$SDME_BUILD:$PATH" "SDME=$SDME_BUILD/sdme" "$@"
}

# on_tty CMD...: the same on a terminal of the host's; both outputs come out together, lines end in CR LF.
on_tty() {
  "$tests/testhost" exec -t "$TESTHOST" env "PATH=$SDME_BUILD:$PATH" "SDME=$SDME_BUILD/sdme" TERM=vt100 "$@"
}

# wait_until SECONDS CMD...: until CMD succeeds; fails after that many seconds.
wait_until() {
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ $SECONDS -ge $limit ]; then
      echo "waited in vain for: $*" >&2
      return 1
    fi
    sleep .05
  done
}

# unique WORD: a container name that no other test has
unique() { printf '%s-%04x%04x\n' "$1" $RANDOM $RANDOM; }

# debian_tree: the path of a Debian root file system, the same inside the host and out; read-only in it
debian_tree() { "$tests/rootfs" debian 2>/dev/null; }
debian_tar() { "$tests/rootfs" debian.tar 2>/dev/null; }

# import_debian: sees to it that the rootfs "debian" is there. It stays for the host's other tests.
import_debian() {
  in_host test -d /var/lib/sdme/fs/debian || in_host sdme fs import debian "$(debian_tree)"
}

# needs_clones: skips the test where the host's own / cannot be cloned: overlays stack two deep
needs_clones() {
  # shellcheck disable=SC2016
  in_host unshare --mount sh -c 'mkdir -p /var/lib/sdme/.try/u /var/lib/sdme/.try/w && cd /var/lib/sdme/.try &&
      mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w /mnt' 2>/dev/null
  local status=$?
  in_host rm -rf /var/lib/sdme/.try
  [ $status = 0 ] || skip "this machine's / is an overlay already, and a clone of the host's would be the third"
}

# --- nothing is left behind -----------------------------------------------------------------------

# host_state: what a test may leave behind, one thing a line
host_state() {
  { host_things; host_files; } | LC_ALL=C sort
}

host_things() {
  in_host bash -s <<'EOF'
shopt -s nullglob
machinectl --no-legend list | awk '{ print "machine " $1 }'
awk '$5 !~ "^/run/credentials/" { print "mount " $5 }' /proc/1/mountinfo
ip -o link | awk -F': ' '{ print "link " $2 }'
ip netns | awk '{ print "netns " $1 }'
systemctl list-units --all --full --plain --no-legend --type=service,scope,socket,timer,path \
  'sdme*' 'run-*' 'machine-*' | awk '{ print "unit " $1 }'
systemctl list-units --failed --full --plain --no-legend | awk '{ print "failed unit " $1 }'
losetup --noheadings --output BACK-FILE --list | awk '$1 ~ /^\/var\/lib\/sdme/ { print "loop " $1 }'
find /run/systemd/system /run/systemd/nspawn /run/systemd/machines /tmp -mindepth 1 ! -type d \
    ! -path '*/systemd-private-*' -printf 'file %p\n' 2>/dev/null
find /run/sdme /var/lib/sdme ! -path '/*/sdme/*/*' -mindepth 1 ! -type d -o -path '/*/sdme/*/*' -prune \
    ! -path '*/fs/debian' ! -path '*/fs/.debian.meta' ! -path '*/locks/*' 2>/dev/null | sed 's/^/file /'
find /var/lib/sdme/locks ! -type d ! -name debian.lock ! -path '*/userns/shift.lock' -printf 'file %p\n' 2>/dev/null
find /sys/fs/cgroup/machine.slice -mindepth 1 -type d -printf 'cgroup %p\n' 2>/dev/null
while read -r pid; do # what a command left running; this shell and what it runs are no part of it
  read -r _ comm _ parent _ < "/proc/$pid/stat" || continue
  [ "$pid" = $$ ] || [ "$parent" = $$ ] || [ "$pid" = 0 ] || echo "process $comm"
done < /sys/fs/cgroup/exec/cgroup.procs 2>/dev/null
EOF
}

# host_files: what the host wrote on its disk, logs and systemd's own notes apart. The template unit is
# installed on first use and stays.
host_files() {
  local upper
  upper=$("$tests/testhost" dir "$TESTHOST")/upper
  find "$upper" \( -path "$upper/var/log" -o -path "$upper/var/lib/systemd" -o -path "$upper/var/cache" \) -prune \
    -o \( ! -type d -o -path '*/systemd/*' \) ! -name 'sdme@.service' -printf 'file /%P\n'
}

host_setup() {
  in_host systemctl reset-failed
  host_state > "$BATS_FILE_TMPDIR/state"
}

host_is_clean() {
  host_state > "$BATS_FILE_TMPDIR/state.now"
  LC_ALL=C comm -13 "$BATS_FILE_TMPDIR/state" "$BATS_FILE_TMPDIR/state.now" > "$BATS_FILE_TMPDIR/left"
  [ ! -s "$BATS_FILE_TMPDIR/left" ]
}

# host_clean_check: fails unless the host is as host_setup found it. Links and units go away a little
# after the command that ended them, hence the waiting.
host_clean_check() {
  wait_until 10 host_is_clean || {
    echo "left behind:"
    cat "$BATS_FILE_TMPDIR/left"
    return 1
  }
}
