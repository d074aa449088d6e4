#!/usr/bin/env bats
# Images of a real registry on loopback, and the cache that they go through.

load lib
load images

setup() {
  images_setup
  images_serve
}

teardown() { images_stop; }

import() { run --separate-stderr sdme fs import --force "$@"; }
equal() { # what was imported as "it" is the image "small"
  [ -e wanted ] || { sdme fs import --force layout "$images/small" 2>/dev/null && listing "$fs/layout" > wanted; }
  listing "$fs/it" | diff wanted -
}

@test "an image, by the name that users give it, is what its layout gives" {
  import "$at/small"
  [ "$status$output" = 0small ]
  [ "$(grep -c 'fetched layer' <<< "$stderr")" = 3 ]
  sdme fs import --force layout "$images/small" 2>/dev/null
  listing "$fs/layout" > wanted
  listing "$fs/small" | diff wanted -
  run -0 sdme fs inspect small --json
  [ "$(jq -r .source <<< "$output")" = "$at/small:latest" ]
  manifest=$(jq -r .manifest <<< "$output")
  for name in small:v2s2 small-zstd multi "small@$manifest" "small:latest@$manifest"; do # other media types, an index, digests
    import it "$at/$name"
    [ "$status" = 0 ] || { echo "$name: $stderr"; false; }
    listing "$fs/it" | diff wanted -
  done
}

@test "bars are shown on a terminal, and only there" {
  TERM=xterm script -qec "$SDME --config $SDME_CONF fs import it $at/debian" typed > /dev/null
  grep -q "layer 1 of 2 *\[=* *\] *[0-9]*%  [0-9.]*[KM] of [0-9]*M" typed
  # nothing of them is left: each one is cleared, above what is said last
  up=$(grep -o $'\e\\[[0-9]*F\e\\[J' typed | tr -cd '0-9F' | tr F +)
  [ $((${up}0)) = "$(grep -c 'layer . of . *\[' typed)" ]
  TERM=dumb script -qec "$SDME --config $SDME_CONF fs import --force it $at/debian" typed > /dev/null
  run -1 grep $'\e' typed
  import it "$at/debian"
  [[ $stderr != *$'\e'* ]]
  script -qec "TERM=xterm $SDME --config $SDME_CONF fs import -q --force it $at/small" typed > /dev/null
  sed -i '1d;$d' typed
  run -1 grep -E 'importing|fetched|\[' typed
  grep -q '^it' typed
}

@test "a second import fetches nothing, and none needs the registry when it is told so" {
  import one "$at/small"
  import two "$at/small"
  [ "$status" = 0 ]
  [[ $stderr != *fetched* ]]
  kill "$registry"
  for how in --offline "--pull never" "--pull missing"; do
    # shellcheck disable=SC2086
    import two $how "$at/small"
    [ "$status" = 0 ] || { echo "$stderr"; false; }
    [[ $stderr != *warning:*went* ]]
  done
  import two "$at/small" # newer: goes on, and says so
  [ "$status" = 0 ]
  [[ $stderr == *"going on with what '$at/small:latest' was"* ]]
  import two --pull always "$at/small"
  [ "$status" = 1 ]
  import three --offline "$at/debian"
  [ "$status" = 1 ]
  [[ $stderr == *"'$at/debian:latest' is not in the image cache"* ]]
  config=$(sdme fs inspect one --json | jq -r '.config[7:]')
  rm "$cache/blobs/sha256/$config"
  import three --offline "$at/small"
  [ "$status" = 1 ]
  [ "${#stderr_lines[@]}" = 2 ] # what is done, and one line about why not
  [[ ${stderr_lines[1]} == *"the configuration is not in the image cache"* ]]
  [ "$(sdme fs ls -q | paste -sd ' ')" = "one two" ]
}

@test "a tag that moved is noticed by newer and always, and not by missing" {
  skopeo copy -q --dest-tls-verify=false "oci:$images/small:latest" "docker://$at/moving-$BATS_TEST_NUMBER:t" || skip "cannot push"
  import it "$at/moving-$BATS_TEST_NUMBER:t"
  [ "$status" = 0 ]
  cp -a "$images/small" other
  umoci config --image other:latest --config.label x=y
  skopeo copy -q --dest-tls-verify=false oci:other:latest "docker://$at/moving-$BATS_TEST_NUMBER:t"
  config() { sdme fs inspect it --json | jq -r .config; }
  before=$(config)
  import it --pull missing "$at/moving-$BATS_TEST_NUMBER:t"
  [ "$(config)" = "$before" ]
  import it "$at/moving-$BATS_TEST_NUMBER:t"
  [ "$(config)" != "$before" ]
}

@test "what is in the place of a blob in the cache gives way to the blob" {
  local what
  import it "$at/small"
  blob=$cache/blobs/sha256/$(sdme fs inspect it --json | jq -r '.layers[1][7:]')
  for what in mkdir 'ln -s /etc/passwd' 'ln -s nowhere' mkfifo; do
    rm -rf "$blob"
    $what "$blob"
    run --separate-stderr timeout 60 "$SDME" --config "$SDME_CONF" fs import -f --install-packages=no it "$at/small"
    [ "$status" = 0 ] || { echo "$what: $status $stderr"; false; }
    [ -f "$blob" ] && [ ! -L "$blob" ]
    equal
  done
}

@test "a blob that is damaged in the cache, or was left half, is made good" {
  import it "$at/small"
  layer=$(sdme fs inspect it --json | jq -r '.layers[0][7:]')
  printf X | dd of="$cache/blobs/sha256/$layer" bs=1 seek=100 conv=notrunc status=none
  import it --offline "$at/small"
  [ "$status" = 1 ]
  [[ $stderr == *"layer 1 of 3 was damaged and is dropped"*"layer 1 of 3 is not in the image cache"* ]]
  import it "$at/small"
  [ "$status" = 0 ]
  for number in 0 2; do # of the first nothing is unpacked yet, of the last the others are
    blob=$cache/blobs/sha256/$(sdme fs inspect it --json | jq -r ".layers[$number][7:]")
    printf X | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
    import it "$at/small"
    [ "$status" = 0 ] || { echo "$stderr"; false; }
    [[ $stderr == *"layer $((number + 1)) of 3 was damaged and is dropped"* ]]
    equal
  done
  [ "$(sha256sum < "$cache/blobs/sha256/$layer" | cut -c 1-64)" = "$layer" ]
  head -c 100 "$cache/blobs/sha256/$layer" > "$cache/partial/sha256-$layer"
  rm "$cache/blobs/sha256/$layer"
  import it "$at/small"
  [ "$status" = 0 ]
  [ "$(sha256sum < "$cache/blobs/sha256/$layer" | cut -c 1-64)" = "$layer" ]
  for number in 0 2; do
    layer=$(sdme fs inspect it --json | jq -r ".layers[$number][7:]")
    # what the worker that has it already takes for whole
    echo | gzip -9 | head -c 15 > "$cache/partial/sha256-$layer"
    rm "$cache/blobs/sha256/$layer"
    import it "$at/small"
    [ "$status" = 0 ] || { echo "$stderr"; false; }
    equal
    [ -z "$(ls "$cache/partial")" ]
  done
}

@test "no layer is fetched, and none unpacked, that is larger than max_download_size" {
  sdme config set max_download_size 1M
  import it "$at/debian"
  [ "$status" = 1 ]
  [[ $stderr == *"layer 1 of 2 has "*"more than max_download_size, 1.0M"* ]]
  [ ! -e "$fs/it" ]
  [ -z "$(ls "$cache/partial")" ]
  sdme config set max_download_size 60M
  import it "$at/debian"
  [ "$status" = 1 ]
  [[ $stderr == *"unpacks to more than the 62914560 bytes"* ]]
  [ ! -e "$fs/it" ]
  sdme config set max_download_size 0
  import it "$at/debian"
  [ "$status" = 0 ]
}

@test "the cache keeps its limit, and with none nothing is kept" {
  sdme config set oci_cache_max_size 1K
  import it "$at/small"
  [ "$status" = 0 ]
  [ "$(sdme fs cache info --json | jq .size)" -le 1024 ]
  sdme config set oci_cache_max_size 0
  sdme fs cache clean --all 2>/dev/null
  import it "$at/small"
  [ "$status" = 0 ]
  [ -z "$(sdme fs cache ls -q 2>/dev/null)" ]
}

@test "what there is not is told in words" {
  import it "$at/nosuch"
  [ "$status" = 1 ]
  [[ $stderr == *nosuch* ]]
  import it "$at/small:nosuch"
  [ "$status" = 1 ]
  import it ./nosuch
  [[ $stderr == *"there is no file or directory './nosuch'"* ]]
  import it nosuch.tar.gz
  [[ $stderr == *"there is no file or directory 'nosuch.tar.gz'"* ]]
  usage_error fs import --pull sometimes "$at/small"
  [ -z "$(ls -A "$fs")" ]
}

@test "two imports at a time share what they fetch" {
  import zero "$at/debian" # the layout is made, the registry awake
  sdme fs cache clean --all 2>/dev/null
  sdme fs import --force a "$at/debian" 2> a.err & a=$!
  sdme fs import --force b "$at/debian" 2> b.err & b=$!
  wait $a
  wait $b
  [ "$(cat a.err b.err | grep -c 'fetched layer')" = 2 ]
  listing "$fs/a" > wanted
  listing "$fs/b" | diff wanted -
}

@test "a registry that wants a login gets the one that podman has written down" {
  kill "$registry"
  # "secret", as htpasswd(1) has it
  # shellcheck disable=SC2016
  printf 'me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n' > htpasswd
  SDME_IMAGES_AUTH=$PWD/htpasswd
  export SDME_IMAGES_AUTH
  images_serve
  import it "$at/small"
  [ "$status" = 1 ]
  [ -z "$(ls -A "$fs")" ]
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf me:wrong | base64)" > auth.json
  chmod 600 auth.json
  REGISTRY_AUTH_FILE=$PWD/auth.json import it "$at/small"
  [ "$status" = 1 ]
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$at" "$(printf me:secret | base64)" > auth.json
  REGISTRY_AUTH_FILE=$PWD/auth.json import it "$at/small"
  [ "$status" = 0 ]
}
