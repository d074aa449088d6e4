# Root filesystems from directories and tarballs. Needs root, but no systemd.
load lib

setup() {
  [ "$(id -u)" = 0 ] || skip "needs root: owners and devices"
  cli_setup
  fs=$SDME_DATADIR/fs
}

# listing DIR: all that a file has but its content, and a checksum of that
listing() {
  (cd "$1" && find . -printf '%P|%y|%m|%U|%G|%T@|%l|%n\n' | sort &&
    find . -type f -print0 | sort -z | xargs -0 sha256sum && stat -c %t:%T null && find sparse -printf '%s\n')
}

# same DIR NAME
same() {
  diff <(listing "$1") <(listing "$fs/$2")
}

# leaves_nothing: what is not whole is not there
leaves_nothing() {
  run ls -A "$fs"
  [ -z "$output" ] || { ls -lA "$fs"; return 1; }
}

@test "a directory" {
  tree tree
  run --separate-stderr sdme fs import one ./tree
  [ "$status" = 0 ]
  [ "$output" = one ]
  [[ "$stderr" == *"importing 'one' from '"*"/tree'" ]]
  same tree one
  [ "$(stat -c %b "$fs/one/sparse")" -lt 100 ]
  run -0 cat "$fs/.one.meta"
  [[ "$output" == *"DISTRO=Test Linux 1"* ]]
  [[ "$output" == *"SOURCE=$BATS_TEST_TMPDIR/tree"* ]]
}

@test "tarballs of every format" {
  tree tree
  for format in gnu pax posix; do
    tar -C tree --format=$format --sort=name -cf "$format.tar" .
    sdme fs import "$format" "$format.tar"
  done
  tar -C tree --format=gnu --sparse -cf sparse.tar .
  sdme fs import sparse sparse.tar
  for version in 0.0 0.1 1.0; do
    tar -C tree --format=pax --sparse --sparse-version=$version -cf "sparse-$version.tar" .
    sdme fs import "sparse-${version/./-}" "sparse-$version.tar"
  done
  for name in pax posix; do same tree "$name"; done
  touch -d @1000000000 tree/empty; touch -h -d @1000000001 tree/dangling # GNU headers hold no fractions
  find tree -newermt @1000000003 -print0 | xargs -0 touch -h -d @1000000003
  touch -d @1000000002 tree
  tar -C tree --format=gnu -cf gnu.tar .
  sdme fs import -f gnu gnu.tar
  same tree gnu
  for name in sparse sparse-0-0 sparse-0-1 sparse-1-0; do
    cmp tree/sparse "$fs/$name/sparse"
    [ "$(stat -c %b "$fs/$name/sparse")" -lt 100 ]
  done
}

@test "every compression, also in several streams, also on standard input" {
  tree tree
  tar -C tree --format=pax -cf plain.tar .
  half=$(($(stat -c %s plain.tar) / 2))
  head -c "$half" plain.tar > a; tail -c +$((half + 1)) plain.tar > b
  n=0
  for tool in gzip bzip2 xz lzma lzip zstd lz4 compress; do
    command -v "$tool" > /dev/null || { echo "# no $tool"; continue; }
    "$tool" -c < plain.tar > one.packed
    sdme fs import "one-$tool" one.packed
    same tree "one-$tool"
    n=$((n + 1))
    case $tool in compress | lzma) continue ;; esac # their formats know no second stream
    { "$tool" -c < a; "$tool" -c < b; } > two.packed
    sdme fs import "two-$tool" - < two.packed
    same tree "two-$tool"
    # Cut anywhere, it is refused.
    size=$(stat -c %s two.packed)
    for left in $((size - 1)) $((size / 2)) $((size / 3)) 20; do
      head -c "$left" two.packed > "cut"
      run --separate-stderr sdme fs import cut cut
      [ "$status" = 1 ]
      [[ "$stderr" == *"cannot unpack "* ]]
      [ ! -e "$fs/cut" ]
    done
  done
  [ "$n" -ge 4 ]
}

@test "a flipped bit is noticed where the compression has a checksum" {
  tree tree
  head -c 300000 /dev/urandom > tree/noise
  tar -C tree -cf plain.tar .
  for tool in gzip bzip2 xz lzip zstd lz4; do
    command -v "$tool" > /dev/null || continue
    "$tool" -c < plain.tar > packed
    printf '\x55' | dd of=packed bs=1 seek=100000 conv=notrunc status=none
    run --separate-stderr sdme fs import flipped packed
    [ "$status" = 1 ] || { echo "$tool"; false; }
    [[ "$stderr" == *"damaged or cut short"* ]]
  done
  leaves_nothing
}

@test "packed twice: the outer stream is checked to its end, beyond that of the inner one" {
  tree tree
  { tar -C tree -c . | bzip2; head -c 2M /dev/zero; } | gzip > whole.gz
  sdme fs import whole whole.gz
  diff -r --no-dereference tree/etc "$fs/whole/etc"
  head -c -4 whole.gz > cut.gz
  run -1 --separate-stderr sdme fs import cut cut.gz
  [[ "$stderr" == *"cannot unpack "*"the compressed data end in the middle" ]]
  [ ! -e "$fs/cut" ]
}

@test "zstd: frames to skip are skipped, a giant window is refused" {
  command -v zstd > /dev/null || skip "no zstd"
  tree tree
  tar -C tree --format=pax -cf plain.tar .
  { zstd -c < plain.tar; printf '\x50\x2a\x4d\x18\x04\x00\x00\x00skip'; } > skip.zst
  sdme fs import skip skip.zst
  same tree skip
  head -c 300M /dev/zero > zeros
  tar -cf - zeros plain.tar | zstd --long=31 -c > long.zst
  run --separate-stderr sdme fs import long long.zst
  [ "$status" = 1 ]
  [ ! -e "$fs/long" ]
}

@test "no tarball at all" {
  echo "some text that is no tarball" > text
  : > empty
  head -c 100000 /dev/urandom > noise
  for file in text empty noise; do
    run --separate-stderr sdme fs import x "$file"
    [ "$status" = 1 ]
    [ -z "$output" ]
    [ "$(wc -l <<< "$stderr")" = 2 ]
    [[ "$stderr" == *"cannot unpack '$BATS_TEST_TMPDIR/$file'"* ]]
  done
  leaves_nothing
}

@test "what cannot be imported yet is told in one line" {
  refuse() { # TEXT SOURCE
    run --separate-stderr sdme fs import x "$2"
    [ "$status" = 1 ] && [ "$(wc -l <<< "$stderr")" = 1 ] && [[ "$stderr" == *"$1"* ]] || { echo "$2: $stderr"; false; }
  }
  refuse "there is no file or directory './absent'" ./absent
  refuse "there is no file or directory './a:b'" ./a:b
  refuse "there is no file or directory 'absent.tar.zst'" absent.tar.zst
  refuse "there is no file or directory 'Not An Image'" "Not An Image"
  refuse "a device" /dev/zero
  refuse "only URLs of http and https" ftp://example.com/x.tar.gz
  refuse "nothing stands in front of the place here, write 'alpine:3'" docker://alpine:3
  refuse "write 'u:***@host/x'" docker://u:secret@host/x
  mkdir tree
  refuse "write '$PWD/tree'" "dir:$PWD/tree"
  [ ! -e "$fs" ] || leaves_nothing
}

@test "an option for images, or for those of registries, is refused with what is none" {
  tree dir
  tar -C dir -cf plain.tar .
  truncate -s 1M disk.raw
  mke2fs -q disk.raw
  for source in dir plain.tar disk.raw -; do
    run --separate-stderr sdme fs import x "$source" --platform linux/amd64 < <(cat disk.raw)
    [ "$status" = 2 ] || { echo "$source: $status: $stderr"; false; }
    [[ $stderr == *" is no image, and --platform is for those"* ]]
    [ "$(grep -vc ': importing ' <<< "$stderr")" = 1 ]
    usage_error fs import x "$source" --pull always < plain.tar
    [[ $stderr == *" is no image of a registry, and --pull is for those"* ]]
  done
  run --separate-stderr sdme fs import x - --platform linux/amd64 < <(cat plain.tar)
  [ "$status" = 2 ]
  for how in newer always; do
    for first in "fs import x" "oci inspect" "oci pull -o layout"; do
      # shellcheck disable=SC2086
      usage_error $first 127.0.0.1:1/x --offline --pull $how
      [[ $stderr == *"--offline asks no registry, and --pull $how does"* ]]
    done
  done
  leaves_nothing
}

@test "a name that is neither a file nor an image: both are said" {
  for name in debain dir/debain; do
    run -1 --separate-stderr sdme fs import x "$name" --offline
    [[ $stderr == *"is not in the image cache"*"there is no file or directory '$name' either" ]]
  done
  run -1 --separate-stderr sdme fs import x 127.0.0.1:1/debain --offline
  [[ $stderr != *"no file"* ]]
  leaves_nothing
}

@test "names" {
  tree my-tree
  for source in my-tree ./my-tree/ "$PWD/my-tree"; do
    run -0 --separate-stderr sdme fs import -f "$source"
    [ "$output" = my-tree ]
  done
  tar -C my-tree -czf debian.tar.gz .
  run -0 --separate-stderr sdme fs import debian.tar.gz
  [ "$output" = debian ]
  mv debian.tar.gz other.TGZ
  run -0 --separate-stderr sdme fs import other.TGZ
  [ "$output" = other ]
  run -0 --separate-stderr sdme fs import --name third other.TGZ
  [ "$output" = third ]
  usage_error fs import
  cp -r my-tree my_tree
  run -2 --separate-stderr sdme fs import my_tree
  [[ $stderr == *"suggests 'my_tree', which cannot be a name (a name may only "*"give one"* ]]
  usage_error fs import -
  usage_error fs import .
  usage_error fs import /
  usage_error fs import ''
  usage_error fs import UPPER my-tree
  usage_error fs import ../x my-tree
  usage_error fs import --name '' my-tree
  usage_error fs import --name a b my-tree
  usage_error fs import a b c
  usage_error fs import "$(printf 'a%.0s' {1..65})" my-tree
}

@test "one that is there stays, unless --force" {
  tree tree
  sdme fs import one tree
  run --separate-stderr sdme fs import one tree
  [ "$status" = 1 ]
  [[ "$stderr" == *"--force"* ]]
  echo new > tree/new
  sdme fs import --force one tree
  [ -e "$fs/one/new" ]
  # A failed replacement leaves the old one.
  head -c 2000 /dev/urandom > bad
  run ! sdme fs import --force one bad
  same tree one
  # So does one that is in use.
  printf 'NAME=web\nROOTFS=one\n' > "$SDME_DATADIR/state/web"
  run --separate-stderr sdme fs import --force one tree
  [ "$status" = 1 ]
  [[ "$stderr" == *"fs 'one' is in use by container 'web'"* ]]
  same tree one
  [ "$(ls -A "$fs" | wc -l)" = 2 ]
}

@test "a tree that cannot boot is refused, unless --force; what it lacks is told" {
  refused() { # TEXT ARG...
    local text=$1
    shift
    run --separate-stderr sdme fs import bare tree "$@" < /dev/null
    [ "$status" = 1 ] && [ -z "$output" ] && [[ "$stderr" == *"$text"* ]] || { echo "$*: $stderr"; false; }
    leaves_nothing
  }
  mkdir tree tree/etc
  refused "has no systemd and no D-Bus, a container of it cannot boot; its distribution is unknown"
  refused "its distribution is unknown" --install-packages=yes
  refused "no systemd and no D-Bus" --install-packages=no
  echo 'ID="debian"' > tree/etc/os-release
  refused "--install-packages=yes installs the packages, --force imports it as it is"
  refused "--install-packages=yes installs the packages" --install-packages auto
  refused "--install-packages=yes installs the packages" --install-packages no
  echo ID=nixos > tree/etc/os-release
  refused "there are no commands that install packages in it" --install-packages=yes
  echo ID=alpine > tree/etc/os-release
  mkdir tree/bin tree/sbin
  echo "#!/bin/sh" > tree/bin/busybox
  ln -s /bin/busybox tree/sbin/init
  refused "no systemd (its /sbin/init is /bin/busybox)"
  # The machine's own files are not the tree's.
  mkdir -p tree/usr/lib/systemd tree/usr/bin
  ln -s "$(command -v bash)" tree/usr/lib/systemd/systemd
  ln -s "$(command -v bash)" tree/usr/bin/dbus-daemon
  refused "no systemd (its /sbin/init is /bin/busybox) and no D-Bus"
  for mode in auto yes no; do
    run -0 --separate-stderr sdme fs import bare tree --force --install-packages=$mode < /dev/null
    [[ "$stderr" == *"warning: "*"no systemd"*"a container of it cannot boot" ]]
    same_files tree "$fs/bare"
  done
  run -0 --separate-stderr sdme fs inspect bare
  [[ "$output" == *$'\nfamily = unknown\nbootable = no: it has no systemd (its /sbin/init is /bin/busybox) and no D-Bus\n'* ]]
  run -0 --separate-stderr sdme fs inspect --json bare
  [[ "$output" == *'"family":"unknown","bootable":false,"lacks":"no systemd (its /sbin/init is /bin/busybox) and no D-Bus"'* ]]
  for value in '' maybe YES; do usage_error fs import bare tree "--install-packages=$value"; done
}

same_files() { diff <(cd "$1" && find . | sort) <(cd "$2" && find . | sort); }

@test "a tree that boots needs nothing, and its masks of what a container needs go" {
  tree tree
  for unit in systemd-resolved systemd-logind systemd-networkd; do
    ln -s /dev/null tree/etc/systemd/system/$unit.service
  done
  for mode in auto yes no; do
    run -0 --separate-stderr sdme fs import -f one tree --install-packages=$mode < /dev/null
    [ "$(ls "$fs/one/etc/systemd/system")" = systemd-networkd.service ]
  done
  # Only masks, only inside: what else is there stays.
  mkdir outside
  rm -r tree/etc/systemd
  ln -s "$PWD/outside" tree/etc/systemd
  mkdir -p outside/system "tree$PWD/outside/system"
  ln -s /dev/null outside/system/systemd-logind.service
  ln -s /dev/null "tree$PWD/outside/system/systemd-logind.service"
  ln -s ./other "tree$PWD/outside/system/systemd-resolved.service"
  run -0 --separate-stderr sdme fs import -f one tree
  [ "$(ls outside/system)" = systemd-logind.service ]
  [ "$(ls "$fs/one$PWD/outside/system")" = systemd-resolved.service ]
}

@test "/ can be imported: other file systems and the data directory stay empty" {
  command -v unshare > /dev/null || skip "no unshare"
  mkdir -p new/data new/proc new/dir new/etc
  tree new/tree
  printf '[sdme]\ndatadir=/data\n' > new/etc/sdme.conf
  for d in usr lib lib64 bin; do [ ! -e "/$d" ] || mkdir "new/$d"; done
  mkdir new/build
  unshare -m bash -c "
    for d in usr lib lib64 bin; do [ ! -e /\$d ] || mount --rbind /\$d new/\$d; done
    mount --bind '$SDME_BUILD' new/build
    mount -t proc proc new/proc
    mount --bind new/dir new/dir && echo x > new/dir/on-a-mount
    chroot new /build/sdme fs import --force all /"
  [ -e new/data/fs/all/tree/etc/os-release ]
  [ -d new/data/fs/all/proc ]
  [ ! -e new/data/fs/all/proc/self ]
  [ -d new/data/fs/all/data ]
  [ ! -e new/data/fs/all/data/fs ]
  [ ! -e new/data/fs/all/dir/on-a-mount ]
}

# On a small disk, which a copy without an end would fill.
@test "a directory that the copy is put into does not hold the copy" {
  tree tree
  unshare -m bash -c "
    mount -t tmpfs -o size=8m,nr_inodes=2000 x '$SDME_DATADIR' || exit 77
    sdme() { '$SDME' --config '$SDME_CONF' fs import --force \"\$@\" || exit 1; }
    sdme one tree && sdme two '$SDME_DATADIR/fs'
    [ -e '$SDME_DATADIR/fs/two/one/etc/os-release' ] || exit 1
    rmdir '$SDME_DATADIR'/fs/two/.two.import-txn-*" || { [ $? = 77 ] && skip "no tmpfs can be mounted here"; false; }
}

@test "a full disk is told, and nothing is left" {
  tree tree
  head -c 20M /dev/urandom > tree/large
  tar -C tree -cf tree.tar .
  unshare -m bash -c "
    mount -t tmpfs -o size=8m x '$SDME_DATADIR' || exit 77
    for source in tree tree.tar; do
      '$SDME' --config '$SDME_CONF' fs import x \$source 2>\$source.err && exit 1
      ls -A '$SDME_DATADIR/fs' > \$source.left
    done
    exit 0" || { [ $? = 77 ] && skip "no tmpfs can be mounted here"; false; }
  for source in tree tree.tar; do
    cat "$source.err"
    grep -q "large': No space left on device" "$source.err"
    [ "$(wc -l < "$source.err")" = 2 ]
    [ ! -s "$source.left" ]
  done
}

@test "a read-only data directory is told" {
  tree tree
  sdme fs import one tree
  unshare -m bash -c "
    mount --bind '$SDME_DATADIR' '$SDME_DATADIR' && mount -o remount,bind,ro '$SDME_DATADIR' || exit 77
    cd '$BATS_TEST_TMPDIR'
    '$SDME' --config '$SDME_CONF' fs import two tree 2>err && exit 1
    '$SDME' --config '$SDME_CONF' fs rm one 2>>err && exit 1
    '$SDME' --config '$SDME_CONF' fs ls -q >list || exit 1" || { [ $? = 77 ] && skip "no mounts here"; false; }
  grep -q "Read-only file system" err
  [ "$(cat list)" = one ]
}

@test "killed at any instant, it is wholly there or not at all" {
  tree tree
  for i in $(seq 100); do mkdir "tree/$i"; seq 100 | (cd "tree/$i" && xargs touch); done
  tar -C tree --format=pax -czf tree.tar.gz .
  listing tree > whole
  there=0 absent=0
  for i in $(seq 40); do
    source=tree; [ $((i % 2)) = 0 ] || source=tree.tar.gz
    # Not the function: the shell that ran it would die in place of the program.
    "$SDME" --config "$SDME_CONF" fs import x "$source" > /dev/null 2>&1 &
    sleep "0.0$(printf %03d $((RANDOM % 150 + i * 5)))"
    kill -KILL $! 2> /dev/null || true
    wait $! 2> /dev/null || true
    sdme fs gc 2> gc.err
    if [ -e "$fs/x" ]; then
      there=$((there + 1))
      diff whole <(listing "$fs/x")
      sdme fs rm x > /dev/null 2>&1
    else
      absent=$((absent + 1))
    fi
    leaves_nothing
  done
  echo "# there $there, absent $absent"
}

@test "^C ends an import with 130 and leaves nothing" {
  tree tree
  tar -C tree -cf tree.tar .
  mkfifo pipe
  # A tarball that never ends: the first half of one.
  { head -c 5000 tree.tar; sleep 60; } > pipe &
  feeder=$!
  # Background jobs of a shell ignore SIGINT; this puts it back.
  env --default-signal=INT "$SDME" --config "$SDME_CONF" fs import x pipe 2> err &
  importer=$!
  until ls "$fs"/.x.import-txn-*/* > /dev/null 2>&1; do sleep 0.05; done
  kill -INT "$importer"
  status=0
  wait "$importer" || status=$?
  kill "$feeder"
  [ "$status" = 130 ]
  grep -q interrupted err
  leaves_nothing
}

@test "two imports of one name: one wins" {
  tree tree
  for i in 1 2 3 4 5 6; do sdme fs import x tree > "out.$i" 2>&1 & pids[i]=$!; done
  won=0
  for i in 1 2 3 4 5 6; do if wait "${pids[i]}"; then won=$((won + 1)); fi; done
  [ "$won" = 1 ]
  same tree x
}

@test "fs ls" {
  run -0 --separate-stderr sdme fs ls
  [ -z "$output" ]
  [[ "$stderr" == *"no root filesystems found"* ]]
  [ "$(sdme fs ls --json)" = "[]" ]
  tree tree
  sdme fs import two tree; sdme fs import one tree
  run -0 --separate-stderr sdme fs ls
  [ "${lines[0]}" = "NAME  OS            PATH" ]
  [ "${lines[1]}" = "one   Test Linux 1  $fs/one" ]
  [ "$(sdme fs ls -q)" = $'one\ntwo' ]
  printf 'NAME=web\nROOTFS=one\n' > "$SDME_DATADIR/state/web"
  run -0 --separate-stderr sdme fs ls
  [[ "${lines[0]}" == "NAME  OS            CONTAINERS  PATH" ]]
  run -0 --separate-stderr sdme fs ls --json
  [ "$output" = '[{"name":"one","os":"Test Linux 1","base":null,"apps":[],"containers":["web"],"path":"'"$fs"'/one"},{"name":"two","os":"Test Linux 1","base":null,"apps":[],"containers":[],"path":"'"$fs"'/two"}]' ]
  printf 'default_output_format=json-pretty\n' >> "$SDME_CONF"
  run -0 --separate-stderr sdme fs ls
  [ "${lines[0]}" = "[" ]
  run --separate-stderr bash -c "'$SDME' --config '$SDME_CONF' fs ls --json > /dev/full"
  [ "$status" = 1 ]
}

@test "fs inspect" {
  tree tree
  sdme fs import one tree
  run -0 --separate-stderr sdme fs inspect one
  [ "${lines[0]}" = "name = one" ]
  [[ "$output" == *"os = Test Linux 1"* ]]
  [[ "$output" == *"source = $BATS_TEST_TMPDIR/tree"* ]]
  [[ "$output" == *"bootable = yes"* ]]
  [[ "$output" == *"size = "*" bytes)"* ]]
  run -0 --separate-stderr sdme fs inspect --json one
  [[ "$output" == '{"name":"one",'*'"base":null,"apps":[],"family":"unknown","bootable":true,"lacks":null,"containers":[],"size":'* ]]
  [[ "$output" == *"\"size\":$(du -s --block-size=1 "$fs/one" | cut -f 1)}" ]]
  run --separate-stderr sdme fs inspect nope
  [ "$status" = 1 ]
  [[ "$stderr" == *"there is no root filesystem 'nope'"* ]]
}

@test "fs rm" {
  tree tree
  for name in a b c d; do sdme fs import "$name" tree; done
  printf 'BASE=c\n' >> "$fs/.d.meta"
  run --separate-stderr sdme fs rm a nope ../a b
  [ "$status" = 1 ]
  [ "$output" = $'a\nb' ]
  [[ "$stderr" == *"no root filesystem 'nope'"* ]]
  [[ "$stderr" == *"some fs entries could not be removed"* ]]
  run --separate-stderr sdme fs rm c
  [ "$status" = 1 ]
  [[ "$stderr" == *"fs 'c' is the base of fs 'd'"* ]]
  printf 'NAME=web\nROOTFS=d\n' > "$SDME_DATADIR/state/web"
  run --separate-stderr sdme fs rm d
  [ "$status" = 1 ]
  [[ "$stderr" == *"fs 'd' is in use by container 'web'"* ]]
  rm "$SDME_DATADIR/state/web"
  usage_error fs rm
  usage_error fs rm -a d
  run --separate-stderr sdme fs rm --all < /dev/null
  [ "$status" = 1 ]
  [ -e "$fs/c" ]
  run -0 --separate-stderr sdme fs rm --all --force
  [ "$output" = $'d\nc' ]
  leaves_nothing
  [ -z "$(ls -A "$SDME_DATADIR/locks/fs")" ]
  run -0 --separate-stderr sdme fs rm --all --force
  [[ "$stderr" == *"no fs entries to remove"* ]]
}

@test "fs gc" {
  tree tree
  sdme fs import one tree
  run -0 --separate-stderr sdme fs gc
  [[ "$stderr" == *"no stale transactions found"* ]]
  mkdir "$fs/.two.import-txn-99999" "$fs/.one.remove-txn-1"
  touch "$fs/.three.meta"
  run -0 --separate-stderr sdme fs gc
  [[ "$stderr" == *"cleaned 3 stale transactions"* ]]
  same tree one
  [ "$(ls -A "$fs" | wc -l)" = 2 ]
  # Without being asked, before the next import; unless the configuration says no.
  mkdir "$fs/.two.import-txn-99999"
  printf 'auto_fs_gc=no\n' >> "$SDME_CONF"
  sdme fs import three tree
  [ -e "$fs/.two.import-txn-99999" ]
  sed -i /auto_fs_gc/d "$SDME_CONF"
  sdme fs import four tree
  [ ! -e "$fs/.two.import-txn-99999" ]
}

@test "a hostile tarball writes nothing outside" {
  mkdir outside
  python3 -c 'import tarfile' 2> /dev/null || skip "no python3"
  python3 - <<'PY'
import tarfile, io, os
def add(t, name, kind, link="", data=b""):
    i = tarfile.TarInfo(name); i.type = kind; i.linkname = link; i.size = len(data); t.addfile(i, io.BytesIO(data))
out = os.path.abspath("outside")
cases = {
  "dotdot": [("../outside/x", tarfile.REGTYPE, "", b"x")],
  "link": [("l", tarfile.SYMTYPE, out), ("l/x", tarfile.REGTYPE, "", b"x")],
  "uplink": [("l", tarfile.SYMTYPE, "../" * 20 + out[1:]), ("l/x", tarfile.REGTYPE, "", b"x")],
  "hard": [("l", tarfile.LNKTYPE, "/etc/passwd")],
  "hardlink": [("l", tarfile.SYMTYPE, out), ("h", tarfile.LNKTYPE, "l/../../etc/passwd")],
  "top": [(".", tarfile.SYMTYPE, out), ("x", tarfile.REGTYPE, "", b"x")],
}
for name, entries in cases.items():
    with tarfile.open(name + ".tar", "w") as t:
        for e in entries: add(t, *e)
PY
  for case in dotdot link uplink hard hardlink top; do
    run --separate-stderr sdme fs import x "$case.tar"
    [ "$status" = 1 ] || { echo "$case: $output"; false; }
    [ -z "$(ls -A outside)" ]
    leaves_nothing
  done
}
