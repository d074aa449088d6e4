#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run and web_start set variables
#
# Root filesystems from URLs, and digests that their bytes must have.
load lib
load web

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  unset http_proxy https_proxy all_proxy no_proxy HTTPS_PROXY ALL_PROXY NO_PROXY
  fs=$SDME_DATADIR/fs
  web_start
  at=http://localhost:$http
  noisy_tree tree
  tar -C tree --numeric-owner --sort=name -cf web/tree.tar .
  sum=$(sha256sum < web/tree.tar | cut -c 1-64)
}

teardown() { web_stop; }

noisy_tree() { # DIR: more than any pipe holds, so that what breaks off does so in the middle
  mkdir -p "$1"/usr/{lib/systemd,bin} "$1/etc/systemd/system"
  touch "$1/usr/lib/systemd/systemd" "$1/usr/bin/dbus-daemon"
  chmod 755 "$1/usr/lib/systemd/systemd" "$1/usr/bin/dbus-daemon"
  printf 'ID=small\nPRETTY_NAME=Small\n' > "$1/etc/os-release"
  head -c 6000000 /dev/urandom > "$1/noise"
}

import() { run --separate-stderr sdme fs import "$@"; }

# arrived NAME: it was imported, as it is in the tree, and nothing else is left in fs/
arrived() {
  if [ "$status" != 0 ] || [ "$output" != "$1" ]; then echo "status $status: $output$stderr"; return 1; fi
  diff -r tree "$fs/$1"
  [ -z "$(find "$fs" -mindepth 1 -maxdepth 1 -name '.*' ! -name '.*.meta')" ] || { ls -A "$fs"; return 1; }
}

# refused TEXT SOURCE...: the import fails with that in one line beside the notice, and leaves nothing
refused() {
  import -f x "${@:2}"
  if [ "$status" != 1 ] || [ -n "$output" ] || [[ "$stderr" != *"$1"* ]] ||
     [ "$(grep -vc "importing 'x'\|trying again" <<< "$stderr")" != 1 ]; then
    echo "${*:2}: status $status: $stderr"
    return 1
  fi
  [ -z "$(ls -A "$fs")" ] || { ls -lA "$fs"; return 1; }
}

@test "a tarball, compressed or not; the name comes from the path, the source is remembered" {
  gzip -k web/tree.tar; xz -0k web/tree.tar; bzip2 -k web/tree.tar; zstd -q web/tree.tar
  mkdir -p web/dir; cp web/tree.tar web/dir/other.oci.tar
  for file in tree.tar tree.tar.gz tree.tar.xz tree.tar.bz2 tree.tar.zst; do
    import -f "$at/$file"
    arrived tree
  done
  # A pipe, too.
  import -f tree - < <(cat web/tree.tar.gz)
  arrived tree
  import "HTTP://localhost:$http/dir/other.oci.tar?signature=secret/name.tar#fragment"
  arrived other
  [ "$(sdme fs inspect other --json | jq -r .source)" = "$at/dir/other.oci.tar" ]
  run ! grep -r secret "$fs/.other.meta"
  import --name third "$at/plain/tree.tar" # without ETag and ranges
  arrived third
  import "$at/attached/tree.tar" -f # whatever else the server calls it
  arrived tree
  for bad in http://localhost "http://localhost:$http/?tree.tar" "$at/UPPER.tar"; do
    usage_error fs import "$bad"
  done
}

@test "an image behind a URL: OCI and docker archives" {
  images=$("$BATS_TEST_DIRNAME/../images" make 2> images.err) || skip "$(cat images.err)"
  ln "$images"/small.*.tar web/ 2> /dev/null || cp "$images"/small.*.tar web/
  sdme fs import -f layout "$images/small" 2> /dev/null
  import -f "$at/small.oci.tar"
  [ "$status$output" = 0small ]
  diff -r --no-dereference "$fs/layout/new" "$fs/small/new"
  [ "$(sdme fs inspect small --json | jq -r .manifest)" = "$(sdme fs inspect layout --json | jq -r .manifest)" ]
  import -f small "$at/small.docker.tar"
  [ "$status$output" = 0small ]
  diff -r "$fs/layout/new" "$fs/small/new"
}

@test "a disk behind a URL or in a pipe, compressed or not, in the room of the data directory" {
  losetup --find > /dev/null 2>&1 || skip "no loop devices here"
  command -v mkfs.ext4 qemu-img > /dev/null || skip "mkfs.ext4 or qemu-img is not installed"
  truncate -s 24M web/disk.raw
  mkfs.ext4 -q -O ^has_journal -d tree web/disk.raw
  qemu-img convert -O qcow2 web/disk.raw web/disk.qcow2
  gzip -k web/disk.raw web/disk.qcow2
  rmdir tree/etc/systemd/system && mkdir tree/etc/systemd/system tree/lost+found # as the file system has it
  for file in disk.raw disk.qcow2 disk.raw.gz disk.qcow2.gz; do
    import -f "$at/$file" --sha256 "$(sha256sum < web/$file | cut -c 1-64)"
    arrived disk
    import -f disk - < <(cat web/$file)
    arrived disk
  done
  import -f "$at/cut/1000000/disk.raw"
  arrived disk
  sdme fs rm disk
  refused "its digest is sha256:" "$at/disk.raw" --sha256 "$sum"
  refused "its digest is sha256:" web/disk.raw --sha256 "$sum"
  import x web/disk.raw --sha256 "sha256:$(sha256sum < web/disk.raw | cut -c 1-64)"
  arrived x
}

@test "a URL is not fetched where nothing is to be" {
  for option in --offline --pull=never; do
    import x "$at/tree.tar" $option
    [ "$status" = 2 ]
    [[ $stderr == *"'$at/tree.tar' is no image of a registry"* ]]
  done
  [ ! -s "$web_log" ]
  [ ! -e "$fs/x" ]
}

@test "a digest: what has another one is not kept, and what was there stays" {
  wrong=${sum:0:63}$([ "${sum:63}" = 0 ] && echo 1 || echo 0)
  for good in "$sum" "${sum^^}" "sha256:$sum"; do
    import -f x "$at/tree.tar" --sha256 "$good"
    arrived x
  done
  import -f x web/tree.tar --sha256 "$sum"
  arrived x
  import -f x - --sha256 "$sum" < web/tree.tar
  arrived x
  import -f x - --sha256 "$sum" < <(cat web/tree.tar)
  arrived x
  echo mine > "$fs/x/mine"
  for source in "$at/tree.tar" web/tree.tar; do
    import -f x "$source" --sha256 "$wrong"
    [ "$status" = 1 ]
    [[ $stderr == *"$sum"* ]]
    [ "$(cat "$fs/x/mine")" = mine ]
  done
  sdme fs rm x
  refused "its digest is sha256:$sum, not sha256:$wrong" "$at/tree.tar" --sha256 "$wrong"
  refused "its digest is sha256:$sum, not sha256:$wrong" web/tree.tar --sha256 "$wrong"
  refused "its digest is sha256:$sum, not sha256:$wrong" - --sha256 "$wrong" < web/tree.tar
  refused "its digest is sha256:$sum, not sha256:$wrong" - --sha256 "$wrong" < <(cat web/tree.tar)
  # What follows the end of the archive counts, and what cannot be unpacked has another digest first.
  { cat web/tree.tar; echo more; } > web/longer.tar
  refused "its digest is" "$at/longer.tar" --sha256 "$sum"
  { head -c 512 web/tree.tar; head -c 8000000 /dev/urandom; } > web/damaged.tar
  refused "its digest is" "$at/damaged.tar" --sha256 "$sum"
  refused "cannot unpack" "$at/damaged.tar"
  for bad in x "${sum}0" "sha512:$sum" "sha256:" ''; do usage_error fs import x "$at/tree.tar" --sha256 "$bad"; done
  for none in tree localhost:5000/x; do usage_error fs import x $none --sha256 "$sum"; done
}

@test "a broken connection goes on where it was, or begins again; what changed meanwhile is refused" {
  import -f x "$at/cut/3000000/tree.tar"
  arrived x
  grep -qF '| bytes=3000000- | "a"' "$web_log"
  import -f x "$at/cutplain/3000000/tree.tar"
  arrived x
  import -f x "$at/cutplain/100/tree.tar"
  arrived x
  import -f x "$at/cutplain/4000000/tree.tar" --sha256 "$sum"
  arrived x
  import -f x "$at/flaky/2/503/tree.tar"
  arrived x
  [ "$(grep -c 'GET /flaky/2/503/tree.tar' "$web_log")" = 3 ]
  sdme fs rm x
  refused "its content changed while it was fetched" "$at/changes/3000000/tree.tar"
  refused "its content changed while it was fetched" "$at/changed/3000000/tree.tar"
  refused "its digest is" "$at/changed/3000000/tree.tar" --sha256 "${sum/[0-9]/f}"
}

@test "what cannot be fetched is told in one line" {
  sdme config set http_body_timeout 1
  refused "there is nothing of this name (status 404)" "$at/nosuch.tar"
  refused "there is nothing of this name (status 410)" "$at/status/410"
  refused "does not let us have it (status 403)" "$at/status/403"
  refused "wants to know who asks (status 401)" "$at/login/tree.tar"
  refused "answers with status 500" "$at/status/500"
  refused "broke off" "$at/lie/90000000/tree.tar"
  printf '\xef\xbb\xbf \n<!DOCTYPE HTML><p>Log in' > web/page.tar.gz
  refused "it is a web page" "$at/page.tar.gz"
  printf '<HTML>' > web/short.tar
  refused "it is a web page" "$at/short.tar"
  refused "it is a web page" - < <(cat web/short.tar)
  : > web/empty.tar
  refused "it is empty" "$at/empty.tar"
  seq 9999 > web/text.tar
  refused "cannot unpack" "$at/text.tar"
  head -c 3000000 web/tree.tar > web/short.tar
  refused "cannot unpack" "$at/short.tar"
  refused "cannot connect to localhost:1" http://localhost:1/x.tar
  for bad in ftp://localhost/x.tar file:///etc/passwd "file://$PWD/web/tree.tar"; do
    refused "only URLs of http and https" "$bad"
  done
  for bad in 'http://' 'http://a b/x' 'https://me:secret@:x/y'; do
    refused "not of the form" "$bad"
    [[ $stderr != *secret* ]]
  done
}

@test "^C ends a download with 130 and leaves nothing" {
  # Background jobs of a shell ignore SIGINT; this puts it back.
  env --default-signal=INT "$SDME" --config "$SDME_CONF" fs import x "$at/hang/3000000/tree.tar" 2> err 3>&- &
  importer=$!
  until ls "$fs"/.x.import-txn-*/noise > /dev/null 2>&1; do sleep 0.05; done
  kill -INT $importer
  status=0
  wait $importer || status=$?
  [ "$status" = 130 ]
  grep -q interrupted err
  [ -z "$(ls -A "$fs")" ]
}

@test "redirects: ten, to http and https only, from https not to http" {
  sdme config set http_ca_file "$PWD/ca.pem"
  import -f x "$at/loop/10/tree.tar"
  arrived x
  import -f x "https://localhost:$https/redirect/%2Floop%2F3%2Ftree.tar" # relative
  arrived x
  import -f x "$at/redirect/https%3A%2F%2Flocalhost:$https%2Ftree.tar"
  arrived x
  sdme fs rm x
  refused "redirects more than 10 times" "$at/loop/11/tree.tar"
  refused "redirects from https to http" "https://localhost:$https/redirect/http%3A%2F%2Flocalhost:$http%2Ftree.tar"
  for to in file:///etc/passwd ftp://localhost/x "file://$PWD/web/tree.tar" gopher://x/; do
    refused "redirects to what is no address of http or https" "$at/redirect/${to//\//%2F}"
  done
  refused "redirects to an address with a password" "$at/redirect/http%3A%2F%2Fme:secret@localhost:$http%2Ftree.tar"
}

@test "a login in the URL goes to its server only, and is shown nowhere" {
  import -v -f x "http://me:secret@localhost:$http/login/tree.tar?a=hidden"
  arrived x
  grep -qF '/login/tree.tar?a=hidden | Basic bWU6c2VjcmV0 |' "$web_log"
  [[ $stderr != *secret* && $stderr != *hidden* ]]
  [ "$(sdme fs inspect x --json | jq -r .source)" = "$at/login/tree.tar" ]
  run ! grep -rF secret "$SDME_DATADIR"/fs/.x.meta
  : > "$web_log"
  import -f x "http://me:secret@localhost:$http/redirect/http%3A%2F%2Flocalhost:$proxy%2Ftree.tar" # another origin
  arrived x
  grep -qF 'proxy GET /tree.tar |  |' "$web_log"
  sdme fs rm x
  refused "wants to know who asks" "http://me:wrong@localhost:$http/login/tree.tar"
  [[ $stderr != *wrong* ]]
}

@test "no more is fetched, and no more unpacked, than max_download_size" {
  sdme config set max_download_size 1M
  refused "is longer than 1048576 bytes" "$at/tree.tar"
  refused "is longer than 1048576 bytes" "$at/plain/tree.tar"
  head -c 50M /dev/zero > tree/zeros
  tar -C tree -c zeros | gzip > web/bomb.tar.gz
  [ "$(stat -c %s web/bomb.tar.gz)" -lt 1000000 ]
  refused "unpacks to more than the 1048576 bytes" "$at/bomb.tar.gz"
  { tar -C tree -c etc | bzip2; head -c 50M /dev/zero; } | gzip > web/bomb.tar.bz2.gz
  refused "unpacks to more than the 1048576 bytes" "$at/bomb.tar.bz2.gz"
  sdme config set max_download_size 0
  import -f x "$at/tree.tar"
  [ "$status" = 0 ]
}

@test "proxies: the environment's, a tunnel for https, with a login; none for no_proxy" {
  sdme config set http_ca_file "$PWD/ca.pem"
  http_proxy=http://localhost:$proxy import -f x http://server.test/tree.tar
  arrived x
  grep -qF 'proxy GET http://server.test/tree.tar |' "$web_log"
  https_proxy=http://me:secret@localhost:$proxy import -f x "https://u:p@server.test:$https/tree.tar"
  arrived x
  # Neither sees the other's login.
  grep -qF "proxy CONNECT server.test:$https |  | Basic bWU6c2VjcmV0 |" "$web_log"
  grep -qF 'https GET /tree.tar | Basic dTpw |  |' "$web_log"
  : > "$web_log"
  https_proxy=http://localhost:$proxy no_proxy=localhost import -f x "https://localhost:$https/tree.tar"
  arrived x
  run ! grep proxy "$web_log"
  sdme fs rm x
  sdme config set http_body_timeout 1
  https_proxy=http://localhost:1 refused "localhost" "https://localhost:$https/tree.tar"
}

@test "certificates: the system's authorities, and those of http_ca_file" {
  refused "signed by an authority that this machine does not know" "https://localhost:$https/tree.tar"
  refused "" "https://127.0.0.1:$https/tree.tar"
  sdme config set http_ca_file "$PWD/ca.pem"
  import x "https://localhost:$https/tree.tar"
  arrived x
  sdme fs rm x
  refused "is for another name" "https://127.0.0.1:$https/tree.tar"
  sdme config set http_ca_file "$PWD/nosuch.pem"
  refused "$PWD/nosuch.pem" "https://localhost:$https/tree.tar"
}
