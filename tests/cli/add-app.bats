#!/usr/bin/env bats
# shellcheck disable=SC2154  # run sets $output and $status
# More than one application in a root filesystem, and connectors. Needs root, and umoci, but no systemd.

load lib
load images
load apps

setup() {
  apps_setup
  units=$fs/shop/etc/systemd/system
}

# shop: a root filesystem with one application, "web"
shop() { import shop ./app --base-fs=base --app=web; }

links() { find "$fs/shop" -path "$fs/shop/oci/apps" -prune -o -type l -printf '%P %l\n' | sort; }

@test "an application is added to another, and the short names go" {
  shop
  echo 'SECRET=x' >> "$fs/shop/oci/env"
  echo changed > "$fs/shop/oci/root/changed"
  mkdir -m 700 "$fs/shop/srv"
  touch -d @1000000000 "$fs/shop/srv"
  listing "$fs/shop/oci/apps/web" | sed 's/ [0-9]* T@.*//' > before
  cp -a app cache.d
  umoci config --image cache.d:latest --config.cmd other
  run -0 --separate-stderr sdme fs import shop ./cache.d --add-app --app=cache
  [ "$output" = shop ]
  [ "$(ls "$fs/shop/oci/apps")" = $'cache\nweb' ]
  diff before <(listing "$fs/shop/oci/apps/web" | sed 's/ [0-9]* T@.*//')
  [ "$(tail -n 1 "$fs/shop/oci/apps/web/env")" = SECRET=x ]
  [ "$(stat -c '%a %Y' "$fs/shop/srv")" = "700 1000000000" ]
  [ "$(app_json shop cache | jq -c .argv)" = '["/entry","other"]' ]
  [ "$(links)" = "\
etc/systemd/system/multi-user.target.wants/sdme-oci-cache.service ../sdme-oci-cache.service
etc/systemd/system/multi-user.target.wants/sdme-oci-web.service ../sdme-oci-web.service" ]
  run -1 grep -r OBJECT_SYSTEMD_UNIT "$units"
  # What is known of each, and of both no longer as of one.
  [ "$(sdme fs inspect shop --json | jq -c '[.source, .base, [.apps[] | [.name, .source]]]')" = \
    "[null,\"base\",[[\"cache\",\"$PWD/cache.d\"],[\"web\",\"$PWD/app\"]]]" ]
  [ -z "$(find "$fs" -maxdepth 1 -name '*txn*')" ]
}

@test "its name is what the source suggests, as a reference or a path" {
  shop
  cp -a app my_cache.v1
  import shop ./my_cache.v1 --add-app
  [ "$(ls "$fs/shop/oci/apps")" = $'my-cache-v1\nweb' ]
  images_serve
  skopeo copy -q --dest-tls-verify=false oci:app:latest "docker://$at/team/redis:7"
  import shop "$at/team/redis:7" --add-app
  images_stop
  [ -d "$fs/shop/oci/apps/redis" ]
  [ "$(sdme fs inspect shop --json | jq -r '.apps[1].source')" = "$at/team/redis:7" ]
}

@test "what there is to add to must have applications, and not this one" {
  refused "there is no root filesystem 'shop'" shop ./app --add-app
  refused "'base' has no applications that one could be added to" base ./app --add-app
  shop
  refused "there is an application 'web' in 'shop' already (--force replaces it" shop ./app --add-app --app=web
  edit '.config.Entrypoint = null | .config.Cmd = null'
  refused "it has neither Entrypoint nor Cmd" shop ./app --add-app --app=two
  [ "$(ls "$fs/shop/oci/apps")" = web ]
  # A shell's image is an application, too, when it is added as one.
  import shop "$images/small" --add-app
  [ -d "$fs/shop/oci/apps/small" ]
}

@test "one of the same name is replaced by force, and the others stay" {
  shop
  import shop ./app --add-app --app=two
  echo web >> "$fs/shop/oci/apps/web/env"
  echo two >> "$fs/shop/oci/apps/two/env"
  touch "$fs/shop/oci/apps/two/root/stale"
  config --config.stopsignal INT
  import shop ./app --add-app --app=two --force
  [ "$(grep -c two "$fs/shop/oci/apps/two/env")" = 0 ]
  [ ! -e "$fs/shop/oci/apps/two/root/stale" ]
  grep -x web "$fs/shop/oci/apps/web/env"
  grep -x KillSignal=SIGINT "$units/sdme-oci-two.service"
  grep -x KillSignal=SIGTERM "$units/sdme-oci-web.service"
  # The only one has short names before and after.
  sdme fs rm shop 2> /dev/null
  shop
  echo web >> "$fs/shop/oci/env"
  import shop ./app --add-app --app=web --force
  [ "$(readlink "$fs/shop/oci/env")" = apps/web/env ]
  [ "$(grep -c web "$fs/shop/oci/env")" = 0 ]
  grep -qx LogExtraFields=OBJECT_SYSTEMD_UNIT=sdme-oci-app.service "$units/sdme-oci-app.service"
}

@test "units, links and files that people have changed stay as they are" {
  shop
  sed -i 's/TimeoutStopSec=10s/TimeoutStopSec=60s/' "$units/sdme-oci-web.service"
  rm "$units/multi-user.target.wants/sdme-oci-web.service"
  cp "$units/sdme-oci-web.service" before
  rm "$fs/shop/oci/ports" "$units/sdme-oci-app.service"
  echo mine > "$fs/shop/oci/ports"
  ln -s other.service "$units/sdme-oci-app.service"
  import shop ./app --add-app --app=two
  diff before "$units/sdme-oci-web.service"
  [ ! -e "$units/multi-user.target.wants/sdme-oci-web.service" ]
  [ "$(cat "$fs/shop/oci/ports")" = mine ]
  [ "$(readlink "$units/sdme-oci-app.service")" = other.service ]
  [ ! -L "$fs/shop/oci/env" ]
}

@test "a container that uses it keeps others from being added" {
  shop
  mkdir -p "$SDME_DATADIR/state"
  printf 'NAME=one\nROOTFS=shop\n' > "$SDME_DATADIR/state/one"
  refused "fs 'shop' is in use by container 'one'" shop ./app --add-app --app=two
  rm "$SDME_DATADIR/state/one"
}

# --- connectors -----------------------------------------------------------------------------------

@test "a connector" {
  config --config.stopsignal INT
  import shop ./app --base-fs=base --oci-mode=connector --app=web
  [ "$(cat "$fs/shop/oci/proxy-mode")" = shop ]
  [ "$(app_json shop web | jq .connector)" = true ]
  [ "$(links)" = "\
connectors/shop/entry /usr/libexec/sdme-connector-client
connectors/shop/shop /usr/libexec/sdme-connector-client
etc/systemd/system/sdme-oci-app.service sdme-oci-web.service
etc/systemd/system/sdme-oci-app.socket sdme-oci-web.socket
etc/systemd/system/sockets.target.wants/sdme-oci-web.socket ../sdme-oci-web.socket
oci/env apps/web/env
oci/ports apps/web/ports
oci/root apps/web/root
oci/volumes apps/web/volumes" ]
  grep -x ListenStream=/connectors/shop/shop.sock "$units/sdme-oci-app.socket"
  grep -x 'ExecStart=/usr/libexec/sdme-connector-server --app web' "$units/sdme-oci-app.service"
  run -1 grep -E 'KillSignal|WantedBy' "$units/sdme-oci-app.service"
  [ "$(sdme fs inspect shop --json | jq -r '.apps[0].connector')" = shop ]
  # A plain one beside it; a second connector would have the same socket.
  import shop ./app --add-app --app=two
  [ -L "$units/multi-user.target.wants/sdme-oci-two.service" ]
  [ -L "$units/sockets.target.wants/sdme-oci-web.socket" ]
  [ "$(find "$units" -name 'sdme-oci-app.*')" = "" ]
  refused "'shop' has a connector already" shop ./app --add-app --app=three --oci-mode=connector
  # In its place, a plain one.
  import shop ./app --add-app --app=web --force
  [ ! -e "$fs/shop/oci/proxy-mode" ]
  [ ! -e "$fs/shop/connectors/shop" ]
  [ "$(find "$units" -name '*.socket')" = "" ]
  [ -L "$units/multi-user.target.wants/sdme-oci-web.service" ]
  import shop ./app --add-app --app=three --oci-mode=connector
  [ "$(cat "$fs/shop/oci/proxy-mode")" = shop ]
}

@test "programs whose names are none that a client could be called by" {
  for name in /x/ '/a\nb' /shop.sock / .. /.; do
    edit ".config.Entrypoint = [\"$name\"]"
    import shop ./app --base-fs=base --oci-mode=connector --force
    [ "$(ls -A "$fs/shop/connectors/shop")" = shop ]
  done
  edit '.config.Entrypoint = ["relative"]'
  import shop ./app --base-fs=base --oci-mode=connector --force
  [ "$(ls -A "$fs/shop/connectors/shop")" = $'relative\nshop' ]
  name=$(printf 'x%.0s' {1..48})
  refused "'$name' is too long a name for a connector" "$name" ./app --base-fs=base --oci-mode=connector
}

@test "on a full disk what was there stays as it was, and nothing else" {
  cp -a app cache.d
  # shellcheck disable=SC2016
  run unshare -m bash -c '
    set -e
    mount -t tmpfs -o size=16m x "$SDME_DATADIR"
    try() { "$SDME" --config "$SDME_CONF" fs import "$@" 2>> said > /dev/null; }
    shape() { ls -A "$SDME_DATADIR/fs"; find "$SDME_DATADIR/fs" -mindepth 1 -printf "%P %y %m %s %T@ %l\n" | sort; }
    try base ./base
    try shop ./app --base-fs=base --app=web
    shape > before
    for left in $(seq 0 4 4096); do
      available=$(df --output=avail -k "$SDME_DATADIR" | tail -n 1)
      [ "$available" -le "$left" ] || head -c $(((available - left) * 1024)) /dev/zero > "$SDME_DATADIR/filler"
      ! try shop ./cache.d --add-app --app=cache || break
      tail -n 1 said | grep -q "No space left on device"
      shape | diff before -
      rm "$SDME_DATADIR/filler"
    done
    echo "$left"
    ls "$SDME_DATADIR/fs/shop/oci/apps"'
  [ "$status" = 0 ] || { echo "$output"; cat said; return 1; }
  echo "$output"
  [ "${lines[0]}" -gt 4 ] # it failed at least at two places
  [ "${lines[*]:1}" = "cache web" ]
}
