#!/usr/bin/env bats
# OCI layouts as sources of root filesystems: directories and archives. What is compared with is umoci's.

load lib
load images

setup() { images_setup; }

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

# several: a layout of two images, and beside it what each becomes
several() {
  layout
  umoci tag --image small:latest one
  umoci config --image small:latest --config.label x=y
  umoci tag --image small:latest two:2
  umoci rm --image small:latest
}

@test "one of several images is chosen by its tag or its digest, and they are listed when none is" {
  several
  refused "there are several images, name one: one, two:2"
  run -0 --separate-stderr sdme fs import --force small:one
  [ "$output" = small ]
  run -0 sdme fs inspect small --json
  [ "$(jq -r .source <<< "$output")" = "$PWD/small:one" ]
  [ "$(jq -r .manifest <<< "$output")" = "$(jq -r '.manifests[0].digest' small/index.json)" ]
  digest=$(jq -r '.manifests[1].digest' small/index.json)
  for name in :two:2 ":$digest" "@$digest"; do
    sdme fs import --force it "small$name" 2>/dev/null
    [ "$(sdme fs inspect it --json | jq -r .manifest)" = "$digest" ]
    sdme fs rm it
  done
  sdme fs rm small
  run -1 --separate-stderr sdme fs import --force it ./small:three
  [[ $stderr == *"there is no image 'three', only: one, two:2"* ]]
  skopeo copy -q oci:small:two:2 oci-archive:s.tar:two:2
  run -0 sdme fs import --force s.tar:two:2
  run -1 --separate-stderr sdme fs import --force it s.tar:one
  [[ $stderr == *"there is no image 'one', only: two:2"* ]]
}

@test "a name is for images only, and a directory of another kind is none" {
  mkdir plain
  run -1 --separate-stderr sdme fs import --force it plain:latest --offline
  [[ $stderr == *"/library/plain:latest' is not in the image cache"* ]]
  truncate -s 1M disk
  mke2fs -q disk
  run -1 --separate-stderr sdme fs import --force it disk:latest
  [[ $stderr == *"'$PWD/disk:latest': there are no images in it"* ]]
  tar -cf plain.tar plain
  run -1 --separate-stderr sdme fs import --force it plain.tar:latest
  [[ $stderr == *"'$PWD/plain.tar:latest': there are no images in it"* ]]
  [ -z "$(ls -A "$fs")" ]
}

@test "an image for another machine is imported when it is asked for, with a warning" {
  layout
  umoci config --image small:latest --architecture s390x
  refused "the image is for linux/s390x, not for linux/"
  run -0 --separate-stderr sdme fs import --force small --platform linux/s390x small
  [ "$output" = small ]
  [[ $stderr == *"'$PWD/small' is for linux/s390x: without binfmt_misc"* ]]
  run -0 --separate-stderr sdme fs import --force again "$images/small" --platform linux/amd64
  [ "$(uname -m)" != x86_64 ] || [[ $stderr != *binfmt_misc* ]]
  usage_error fs import x --platform s390x small
}
