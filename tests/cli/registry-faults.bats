#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# Images of a registry that fails, lies, or is hostile: registry.py beside this file.

load lib
load registry
load images

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  fs=$SDME_DATADIR/fs cache=$SDME_DATADIR/cache/oci
  registry_start
}

teardown() { registry_stop; }

import() { run --separate-stderr sdme fs import --force it "$@"; }

# sound [PARTIAL]: the blobs are what their names say, and of what is not whole nothing is there but this, and
# perhaps the second layer, if something else was wrong before it was whole
sound() {
  [ -z "$(find "$fs" -maxdepth 1 -name '*txn*')" ]
  (cd "$cache/blobs/sha256" && sha256sum -- * 2>/dev/null) | awk '$1 != $2 { exit 1 }'
  [ "$(ls -A --ignore="$second" "$cache/partial")" = "$*" ] || { ls -lA "$cache/partial"; return 1; }
}

# refused IMAGE WORDS [PARTIAL]: the import fails, with that in one line beside what went well, and leaves nothing
refused() {
  rm -rf "$cache"
  : > log
  import "$at/$1:latest"
  if [ "$status" != 1 ] || [ -n "$output" ] || [ "$(grep -vc ': importing \|: fetched ' <<< "$stderr")" != 1 ] ||
     [[ $(grep -v ': importing \|: fetched ' <<< "$stderr") != *"$2"* ]]; then
    echo "$1: status $status: $stderr"
    return 1
  fi
  [ -z "$(ls -A "$fs")" ] || { ls -A "$fs"; return 1; }
  sound ${3+"$3"} || { echo "$1"; return 1; }
}

@test "answers that are no content" {
  for what in manifest config layer; do
    refused status-404/$what "$at has no 'status-404/$what"
    [[ $stderr == *"(because of this)"* ]]
    refused status-401/$what "$at wants to know who asks"
    refused status-403/$what "$at does not let us have 'status-403/$what"
    refused status-400/$what "$at answers with status 400 when asked for 'status-400/$what"
    [ "$(grep -c ' 400$' log)" = 1 ] # no second try helps
    for code in 500 502 503 504; do
      refused status-$code/$what "$at answers with status $code when asked for 'status-$code/$what"
      [ "$(grep -c " $code\$" log)" = 6 ] || { cat log; false; }
    done
    refused status-429/$what "$at has had too many requests from here; try again later"
    refused later/$what "$at has had too many requests from here; try again later"
    [ "$(grep -c ' 429$' log)" = 1 ] # nobody waits for a day
    refused around/$what "redirects more than 10 times"
    refused file/$what "redirects to what is no address of http or https"
    refused no-http/$what "$at does not speak HTTP as it should"
  done
}

@test "content that is not what it should be" {
  refused page/manifest "$at answers with a web page: is it a registry?"
  refused evil/page "$at answers with a web page: is it a registry?"
  for how in lie short long empty; do refused $how/manifest "$at sends for '$how/manifest:latest' something else than it says"; done
  for what in config layer; do
    refused page/$what "$at answers with a web page when asked for 'page/$what@sha256:"
    refused lie/$what "what came is not what its digest names"
    refused short/$what "bytes in place of"
    refused empty/$what "has 0 bytes in place of"
    refused long/$what "is longer than"
  done
  refused lie-later/layer "layer 1 of 2: what came is not what its digest names"
  refused shift/layer "sends another part than it was asked for" "$layer"
}

@test "manifests that are hostile" {
  while IFS='|' read -r name words; do
    refused "evil/$name" "$words"
  done <<< "garbage|expected near end of file
deep|nested deeper
nested|image indexes lead to each other
long|longer than 4194304 bytes
old|Docker's schema 1
path|is no digest
negative|'size' is out of range
huge|'size' is out of range
absent|has no 'evil/absent@sha256:0000
smaller|longer than
larger|bytes in place of
kind|not the type of a layer
diff|its uncompressed content has the digest
fewer|the configuration names 1 layers, the manifest 2
elsewhere|the image is for linux/s390x"
}

@test "a connection that breaks: it goes on where it was, and the next import does" {
  import "$at/good/x"
  [ "$status" = 0 ]
  listing "$fs/it" > wanted
  for image in cut-once/manifest cut-once/config cut-once/layer deaf/layer lie-once/config lie-once/layer; do
    rm -rf "$cache"
    : > log
    import "$at/$image"
    [ "$status" = 0 ] || { echo "$image: $stderr"; false; }
    listing "$fs/it" | diff wanted -
    sound
    [ $image != cut-once/layer ] || grep -q " 206 from $half\$" log
  done
  sdme fs rm it 2> /dev/null
  refused cut/layer "the connection to $at broke off" "$layer"
  [ "$(stat -c %s "$cache/partial/$layer")" = "$half" ]
  : > log
  import "$at/good/x"
  [ "$status" = 0 ]
  grep -q "GET /v2/good/x/blobs/.* 206 from $half\$" log
  listing "$fs/it" | diff wanted -
  sound
}

@test "the registry dies in the middle of a layer" {
  import "$at/die/layer"
  [ "$status" = 1 ]
  [ "$(grep -vc ': importing \|: fetched ' <<< "$stderr")" = 1 ]
  [[ $stderr == *"cannot connect to $at: Connection refused"* || $stderr == *"the connection to $at broke off"* ]]
  [ -z "$(ls -A "$fs")" ]
}

@test "a registry that sends nothing any more" {
  sdme config set http_timeout 1
  sdme config set http_body_timeout 1
  refused stall/manifest "cannot get 'stall/manifest:latest': localhost sends nothing any more"
  refused stall/layer "localhost sends nothing any more" "$layer"
}

@test "interrupted while the registry sends nothing any more" {
  env --default-signal=INT "$SDME" --config "$SDME_CONF" fs import it "$at/stall/layer" 2> err &
  importer=$!
  for _ in $(seq 600); do
    [ "$(stat -c %s "$cache/partial/$layer" 2> /dev/null)" = "$half" ] && break
    sleep .05
  done
  kill -INT $importer
  status=0
  wait $importer || status=$?
  [ $status = 130 ]
  [ "$(grep -vc ': importing \|: fetched ' err)" = 1 ]
  grep -q interrupted err
  [ -z "$(ls -A "$fs")" ]
  sound "$layer"
  import "$at/good/x"
  [ "$status" = 0 ]
  sound
}

@test "newer: the cached image has to do, and one line says why" {
  import "$at/status-200/x"
  [ "$status" = 0 ]
  listing "$fs/it" > wanted
  # The same name, answered differently: what it means is known.
  for how in status-500 later page no-http; do
    name=$(printf %s "$at/$how/manifest:latest" | sha256sum | cut -d ' ' -f 1)
    sed "s,^REFERENCE=.*,REFERENCE=$at/$how/manifest:latest," "$cache"/tags/* > tag
    cp tag "$cache/tags/$name"
    import "$at/$how/manifest"
    [ "$status" = 0 ] || { echo "$how: $stderr"; false; }
    [ "$(grep -c "going on" <<< "$stderr")" = 1 ]
    [ "$(grep -vc ': importing \|has no systemd' <<< "$stderr")" = 1 ] || { echo "$how: $stderr"; false; }
    [[ $stderr == *"warning: $at "*"; going on with what '$at/$how/manifest:latest' was when it was last fetched"* ||
       $stderr == *"warning: cannot get '$how/manifest:latest'"*"; going on with what '$at/$how/manifest:latest' was when it was last fetched"* ]] ||
      { echo "$how: $stderr"; false; }
    listing "$fs/it" | diff wanted -
    import --pull always "$at/$how/manifest"
    [ "$status" = 1 ]
    [ "$(grep -vc ': importing' <<< "$stderr")" = 1 ]
    rm "$cache/tags/$name"
  done
}

@test "newer: what the registry refuses is not taken from the cache" {
  import "$at/status-200/x"
  [ "$status" = 0 ]
  for code in 401 403 404; do
    reference=$at/status-$code/manifest:latest
    sed "s,^REFERENCE=.*,REFERENCE=$reference," "$cache"/tags/* > tag
    cp tag "$cache/tags/$(printf %s "$reference" | sha256sum | cut -d ' ' -f 1)"
    import "$reference"
    [ "$status" = 1 ]
    [ "$(grep -vc ': importing' <<< "$stderr")" = 1 ] || { echo "$code: $stderr"; false; }
    [[ $stderr != *"going on"* ]]
    import "$reference" --pull missing
    [ "$status" = 0 ]
    rm "$cache/tags/$(printf %s "$reference" | sha256sum | cut -d ' ' -f 1)"
  done
}
