# appimages.bash: what tests of applications share: a registry in the host that has the images of "tests/images apps"
# under the names that people know, and the base that they are imported onto, as the documents do it.

# The registry's own name; a lint looks for it.
hub=docker.'io'

is_sanitized() { grep -q __asan_init "$SDME_BUILD/sdme"; }

# apps_check: before each test
apps_check() { ! is_sanitized || skip "with sanitizers, apps.bats does the same in less time"; }

# apps_setup IMAGE...: the root filesystem "ubuntu", and the images that the tests import
apps_setup() {
  ! is_sanitized || return 0 # each test says so
  local images
  images=$("$tests/images" apps 2> "$BATS_FILE_TMPDIR/images.err") || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/images.err")"
  host_setup
  in_host bash -es "$images/registry" "$hub" <<'END'
mkdir -p /run/seeds /etc/sdme.conf.d
cat > /run/seeds/registry.yml <<YML
version: 0.1
storage: {filesystem: {rootdirectory: $1}, maintenance: {readonly: {enabled: true}, uploadpurging: {enabled: false}}}
http: {addr: "127.0.0.1:5000"}
YML
printf '[registries.%s]\nmirrors=localhost:5000\n' "$2" > /etc/sdme.conf.d/seeds.conf
systemd-run --quiet --unit=seeds docker-registry serve /run/seeds/registry.yml
until bash -c '</dev/tcp/127.0.0.1/5000' 2>/dev/null; do sleep .1; done
END
  imports ubuntu "$hub/ubuntu:24.04" -v
}

apps_teardown() {
  ! is_sanitized || return 0
  in_host sh -c 'sdme rm --all --force 2>/dev/null
    sdme fs ls --json | jq -r ".[].name" | grep -vx -e debian -e ubuntu | xargs -r sdme fs rm
    sdme fs rm ubuntu
    systemctl stop seeds.service
    sdme fs cache clean --all > /dev/null
    rm -rf /run/seeds /etc/sdme.conf.d/seeds.conf /var/lib/sdme/volumes /var/lib/sdme/connectors /var/lib/sdme/cache
    rmdir /etc/sdme.conf.d
    ! test -e /etc/sdme.conf || rm /etc/sdme.conf' > /dev/null
  host_clean_check
}

# imports NAME SOURCE [ARG...]: as it stands in the documents
imports() {
  run --separate-stderr in_host sdme fs import "$@"
  if [ "$status" != 0 ] || [ "$output" != "$1" ]; then
    echo "$*: $output $stderr"
    return 1
  fi
}

# has NAME IMAGE [ARG...]: a root filesystem of that image is there
has() {
  in_host test -d "/var/lib/sdme/fs/$1" || imports "$1" "$hub/$2" --base-fs=ubuntu "${@:3}"
}

in_app() { in_host sdme exec --oci "$@"; }

# app_logs NAME: all that the application said
app_logs() { in_host sdme logs --oci "$@" --no-pager -o cat; }
app_said() { grep -qF -- "$2" <<< "$(app_logs "$1")"; }

# service NAME PROPERTY: of its service
service() { in_host sdme exec "$1" systemctl show --value -p "$2" sdme-oci-app.service; }
service_is() { [ "$(service "$1" "$2")" = "$3" ]; }

# status_line NAME KEY: of the application's program, which the process 1 of its namespace started first
status_line() { in_app "$1" awk -v key="$2:" '$1 == key { print $2 }' /proc/2/status; }

is_served() { # URL [CURL-ARGUMENT...]: the first line of nginx' page
  [[ $(in_host curl -sS --max-time 5 "$@" 2>&1) == *"Welcome to nginx!"* ]]
}
