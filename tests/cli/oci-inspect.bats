#!/usr/bin/env bats
# What images in layouts, archives and a real registry on loopback say of themselves.

load lib
load images

setup() {
  images_setup
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir tmp
}

teardown() { images_stop; }

inspect() { run --separate-stderr sdme oci inspect "$@"; }
blob() { cat "$images/small/blobs/sha256/${1#*:}"; }

# is_small FILTER: the object that was printed is of the image "small"
is_small() {
  manifest=$(jq -r '.manifests[0].digest' "$images/small/index.json")
  diff <(jq -S "${1:-.}" <<< "$output") <(
    jq -S -n --arg digest "$manifest" --slurpfile manifest <(blob "$manifest") \
      --slurpfile config <(blob "$(blob "$manifest" | jq -r .config.digest)") --arg reference "$reference" "
      {reference: \$reference, \$digest, mediaType: \"application/vnd.oci.image.manifest.v1+json\", index: null,
       platform: {os: \"linux\", architecture: \"amd64\", variant: null}, manifest: \$manifest[0], config: \$config[0],
       layers: [range(3) as \$i | \$manifest[0].layers[\$i] + {diff_id: \$config[0].rootfs.diff_ids[\$i]}]} | ${1:-.}")
}

@test "a layout, its archive, compressed or not" {
  inspect "$images/small"
  [ "$status$stderr" = 0 ]
  reference=$images/small is_small
  inspect "$images/small.oci.tar"
  [ "$status$stderr" = 0 ]
  reference=$images/small.oci.tar is_small
  zstd -qc "$images/small.oci.tar" > s.tar.zst
  inspect s.tar.zst:latest
  reference=$PWD/s.tar.zst:latest is_small
  [ -z "$(ls -A tmp)" ]
}

@test "it needs no root for what is in a file" {
  cp "$images/small.oci.tar" s.tar
  setpriv --reuid=65534 --regid=65534 --clear-groups test -r s.tar -a -x "$SDME" || skip "others cannot read the build or the file"
  chmod 777 .
  TMPDIR=. run -0 setpriv --reuid=65534 --regid=65534 --clear-groups "$SDME" oci inspect s.tar
  reference='' is_small '{digest, manifest, config, layers}'
}

@test "an image of a registry, whose layers stay there" {
  images_serve
  inspect "$at/small"
  [ "$status" = 0 ]
  reference=$at/small:latest is_small
  layer=$(jq -r '.layers[0].digest[7:]' <<< "$output")
  [ ! -e "$SDME_DATADIR/cache/oci/blobs/sha256/$layer" ]
  inspect "$at/small:v2s2"
  [ "$(jq -r .mediaType <<< "$output")" = application/vnd.docker.distribution.manifest.v2+json ]
  kill "$registry"
  inspect "$at/small" --offline
  [ "$status" = 0 ]
  inspect "$at/small-zstd" --offline
  [ "$status" = 1 ]
}

@test "of an index, the image for this platform or the one that is asked for" {
  images_serve
  for platform in linux/amd64 linux/arm64; do
    inspect "$at/multi" --platform $platform
    [ "$status" = 0 ]
    [ "$(jq -r '.platform | .os + "/" + .architecture' <<< "$output")" = $platform ]
    [ "$(jq -r .config.architecture <<< "$output")" = "${platform#*/}" ]
    [ "$(jq -r .index <<< "$output")" = "sha256:$(skopeo inspect --raw --tls-verify=false "docker://$at/multi" | sha256sum | cut -c 1-64)" ]
    digest=$(jq -r .digest <<< "$output")
    sdme oci inspect --raw --platform $platform "$at/multi" > raw
    [ "sha256:$(sha256sum < raw | cut -c 1-64)" = "$digest" ]
    inspect "$at/multi@$digest" --platform $platform
    [ "$(jq -r .digest <<< "$output")" = "$digest" ]
  done
  inspect "$at/multi" --platform linux/s390x
  [ "$status" = 1 ]
  [[ $stderr == *"there is no image for linux/s390x, only for linux/arm64, linux/amd64"* ]]
}

@test "--raw prints the bytes themselves, an index before what it leads to" {
  images_serve
  sdme oci inspect --raw "$at/multi" > raw
  skopeo inspect --raw --tls-verify=false "docker://$at/multi" | cmp - raw
  manifest=$(jq -r '.manifests[0].digest' "$images/small/index.json")
  for source in "$at/small" "$images/small" "$images/small.oci.tar"; do
    sdme oci inspect --raw "$source" > raw
    blob "$manifest" | cmp - raw
  done
  # for no machine of ours
  cp -a "$images/small" other
  umoci config --image other:latest --architecture mips
  sdme oci inspect --raw other > raw
  [ "$(sha256sum < raw | cut -c 1-64)" = "$(jq -r '.manifests[0].digest[7:]' other/index.json)" ]
}

@test "a docker archive has layers and a configuration, but no manifest" {
  inspect "$images/small.docker.tar"
  [ "$status$stderr" = 0 ]
  reference=$images/small.docker.tar is_small '{reference, platform, config, layers: [.layers[].diff_id]}'
  [ "$(jq -c '[.digest, .manifest, .mediaType, .layers[0].digest]' <<< "$output")" = '[null,null,null,null]' ]
  inspect "$images/small.docker.tar:localhost/small"
  [ "$status" = 0 ]
  inspect --raw "$images/small.docker.tar"
  [ "$status$output" = 1 ]
  [[ $stderr == *"which has no manifests"* ]]
}

@test "what is here is asked of no registry" {
  for where in "$images/small" "$images/small.oci.tar"; do
    usage_error oci inspect "$where" --pull never
    [[ $stderr == *"--pull is for images of registries, and '$where' is here"* ]]
    usage_error oci pull "$where" -o layout --pull always
    sdme oci inspect "$where" --offline > /dev/null
    sdme fs import --force x "$where" --platform linux/amd64
  done
}

@test "one of several, by its tag or its digest" {
  cp -a "$images/small" several
  umoci tag --image several:latest one
  umoci config --image several:latest --config.label x=y
  inspect several
  [ "$status" = 1 ]
  [[ $stderr == *"there are several images, name one: "*latest* ]]
  digest=$(jq -r '.manifests[] | select(.annotations[] == "one").digest' several/index.json)
  for how in several:one "several --tag one" "several --digest $digest"; do
    # shellcheck disable=SC2086
    inspect $how
    [ "$(jq -r .digest <<< "$output")" = "$digest" ]
  done
  inspect several:four
  [ "$status" = 1 ]
  [[ $stderr == *"there is no image 'four', only: "*one* ]]
  usage_error oci inspect several:one --tag latest
  usage_error oci inspect localhost:1/nosuch --tag latest
  usage_error oci inspect several --digest md5:12
  usage_error oci inspect several --platform linux
}

@test "what is wrong is told in words" {
  inspect ./nosuch
  [ "$status" = 1 ]
  [[ $stderr == *"no file or directory './nosuch'"* ]]
  inspect nosuch.tar
  [[ $stderr == *"no file or directory 'nosuch.tar'"* ]]
  mkdir plain
  inspect plain
  [[ $stderr == *"'plain' is no OCI layout and no docker archive"* ]]
  echo text > text
  inspect text
  [ "$status" = 1 ]
  [[ $stderr == *"cannot read 'text'"* ]]
  [ -z "$(ls -A tmp)" ]
}

# A tarball that would write elsewhere, or everything.
@test "of a hostile archive, only documents of a layout are looked at" {
  cp -a "$images/small" small
  mkdir -p evil/blobs
  python3 - "$images/small.oci.tar" <<'PY'
import io, sys, tarfile
with tarfile.open(sys.argv[1]) as a, tarfile.open('evil.tar', 'w') as t:
    def add(name, data=b'{}', type=tarfile.REGTYPE, link=''):
        i = tarfile.TarInfo(name); i.size = len(data) if type == tarfile.REGTYPE else 0; i.type = type; i.linkname = link
        t.addfile(i, io.BytesIO(data))
    add('../outside'); add('/absolute'); add('blobs/../../outside'); add('.hidden'); add('a/b/c/d')
    add('blobs', type=tarfile.SYMTYPE, link='/'); add('index.json', type=tarfile.SYMTYPE, link='/etc/passwd')
    add('index.json', type=tarfile.LNKTYPE, link='../outside')
    add('large.json', b'{' + b' ' * (5 << 20))
    for m in a:
        t.addfile(m, a.extractfile(m) if m.isreg() else None)
PY
  inspect evil.tar
  [ "$status" = 0 ]
  reference=$PWD/evil.tar is_small
  [ ! -e outside ]
  [ ! -e tmp/outside ]
  [ ! -e /absolute ]
  [ -z "$(ls -A tmp)" ]
}
