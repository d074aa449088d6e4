#!/usr/bin/env bats
# Images of a real registry on loopback in layouts and archives, which others read.

load lib
load images

setup() {
  images_setup
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir tmp
  small=$(jq -r '.manifests[0].digest' "$images/small/index.json")
}

teardown() { images_stop; }

pull() { run --separate-stderr sdme oci pull "$@"; }

# whole LAYOUT: each blob has the bytes that its name says, and nothing else is there
whole() {
  (cd "$1/blobs/sha256" && sha256sum ./* | sed 's,\./,,' | awk '$1 != $2 { bad = 1; print } END { exit bad }')
  [ "$(ls -A "$1" | paste -sd ' ')" = "blobs index.json oci-layout" ]
}
names() { jq -r '[.manifests[].annotations["org.opencontainers.image.ref.name"]] | sort | join(" ")' "$1/index.json"; }
blobs() { ls "$1/blobs/sha256" | sort; }

@test "an image becomes a layout that umoci and skopeo take, byte for byte the registry's" {
  images_serve
  pull "$at/small" -o layout
  [ "$status$output" = "0$small" ]
  [ "$(grep -c 'fetched layer' <<< "$stderr")" = 3 ]
  whole layout
  diff <(blobs layout) <(cd "$images/small/blobs/sha256" && { echo "${small#*:}"; jq -r '.config.digest[7:], .layers[].digest[7:]' "${small#*:}"; } | sort)
  [ "$(jq -c '.manifests[0].annotations' layout/index.json)" = "{\"io.containerd.image.name\":\"$at/small:latest\",\"org.opencontainers.image.ref.name\":\"latest\"}" ]
  umoci unpack --image layout:latest bundle 2> umoci.err
  [ "$(skopeo inspect oci:layout:latest | jq -r .Digest)" = "$small" ]
  sdme oci unpack layout ours
  diff -r --no-dereference bundle/rootfs ours || true # a FIFO cannot be compared
  [ "$(cd ours && find . | sort)" = "$(cd bundle/rootfs && find . | sort)" ]
  sdme fs import --force small layout
  [ "$(sdme fs inspect small --json | jq -r .manifest)" = "$small" ]
}

@test "media types and digests stay what the registry has" {
  images_serve
  pull "$at/small:v2s2" -o layout
  [ "$status" = 0 ]
  digest=$(skopeo inspect --tls-verify=false "docker://$at/small:v2s2" | jq -r .Digest)
  [ "$output" = "$digest" ]
  [ "$(jq -r '.manifests[0].mediaType' layout/index.json)" = application/vnd.docker.distribution.manifest.v2+json ]
  sdme oci unpack layout:v2s2 tree
  pull "$at/small@$digest" -o other
  [ "$output" = "$digest" ]
  [ "$(jq -c '.manifests | map(.annotations)' other/index.json)" = '[null]' ]
  pull "$at/small@$digest" -o other # once is enough
  [ "$(jq '.manifests | length' other/index.json)" = 1 ]
}

@test "a second time, nothing is fetched or written, and no registry is needed" {
  images_serve
  pull "$at/small" -o one
  find one/blobs -type f -printf '%p %i %T@\n' | grep -v "${small#*:}\|$(jq -r '.config.digest[7:]' "one/blobs/sha256/${small#*:}")" | sort > before
  kill "$registry"
  rm "$cache"/blobs/sha256/"$(jq -r '.layers[0].digest[7:]' "one/blobs/sha256/${small#*:}")" # the layout has it
  pull "$at/small" --offline -o one
  [ "$status$output" = "0$small" ]
  [[ $stderr != *fetched* ]]
  find one/blobs -type f -printf '%p %i %T@\n' | grep -v "${small#*:}\|$(jq -r '.config.digest[7:]' "one/blobs/sha256/${small#*:}")" | sort | diff before -
  pull "$at/small" --offline -o two
  [ "$status" = 1 ]
  [[ $stderr == *"layer 1 of 3 is not in the image cache"* ]]
  [ ! -e two/index.json ]
  pull "$at/nosuch" --offline -o three
  [ "$status" = 1 ]
  [ ! -e three ]
}

@test "several images in one layout, each by its name" {
  images_serve
  pull "$at/small" -o small
  pull "$at/small" -o all
  pull "$at/debian" -o all
  [ "$status" = 1 ]
  [[ $stderr == *"'latest' is the name of '$at/small:latest' in it (--tag gives another one)"* ]]
  [ "$(names all)" = latest ]
  [[ $stderr != *"fetched layer"* ]]
  diff <(ls small/blobs/sha256) <(ls all/blobs/sha256) # no layer that nothing names
  pull "$at/debian" -o all --tag debian
  [ "$status" = 0 ]
  debian=$output
  pull "$at/small:v2s2" -o all
  [ "$(names all)" = "debian latest v2s2" ]
  whole all
  pull "$at/small:v2s2" -o all --tag latest # is asked for
  [ "$(names all)" = "debian latest v2s2" ]
  pull "$at/small" -o all # the same repository
  [ "$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "latest").digest' all/index.json)" = "$small" ]
  [ "$(sdme oci inspect all:debian | jq -r .digest)" = "$debian" ]
  run -1 --separate-stderr sdme oci inspect all
  [[ $stderr == *"there are several images, name one: "* ]]
  # What others have put there stays.
  jq '.annotations = {"a": "b"} | .manifests += [{mediaType: "text/plain", digest: .manifests[0].digest, size: 7, x: [1]}]' all/index.json > index.json
  cp index.json all/
  pull "$at/small-zstd" -o all --tag zstd
  [ "$(jq -c '[.annotations, (.manifests[] | select(.x))]' all/index.json)" = "$(jq -c '[.annotations, (.manifests[] | select(.x))]' index.json)" ]
  [ "$(jq '.manifests | length' all/index.json)" = 5 ]
}

@test "of an index, the image for this platform or the one that is asked for" {
  images_serve
  for platform in linux/amd64 linux/arm64; do
    pull "$at/multi" --platform $platform -o ${platform#*/}
    [ "$status" = 0 ]
    [ "$(jq -r .config.digest "${platform#*/}/blobs/sha256/${output#*:}" | cut -c 8- | xargs -I{} jq -r .architecture ${platform#*/}/blobs/sha256/{})" = "${platform#*/}" ]
  done
  pull "$at/multi" --platform linux/s390x -o other
  [ "$status" = 1 ]
  [ ! -e other ]
  usage_error oci pull "$at/multi" --platform linux -o other
}

@test "an archive, on standard output or in a file" {
  images_serve
  sdme oci pull "$at/small" -o - > one.tar 2> err
  grep -q "pulled $small" err
  [ "$(tar -tf one.tar | head -n 2 | paste -sd ' ')" = "oci-layout index.json" ]
  pull "$at/small" -o two.tar
  [ "$status$output" = "0$small" ]
  cmp one.tar two.tar
  [ "$(skopeo inspect oci-archive:one.tar:latest | jq -r .Digest)" = "$small" ]
  sdme oci unpack "$images/small" wanted
  sdme oci unpack one.tar:latest tree
  diff <(cd wanted && find . -printf '%P %y %m %s\n' | sort) <(cd tree && find . -printf '%P %y %m %s\n' | sort)
  sdme oci pull "$at/small" -o - 2>/dev/null | sdme fs import --force piped - 2>/dev/null
  [ "$(sdme fs inspect piped --json | jq -r .manifest)" = "$small" ]
  [ -z "$(find . -maxdepth 1 -name ".*.tmp-*")" ]
  run -1 bash -c '"$@" > /dev/full' - "$SDME" --config "$SDME_CONF" oci pull "$at/small" -o -
  [[ $output == *"cannot write standard output: "*"No space left"* ]]
}

@test "from a layout or an archive of one to another, without a cache" {
  for source in "$images/small" "$images/small.oci.tar"; do
    pull "$source" -o layout
    [ "$status$output" = "0$small" ]
    whole layout
    [ "$(names layout)" = latest ]
    rm -r layout
  done
  pull "$images/small:latest" -o layout --tag mine
  [ "$(names layout)" = mine ]
  pull layout:mine -o layout --tag yours # to itself: another name
  [ "$(names layout)" = "mine yours" ]
  whole layout
  [ ! -e "$cache" ]
  # where it is from goes with it
  jq '.manifests[0].annotations["io.containerd.image.name"] = "example.com/small:1"' layout/index.json > index.json
  cp index.json layout/
  pull layout:mine -o third
  pull layout:mine -o third.tar --tag fourth
  for index in "$(cat third/index.json)" "$(tar -xOf third.tar index.json)"; do
    [ "$(jq -r '.manifests[0].annotations["io.containerd.image.name"]' <<< "$index")" = example.com/small:1 ]
  done
  rm -r third third.tar
  pull "$images/small.docker.tar" -o other
  [ "$status" = 1 ]
  [[ $stderr == *"in a docker archive, which has no manifest to pull"* ]]
  [ ! -e other ]
  [ -z "$(ls -A tmp)" ]
}

@test "what is damaged in the cache or the layout comes anew" {
  images_serve
  pull "$at/small" -o one
  layer=$(jq -r '.layers[1].digest[7:]' "one/blobs/sha256/${small#*:}")
  printf X | dd of="$cache/blobs/sha256/$layer" bs=1 seek=50 conv=notrunc status=none
  pull "$at/small" -o two
  [ "$status" = 0 ]
  [[ $stderr == *"layer 2 of 3 was damaged and is dropped"*"fetched layer 2"* ]]
  whole two
  printf X | dd of="two/blobs/sha256/$layer" bs=1 seek=50 conv=notrunc status=none
  pull "$at/small" -o two
  [ "$status" = 0 ]
  whole two
  kill "$registry"
  printf X | dd of="$cache/blobs/sha256/$layer" bs=1 seek=50 conv=notrunc status=none
  pull "$at/small" --offline -o three
  [ "$status" = 1 ]
  [ ! -e three/index.json ]
  # and what is damaged in a layout is not taken from it
  printf X | dd of="two/blobs/sha256/$layer" bs=1 seek=50 conv=notrunc status=none
  pull two -o four
  [ "$status" = 1 ]
  [[ $stderr == *"layer 2 of 3, sha256:$layer: its bytes are not those of this digest"* ]]
  sdme oci pull two -o four.tar || true
  [ ! -e four.tar ]
}

@test "a cache that keeps nothing is no hindrance" {
  images_serve
  sdme config set oci_cache_max_size 0
  pull "$at/small" -o layout
  [ "$status$output" = "0$small" ]
  whole layout
  [ -z "$(sdme fs cache ls -q 2>/dev/null)" ]
}

@test "nothing is written through links, nor into what is no layout" {
  pull "$images/small" -o layout
  # blobs lead elsewhere
  mkdir outside
  mv layout/blobs/sha256 outside/
  ln -s "$PWD/outside/sha256" layout/blobs/sha256
  find outside -printf '%p %T@\n' | sort > before
  pull "$images/small" -o layout --tag other
  [ "$status" = 1 ]
  [[ $stderr == *"cannot write to 'layout': Not a directory"* ]]
  find outside -printf '%p %T@\n' | sort | diff before -
  rm -r layout/blobs
  # one blob leads elsewhere, so does the index
  pull "$images/small" -o layout
  whole layout
  echo mine > victim
  ln -sf "$PWD/victim" "layout/blobs/sha256/${small#*:}"
  pull "$images/small" -o layout
  [ "$status" = 0 ]
  [ ! -L "layout/blobs/sha256/${small#*:}" ]
  whole layout
  ln -sf "$PWD/victim" layout/index.json
  pull "$images/small" -o layout
  [ "$status" = 1 ]
  [[ $stderr == *"index.json: it is a link"* ]]
  echo '{"schemaVersion":2,"manifests":{}}' > index.json
  mv -f index.json layout/
  pull "$images/small" -o layout
  [ "$status" = 1 ]
  [[ $stderr == *"index.json: 'manifests' is not a list"* ]]
  echo '{"imageLayoutVersion":"9"}' > layout/oci-layout
  pull "$images/small" -o layout
  [ "$status" = 1 ]
  [[ $stderr == *"the version is '9'"* ]]
  [ "$(cat victim)" = mine ]
  mkdir plain
  touch plain/file
  pull "$images/small" -o plain
  [ "$status" = 1 ]
  [[ $stderr == *"'plain' is no OCI layout, and no empty directory"* ]]
  pull "$images/small" -o victim
  [ "$status" = 1 ]
  usage_error oci pull "$images/small"
  usage_error oci pull "$images/small" -o ''
  usage_error oci pull "$images/small" -o layout --tag ''
  for tag in a/b a:b .a -a 'a b' "$(printf %0129d 1)"; do
    usage_error oci pull "$images/small" -o layout "--tag=$tag"
    [[ $stderr == *"'$tag' is no tag"* ]]
  done
}

@test "killed at any call, the layout is as it was or has the image" {
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  pull "$images/small" -o base --tag first
  umoci config --image base:first --tag first --config.label x=y
  local had=0 has=0 call n status
  for call in mkdir mkdirat renameat flock syncfs fsync unlinkat exit_group; do
    for n in 1 2 3 4 5 6; do
      status=0
      rm -rf layout
      cp -a base layout
      strace -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
        "$SDME" --config "$SDME_CONF" oci pull "$images/small" -o layout > log 2>&1 || status=$?
      case $(names layout) in
        first) had=$((had + 1)) ;;
        "first latest") has=$((has + 1)); sdme oci unpack layout:latest tree; rm -r tree ;;
        *) false ;;
      esac
      sdme oci unpack layout:first tree
      rm -r tree
      pull "$images/small" -o layout # and the next clears away what is left
      [ "$status" = 0 ]
      whole layout
      [ "$(names layout)" = "first latest" ]
    done
  done
  echo "had $had, has $has"
  [ "$had" -ge 5 ] && [ "$has" -ge 3 ]
}

@test "two at a time into one layout" {
  images_serve
  pull "$at/small" -o all # the registry is awake
  sdme oci pull "$at/debian" -o all -t a 2>/dev/null & a=$!
  sdme oci pull "$at/debian-zstd" -o all -t b 2>/dev/null & b=$!
  sdme oci pull "$at/small-zstd" -o all -t c 2>/dev/null & c=$!
  wait $a
  wait $b
  wait $c
  [ "$(names all)" = "a b c latest" ]
  whole all
}
