#!/usr/bin/env bats
# Images of layouts and docker archives as directories. What is compared with is umoci's, and fs import's.

load lib
load images

setup() {
  images_setup
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir out tmp
}

unpack() { run --separate-stderr sdme oci unpack "$@"; }

# refused STATUS WORDS ARG...: it ends so and says so, and nothing is in out/
refused() {
  local want=$1 words=$2
  shift 2
  unpack "$@"
  [ "$status" = "$want" ] && [ -z "$output" ] && [[ $stderr == *"$words"* ]] || { echo "status $status: $stderr"; return 1; }
  [ -z "$(find out tmp -mindepth 1)" ] || { find out tmp; return 1; }
}

@test "a layout becomes what umoci and fs import make of it" {
  umoci unpack --image "$images/small:latest" bundle 2> umoci.err
  unpack "$images/small" out/small
  [ "$status$output$stderr" = 0out/small ]
  listing bundle/rootfs | diff - <(listing out/small)
  sdme fs import --force small "$images/small" 2>/dev/null
  listing "$SDME_DATADIR/fs/small" | diff - <(listing out/small)
  [ "$(stat -c %a out/small)" = "$(stat -c %a "$SDME_DATADIR/fs/small")" ]
}

@test "so does an archive of one, and what docker save wrote, compressed or not" {
  sdme oci unpack "$images/small" wanted
  gzip -c "$images/small.oci.tar" > small.tar.gz
  for source in "$images/small.oci.tar" "$images/small.docker.tar" small.tar.gz; do
    unpack "$source" out/it
    [ "$status" = 0 ]
    listing wanted | diff - <(listing out/it)
    [ "$(ls -A out)" = it ]
    rm -r out/it
  done
}

@test "into an empty directory, by whatever path; never into another one" {
  mkdir out/empty
  ln -s empty out/link
  for dir in out/link out/new/ "$PWD/out/abs"; do
    unpack "$images/small" "$dir"
    [ "$status$output" = "0$dir" ]
  done
  [ -L out/link ]
  [ "$(ls -A out | paste -sd ' ')" = "abs empty link new" ]
  cd out/new
  rm -r ./*
  unpack "$images/small" .
  [ "$status" = 0 ]
  cd ../..
  listing out/abs | diff - <(listing out/new)
  unpack "$images/small" out/abs
  [ "$status" = 1 ]
  [[ $stderr == *"'out/abs' is there already, and no empty directory"* ]]
  rm -r out/*
  touch file
  refused 1 "'file' is there already" "$images/small" file
  refused 1 "'nosuch/dir': No such file" "$images/small" nosuch/dir
  refused 2 "cannot be empty" "$images/small" ""
}

@test "one of several, by its tag, its digest, its platform" {
  cp -a "$images/small" several
  umoci tag --image several:latest one
  umoci config --image several:latest --architecture s390x
  umoci tag --image several:latest two
  umoci rm --image several:latest
  digest=$(jq -r '.manifests[0].digest' several/index.json)
  refused 1 "there are several images, name one: one, two" several out/it
  for how in several:one "several --tag one" "several -t one" "several --digest $digest" "several:$digest" "several@$digest"; do
    # shellcheck disable=SC2086
    unpack $how out/it
    [ "$status" = 0 ]
    rm -r out/it
  done
  refused 1 "the image is for linux/s390x" several:two out/it
  unpack several:two --platform linux/s390x out/it
  [ "$status" = 0 ]
  rm -r out/it
  refused 1 "there is no image 'three', only: one, two" several --tag three out/it
  refused 2 "two images named: 'one' and 'two'" several:one --tag two out/it
  refused 2 "two images named" several --tag two --digest "$digest" out/it
  refused 2 "'sha256:12' is no digest" several --digest sha256:12 out/it
  refused 2 "'../x' is no digest" several --digest ../x out/it
}

@test "what is no image is refused in words" {
  refused 1 "no file or directory 'nosuch'" nosuch out/it
  mkdir plain
  refused 1 "'plain' is no OCI layout and no docker archive" plain out/it
  tar -cf plain.tar plain
  refused 1 "'plain.tar' is no OCI layout and no docker archive" plain.tar out/it
  echo text > text
  refused 1 "cannot unpack 'text'" text out/it
  head -c 5000 "$images/small.oci.tar" > cut.tar
  refused 1 "cannot unpack 'cut.tar'" cut.tar out/it
  refused 1 "'/dev/null' is neither a file nor a directory" /dev/null out/it
}

@test "a damaged or hostile layout is refused, and nothing stays" {
  local layer
  cp -a "$images/small" small
  layer=$(jq -r '.layers[2].digest' "small/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' small/index.json)")
  printf 'x' | dd of="small/blobs/sha256/${layer#*:}" bs=1 seek=20 conv=notrunc status=none
  refused 1 "layer 3, $layer" small out/it
  rm "small/blobs/sha256/${layer#*:}"
  ln -s "$images/small/blobs/sha256/${layer#*:}" "small/blobs/sha256/${layer#*:}"
  refused 1 "it is a link" small out/it
  tar -cf small.tar small # not at its top
  refused 1 "no OCI layout" small.tar out/it
  sed 's,"sha256:,"sha256:../,' "$images/small/index.json" > small/index.json
  refused 1 "is no digest" small out/it
  rm small/oci-layout
  refused 1 "no OCI layout" small out/it
}

@test "what a killed one has left goes with the next" {
  mkdir out/.it.scratch-1-0 out/.it.scratch-other
  unpack "$images/small" out/it
  [ "$status" = 0 ]
  [ "$(ls -A out | paste -sd ' ')" = ".it.scratch-other it" ]
}

# unpacking CALL: after a kill at one of its calls, out/it is whole or not there
@test "killed at any call, the directory is whole or not there" {
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  sdme oci unpack "$images/small" wanted
  listing wanted > wanted.list
  local absent=0 there=0 call n status
  for call in mkdirat fchmod flock renameat syncfs fsync unlinkat exit_group; do
    for n in 1 2 3 4 5; do
      status=0
      strace -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" \
        "$SDME" --config "$SDME_CONF" oci unpack "$images/small.oci.tar" out/it > log 2>&1 || status=$?
      if [ -e out/it ]; then
        listing out/it | diff wanted.list -
        there=$((there + 1))
        rm -r out/it
      else
        [ "$status" = 137 ]
        absent=$((absent + 1))
      fi
      [ "$status" = 137 ] || break
    done
  done
  echo "absent $absent, there $there"
  [ "$absent" -ge 5 ]
  sdme oci unpack "$images/small" out/it
  [ "$(ls -A out)" = it ]
}
