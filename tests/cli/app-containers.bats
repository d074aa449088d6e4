#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # names with a "$" are meant; run sets $output and $status
#
# Containers of applications, up to their boot: volumes, ports, variables, restarts, connectors; and what
# the words of exec, join and logs --oci mean.

load lib
setup() {
  cli_setup
  [ "$(id -u)" = 0 ] || skip "not root"
  ! [[ $(stat -f -c %T "$SDME_DATADIR") == overlayfs ]] || skip "$SDME_DATADIR is on an overlay"
  base
  app shop web
  upper=$SDME_DATADIR/containers/c/upper
  volumes=$SDME_DATADIR/volumes/c
}

# base: a root filesystem that others are layers on
base() {
  mkdir -p "$SDME_DATADIR"/fs/base/{etc/systemd/system,usr/lib/systemd/system}
}

# app ROOTFS APP: one more application
app() {
  local root=$SDME_DATADIR/fs/$1
  tree=$root/oci/apps/$2
  mkdir -p "$tree"/root/{data,real,var} "$root/etc/systemd/system"
  echo '{"argv":["/bin/true"],"env":["KEPT=one\ntwo"]}' > "$tree/app.json"
  printf 'A=b\n' > "$tree/env"
  : > "$tree/ports"
  : > "$tree/volumes"
  : > "$root/etc/systemd/system/sdme-oci-$2.service"
  echo "BASE=base" > "$SDME_DATADIR/fs/.$1.meta"
}

create() { run --separate-stderr sdme create -r shop c "$@"; [ "$status" = 0 ] && [ "$output" = c ]; }
refused() { run --separate-stderr sdme create -r shop c "$@"; [ "$status" != 0 ] && [ -z "$output" ] && nothing_left; }
nothing_left() {
  [ ! -e "$SDME_DATADIR/state/c" ] && [ ! -e "$SDME_DATADIR/containers/c" ] && [ ! -e "$volumes" ]
}
state() { sed -n "s/^$1=//p" "$SDME_DATADIR/state/c"; }
plan() { sdme boot --print c; }

# --- volumes ---------------------------------------------------------------------------------------

@test "a new volume begins with what the image has there: files, owners, modes; state and plan have it" {
  printf '/data\n/none/at/all\n' > "$tree/volumes"
  echo text > "$tree/root/data/file"
  ln -s file "$tree/root/data/link"
  chown 1000:1001 "$tree/root/data/file"
  chown 70:71 "$tree/root/data"
  chmod 1730 "$tree/root/data"
  create
  run stat -c '%a %u:%g %F %n' "$volumes"/web-data "$volumes"/web-data/* "$volumes"/web-none-at-all
  [ "$output" = "1730 70:71 directory $volumes/web-data
644 1000:1001 regular file $volumes/web-data/file
777 0:0 symbolic link $volumes/web-data/link
755 0:0 directory $volumes/web-none-at-all" ]
  [ "$(cat "$volumes/web-data/file")" = text ]
  [ "$(stat -c %a "$SDME_DATADIR/volumes")" = 700 ]
  [ "$(state OCI_VOLUMES)" = 'web-data:/oci/apps/web/root/data|web-none-at-all:/oci/apps/web/root/none/at/all' ]
  plan | grep -qF "\"--bind=$volumes/web-data:/oci/apps/web/root/data\""
}

@test "a volume outlives its container and is there for the next one of its name, as it was left" {
  echo /data > "$tree/volumes"
  echo old > "$tree/root/data/file"
  create
  echo mine > "$volumes/web-data/file"
  run --separate-stderr sdme rm -f c
  [ "$status" = 0 ]
  [[ $stderr == *"volume data retained at $volumes"* ]]
  [ "$(cat "$volumes/web-data/file")" = mine ]
  create
  [ "$(cat "$volumes/web-data/file")" = mine ]
}

@test "no two paths share a volume, not even those that differ by a hyphen" {
  app shop web-a
  printf '/a/b\n/a-b\n' > "$SDME_DATADIR/fs/shop/oci/apps/web/volumes"
  echo /b > "$tree/volumes"
  create
  run ls "$volumes"
  [ "$output" = "web%2Da-b
web-a%2Db
web-a-b" ]
}

@test "with a user namespace, owners in a volume are the container's, and the bind shifts them" {
  create --no-oci-volumes -u || skip "no user namespaces here: $stderr"
  sdme rm -f c
  echo /data > "$tree/volumes"
  chown 70 "$tree/root/data"
  create -u
  [ "$(stat -c %u "$volumes/web-data")" = 70 ]
  plan | grep -qF "\"--bind=$volumes/web-data:/oci/apps/web/root/data:idmap\""
}

@test "what --bind puts there is no volume, by either name of the path; links of the image are followed" {
  printf '/data\n/link/sub\n/var\n' > "$tree/volumes"
  ln -s /real "$tree/root/link"
  mkdir src
  create --bind "$PWD/src:/oci/root/data" --bind "$PWD/src:/oci/apps/web/root/real/sub"
  [ "$(state OCI_VOLUMES)" = 'web-var:/oci/apps/web/root/var' ]
  run ls "$volumes"
  [ "$output" = web-var ]
}

@test "a path through a link stays in the image, and is bound where it leads" {
  printf '/link/sub\n/out/x\n' > "$tree/volumes"
  ln -s /real "$tree/root/link"
  ln -s ../../../../../../../../etc "$tree/root/out"
  mkdir "$tree/root/real/sub" "$tree/root/etc"
  echo inside > "$tree/root/real/sub/f"
  create
  [ "$(state OCI_VOLUMES)" = 'web-link-sub:/oci/apps/web/root/real/sub|web-out-x:/oci/apps/web/root/etc/x' ]
  [ "$(cat "$volumes/web-link-sub/f")" = inside ]
}

@test "what cannot be a volume is passed over with a warning" {
  printf '%s\n' /proc /proc/x //sys /dev/shm / /a/../b relative /file /dangling/x /toproc/y > "$tree/volumes"
  : > "$tree/root/file"
  ln -s /nowhere "$tree/root/dangling"
  ln -s /proc "$tree/root/toproc"
  mkdir "$tree/root/proc"
  create
  [ -z "$(state OCI_VOLUMES)" ]
  [ ! -e "$volumes" ] || [ -z "$(ls -A "$volumes")" ]
  [ "$(grep -c 'gets no volume for' <<< "$stderr")" = 10 ]
}

@test "--no-oci-volumes: none" {
  echo /data > "$tree/volumes"
  create --no-oci-volumes
  [ ! -e "$volumes" ]
  [ -z "$(state OCI_VOLUMES)" ]
}

@test "a create that fails takes its new volumes back, and leaves older ones" {
  mkdir -p "$volumes/web-old"
  echo keep > "$volumes/web-old/file"
  printf '/old\n/data\n' > "$tree/volumes"
  # The application that comes later cannot be read.
  app shop zz
  rm "$tree/volumes"
  mkdir "$tree/volumes"
  run --separate-stderr sdme create -r shop c
  [ "$status" != 0 ]
  [ ! -e "$SDME_DATADIR/state/c" ]
  run ls "$volumes"
  [ "$output" = web-old ]
  [ "$(cat "$volumes/web-old/file")" = keep ]
}

# --- ports -----------------------------------------------------------------------------------------

@test "the ports of the image are forwarded where there is an interface, unless given; sctp is not" {
  printf '80/tcp\n53/udp\n53/tcp\n9/sctp\n' > "$tree/ports"
  create --network-veth -p 8080:80 -p 5353:53/udp
  [ "$(state PORTS)" = tcp:8080:80,udp:5353:53,tcp:53:53 ]
  [[ $stderr == *"forwarding the ports of the image: 53/tcp"* ]]
}

@test "without an interface no port is forwarded; --no-oci-ports: never" {
  printf '80/tcp\n99999/tcp\nx\n' > "$tree/ports"
  create
  [ -z "$(state PORTS)" ]
  [[ $stderr == *"the network is the host's, and so are the ports of the image: 80/tcp"* ]]
  sdme rm -f c
  create --private-network
  [ -z "$(state PORTS)" ]
  [[ $stderr != *80/tcp* ]]
  sdme rm -f c
  create --network-veth --no-oci-ports
  [ -z "$(state PORTS)" ]
}

@test "in a user namespace on the host's network, a low port of the image is warned of" {
  create --no-oci-ports -u || skip "no user namespaces here: $stderr"
  sdme rm -f c
  echo 80/tcp > "$tree/ports"
  create -u
  [[ $stderr == *"nothing can listen on a port of the host below"*"--network-veth"* ]]
  sdme rm -f c
  create
  [[ $stderr != *"nothing can listen"* ]]
  sdme rm -f c
  echo 8080/tcp > "$tree/ports"
  create -u
  [[ $stderr != *"nothing can listen"* ]]
}

# --- variables -------------------------------------------------------------------------------------

@test "--oci-env adds lines to a copy that only root reads; the image's own stays as it is" {
  create --oci-env 'P=a b "c" $d %e #f' --oci-env A=c
  [ "$(cat "$upper/oci/apps/web/env")" = 'A=b
P=a b "c" $d %e #f
A=c' ]
  [ "$(stat -c '%a %u' "$upper/oci/apps/web/env")" = '600 0' ]
  [ "$(cat "$tree/env")" = A=b ]
  [ ! -e "$upper/oci/apps/web/app.json" ]
}

@test "--oci-env for an image without a file of variables, or with one whose last line does not end" {
  rm "$tree/env"
  create --oci-env P=1
  [ "$(cat "$upper/oci/apps/web/env")" = P=1 ]
  sdme rm -f c
  printf 'A=b' > "$tree/env"
  create --oci-env P=1
  [ "$(cat "$upper/oci/apps/web/env")" = 'A=b
P=1' ]
}

@test "--oci-env takes a value of several lines, in place of a line of that name" {
  create --oci-env $'A=1\n2'
  [ ! -s "$upper/oci/apps/web/env" ]
  grep -qF '"A=1\n2"' "$upper/oci/apps/web/app.json"
  grep -qF '"KEPT=one\ntwo"' "$upper/oci/apps/web/app.json"
}

@test "of several applications, --oci-env says which" {
  app shop cache
  refused --oci-env A=1
  [[ $stderr == *"root filesystem 'shop' has several applications, say which: cache, web"* ]]
  refused --oci-env none:A=1
  [[ $stderr == *"root filesystem 'shop' has no application 'none', it has: cache, web"* ]]
  create --oci-env cache:A=x:y
  [ "$(tail -1 "$upper/oci/apps/cache/env")" = A=x:y ]
  [ ! -e "$upper/oci/apps/web/env" ]
}

@test "options of applications are errors where there is none, and what is no value is an error of usage" {
  for option in --oci-env=A=b --oci-restart=always --no-healthcheck --no-oci-ports --no-oci-volumes; do
    run --separate-stderr sdme create -r base c "$option"
    [ "$status" = 1 ]
    [[ $stderr == *"the root filesystem 'base' has none"* ]]
    nothing_left
  done
  usage_error create -r shop --oci-env =b
  usage_error create -r shop --oci-env A
  usage_error create -r shop --oci-env 'A b=c'
  usage_error create -r shop --oci-env 'B@d:A=c'
  usage_error create -r shop --oci-restart never
  usage_error create -r shop --oci-restart on-failure:
  usage_error create -r shop --oci-restart on-failure:0
}

# --- the unit --------------------------------------------------------------------------------------

@test "--oci-restart and --no-healthcheck become a drop-in of the unit" {
  dropin=$upper/etc/systemd/system/sdme-oci-web.service.d/50-sdme.conf
  create --oci-restart always
  [ "$(cat "$dropin")" = "[Unit]
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=2" ]
  sdme rm -f c
  create --oci-restart on-failure:3 --no-healthcheck
  [ "$(cat "$dropin")" = "[Unit]
StartLimitIntervalSec=infinity
StartLimitBurst=4
[Service]
Restart=on-failure
RestartSec=2
[Service]
ExecStart=
ExecStart=/usr/libexec/sdme-app-init --no-healthcheck web" ]
  sdme rm -f c
  create
  [ ! -e "$dropin" ]
}

@test "a boot binds the program for containers only where there is an application or a connector" {
  create
  plan | grep -qF "\"--bind-ro=$SDME_BUILD/sdme-inside:/usr/libexec/sdme-app-init\""
  sdme create -r base plain
  run sdme boot --print plain
  [ "$status" = 0 ]
  [[ $output != *sdme-inside* ]]
}

# --- connectors ------------------------------------------------------------------------------------

# connector NAME COMMAND: a root filesystem that offers it
connector() {
  app "$1" app
  mkdir -p "$SDME_DATADIR/fs/$1/connectors/$1"
  ln -s /usr/libexec/sdme-connector-client "$SDME_DATADIR/fs/$1/connectors/$1/$2"
  echo "$1" > "$SDME_DATADIR/fs/$1/oci/proxy-mode"
}

@test "connector add, ls and rm; new ones are made ready, unknown ones refused" {
  connector jq jq-real
  create
  run -1 --separate-stderr sdme connector add c none
  [[ $stderr == *"there is no connector 'none'"* ]]
  run -0 --separate-stderr sdme connector ls c
  [ -z "$output" ]
  [[ $stderr == *"no connectors configured"* ]]
  run -0 --separate-stderr sdme connector add c jq
  [ "$output" = c ]
  [[ $stderr == *"added connector 'jq' to 'c'"* ]]
  run -0 --separate-stderr sdme connector add c jq
  [[ $stderr == *"already"* ]]
  run -0 sdme connector ls c
  [ "$output" = jq ]
  run -0 sdme connector ls --json c
  [ "$output" = '["jq"]' ]
  dir=$SDME_DATADIR/connectors/jq
  [ "$(readlink "$dir/jq")" = /usr/libexec/sdme-connector-client ]
  [ "$(readlink "$dir/jq-real")" = /usr/libexec/sdme-connector-client ]
  [ "$(readlink "$dir/jq.sock")" = .server/jq.sock ]
  [ -d "$dir/.server" ]
  run -0 sdme connector rm c jq
  run -1 --separate-stderr sdme connector rm c jq
  [[ $stderr == *"container 'c' has no connector 'jq'"* ]]
  usage_error connector add c ../x
}

@test "a client's plan: the directory to be read, the program twice, the variable" {
  connector jq jq
  connector yq yq
  create --connector jq
  [ "$(state CONNECTORS)" = jq ]
  inside=$SDME_BUILD/sdme-inside dir=$SDME_DATADIR/connectors
  plan > plan
  grep -qF "\"--bind-ro=$dir/jq:/connectors/jq\"" plan
  grep -qF "\"--bind-ro=$inside:/usr/libexec/sdme-connector-client\"" plan
  grep -qF "\"--bind-ro=$inside:/usr/local/bin/sdme-connector-client\"" plan
  grep -qF '"--setenv=SDME_CONNECTOR_DIR=/connectors/jq"' plan
  sdme connector add c yq
  plan | grep -qF '"--setenv=SDME_CONNECTOR_DIR=/connectors"'
  run -1 --separate-stderr sdme create -r shop d --connector none
  run -2 --separate-stderr sdme create -r shop d --connector jq --connector jq
  run -2 --separate-stderr sdme create -r shop d --connector Jq
}

@test "a server's plan: what it may write to is a directory of its own" {
  connector jq jq
  sdme create -r jq c
  plan > plan
  grep -qF "\"--bind=$SDME_DATADIR/connectors/jq/.server:/connectors/jq\"" plan
  grep -qF '"connector": "jq"' plan
  grep -qF "\"--bind-ro=$SDME_BUILD/sdme-inside:/usr/libexec/sdme-connector-server\"" plan
}

@test "a marker that names no connector is refused; links of an image do not become anything else" {
  connector jq jq
  ln -s /bin/sh "$SDME_DATADIR/fs/jq/connectors/jq/server"
  ln -s /bin/sh "$SDME_DATADIR/fs/jq/connectors/jq/jq.sock.sock"
  ln -s /bin/sh "$SDME_DATADIR/fs/jq/connectors/jq/odd name"
  create --connector jq
  dir=$SDME_DATADIR/connectors/jq
  [ -d "$dir/.server" ]
  [ ! -L "$dir/.server" ]
  [ "$(readlink "$dir/odd name")" = /usr/libexec/sdme-connector-client ]
  [ ! -L "$dir/jq.sock.sock" ]
  echo ../../x > "$SDME_DATADIR/fs/jq/oci/proxy-mode"
  sdme create -r jq d
  run -1 --separate-stderr sdme boot --print d
  [[ $stderr == *"has no proper name"* ]]
}

@test "a connector, and its program, may be called as the parts of its directory are" {
  connector server server
  create --connector server
  dir=$SDME_DATADIR/connectors/server
  [ "$(readlink "$dir/server")" = /usr/libexec/sdme-connector-client ]
  [ "$(readlink "$dir/server.sock")" = .server/server.sock ]
  [ -d "$dir/.server" ]
  connector jq server
  run -0 sdme connector add c jq
  [ "$(readlink "$SDME_DATADIR/connectors/jq/server")" = /usr/libexec/sdme-connector-client ]
}

@test "a system cannot say by itself that it is a connector, nor for what is on it" {
  connector jq jq
  mkdir "$SDME_DATADIR/fs/base/oci"
  echo jq > "$SDME_DATADIR/fs/base/oci/proxy-mode"
  sdme create -r base c
  plan | grep -qF '"connector": null'
  sdme create -r shop d
  sdme boot --print d | grep -qF '"connector": null'
  sdme create -r jq e
  sdme boot --print e | grep -qF '"connector": "jq"'
}

# --- words -----------------------------------------------------------------------------------------

@test "exec, join and logs --oci: the container, the application, and what is wrong with them" {
  create
  sdme create -r base plain
  for command in "exec --oci plain true" "logs --oci plain" "logs plain --oci"; do
    # shellcheck disable=SC2086
    run --separate-stderr sdme $command
    [ "$status" = 125 ]
    [[ $stderr == *"container 'plain' has no application of an image, which --oci is for"* ]]
  done
  run --separate-stderr sdme exec c --oci other -- true
  [ "$status" = 125 ]
  [[ $stderr == *"container 'c' has no application 'other', it has: web"* ]]
  for command in "logs c --oci other" "logs --oci c other -n5"; do # not a match of journalctl
    # shellcheck disable=SC2086
    run --separate-stderr sdme $command
    [ "$status" = 125 ]
    [[ $stderr == *"container 'c' has no application 'other', it has: web"* ]]
  done
  run --separate-stderr sdme exec --oci none true
  [ "$status" = 125 ]
  [[ $stderr == *"no container found matching 'none'"* ]]
  usage_error exec c --oci web --
  usage_error exec --oci web c
  app shop cache
  for command in "exec --oci c true" "logs --oci c -n5"; do
    # shellcheck disable=SC2086
    run --separate-stderr sdme $command
    [ "$status" != 0 ]
    [[ $stderr == *"applicati"*"cache, web"* ]]
  done
}
