#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# Images are imported onto a disk that gets full, or that cannot be written to. (Directories, tarballs and
# disk images: fs-import.bats and disk.bats.)

load lib
load registry

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  unshare -m mount -t tmpfs -o size=1m x "$SDME_DATADIR" 2>/dev/null || skip "no tmpfs can be mounted here"
  mkdir cache
}

teardown() { registry_stop; }

# serve: an image with a layer of 300 KB
serve() {
  registry_start
  url=http://$at/v2/good/x/blobs/${layer/-/:}
  at+=/good/x
}

images() { images=$("$BATS_TEST_DIRNAME/../images" make 2> images.err) || skip "$(cat images.err)"; }

# on DIRECTORY SIZE[,ro] SOURCE: imports with a tmpfs there; what is left goes to left, what is in use to used
on() {
  local directory=$1 size=$2 source=$3
  # shellcheck disable=SC2016
  run --separate-stderr unshare -m bash -c '
    mount -t tmpfs -o "size=${2%,ro}" x "$1" && mkdir -p "$1/fs" "$1/blobs" &&
      { [ "$2" = "${2%,ro}" ] || mount -o remount,ro "$1"; } || exit 99
    "$4" --config "$5" fs import --force x "$3"
    status=$?
    find data cache -type f ! -path "*/tags/*" ! -name "sdme.conf" > left
    df --output=used -k "$1" | tail -n 1 > used
    exit $status' bash "$directory" "$size" "$source" "$SDME" "$SDME_CONF"
}

# told WORDS: the import failed, and says so in one line
told() {
  if [ "$status" != 1 ] || [ -n "$output" ] || [ "$(grep -vc ': importing \|: fetched ' <<< "$stderr")" != 1 ] ||
     [[ $(grep -v ': importing \|: fetched ' <<< "$stderr") != *"$1"* ]]; then
    echo "status $status: $stderr"
    return 1
  fi
}

nothing_left() { ! grep -v '/blobs/sha256/' left; }

@test "the cache, and it is in the data directory" {
  serve
  on data 200k "$at"
  told "cannot write layer 1 of 2 to the image cache '$SDME_DATADIR/cache/oci': No space left on device"
  nothing_left
  [ "$(cat used)" -lt 40 ]
  on data 1m "$at"
  [ "$status" = 0 ]
}

@test "the cache, where it is on a disk of its own" {
  serve
  sdme config set oci_cache_dir "$PWD/cache"
  for size in 16k 64k 200k; do
    on cache $size "$at"
    told "to the image cache '$PWD/cache': No space left on device"
    nothing_left
    [ "$(cat used)" -lt 40 ]
  done
}

@test "the data directory, when the layers are there already" {
  serve
  on data 500k "$at"
  told "No space left on device" # of a file, or of what was still being fetched
  nothing_left
  sdme config set oci_cache_dir "$PWD/cache"
  on data 200k "$at"
  told "'noise': No space left on device: the disk of the data directory is full"
  nothing_left
  [ "$(cat used)" -lt 8 ]
}

@test "the data directory, while a tarball comes from a URL" {
  serve
  on data 200k "$url"
  told "'noise': No space left on device: the disk of the data directory is full"
  nothing_left
  [ "$(cat used)" -lt 8 ]
}

@test "OCI layouts and docker archives: the archive, or what is unpacked of it" {
  images
  for size in 20m 60m; do
    for source in debian debian.oci.tar debian.docker.tar; do
      on data $size "$images/$source"
      told "No space left on device: the disk of the data directory is full"
      nothing_left
      [ "$(cat used)" -lt 8 ]
    done
  done
  on data 130m "$images/debian.docker.tar"
  told "': No space left on device: the disk of the data directory is full"
  nothing_left
  [ "$(cat used)" -lt 8 ]
}

@test "the data directory is read-only" {
  serve
  on data 1m,ro "$at"
  told "cannot use '$SDME_DATADIR/state': Read-only file system"
  sdme config set oci_cache_dir "$PWD/cache"
  on cache 1m,ro "$at"
  told "cannot open the image cache '$PWD/cache': Read-only file system"
  nothing_left
}
