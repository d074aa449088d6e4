#!/usr/bin/env bats
# shellcheck disable=SC2154  # run sets $output, $status and $stderr
#
# What was typed with a password in it, where it does no good.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
}

@test "a password in an operand is never repeated" {
  tried() { # ARG...: it fails, and says nothing of it
    run --separate-stderr sdme -v "$@"
    [ "$status" != 0 ] && [[ -n "$stderr" && "$stderr" != *cret* && "$output" != *cret* ]] || { echo "$*: $status: $stderr"; false; }
  }
  for login in user:secret@ "https://user:secret@" docker://user:secret@ user:se/cret@ https://user:se/cret@ 'https://user:se cret@'; do
    for rest in 127.0.0.1:1 127.0.0.1:1/x 127.0.0.1:1/x:1 127.0.0.1:1/x@sha256:12 127.0.0.1:1/x.tar; do
      tried fs import "$login$rest"
      tried fs import x "$login$rest"
      tried fs import "$login$rest" x
      tried fs import "$login$rest" x --name y
      tried fs import x y "$login$rest"
      tried oci pull -o layout "$login$rest"
      tried oci inspect "$login$rest"
      tried oci inspect "$login$rest" --tag x
      tried oci unpack "$login$rest" tree
    done
    tried config set default_registry "$login"127.0.0.1
    tried config set registry:example.com.mirrors "$login"127.0.0.1
  done
  run --separate-stderr sdme fs import x user:secret@example.com/x
  [[ $stderr == *"'user:***@example.com/x'"* ]]
}
