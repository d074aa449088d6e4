#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # the host's shell expands; run sets $output and $status
#
# Trees that cannot boot are made to: packages come from a repository that the host serves itself.

load lib

mirror=http://127.0.0.1:8123

setup_file() {
  local bare
  bare=$("$tests/rootfs" bare 2>"$BATS_FILE_TMPDIR/bare.err") || {
    cat "$BATS_FILE_TMPDIR/bare.err" >&2
    return 1
  }
  export BARE=$bare/tree
  host_setup
  in_host systemd-run --quiet --unit=mirror.service python3 -m http.server --bind 127.0.0.1 \
    --directory "$bare/mirror" "${mirror##*:}"
  # The tree with that repository and with a resolv.conf that says nothing here.
  mkdir -p "$BATS_FILE_TMPDIR/tree"
  cp -a "$BARE/." "$BATS_FILE_TMPDIR/tree"
  rm -rf "$BATS_FILE_TMPDIR"/tree/etc/apt/sources.list*
  echo "deb [trusted=yes] $mirror ./" > "$BATS_FILE_TMPDIR/tree/etc/apt/sources.list"
  ln -sf ../run/systemd/resolve/stub-resolv.conf "$BATS_FILE_TMPDIR/tree/etc/resolv.conf"
  tar -C "$BATS_FILE_TMPDIR/tree" -cf "$BATS_FILE_TMPDIR/bare.tar" .
  rm -rf "$BATS_FILE_TMPDIR/tree"
  # A small one for tests that need no packages: a shell and a few programs.
  in_host bash -s "$BARE" <<'END'
small=/run/install/small
mkdir -p $small/{dev,etc,proc,run,sys,tmp,usr/bin,usr/lib/systemd,usr/lib64}
cp "$1/etc/os-release" $small/etc/
ln -s usr/bin usr/lib usr/lib64 $small/
for program in sh bash cat cp echo grep hostname ls mkdir readlink seq setsid sleep touch true wc; do
  cp -L "$1/usr/bin/$program" $small/usr/bin/
  chroot "$1" ldd "/usr/bin/$program" | grep -o '/[^ ]*'
done | sort -u | while read -r library; do
  mkdir -p "$small${library%/*}" && cp -L "$1$library" "$small$library"
done
END
}

teardown_file() {
  in_host systemctl stop mirror.service
  in_host rm -rf /run/install /victim
  host_clean_check
}

teardown() {
  in_host sh -c 'for name in x booted; do
      sdme rm -f $name; sdme fs rm $name; done' > /dev/null 2>&1 || true
}

# conf LINE...: /run/install/conf, with these commands for Debian
conf() {
  { echo '[distros.debian]'; printf 'import_prehook=%s\n' "$@"; } | in_host tee /run/install/conf > /dev/null
}

# what a tree has that boots, as far as import can tell
fake='mkdir -p /usr/lib/systemd && cp /bin/true /usr/lib/systemd/systemd && cp /bin/true /usr/bin/dbus-daemon'

import() { in_host sdme --config /run/install/conf fs import x /run/install/small "$@"; }

nothing_left() {
  [ -z "$(in_host sh -c 'ls -A /var/lib/sdme/fs | grep -v debian')" ]
  [ -z "$(in_host machinectl --no-legend list)" ]
  [ -z "$(in_host systemctl list-units --all --plain --no-legend 'sdme-install*')" ]
  run ! in_host grep -q import-txn /proc/self/mountinfo
}

@test "a Debian without systemd is imported with what it lacks, and boots" {
  run -0 --separate-stderr in_host sdme fs import booted - --install-packages=yes < "$BATS_FILE_TMPDIR/bare.tar"
  [ "$output" = booted ]
  [[ "$stderr" == *"running in the tree from 'standard input': apt-get "*" install -y --no-install-recommends dbus systemd"* ]]
  [[ "$stderr" != *Unpacking* ]]
  [ "$(in_host readlink /var/lib/sdme/fs/booted/etc/resolv.conf)" = ../run/systemd/resolve/stub-resolv.conf ]
  [ -z "$(in_host find /var/lib/sdme/fs/booted/etc -name '.resolv.conf.sdme*')" ]
  [ -z "$(in_host find /var/lib/sdme/fs/booted/var/lib/apt/lists -type f)" ]
  in_host test -e /var/lib/sdme/fs/booted/usr/lib/systemd/systemd-resolved
  run -0 in_host sdme fs inspect booted
  [[ "$output" == *$'\nfamily = debian\nbootable = yes\n'* ]]
  run -0 in_host sh -c 'sdme create booted -r booted && sdme start booted && sdme exec booted cat /proc/1/comm'
  [[ "$output" == *systemd* ]]
}

@test "auto without a terminal and no refuse, and say what to do" {
  conf "$fake"
  for how in --install-packages=auto --install-packages=no ''; do
    # shellcheck disable=SC2086  # or no option at all
    run --separate-stderr import $how < /dev/null
    [ "$status" = 1 ]
    [ -z "$output" ]
    [[ "$stderr" == *"has no systemd and no D-Bus, a container of it cannot boot; --install-packages=yes installs"* ]]
    nothing_left
  done
  run -0 --separate-stderr import --force
  [[ "$stderr" == *"warning: "*"has no systemd and no D-Bus, a container of it cannot boot"* ]]
  in_host test ! -e /var/lib/sdme/fs/x/usr/lib/systemd/systemd
}

@test "auto on a terminal shows the commands and asks" {
  conf "$fake" 'echo second'
  run on_tty sdme --config /run/install/conf fs import x /run/install/small <<< n
  [ "$status" = 1 ]
  [[ "$output" == *"these commands would be run in it:"*"mkdir -p"*"echo second"*"install the packages? [Y/n]"*aborted* ]]
  nothing_left
  run on_tty sdme --config /run/install/conf fs import x /run/install/small <<< y
  [ "$status" = 0 ]
  [[ "$output" == *"running in"*"echo second"* ]]
  in_host test -e /var/lib/sdme/fs/x/usr/lib/systemd/systemd
}

@test "commands run as in a container: the tree is their root, the host is not there" {
  conf "$fake" 'cat /proc/1/comm > /seen; ls /var/lib/sdme >> /seen; readlink /proc/self/fd/0 >> /seen' \
    'echo $$ $TZ $DEBIAN_FRONTEND $LC_ALL >> /seen; hostname >> /seen; test -t 1 || echo no terminal >> /seen' \
    'grep CapEff /proc/self/status >> /seen; cat /etc/resolv.conf > /resolv; ls /proc/self/fd | wc -l >> /seen'
  run -0 import --install-packages=yes
  run -0 in_host cat /var/lib/sdme/fs/x/seen
  [ "${lines[0]}" = "(sd-stubinit)" ]
  [ "${lines[1]}" = /dev/null ]
  [ "${lines[2]}" = "2 Etc/UTC noninteractive C.UTF-8" ]
  [[ "${lines[3]}" == sdme-install-* ]]
  [ "${lines[4]}" = "no terminal" ]
  [[ "${lines[5]}" == CapEff:*0000* ]]
  [ "${lines[6]}" = 4 ]
  in_host sh -c 'cmp /etc/resolv.conf /var/lib/sdme/fs/x/resolv'
}

@test "a command that fails is shown with its last lines; --force keeps the tree" {
  conf 'for i in $(seq 30); do echo line-$i; done; printf "evil\033[2J" >&2; exit 7' "$fake"
  run --separate-stderr import --install-packages=yes
  [ "$status" = 1 ]
  [[ "$stderr" == *"line-30"*'evil\x1b[2J'*"(exit status 7)" ]]
  [[ "$stderr" != *line-15$'\n'* ]]
  nothing_left
  run -0 --separate-stderr import --install-packages=yes --force
  [[ "$stderr" == *"(exit status 7)"*"warning: "*"has no systemd and no D-Bus"* ]]
  in_host test -d /var/lib/sdme/fs/x/usr
  conf 'echo shown'
  run --separate-stderr import -f -v --install-packages=yes
  [[ "$stderr" == *"  shown"*"has no systemd"* ]]
  # What helped nothing is an error.
  run --separate-stderr import --install-packages=yes
  [ "$status" = 1 ]
}

@test "a command that cannot be found, and one that is killed" {
  conf 'no-such-command'
  run --separate-stderr import --install-packages=yes
  [ "$status" = 1 ]
  [[ "$stderr" == *"(exit status 127)" ]]
  conf 'kill -9 $$'
  run --separate-stderr import --install-packages=yes
  [ "$status" = 1 ]
  nothing_left
}

@test "a hostile tree leaves the host alone" {
  in_host sh -c 'mkdir -p /victim/sub && echo host > /victim/file'
  victim=$(in_host find /victim -printf '%p %y %m %s %T@\n')
  conf "$fake"
  for trick in dev proc sys run etc tmp resolv sh systemd usr; do
    in_host rm -rf /run/install/tree
    in_host cp -a /run/install/small /run/install/tree
    in_host bash -s $trick <<'END'
cd /run/install/tree
case $1 in
  dev|proc|sys|run|tmp) rm -rf "$1" && ln -s /victim "$1" ;;
  etc) mv etc victim && ln -s /victim etc ;; # the tree has such a directory, too
  resolv) rm -f etc/resolv.conf; ln -s /victim/file etc/resolv.conf ;;
  sh) rm -f usr/bin/sh; ln -s /victim/file usr/bin/sh ;;
  systemd) rmdir usr/lib/systemd && mkdir victim && ln -s /victim usr/lib/systemd ;;
  usr) mv usr victim && ln -s /victim usr ;;
esac
END
    run --separate-stderr in_host sdme --config /run/install/conf fs import x /run/install/tree --install-packages=yes
    case $trick in
      dev|proc|sys|run|etc) [ "$status" = 1 ] && [[ "$stderr" == *"/$trick of the tree is no directory"* ]] ;;
      sh) [ "$status" = 1 ] ;;
      *) [ "$status" = 0 ] ;;
    esac || { echo "$trick: $status $stderr"; false; }
    [ "$(in_host find /victim -printf '%p %y %m %s %T@\n')" = "$victim" ] || { echo "$trick: /victim changed"; false; }
    [ "$trick" != resolv ] || [ "$(in_host readlink /var/lib/sdme/fs/x/etc/resolv.conf)" = /victim/file ]
    in_host sdme fs rm x > /dev/null 2>&1 || true
    nothing_left
  done
}

@test "a container of a hostile tree is not booted through its links" {
  in_host bash -s "$(debian_tree)" <<'END'
mkdir -p /victim
rm -rf /run/install/tree && cp -a "$1" /run/install/tree && rm -rf /run/install/tree/dev
ln -s /victim /run/install/tree/dev
END
  victim=$(in_host find /victim)
  in_host sdme fs import x /run/install/tree
  in_host sdme create x -r x
  run --separate-stderr in_host sdme start x
  [ "$status" = 1 ]
  [[ "$stderr" == *"container 'x' cannot boot: its /dev is no directory"* ]]
  [ "$(in_host find /victim)" = "$victim" ]
  in_host systemctl reset-failed
}

# import_in_background SIGNAL: the import of a tree whose command never ends, and the signal when it runs
interrupted_import() {
  in_host bash -s "$1" <<'END'
env --default-signal=INT sdme --config /run/install/conf fs import x /run/install/small --install-packages=yes 2> /run/install/err &
importer=$!
until ls /var/lib/sdme/fs/.x.import-txn-*/started > /dev/null 2>&1; do
  kill -0 $importer || exit 99
  sleep .05
done
kill -"$1" $importer
wait $importer
END
}

@test "^C and SIGTERM end what runs in the tree, and leave nothing" {
  conf 'trap "" INT TERM HUP; (setsid sleep 1234 &); touch /started; while :; do sleep 1; done'
  run interrupted_import INT
  [ "$status" = 130 ]
  in_host grep -q interrupted /run/install/err
  nothing_left
  run interrupted_import TERM
  [ "$status" = 143 ]
  nothing_left
  run ! in_host pgrep -x -f 'sleep 1234'
}

@test "when the import is killed, what runs in the tree ends too, and the next command clears away" {
  conf 'trap "" INT TERM HUP; (setsid sleep 1234 &); touch /started; while :; do sleep 1; done'
  run interrupted_import KILL
  [ "$status" = 137 ]
  in_host sdme fs gc # waits for it
  run ! in_host pgrep -x -f 'sleep 1234'
  nothing_left
}
