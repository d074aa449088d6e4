#!/usr/bin/env bats
# The cache of image blobs, as its users see it; what is in it is made by hand.

load lib

blob() { # TEXT SECONDS: a blob last used then; prints its digest
  local hex
  hex=$(printf %s "$1" | sha256sum | cut -d ' ' -f 1)
  mkdir -p "$SDME_DATADIR"/cache/oci/{blobs/sha256,tags}
  printf %s "$1" > "$SDME_DATADIR/cache/oci/blobs/sha256/$hex"
  touch -d "@$2" "$SDME_DATADIR/cache/oci/blobs/sha256/$hex"
  echo "sha256:$hex"
}

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
}

@test "an empty cache" {
  run -0 --separate-stderr sdme fs cache info
  [ "${lines[0]}" = "directory = $SDME_DATADIR/cache/oci" ]
  [ "${lines[1]}" = "blobs = 0" ]
  [ "${lines[2]}" = "size = 0B (0 bytes)" ]
  [ "${lines[3]}" = "max_size = 10G (10737418240 bytes)" ]
  [ "${#lines[@]}" = 4 ]
  [ ! -e "$SDME_DATADIR/cache" ] # looking makes nothing
  run -0 --separate-stderr sdme fs cache ls
  [ -z "$output" ]
  # shellcheck disable=SC2154  # run sets it
  [[ $stderr == *"no cached blobs"* ]]
  run -0 --separate-stderr sdme fs cache clean
  [ -z "$output" ]
  [[ $stderr == *"nothing to clean"* ]]
}

@test "blobs are listed, the least recently used first" {
  local new old
  new=$(blob new 2000000000) old=$(blob older 1000000000)
  run -0 sdme fs cache ls -q
  [ "$output" = "$old"$'\n'"$new" ]
  TZ=UTC run -0 sdme fs cache ls
  [[ ${lines[0]} =~ ^DIGEST\ +SIZE\ +"LAST USED"$ ]]
  [[ ${lines[1]} =~ ^$old\ +5B\ +"2001-09-09 01:46:40"$ ]]
  run -0 sdme fs cache ls --json
  [ "$(jq -c '.[0]' <<< "$output")" = "{\"digest\":\"$old\",\"size\":5,\"last_used\":1000000000,\"complete\":true}" ]
  run -0 sdme fs cache info --json
  [ "$(jq -c '[.blobs,.size,.enabled]' <<< "$output")" = '[2,8,true]' ]
  mkdir "$SDME_DATADIR/cache/oci/partial"
  touch "$SDME_DATADIR/cache/oci/partial/${new/:/-}"
  run -0 sdme fs cache ls
  [[ ${lines[0]} == *STATE ]]
  [[ $output == *"$new"*partial* ]]
}

@test "clean keeps the limit, and with --all removes everything" {
  local new
  new=$(blob new 2000000000)
  blob older 1000000000
  sdme config set oci_cache_max_size 7
  run -0 --separate-stderr sdme fs cache clean
  [[ $stderr == *"freed 5B"* ]]
  run -0 sdme fs cache ls -q
  [ "$output" = "$new" ]
  run -0 --separate-stderr sdme fs cache clean --all
  [[ $stderr == *"freed 3B"* ]]
  [ -z "$(sdme fs cache ls -q)" ]
}

@test "an option of another verb is refused" {
  blob some 1000000000
  for wrong in "info -a" "ls --all" "clean --json" "clean --all --json-pretty" "info -q" "clean -q"; do
    # shellcheck disable=SC2086
    usage_error fs cache $wrong
    [[ $stderr == *"${wrong%% *} has no option --"* ]]
  done
  [ -n "$(sdme fs cache ls -q)" ]
}

@test "a cache that is off says so" {
  sdme config set oci_cache_max_size 0
  run -0 sdme fs cache info
  [ "${lines[4]}" = "status = disabled" ]
}

@test "it can be elsewhere, and what is wrong with it is told" {
  sdme config set oci_cache_dir "$BATS_TEST_TMPDIR/elsewhere"
  run -0 sdme fs cache info
  [ "${lines[0]}" = "directory = $BATS_TEST_TMPDIR/elsewhere" ]
  sdme fs cache clean 2>/dev/null
  [ -d "$BATS_TEST_TMPDIR/elsewhere/blobs" ]
  : > "$BATS_TEST_TMPDIR/file"
  sdme config set oci_cache_dir "$BATS_TEST_TMPDIR/file"
  run -1 sdme fs cache ls
  [[ $output == *"cannot open the image cache '$BATS_TEST_TMPDIR/file': "* ]]
  usage_error fs cache mend
  [[ $stderr == *"'mend' is none of info, ls and clean"* ]]
}
