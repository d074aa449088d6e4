# images.bash: the images of tests/images, for tests that load it behind lib.

# images_setup: as cli_setup, and $images is where they are, $fs and $cache where imports and blobs go
images_setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  images=$("$BATS_TEST_DIRNAME/../images" make 2> images.err) || skip "$(cat images.err)"
  # shellcheck disable=SC2034  # for the tests
  fs=$SDME_DATADIR/fs cache=$SDME_DATADIR/cache/oci
}

# images_serve: a registry with them, until images_stop; $registry is its process, $at where it is
images_serve() {
  local port
  read -r registry port < <(TMPDIR=$BATS_TEST_TMPDIR "$BATS_TEST_DIRNAME/../images" serve)
  # shellcheck disable=SC2034  # for the tests
  at=localhost:$port
}

images_stop() { [ -z "${registry-}" ] || kill "$registry" 2>/dev/null || true; }

# listing TREE: all that can be compared of what an image becomes
listing() {
  (cd "$1" && find . -printf '%P %y %m %U %G %s %n %l %T@\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2)
}
