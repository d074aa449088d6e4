#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run and web_start set variables
#
# What the configuration says of registries: a default, mirrors, certificates, insecure ones.
load lib
load web

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  unset http_proxy https_proxy all_proxy no_proxy HTTPS_PROXY ALL_PROXY NO_PROXY
  images=$("$BATS_TEST_DIRNAME/../images" make 2> images.err) || skip "$(cat images.err)"
  serve
  TUNNEL=$port web_start
  fs=$SDME_DATADIR/fs
  sdme config set oci_cache_max_size 0 # each import asks
  sdme config set http_body_timeout 1
}

teardown() {
  web_stop
  [ -z "${registry-}" ] || kill "$registry" 2> /dev/null || true
}

serve() { read -r registry port < <(TMPDIR=$BATS_TEST_TMPDIR "$BATS_TEST_DIRNAME/../images" serve); }

import() { run --separate-stderr sdme fs import --force x "$@"; }

# arrived SOURCE: it was imported, and this is what is remembered of it
arrived() {
  if [ "$status" != 0 ]; then echo "status $status: $stderr"; return 1; fi
  [ "$(cat "$fs/x/new/three")" = three ]
  [ "$(sdme fs inspect x --json | jq -r .source)" = "$1" ]
  sdme fs rm x 2> /dev/null
}

# refused TEXT: it failed with that, and left nothing
refused() {
  if [ "$status" != 1 ] || [[ $stderr != *"$1"* ]]; then echo "status $status: $stderr"; return 1; fi
  [ -z "$(ls -A "$fs")" ]
}

@test "a short name goes to default_registry" {
  sdme config set default_registry "LOCALHOST:$port"
  import small
  arrived "localhost:$port/small:latest"
  import small:v2s2
  arrived "localhost:$port/small:v2s2"
  import team/small
  refused "localhost:$port has no 'team/small"
  import "localhost:$tunnel/small" # another registry stays what it is
  arrived "localhost:$tunnel/small:latest"
}

@test "a registry of this machine may be insecure, unless it is told not to; no other may, unless it is" {
  import "localhost:$port/small"
  arrived "localhost:$port/small:latest"
  import "localhost:$tunnel/small"
  arrived "localhost:$tunnel/small:latest"
  sdme config set "registries.localhost:$port.insecure" no
  sdme config set "registries.localhost:$tunnel.insecure" no
  import "localhost:$port/small"
  refused "does not speak TLS"
  refused "; if it has no TLS, set registries.localhost:$port.insecure of the configuration"
  import "localhost:$tunnel/small"
  refused "signed by an authority that this machine does not know"
  # The proxy is what knows this name.
  export https_proxy=http://localhost:$proxy no_proxy=localhost
  at=server.test:$tunnel
  import "$at/small"
  refused "signed by an authority that this machine does not know"
  sdme config set "registries.$at.insecure" yes
  import "$at/small"
  arrived "$at/small:latest"
  grep -qF "proxy CONNECT $at |" "$web_log"
}

@test "certificates of authorities, of one registry or of all" {
  at=localhost:$tunnel
  sdme config set "registries.$at.insecure" no
  sdme config set "registries.$at.ca_file" "$PWD/ca.pem"
  import "$at/small"
  arrived "$at/small:latest"
  sdme config set "registries.$at.ca_file" "$PWD/nosuch.pem"
  import "$at/small"
  refused "$PWD/nosuch.pem"
  sdme config set http_ca_file "$PWD/ca.pem"
  import "$at/small" # its own counts
  refused "$PWD/nosuch.pem"
  sdme config set "registries.$at.ca_file" ''
  import "$at/small"
  arrived "$at/small:latest"
}

@test "mirrors are asked first, in their order, and what is remembered is the registry" {
  set_mirrors() { sdme config set registries.registry.example.mirrors "$1"; }
  set_mirrors "localhost:$port"
  import registry.example/small
  arrived registry.example/small:latest
  [[ $stderr != *"passed over"* ]]
  set_mirrors "localhost:1,localhost:$port/nowhere,localhost:$tunnel"
  import registry.example/small
  arrived registry.example/small:latest
  [[ $stderr == *"the mirror localhost:1 is passed over"* ]]
  [[ $stderr == *"the mirror localhost:$port is passed over: localhost:$port has no 'small"* ]]
  grep -qx tunnel "$web_log"
  : > "$web_log"
  set_mirrors "localhost:$port,localhost:$tunnel"
  import registry.example/small
  arrived registry.example/small:latest
  run ! grep tunnel "$web_log"
  # A mirror's own section counts; without a file of its own, the registry's.
  set_mirrors "localhost:$tunnel"
  sdme config set "registries.localhost:$tunnel.insecure" no
  import registry.example/small
  refused "the mirror localhost:$tunnel is passed over"
  [[ $stderr == *"signed by an authority"* ]]
  sdme config set registries.registry.example.ca_file "$PWD/ca.pem"
  import registry.example/small
  arrived registry.example/small:latest
  sdme config set "registries.localhost:$tunnel.ca_file" "$PWD/nosuch.pem"
  import registry.example/small
  refused "$PWD/nosuch.pem"
  set_mirrors "localhost:1"
  import registry.example/small
  refused "registry.example"
}

@test "a prefix of a mirror is put in front of repositories" {
  skopeo copy -q --dest-tls-verify=false "oci:$images/small:latest" "docker://localhost:$port/cache/of/small:t" || skip "cannot push"
  sdme config set registries.registry.example.mirrors "localhost:$port/cache"
  import registry.example/of/small:t
  arrived registry.example/of/small:t
}

@test "who we are to Docker Hub is told to no other registry" {
  kill "$registry"
  # "secret", as htpasswd(1) has it
  # shellcheck disable=SC2016
  printf 'me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n' > htpasswd
  export SDME_IMAGES_AUTH=$PWD/htpasswd
  serve
  sdme config set docker_user me
  sdme config set docker_token secret
  import "localhost:$port/small"
  refused "'podman login' and 'docker login' keep that"
  printf '{"auths":{"localhost:%s":{"auth":"%s"}}}' "$port" "$(printf me:secret | base64)" > auth.json
  chmod 600 auth.json
  REGISTRY_AUTH_FILE=$PWD/auth.json import "localhost:$port/small"
  arrived "localhost:$port/small:latest"
}
