#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # names with a "$" are meant; run sets $output and $status
#
# create: what it writes, and the plan that "boot" makes of it.

load lib
setup() {
  cli_setup
  [ "$(id -u)" = 0 ] || skip "not root"
  ! [[ $(stat -f -c %T "$SDME_DATADIR") == overlayfs ]] || skip "$SDME_DATADIR is on an overlay"
  upper=$SDME_DATADIR/containers/clitest/upper
}

# rootfs NAME [BASE]
rootfs() {
  mkdir -p "$SDME_DATADIR/fs/$1"/{etc,usr/lib/systemd/system}
  touch "$SDME_DATADIR/fs/$1"/usr/lib/systemd/system/systemd-{networkd,resolved}.service
  [ $# = 1 ] || echo "BASE=$2" > "$SDME_DATADIR/fs/.$1.meta"
}

create() { run --separate-stderr sdme create clitest "$@"; [ "$status" = 0 ] && [ "$output" = clitest ]; }

# argv: what systemd-nspawn gets, JSON strings, without what every plan has
argv() {
  sdme boot --print clitest | sed -n '/"argv"/,/]/s/^ *\("--.*"\),*$/\1/p' > argv
  for common in settings=no keep-unit quiet link-journal=no machine=clitest directory=/run/sdme/boot/clitest boot; do
    grep -qxF "\"--$common\"" argv || echo "lacks --$common"
  done
  grep -vxE '"--(settings=no|keep-unit|quiet|link-journal=no|machine=clitest|directory=/run/sdme/boot/clitest|boot)"' argv
}

is_opaque() {
  tar -C "$1" --xattrs --xattrs-include='*' --no-recursion -cf - . | grep -aq 'trusted.overlay.opaque=y'
}

@test "a clone of the host: state file, layers, hidden directories, identity, masks" {
  before=$(date +%s)
  create
  cd "$SDME_DATADIR"
  run stat -c '%a %U %n' . state state/clitest containers containers/clitest/upper containers/clitest/work locks
  [ "$output" = "700 root .
700 root state
600 root state/clitest
700 root containers
755 root containers/clitest/upper
700 root containers/clitest/work
700 root locks" ]
  run sed 's/^CREATED=.*/CREATED/' state/clitest
  [ "$output" = "CREATED
MASKED_SERVICES=systemd-resolved.service
NAME=clitest
OPAQUE_DIRS=/etc/systemd/system,/var/log
ROOTFS=" ]
  created=$(sed -n 's/^CREATED=//p' state/clitest)
  [ "$created" -ge "$before" ]
  [ "$created" -le "$(date +%s)" ]
  [ "$(cat "$upper/etc/hostname")" = clitest ]
  grep -x '127.0.0.1 localhost clitest' "$upper/etc/hosts"
  grep '^::1 localhost .*clitest$' "$upper/etc/hosts"
  for file in machine-id fstab resolv.conf; do [ -f "$upper/etc/$file" ] && [ ! -L "$upper/etc/$file" ]; done
  [ "$(stat -c '%s %a' "$upper/etc/machine-id")" = "0 644" ]
  [ "$(readlink "$upper/etc/systemd/system/systemd-resolved.service")" = /dev/null ]
  for dir in /etc/systemd/system /var/log "$SDME_DATADIR"; do is_opaque "$upper$dir"; done
  run ! is_opaque "$upper/etc"
}

@test "--overlayfs-opaque-dirs and --masked-services replace the defaults, empty ones too" {
  create -o '' --masked-services ''
  [ ! -e "$upper/var/log" ]
  [ ! -e "$upper/etc/systemd/system/systemd-resolved.service" ]
  run ! grep -E 'OPAQUE|MASKED' "$SDME_DATADIR/state/clitest"
  sdme rm clitest
  create -o /srv//x/,/opt -o /usr/local --masked-services cron,b.timer
  grep -x 'OPAQUE_DIRS=/srv/x,/opt,/usr/local' "$SDME_DATADIR/state/clitest"
  grep -x 'MASKED_SERVICES=cron.service,b.timer' "$SDME_DATADIR/state/clitest"
  [ -L "$upper/etc/systemd/system/b.timer" ]
  [ -d "$upper/srv/x" ]
}

@test "what is below keeps its owners and modes; links on the way are not followed" {
  rootfs base
  chmod 711 "$SDME_DATADIR/fs/base/etc"
  chown 7:8 "$SDME_DATADIR/fs/base/etc"
  create -r base
  [ "$(stat -c '%a %u %g' "$upper/etc")" = "711 7 8" ]
  rm -r "$SDME_DATADIR/fs/base/etc"
  ln -s "$BATS_TEST_TMPDIR/outside" "$SDME_DATADIR/fs/base/etc"
  mkdir outside
  run sdme create -r base clitest-b
  [ "$status" = 1 ]
  [ -z "$(ls -A outside)" ]
  [ -z "$(find "$SDME_DATADIR" -name '*clitest-b*')" ]
}

@test "a network of its own: networkd and resolved are enabled, LLMNR in a zone" {
  rootfs base
  create -r base --network-zone z
  [ "$(readlink "$upper/etc/resolv.conf")" = ../run/systemd/resolve/stub-resolv.conf ]
  for unit in networkd resolved; do
    [ "$(readlink "$upper/etc/systemd/system/multi-user.target.wants/systemd-$unit.service")" = \
      "/usr/lib/systemd/system/systemd-$unit.service" ]
  done
  grep -x LLMNR=yes "$upper/etc/systemd/resolved.conf.d/zone-llmnr.conf"
  [ ! -e "$upper/etc/systemd/system/systemd-resolved.service" ]
}

@test "--userns: the writable layer belongs to the shifted ids, no two containers share them" {
  create --userns
  shift_a=$(sed -n 's/^USERNS_SHIFT=//p' "$SDME_DATADIR/state/clitest")
  [ $((shift_a % 65536)) = 0 ]
  [ "$shift_a" -ge 524288 ]
  [ -z "$(find "$upper" "$upper/../work" ! -uid "$shift_a")" ]
  for ((i = 0; i < 20; i++)); do sdme create --userns "clitest-$i" 2>/dev/null; done
  [ "$(cat "$SDME_DATADIR"/state/* | grep USERNS_SHIFT | sort -u | wc -l)" = 21 ]
  # the same name gets the same ids, unless another has them now
  sdme rm clitest
  sdme create --userns clitest
  grep -x "USERNS_SHIFT=$shift_a" "$SDME_DATADIR/state/clitest"
  sdme rm clitest
  sed -i "s/^USERNS_SHIFT=.*/USERNS_SHIFT=$shift_a/" "$SDME_DATADIR/state/clitest-1"
  sdme create --userns clitest
  run ! grep -x "USERNS_SHIFT=$shift_a" "$SDME_DATADIR/state/clitest"
}

@test "the umask changes nothing" {
  for mask in 077 000 777; do
    (umask $mask && sdme create clitest --userns 2>/dev/null)
    [ "$(stat -c %a "$SDME_DATADIR/state/clitest" "$upper" "$upper/etc" "$upper/etc/hostname" "$upper/../work" | paste -sd ' ')" = \
      "600 755 755 644 700" ]
    sdme rm clitest 2>/dev/null
  done
}

@test "the plan of a layered root filesystem, all of it" {
  rootfs base
  rootfs middle base
  rootfs top middle
  create -r top --userns --systemd-log-level info --apparmor-profile x.y
  sed -i 's/^USERNS_SHIFT=.*/USERNS_SHIFT=1048576/' "$SDME_DATADIR/state/clitest"
  sdme boot --print clitest | sed "s|$SDME_DATADIR|DATADIR|" > plan
  diff plan - <<'EOF'
{
  "name": "clitest",
  "root": "/run/sdme/boot/clitest",
  "mounts": [
    {
      "target": "/",
      "type": "overlay",
      "lower": [
        "top",
        "middle",
        "base"
      ],
      "upper": "DATADIR/containers/clitest/upper",
      "work": "DATADIR/containers/clitest/work"
    }
  ],
  "environment": [
    "SYSTEMD_LOG_LEVEL=info",
    "SYSTEMD_NSPAWN_LOCK=0"
  ],
  "devices": [],
  "connector": null,
  "apparmor": "x.y",
  "argv": [
    "systemd-nspawn",
    "--settings=no",
    "--keep-unit",
    "--quiet",
    "--link-journal=no",
    "--machine=clitest",
    "--directory=/run/sdme/boot/clitest",
    "--resolv-conf=auto",
    "--private-users=1048576:65536",
    "--private-users-ownership=off",
    "--boot"
  ]
}
EOF
}

@test "a base that is missing, and bases in a circle" {
  rootfs top gone
  create -r top || true
  run sdme create -r top clitest-b
  [ "$status" = 1 ]
  [[ $output == *"'gone'"* ]]
  rootfs a b
  rootfs b a
  run sdme create -r a clitest-c
  [ "$status" = 1 ]
  [[ $output == *"bases"* ]]
  [ -z "$(find "$SDME_DATADIR" -name '*clitest-[bc]*')" ]
}

@test "networks and ports of the plan" {
  rootfs base
  create -r base --private-network
  [ "$(argv)" = '"--private-network"
"--resolv-conf=auto"' ]
  sdme rm clitest
  create -r base --network-veth --network-bridge br0 -p 80 -p 8080:80 -p udp:53:5353 -p 1000:1/udp -p tcp:9:9
  [ "$(argv)" = '"--resolv-conf=off"
"--network-veth"
"--network-bridge=br0"
"--port=tcp:80:80"
"--port=tcp:8080:80"
"--port=udp:53:5353"
"--port=udp:1000:1"
"--port=tcp:9:9"' ]
  sdme rm clitest
  create -r base --network-zone z --masked-services systemd-resolved
  [ "$(argv)" = '"--resolv-conf=copy-host"
"--network-zone=z"' ]
}

@test "mounts and environment of the plan: every byte as given" {
  odd='a b%n$HOME\x"'"'"'|,;#'
  mkdir "$odd"
  create -b "$PWD/$odd:/mnt/$odd" -b "$PWD/$odd:/ro:ro" -b "$PWD/$odd:/rw:rw" -b /dev/null:/dev/x --userns \
    -e "A=$odd" -e $'B=one\ntwo\\n ' -e C= -e D=a=b -e $'E=\ttab\r'
  argv | grep -vE 'private-users|resolv-conf' | sed "s|$PWD|PWD|" > plan
  diff plan - <<'EOF'
"--bind=PWD/a b%n$HOME\\\\x\"'|,;#:/mnt/a b%n$HOME\\\\x\"'|,;#:idmap"
"--bind-ro=PWD/a b%n$HOME\\\\x\"'|,;#:/ro:idmap"
"--bind=PWD/a b%n$HOME\\\\x\"'|,;#:/rw:idmap"
"--bind=/dev/null:/dev/x"
"--setenv=A=a b%n$HOME\\x\"'|,;#"
"--setenv=B=one\ntwo\\n "
"--setenv=C="
"--setenv=D=a=b"
"--setenv=E=\ttab\r"
EOF
  sdme boot --print clitest | grep -A1 '"devices"' | grep '"/dev/null"'
  [ "$(grep -c . "$SDME_DATADIR/state/clitest")" = 9 ] # no value breaks a line
}

@test "security of the plan: capabilities, filters, read-only, no-new-privileges, hardened" {
  rootfs base
  create -r base --drop-capability net_raw --drop-capability CAP_SYS_PTRACE --capability Cap_Net_Admin \
    --no-new-privileges --read-only --system-call-filter '~@debug' --system-call-filter ptrace \
    --system-call-filter '~socketcall' # of other architectures only
  [ "$(argv)" = '"--resolv-conf=auto"
"--drop-capability=CAP_NET_RAW"
"--drop-capability=CAP_SYS_PTRACE"
"--capability=CAP_NET_ADMIN"
"--no-new-privileges=yes"
"--read-only"
"--system-call-filter=~@debug"
"--system-call-filter=ptrace"
"--system-call-filter=~socketcall"' ]
  sdme rm clitest
  create -r base --hardened --capability SYS_PTRACE
  sed -i 's/^USERNS_SHIFT=.*/USERNS_SHIFT=1048576/' "$SDME_DATADIR/state/clitest"
  [ "$(argv)" = '"--private-network"
"--resolv-conf=auto"
"--private-users=1048576:65536"
"--private-users-ownership=off"
"--drop-capability=CAP_NET_RAW"
"--drop-capability=CAP_SYS_RAWIO"
"--drop-capability=CAP_SYS_BOOT"
"--capability=CAP_SYS_PTRACE"
"--no-new-privileges=yes"' ]
}

@test "--userns: what is on a file system that cannot shift owners is named and refused at once" {
  mkdir ramfs
  unshare -m mount -t ramfs ramfs ramfs || skip "no mount namespaces here"
  on_ramfs() { # DIR ARG...: there it is on such a file system
    unshare -m sh -c 'cp -a "$1" copy && mount -t ramfs ramfs "$1" && cp -a copy/. "$1" && rm -r copy && shift && exec "$@"' \
      sh "$1" "$SDME" --config "$SDME_CONF" create clitest "${@:2}"
  }
  mkdir shared
  run on_ramfs "$PWD/shared" --userns -b "$PWD/shared:/mnt"
  [ "$status" = 1 ]
  [[ $output == *"'$PWD/shared'"*"ext4"*"--userns"* ]]
  [ ! -e "$SDME_DATADIR/state/clitest" ]
  rootfs base
  rootfs top base
  run on_ramfs "$SDME_DATADIR/fs/base" -r top --hardened
  [ "$status" = 1 ]
  [[ $output == *"'$SDME_DATADIR/fs/base'"* ]]
  [ -z "$(ls "$SDME_DATADIR/containers")" ]
  run on_ramfs "$PWD/shared" -r top --userns
  [ "$status" = 0 ]
}

@test "without libseccomp only the names of system calls cannot be given, and it says what to install" {
  # of several word sizes, the first is the one of the programs here
  library=$(ldconfig -p | sed -n 's/.*libseccomp\.so\.2 .*=> //p' | head -n 1)
  unshare -m true || skip "no mount namespaces here"
  without() { unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$library" "$SDME" --config "$SDME_CONF" "$@"; }
  run --separate-stderr without create clitest --system-call-filter ptrace
  [ "$status" = 2 ]
  [[ $stderr == *"apt install libseccomp2"* ]]
  [ ! -e "$SDME_DATADIR/state/clitest" ]
  run without create clitest --system-call-filter '~@debug' --strict
  [ "$status" = 0 ]
  run without boot --print clitest
  [ "$status" = 0 ]
}

@test "two creates of one name: one wins, and the container is whole" {
  rootfs base
  for ((i = 0; i < 150; i++)); do
    sdme create -r base clitest > a 2>&1 & a=$!
    sdme create -r base clitest > b 2>&1 & b=$!
    won=0
    if wait $a; then won=$((won + 1)); fi
    if wait $b; then won=$((won + 1)); fi
    [ $won = 1 ] || { cat a b; false; }
    [ "$(cat "$upper/etc/hostname")" = clitest ]
    sdme boot --print clitest > plan
    sdme rm clitest 2>/dev/null
  done
  [ -z "$(find "$SDME_DATADIR" -name '*clitest*')" ]
}

@test "creates and removals of one name at once: whole or absent, never a trace" {
  rootfs base
  for ((i = 0; i < 60; i++)); do
    sdme create -r base clitest > a 2>&1 & a=$!
    sdme rm clitest > b 2>&1 & b=$!
    sdme create -r base other-clitest > c 2>&1 & c=$!
    wait $a || true
    wait $b || true
    wait $c
    if [ -e "$SDME_DATADIR/state/clitest" ]; then
      [ "$(cat "$upper/etc/hostname")" = clitest ]
      sdme boot --print clitest > plan
    fi
    sdme rm clitest > d 2>&1 || true
    sdme rm other-clitest 2>/dev/null
    [ -z "$(find "$SDME_DATADIR" -name '*clitest*')" ]
  done
}

@test "two things cannot have one place: a port of the host, a path in the container" {
  refused() { # TEXT OPTION...: by create and by new
    local applet text=$1
    shift
    for applet in create new; do
      run sdme $applet clitest "$@"
      [ "$status" = 2 ]
      [[ $output == *"$text"* ]]
      [ ! -e "$SDME_DATADIR/state/clitest" ]
    done
  }
  refused "'udp:8080' is given to two, 'udp:8080:80' and 'udp:8080:81'" \
    --network-veth --port 8080:80/udp --port udp:8080:81
  refused "'tcp:80' is given to two" --network-veth -p 80 -p 81:81 -p 80:81
  refused "'/x' is given to two, '/tmp:/x:ro' and '/etc:/x:rw'" -b /tmp:/x:ro -b /etc:/x
  refused "'/x/y' is given to two" -b /tmp:/x/y -b /etc://x//y/
  rootfs base
  create -r base --network-veth -p 80 -p 80/udp -p 81:80 -b /tmp:/x -b /etc:/x/y -b /tmp:/z
}

@test "without a name one is made up, and never the same twice" {
  rootfs base
  for ((i = 0; i < 20; i++)); do sdme create -r base 2>/dev/null; done > names
  [ "$(sort -u names | grep -cxE '[a-z]{3,}')" = 20 ]
  run sdme create -r base --name ''
  [ "$status" = 0 ]
}

@test "names that are taken" {
  create
  run sdme create clitest
  [ "$status" = 1 ]
  [[ $output == *"'clitest' exists already"* ]]
  run sdme create -r nosuch clitest-b
  [ "$status" = 1 ]
  [[ $output == *nosuch* ]]
  [ -z "$(find "$SDME_DATADIR" -name '*nosuch*' -o -name '*clitest-b*')" ]
}
