#!/usr/bin/env bats
# OCI layouts as sources of root filesystems: directories and archives. What is compared with is umoci's.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  images=$("$BATS_TEST_DIRNAME/../images" make 2> images.err) || skip "$(cat images.err)"
  fs=$SDME_DATADIR/fs
}

listing() { # TREE: all that can be compared of it
  (cd "$1" && find . -printf '%P %y %m %U %G %s %n %l %T@\n' | sort && find . -type f -exec sha256sum {} + | sort -k 2)
}

# layout: a copy of the small one, to be damaged
layout() { cp -a "$images/small" small; }
blob_of() { jq -r "$1" "small/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' small/index.json)"; }

@test "a layout becomes what umoci makes of it" {
  umoci unpack --image "$images/small:latest" bundle 2> umoci.err
  run -0 --separate-stderr sdme fs import --force small "$images/small"
  [ "$output" = small ]
  listing bundle/rootfs > theirs
  listing "$fs/small" > ours
  diff theirs ours
}

@test "so does an archive of one, compressed, and from standard input" {
  sdme fs import --force dir "$images/small" 2>/dev/null
  sdme fs import --force tar "$images/small.oci.tar" 2>/dev/null
  gzip -c "$images/small.oci.tar" > small.oci.tar.gz
  run -0 --separate-stderr sdme fs import --force small.oci.tar.gz # its name too
  [ "$output" = small ]
  sdme fs import --force stdin - < small.oci.tar.gz 2>/dev/null
  listing "$fs/dir" > wanted
  for name in tar small stdin; do listing "$fs/$name" | diff wanted -; done
  [ -z "$(find "$fs" -maxdepth 1 -name '*-txn-*')" ]
}

@test "what was imported is remembered" {
  sdme fs import --force small "$images/small" 2>/dev/null
  run -0 sdme fs inspect small --json
  [ "$(jq -r .manifest <<< "$output")" = "$(jq -r '.manifests[0].digest' "$images/small/index.json")" ]
  [ "$(jq -r '.layers | length' <<< "$output")" = 3 ]
  [ "$(jq -r .config <<< "$output")" = "$(cd "$images" && blob_of .config.digest)" ]
  run -0 sdme fs inspect small
  [[ $output == *"manifest = sha256:"*"config = sha256:"*"layers = sha256:"* ]]
}

# refused WORDS...: the damaged layout is refused with these words, and nothing stays
refused() {
  run --separate-stderr sdme fs import --force small small
  [ "$status" = 1 ]
  [ -z "$output" ]
  for words in "$@"; do
    [[ $stderr == *"$words"* ]] || { echo "no '$words' in: $stderr"; return 1; }
  done
  [ -z "$(ls -A "$fs")" ]
}

@test "wrong bytes are refused, with the layer's name" {
  layout
  local layer
  layer=$(blob_of '.layers[1].digest')
  printf 'x' | dd of="small/blobs/sha256/${layer#*:}" bs=1 seek=20 conv=notrunc status=none
  refused "layer 2, $layer"
  printf 'more' >> "small/blobs/sha256/${layer#*:}"
  refused "${layer#*:}: it has"
  rm "small/blobs/sha256/${layer#*:}"
  refused "${layer#*:}"
}

@test "a blob that is a link is refused" {
  layout
  local layer
  layer=$(blob_of '.layers[0].digest')
  mv "small/blobs/sha256/${layer#*:}" elsewhere
  ln -s "$PWD/elsewhere" "small/blobs/sha256/${layer#*:}"
  refused "${layer#*:}"
}

@test "a changed configuration or manifest is refused" {
  layout
  local config
  config=$(blob_of .config.digest)
  sed -i 's/amd64/AMD64/' "small/blobs/sha256/${config#*:}"
  refused "${config#*:}"
}
