#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # the host's shell expands; run sets $output and $status
#
# fs import --force: what containers use is not taken from under them, and what replaces it comes as a whole.

load lib
setup_file() { host_setup; import_debian; }
teardown_file() { host_clean_check; }
teardown() { in_host sh -c 'sdme rm --all --force; sdme fs rm swap; rm -rf /run/new' 2> /dev/null || true; }

# refused NAME: the import of the new tree is, as that container uses the old one, which stays
refused() {
  run --separate-stderr in_host sdme fs import --force swap /run/new
  if [ "$status" != 1 ] || [ -n "$output" ] || [ "${#stderr_lines[@]}" != 1 ] ||
     [[ $stderr != *"fs 'swap' is in use by container '$1'"* ]]; then
    echo "$output $stderr"
    return 1
  fi
  in_host sh -c 'test -e /var/lib/sdme/fs/swap/usr/bin/bash && test ! -e /var/lib/sdme/fs/swap/new &&
    test "$(ls -A /var/lib/sdme/fs)" = "$(printf ".debian.meta\n.swap.meta\ndebian\nswap\n")"'
}

@test "a root filesystem that a container uses, running or not, is not replaced" {
  in_host sdme fs import swap "$(debian_tree)"
  in_host sh -c 'mkdir -p /run/new && touch /run/new/new'
  c=$(unique swap)
  in_host sdme create -r swap "$c"
  refused "$c"
  in_host sdme start "$c"
  refused "$c"
  run -0 in_host sdme exec "$c" sh -c 'cat /usr/lib/os-release > /dev/null && test ! -e /new && systemctl --version'
  in_host sdme stop "$c"
  refused "$c"
  in_host sdme start "$c"
  run -0 in_host sdme exec "$c" test -e /usr/bin/bash
  in_host sdme rm "$c"
  in_host sdme fs import --force swap /run/new
  in_host sh -c 'cd /var/lib/sdme/fs/swap && test -e new && test ! -e usr'
}

@test "a container that is made while its root filesystem is being replaced has the old one, or none" {
  in_host sdme fs import swap "$(debian_tree)"
  c=$(unique swap)
  # An import that comes to no end until it is told.
  in_host bash -c 'mkdir -p /run/new && touch /run/new/new && mkfifo /run/new/pipe
    sdme fs import --force swap /run/new/pipe 2> /run/new/err & import=$!
    exec 5> /run/new/pipe
    until ls -d /var/lib/sdme/fs/.swap.import-txn-* > /dev/null 2>&1; do sleep .05; done
    sdme create -r swap "$1" 2> /run/new/create.err
    echo $? > /run/new/create
    test -e /var/lib/sdme/fs/swap/usr/bin/bash || exit 3
    tar -C /run/new --exclude=./pipe -c . >&5
    exec 5>&-
    wait $import' bash "$c"
  run -0 in_host cat /run/new/create /run/new/create.err
  [ "${lines[0]}" = 1 ]
  [[ $output == *"'swap' is in use by another sdme command (process "* ]]
  in_host sh -c 'cd /var/lib/sdme/fs/swap && test -e new && test ! -e usr'
  [ -z "$(in_host sdme ps --quiet)" ]
}
