#!/usr/bin/env bats
# Sources that are made to be read in two ways, to exhaust the machine, or to be taken for whole though they
# are not. Needs root, but no systemd.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  fs=$SDME_DATADIR/fs
  command -v python3 > /dev/null || skip "no python3"
}

listing() { # TREE
  (cd "$1" && find . -mindepth 1 -printf '%P %y %m %U %G %s %n %l %T@\n' | sort &&
    find . -type f -print0 | sort -z | xargs -0r sha256sum)
}

@test "a tarball that contradicts itself is what GNU tar makes of it, or is refused" {
  python3 "$BATS_TEST_DIRNAME/hostile.py" . > cases
  [ "$(wc -l < cases)" -gt 180 ]
  while read -r name verdict; do
    status=0
    "$SDME" --config "$SDME_CONF" fs import --force x "$name.tar" > out 2> err < /dev/null || status=$?
    if [ "$verdict" = error ]; then
      [ "$status" = 1 ] || { echo "$name: $status"; false; }
      grep -q "cannot unpack '.*$name.tar': " err || { cat err; false; }
      [ "$(wc -l < err)" = 2 ]
      [ -z "$(ls -A "$fs")" ] || { ls -A "$fs"; false; }
      continue
    fi
    [ "$status" = 0 ] || { echo "$name"; cat err; false; }
    if [ "$verdict" = same ]; then
      rm -rf theirs
      mkdir theirs
      tar -C theirs --numeric-owner -xpf "$name.tar" < /dev/null 2> tar.err || { echo "$name"; cat tar.err; false; }
      diff <(listing theirs) <(listing "$fs/x") || { echo "$name"; false; }
    fi
    sdme fs rm x > /dev/null 2>&1
  done < cases
}

@test "attributes: as many as the file system has room for, or an error that names one" {
  python3 - <<'PY'
import tarfile
for name, headers in (("many", {"SCHILY.xattr.user.k%d" % i: "v" for i in range(10000)}),
                      ("large", {"SCHILY.xattr.user.k": "v" * 65536}),
                      ("larger", {"SCHILY.xattr.user.k": "v" * 65537}),
                      ("long", {"SCHILY.xattr.user." + "k" * 251: "v"})):
    with tarfile.open(name + ".tar", "w", format=tarfile.PAX_FORMAT) as t:
        i = tarfile.TarInfo("b")
        i.pax_headers = headers
        t.addfile(i)
PY
  for name in many large larger long; do
    run --separate-stderr sdme fs import --force $name $name.tar
    if [ "$status" = 0 ] && [ $name != larger ] && [ $name != long ]; then continue; fi
    [ "$status" = 1 ]
    [[ $stderr == *"cannot set the attribute 'user.k"*"' of 'b': "* ]]
    [ ! -e "$fs/$name" ]
  done
  [ -z "$(find "$fs" -name '*txn*')" ]
}

# in_small OPTIONS COMMAND...: in a mount namespace where the data directory is a tmpfs with these options
in_small() {
  local options=$1
  shift
  unshare -m bash -c "mount -t tmpfs -o $options x '$SDME_DATADIR' || exit 77; $*" || {
    [ $? = 77 ] && skip "no tmpfs can be mounted here"
    false
  }
}

@test "a file system without inodes is told, and nothing is left" {
  mkdir tree
  (cd tree && seq 500 | xargs touch)
  tar -cf many.tar -C tree .
  mkdir -p dirs
  (cd dirs && seq 500 | xargs mkdir)
  tar -cf dirs.tar -C dirs .
  in_small nr_inodes=200 "
    for source in tree many.tar dirs dirs.tar; do
      '$SDME' --config '$SDME_CONF' fs import --force x \$source 2>\$source.err && exit 1
      find '$SDME_DATADIR/fs' -mindepth 1 >> left
    done
    mkdir small && touch small/f && '$SDME' --config '$SDME_CONF' fs import --force y small 2> y.err"
  [ ! -s left ]
  for source in tree many.tar dirs dirs.tar; do
    grep -q ": No space left on device" $source.err || { cat $source.err; false; }
    [ "$(wc -l < $source.err)" = 2 ]
  done
}

# peak KIB COMMAND...: it takes no more memory, and none of its processes do; what it took is in used, its
# standard error in err
peak() {
  local most=$1
  shift
  python3 - "$most" "$@" 2> err <<'PY'
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open("used", "w") as f:
    print(used, file=f)
sys.exit(99 if used > int(sys.argv[1]) else status)
PY
}

# sanitized: the build has a memory of its own
sanitized() { grep -q __asan_init "$SDME"; }

@test "a bomb fills what there is, takes little memory and leaves nothing" {
  command -v zstd > /dev/null || skip "no zstd"
  most=65536
  ! sanitized || most=2000000
  # A file of 10 GiB, in a header; 160 times 64 MiB of zeros, each some 64 KiB.
  python3 - > header <<'PY'
import sys, tarfile
i = tarfile.TarInfo("large")
i.size = 10 << 30
sys.stdout.buffer.write(i.tobuf(tarfile.GNU_FORMAT))
PY
  for pack in "gzip -9" "zstd -q -19"; do
    $pack < header > first
    head -c 64M /dev/zero | $pack > zeros
    { cat first; for _ in $(seq 161); do cat zeros; done; } > bomb
    [ "$(wc -c < bomb)" -lt 15000000 ]
    in_small size=24m "
      $(declare -f peak)
      peak $most '$SDME' --config '$SDME_CONF' fs import --force x bomb && exit 1
      [ \$? != 99 ] || exit 1
      find '$SDME_DATADIR/fs' -mindepth 1 > left"
    cat err
    grep -q "'large': No space left on device" err
    [ ! -s left ]
  done
}

@test "packed again and again: a few times is a tarball, many times is refused" {
  mkdir -p tree/etc
  tar -cf x.tar -C tree .
  for _ in 1 2 3; do gzip -c x.tar > y && mv y x.tar; done
  sdme fs import --force x x.tar 2> /dev/null
  [ -d "$fs/x/etc" ]
  for _ in $(seq 40); do gzip -c x.tar > y && mv y x.tar; done
  run --separate-stderr sdme fs import --force y x.tar
  [ "$status" = 1 ]
  [[ $stderr == *"cannot unpack '"*"x.tar': "* ]]
  [ ! -e "$fs/y" ]
}

@test "trees of ten thousand levels and of twenty thousand entries, in little memory" {
  most=65536
  ! sanitized || most=2000000
  python3 - <<'PY'
import os, sys, tarfile
# Deeper than a path can say.
os.mkdir("deep")
top = os.open("deep", os.O_RDONLY)
fd = top
for _ in range(10000):
    os.mkdir("d", dir_fd=fd)
    fd, old = os.open("d", os.O_RDONLY, dir_fd=fd), fd
    os.close(old)
with tarfile.open("levels.tar", "w", format=tarfile.PAX_FORMAT) as t:
    i = tarfile.TarInfo("d/" * 2000 + "f")
    t.addfile(i)
    i.name = "d/" * 10000 + "f"
    t.addfile(i)
def many(name, add):
    with tarfile.open(name, "w", format=tarfile.USTAR_FORMAT) as t:
        t.addfile(tarfile.TarInfo("first"))
        for n in range(20000):
            i = tarfile.TarInfo("%d/%d" % (n // 1000, n))
            add(i)
            t.addfile(i)
def kind(i, letter, link=""):
    i.type, i.linkname = letter, link
many("files.tar", lambda i: None)
many("dirs.tar", lambda i: kind(i, tarfile.DIRTYPE))
PY
  status=0
  peak $most "$SDME" --config "$SDME_CONF" fs import --force deep deep || status=$?
  cat err
  [ "$status" = 0 ]
  peak $most "$SDME" --config "$SDME_CONF" fs rm deep
  status=0
  peak $most "$SDME" --config "$SDME_CONF" fs import --force levels levels.tar || status=$?
  [ "$status" = 1 ]
  grep -q "File name too long" err
  for what in files dirs; do
    peak $most "$SDME" --config "$SDME_CONF" fs import --force $what $what.tar || { cat err used; false; }
    [ "$(find "$fs/$what" -mindepth 2 | wc -l)" = 20000 ]
    peak $most "$SDME" --config "$SDME_CONF" fs rm $what
  done
  [ -z "$(ls -A "$fs")" ]
  # So that whoever cleans up here has less to do.
  python3 -c '
import os
depth = 0
os.chdir("deep")
while os.path.isdir("d"): os.chdir("d"); depth += 1
for _ in range(depth): os.chdir(".."); os.rmdir("d")'
}

@test "names in messages are one line, and say nothing to the terminal" {
  python3 - <<'PY'
import tarfile
with tarfile.open("x.tar", "w", format=tarfile.GNU_FORMAT) as t:
    t.addfile(tarfile.TarInfo("../\033[2J\n\u009b1m"))
PY
  run --separate-stderr sdme fs import --force x x.tar
  [ "$status" = 1 ]
  [ "${#stderr_lines[@]}" = 2 ]
  [[ $stderr != *$'\033'* && $stderr != *$'\xc2\x9b'* ]]
  [[ $stderr == *'..'*'[2J'* ]]
}
