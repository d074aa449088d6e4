#!/usr/bin/env bats
# What "docker save" writes as a source of root filesystems.

load lib
load images

setup() { images_setup; }

@test "a docker archive becomes what the same image becomes from a layout" {
  sdme fs import --force wanted "$images/small" 2>/dev/null
  run -0 --separate-stderr sdme fs import --force small "$images/small.docker.tar"
  [ "$output" = small ]
  gzip -c "$images/small.docker.tar" | sdme fs import --force stdin - 2>/dev/null
  listing "$fs/wanted" > wanted
  for name in small stdin; do listing "$fs/$name" | diff wanted -; done
  [ -z "$(find "$fs" -maxdepth 1 -name '*txn*')" ]
  run -0 sdme fs inspect small --json
  [ "$(jq -r '.layers | length' <<< "$output")" = 3 ]
  [ "$(jq -r .config <<< "$output")" = "$(sdme fs inspect wanted --json | jq -r .config)" ]
}

# refused WORDS: the archive of the damaged directory is refused with these words, and nothing stays
refused() {
  tar -cf damaged.tar -C damaged .
  run --separate-stderr sdme fs import --force small damaged.tar
  [ "$status" = 1 ]
  [ -z "$output" ]
  [[ $stderr == *"$1"* ]] || { echo "no '$1' in: $stderr"; return 1; }
  [ -z "$(ls -A "$fs")" ]
}

@test "a damaged docker archive is refused" {
  mkdir damaged
  tar -xf "$images/small.docker.tar" -C damaged
  chmod -R u+w damaged
  local layer
  layer=$(jq -r '.[0].Layers[1]' damaged/manifest.json)
  cp "damaged/$layer" layer
  cp "damaged/$(jq -r '.[0].Layers[0]' damaged/manifest.json)" "damaged/$layer"
  refused "layer 2, $layer"
  rm "damaged/$layer"
  ln -s "$PWD/layer" "damaged/$layer"
  refused "$layer: No such file or directory"
  jq '.[0].Layers[1] = "../../layer"' damaged/manifest.json > manifest.json
  cp manifest.json damaged/
  refused "'../../layer' is no path of a file"
  jq '[.[0], .[0]]' damaged/manifest.json | sed 's,\.\./\.\./,,' > manifest.json
  cp manifest.json damaged/
  refused "there are several images"
}

@test "a root filesystem that has a manifest.json is none" {
  mkdir -p tree/usr
  echo '[]' > tree/manifest.json
  tar -cf tree.tar -C tree .
  run -0 sdme fs import --force tree tree.tar
  [ -e "$fs/tree/manifest.json" ]
}

@test "one of several images is chosen by its reference, and they are listed when none is" {
  mkdir several
  tar -xf "$images/small.docker.tar" -C several
  chmod -R u+w several
  jq '[.[0], (.[0] | .RepoTags = ["example.com:5000/other:1", "other"])]' several/manifest.json > manifest.json
  cp manifest.json several/
  tar -cf several.tar -C several .
  run -1 --separate-stderr sdme fs import --force several.tar
  [[ $stderr == *"there are several images, name one: localhost/small:latest, example.com:5000/other:1, other"* ]]
  for name in localhost/small localhost/small:latest example.com:5000/other:1 other:latest; do
    run -0 --separate-stderr sdme fs import --force "several.tar:$name"
    [ "$output" = several ]
  done
  run -1 --separate-stderr sdme fs import --force several.tar:small
  [[ $stderr == *"there is no image 'small', only: localhost/small:latest"* ]]
}
