#!/usr/bin/env bats
# shellcheck disable=SC2154  # run sets $output and $status
#
# What is refused at the edge: status 2 and one line, nothing made. config, set and names too.

load lib
setup() {
  cli_setup
  [ "$(id -u)" = 0 ] || skip "not root"
}

# refused ARG...: a usage error in one line, and the data directory is as it was
refused() {
  usage_error "$@" || return 1
  # shellcheck disable=SC2154
  if [ "$(grep -c . <<< "$stderr")" -gt 2 ] || [ -n "$(find "$SDME_DATADIR" -name '*clitest*')" ]; then
    echo "sdme $*: $stderr"
    find "$SDME_DATADIR"
    return 1
  fi
}
create_refused() { refused create clitest "$@"; }

@test "names" {
  for name in A 1a -- -a a_b a.b a/b ../x 'a b' é "a$(printf 'b%.0s' {1..64})" .a $'a\nb' $'a\n'; do
    [ "$name" = -- ] || [ "$name" = -a ] || refused create "$name"
    refused create --name "$name" || [ "$name" = -- ]
    refused create clitest -r "$name"
  done
  refused create clitest -r ''
  refused create a b
  refused create a --name b
  sdme create "a$(printf 'b%.0s' {1..63})"
}

@test "limits" {
  for value in 0 100 6143K -1 1.5G 1kk G 1GG '1 G' 99999999999999999999 16777216T 0x10 +1; do create_refused --memory "$value"; done
  for value in 0 -1 nan NaN inf 0.001 1e3 0x1 "," 1,5 x 1.. 99999999999999999999; do create_refused --cpus "$value"; done
  for value in 0 10001 -1 1.5 x; do create_refused --cpu-weight "$value"; done
  for value in 0 -1 x 1.5 99999999999; do create_refused --started --timeout "$value"; done
  create_refused --timeout 5
  refused set clitest
  refused set
  refused set clitest --memory 1x
}

@test "networks and ports" {
  for value in '' 'a b' a/b a.b 12345678901234567 $'a\n'; do
    create_refused --network-bridge "$value"
    create_refused --network-zone "$value"
  done
  create_refused --network-zone 1234567890123 # with "vz-" it is no interface's name
  for value in '' 0 65536 80: :80 80:80:80 sctp:80:80 tcp:80:80/udp 80/sctp -1 x 80:x ' 80' 80,81; do
    create_refused --network-veth --port "$value"
  done
  create_refused --port 80
  create_refused --private-network --port 80
  create_refused --network-veth --port 80:80 --port tcp:80:80
  create_refused --network-bridge a --network-zone b
}

@test "mounts and environment" {
  for value in '' / /a a:/b /a:b /a:/b:rx /a:/b:ro:x /a/../b:/c /a:/b/.. :/b /a: /etc:/ /etc:// $'/a\nb:/c'; do
    create_refused --bind "$value"
  done
  create_refused --bind /etc:/a --bind /etc:/a
  for value in '' A =x 1A=x A-B=x 'A B=x' é=x; do create_refused --env "$value"; done
  create_refused --env A=1 --env A=1
  run sdme create clitest --bind /no/such:/a
  [ "$status" = 1 ]
  [[ $output == *"'/no/such'"* ]]
  for value in a /a,b ../a /a/.. /a/../b /a,/a /a,/a/ $'/a\n'; do create_refused -o "$value"; done
  for value in a/b ../x.service 'a b' a.service,a; do create_refused --masked-services "$value"; done
}

@test "security" {
  for value in '' NOSUCH CAP_ CAP_NOSUCH 'SYS ADMIN'; do
    create_refused --drop-capability "$value"
    create_refused --capability "$value"
  done
  create_refused --drop-capability SYS_ADMIN --drop-capability cap_sys_admin
  create_refused --drop-capability NET_RAW --capability CAP_NET_RAW
  for value in '' '~' @ '~@' 'a b' a,b @a.b @nope '~@mout' opne '~ptrac' OPENAT _ '~~ptrace'; do
    create_refused --system-call-filter "$value"
  done
  for value in '' a/b 'a b'; do create_refused --apparmor-profile "$value"; done
  for value in '' DEBUG 7 loud debug; do create_refused --systemd-log-level "$value"; done
  for value in '' always yes; do create_refused --restart "$value"; done
}

@test "the other commands" {
  for applet in start stop restart rm enable disable; do refused $applet; done
  for applet in start stop restart rm; do refused $applet --all clitest; done
  for applet in stop restart; do refused $applet --term --kill clitest; done
  refused start --timeout 0 clitest
  [[ "$stderr" == *"option '--timeout': '0' must be"* ]]
  refused config
  refused config get nosuch
  [[ "$stderr" == *"unknown config key: nosuch (see 'sdme config get')" ]]
  refused config set boot_timeout
  refused config list
  for applet in start stop restart rm set enable disable; do
    args=("$applet" nosuch)
    [ $applet != set ] || args+=(--memory 1G)
    run sdme "${args[@]}"
    [ "$status" = 1 ]
  done
}

@test "prefixes: the only one, exact before longer, ambiguous, none" {
  for name in clitest clitest-ab clitest-ac other; do sdme create "$name" 2>/dev/null; done
  run --separate-stderr sdme set oth --memory 1G
  [ "$status" = 0 ]
  [ "$output" = other ] # as README says: the name of what was done
  grep MEMORY "$SDME_DATADIR/state/other"
  sdme set clitest --memory 2G
  grep -x MEMORY=2G "$SDME_DATADIR/state/clitest"
  run ! grep MEMORY "$SDME_DATADIR/state/clitest-ab"
  run sdme set clitest-a --memory 1G
  [ "$status" = 1 ]
  [[ $output == *"ambiguous name 'clitest-a', could match: clitest-ab, clitest-ac"* ]]
  run sdme set x --memory 1G
  [[ $output == *"no container found matching 'x'"* ]]
  run sdme set '' --memory 1G
  [ "$status" = 1 ]
  [[ $output == *empty* ]]
}

@test "rm: a name that is not whole is asked about, and names are resolved before anything goes" {
  for name in clitest clitest-db; do sdme create "$name" 2>/dev/null; done
  run --separate-stderr sdme rm clitest clitest < /dev/null
  [ "$status$output" = 0clitest ]
  run --separate-stderr sdme rm clitest < /dev/null # run again
  [ "$status$output" = 1 ]
  [[ $stderr == *"no container is called 'clitest'; to remove 'clitest-db', give its whole name"* ]]
  [ -e "$SDME_DATADIR/state/clitest-db" ]
  run -0 --separate-stderr sdme rm --force clitest < /dev/null
  [ "$output" = clitest-db ]
}

@test "a name that cannot be printed is told once, with the reason" {
  sdme create clitest 2>/dev/null
  sdme create clitest-b 2>/dev/null
  run bash -c "'$SDME' --config '$SDME_CONF' rm clitest clitest-b 2>&1 > /dev/full"
  [ "$status" = 1 ]
  [ "$(grep -c "cannot write to standard output: No space left on device" <<< "$output")" = 1 ]
  [ -z "$(ls "$SDME_DATADIR/state")" ]
}

@test "set: what is named changes, the rest stays; '' takes away; unknown keys are kept" {
  sdme create clitest --memory 1G --cpus 2 --cpu-weight 300 -e A=1
  echo KUBE=yes >> "$SDME_DATADIR/state/clitest"
  cp "$SDME_DATADIR/state/clitest" before
  sdme set clitest --cpus 0.5
  sed 's/^CPUS=.*/CPUS=0.5/' before | sort > wanted
  sort "$SDME_DATADIR/state/clitest" | diff - wanted
  sdme set clitest --memory '' --cpu-weight ''
  grep -vE 'MEMORY|WEIGHT' wanted | diff - <(sort "$SDME_DATADIR/state/clitest")
  [ "$(stat -c %a "$SDME_DATADIR/state/clitest")" = 600 ]
}

@test "config: get and set, drop-ins win and it says so, comments stay, nonsense is refused" {
  [ "$(sdme config get boot_timeout)" = 60 ]
  printf '# a comment\n[other]\nx=1\n' >> "$SDME_CONF"
  sdme config set boot_timeout 90
  [ "$(sdme config get boot_timeout)" = 90 ]
  grep -x '# a comment' "$SDME_CONF"
  grep -x 'x=1' "$SDME_CONF"
  sdme config set boot_timeout 60 # the default needs no line
  run ! grep boot_timeout "$SDME_CONF"
  run --separate-stderr sdme config set interactive true # another word for the default: no line, no warning
  [ "$status$stderr" = 0 ]
  run ! grep interactive "$SDME_CONF"
  mkdir "$SDME_CONF.d"
  printf '[sdme]\nboot_timeout=5\n' > "$SDME_CONF.d/50.conf"
  [ "$(sdme config get boot_timeout)" = 5 ]
  run sdme config set boot_timeout 100
  [ "$status" = 0 ]
  [[ $output == *"$SDME_CONF.d"* ]]
  printf '[sdme]\nboot_timeout=7\n' > "$SDME_CONF.d/60.conf"
  [ "$(sdme config get boot_timeout)" = 7 ]
  rm -r "$SDME_CONF.d"
  for bad in boot_timeout:0 boot_timeout:x datadir:relative interactive:maybe tasks_max:0 stop_timeout_kill:-1 \
    host_rootfs_opaque_dirs:x hardened_drop_caps:NOSUCH default_output_format:xml; do
    refused config set "${bad%%:*}" "${bad#*:}"
  done
  cp "$SDME_CONF" before
  for bad in 'boot_timeout=x' 'no equals' '[unclosed' 'interactive=maybe'; do
    printf '[sdme]\n%s\n' "$bad" > "$SDME_CONF"
    run sdme ps
    [ "$status" = 1 ]
    [[ $output == *"$SDME_CONF"* ]]
  done
  printf '[sdme]\nnosuch=1\n' > "$SDME_CONF" # of a later version
  run sdme config get boot_timeout
  [ "$status" = 0 ]
  printf '[registries.x]\n' > "$SDME_CONF"
  run -1 sdme config get boot_timeout
  rm "$SDME_CONF"
  sdme config set boot_timeout 61
  [ "$(stat -c %a "$SDME_CONF")" = 600 ]
}

@test "config: sections of registries and distributions; commands are an array that set takes as it is shown" {
  sdme config set registries.Registry.example:5000.mirrors A.example/x/,b.example
  sdme config set registries.registry.example:5000.insecure on
  grep -x '\[registries.registry.example:5000\]' "$SDME_CONF"
  grep -x 'mirrors=a.example/x,b.example' "$SDME_CONF"
  [ "$(sdme config get registries.registry.example:5000.insecure)" = yes ]
  [ "$(sdme config get | grep -c '^registries\.registry\.example:5000\.')" = 3 ]
  for key in default_registry registries.registry.example:5000.mirrors distros.arch.import_prehook distros.unknown.import_prehook; do
    sdme config get -q | grep -qxF $key
  done
  run ! grep '^distros.unknown' <(sdme config get) # nobody knows how
  sdme config set registries.registry.example:5000.mirrors ''
  run ! grep mirrors "$SDME_CONF"
  own=$(sdme config get distros.debian.import_prehook)
  [[ $own == '["apt-get '* ]]
  [ "$(jq length <<< "$own")" = 7 ]
  sdme config set distros.debian.import_prehook "$own"
  [ "$(grep -c ^import_prehook= "$SDME_CONF")" = 7 ]
  [ "$(sdme config get distros.debian.import_prehook)" = "$own" ]
  sdme config get | grep -qF "distros.debian.import_prehook = $own (custom)"
  sdme config set distros.debian.import_prehook 'apt-get "x" [y]'
  [ "$(sdme config get distros.debian.import_prehook)" = '["apt-get \"x\" [y]"]' ]
  sdme config set distros.debian.import_prehook '[]'
  [ "$(sdme config get distros.debian.import_prehook)" = '[]' ]
  sdme config set distros.debian.import_prehook ''
  [ "$(sdme config get distros.debian.import_prehook)" = "$own" ]
  for bad in '["a"' '[1]' '[""," x"]' '["a\nb"]' ' x'; do refused config set distros.debian.import_prehook "$bad"; done
  for bad in registries.x.mirrors registries.a.b.nosuch distros.plan9.import_prehook distros.debian.x registries.; do
    refused config set $bad x
    refused config get $bad
  done
  for bad in mirrors:x mirrors:a.b//c insecure:maybe ca_file:relative; do
    refused config set "registries.a.b.${bad%%:*}" "${bad#*:}"
  done
  mkdir "$SDME_CONF.d"
  printf '[registries.a.b]\ninsecure=no\n' > "$SDME_CONF.d/50.conf"
  run sdme config set registries.a.b.insecure yes
  [ "$status" = 0 ]
  [[ $output == *"$SDME_CONF.d' sets registries.a.b.insecure to 'no'"* ]]
  run --separate-stderr sdme config set registries.c.d.insecure yes
  [ "$status$stderr" = 0 ]
}

@test "config: a token is never shown, and whoever may not read it cannot" {
  chmod 644 "$SDME_CONF"
  sdme config set docker_user me
  [ "$(stat -c %a "$SDME_CONF")" = 644 ]
  run sdme config set docker_token dckr_pat_0123456789
  [ "$status$output" = 0 ]
  [ "$(stat -c %a "$SDME_CONF")" = 600 ]
  [ "$(sdme config get docker_token)" = dckr...6789 ]
  run sdme -v config get
  [[ $output == *"docker_token = dckr...6789"* ]]
  mkdir "$SDME_CONF.d"
  echo docker_token=01234567890123456789 > "$SDME_CONF.d/1.conf"
  run sdme config set docker_token other
  [[ $output == *"0123...6789"* && $output != *0123456789* ]]
  refused config set docker_token $'x\ny'
}
