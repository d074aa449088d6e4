# apps.bash: an application to be imported, for tests that load it behind lib and images.

# apps_setup: as images_setup; ./app is a layout with the image of an application, and "base" is there to import it onto
apps_setup() {
  images_setup
  tree base
  cp -a "$images/small" app
  config --config.entrypoint /entry --config.cmd one --config.cmd 'two words' --config.exposedports 80/tcp
  sdme fs import base ./base 2>/dev/null
}

# config OPTION...: of umoci, of the image
config() { umoci config --image app:latest "$@"; }

import() { sdme fs import "$@" 2> stderr || { cat stderr; return 1; }; }

# image_listing TREE: as listing, without what trees of applications are completed with
image_listing() { listing "$1" | grep -vE '^((dev|proc|sys|run|tmp|var|etc)(/(run|tmp|hosts|hostname|resolv.conf))?)? [df] |  \./etc/'; }

# put_blob FILE: its digest without the algorithm
put_blob() {
  local digest
  digest=$(sha256sum < "$1" | cut -c 1-64)
  cp "$1" "app/blobs/sha256/$digest"
  echo "$digest"
}

# edit FILTER: the configuration of the image, by jq, for what umoci does not do
edit() {
  local manifest config
  manifest=$(jq -r '.manifests[0].digest[7:]' app/index.json)
  config=$(jq -r '.config.digest[7:]' "app/blobs/sha256/$manifest")
  jq -c "$1" "app/blobs/sha256/$config" > edited.config
  jq -c --arg digest "sha256:$(put_blob edited.config)" --argjson size "$(stat -c %s edited.config)" \
    '.config += {$digest, $size}' "app/blobs/sha256/$manifest" > edited.manifest
  jq -c --arg digest "sha256:$(put_blob edited.manifest)" --argjson size "$(stat -c %s edited.manifest)" \
    '.manifests[0] += {$digest, $size}' app/index.json > edited.index
  mv edited.index app/index.json
}

# app_json [NAME [APP]]
app_json() { cat "$fs/${1-x}/oci/apps/${2-${1-x}}/app.json"; }

# refused WORDS ARG...: "sdme fs import ARG..." fails with one line that has the words, and changes nothing
refused() {
  local words=$1 before
  shift
  before=$(ls -A "$fs")
  run -1 --separate-stderr sdme fs import "$@"
  [ -z "$output" ]
  [[ ${stderr_lines[-1]} == *"$words"* ]] || { echo "no '$words' in: $stderr"; return 1; }
  [ "$(ls -A "$fs")" = "$before" ]
}
