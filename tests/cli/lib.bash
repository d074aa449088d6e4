# lib.bash: what every CLI test loads. $SDME_BUILD, the build directory, is what is tested; nothing
# here needs root, systemd or a network, and nothing of the machine's configuration is read.
#
# A file begins with
#     load lib
#     setup() { cli_setup; }

bats_require_minimum_version 1.5.0

: "${SDME_BUILD:?is not set: run CLI tests with tests/run}"

# cli_setup: a configuration and a data directory of the test's own
cli_setup() {
  export SDME=$SDME_BUILD/sdme
  export SDME_DATADIR=$BATS_TEST_TMPDIR/data SDME_CONF=$BATS_TEST_TMPDIR/sdme.conf
  export HOME=$BATS_TEST_TMPDIR/home PATH=$SDME_BUILD:$PATH
  mkdir "$SDME_DATADIR" "$HOME"
  printf '[sdme]\ndatadir=%s\n' "$SDME_DATADIR" > "$SDME_CONF"
  unset SUDO_USER SUDO_UID SUDO_GID
  cd "$BATS_TEST_TMPDIR" || return
}

# sdme ARG...: the program with that configuration
sdme() { "$SDME" --config "$SDME_CONF" "$@"; }

# usage_error ARG...: fails unless "sdme ARG..." ends with 2, says why on stderr and nothing on stdout
usage_error() {
  run --separate-stderr sdme "$@"
  # shellcheck disable=SC2154  # run sets it
  if [ "$status" != 2 ] || [ -n "$output" ] || [ -z "$stderr" ]; then
    echo "sdme $*: status $status, stdout '$output', stderr '$stderr'"
    return 1
  fi
}

# tree DIR: something of everything
tree() {
  mkdir -p "$1"/usr/{lib/systemd,bin} "$1"/etc/systemd/system "$1"/empty
  printf 'ID=test\nPRETTY_NAME="Test Linux 1"\n' > "$1/etc/os-release"
  echo '#!/bin/sh' > "$1/usr/lib/systemd/systemd"
  chmod 6755 "$1/usr/lib/systemd/systemd"
  echo '#!/bin/sh' > "$1/usr/bin/dbus-daemon"
  ln -s usr/lib "$1/lib"
  ln -s /nowhere "$1/dangling"
  ln "$1/etc/os-release" "$1/etc/hard"
  mknod "$1/null" c 1 3
  mkfifo "$1/fifo"
  truncate -s 3M "$1/sparse"
  echo end >> "$1/sparse"
  touch "$1"/$'new\nline' "$1"/$'bad\xff' "$1/nfd-e"$'\xcc\x81' "$1/-rf"
  chown 70000:4000000000 "$1/empty"
  touch -d @1000000000.123456789 "$1/empty"
  touch -h -d @1000000001.5 "$1/dangling"
  touch -d @1000000002 "$1"
}
