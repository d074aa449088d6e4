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
