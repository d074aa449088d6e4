#!/usr/bin/env bats
# shellcheck disable=SC2154  # run sets $output and $status
# Images of applications, onto a base. Needs root, and umoci for images, but no systemd.

load lib
load images
load apps

setup() { apps_setup; }

# --- what it is -----------------------------------------------------------------------------------

@test "an application becomes a layer on its base, and the tree is what umoci makes of it" {
  umoci unpack --image app:latest bundle 2> umoci.err
  run -0 --separate-stderr sdme fs import x ./app --base-fs=base
  [ "$output" = x ]
  image_listing bundle/rootfs > theirs
  image_listing "$fs/x/oci/apps/x/root" > ours
  diff theirs ours
  [ "$(stat -c %a "$fs/x/oci/root/tmp")" = 1777 ] # what is missing in it is there
  [ "$(cd "$fs/x" && find . -path ./oci/apps/x/root/\* -prune -o ! -type d -printf '%P %y%m %l\n' | sed 's/ $//' | sort)" = "\
etc/systemd/system/multi-user.target.wants/sdme-oci-x.service l777 ../sdme-oci-x.service
etc/systemd/system/sdme-oci-app.service l777 sdme-oci-x.service
etc/systemd/system/sdme-oci-x.service f644
oci/apps/x/app.json f644
oci/apps/x/env f600
oci/apps/x/ports f644
oci/apps/x/volumes f644
oci/env l777 apps/x/env
oci/ports l777 apps/x/ports
oci/root l777 apps/x/root
oci/volumes l777 apps/x/volumes" ]
  grep -x 'ExecStart=/usr/libexec/sdme-app-init x' "$fs/x/etc/systemd/system/sdme-oci-app.service"
  grep -x 'BASE=base' "$fs/.x.meta"
}

@test "so it does from every kind of source, with the same configuration" {
  import dir ./app --base-fs=base
  skopeo copy -q oci:app:latest oci-archive:app.oci.tar
  skopeo copy -q oci:app:latest docker-archive:app.docker.tar:app:latest
  import tar app.oci.tar --base-fs=base
  import stdin - --base-fs=base < app.oci.tar
  import docker app.docker.tar --base-fs=base
  images_serve
  skopeo copy -q --dest-tls-verify=false oci:app:latest "docker://$at/team/my_app.v2"
  import registry "$at/team/my_app.v2" --base-fs=base
  images_stop
  for name in tar stdin docker; do
    [ "$(app_json $name)" = "$(app_json dir)" ]
    diff <(image_listing "$fs/dir/oci/apps/dir/root") <(image_listing "$fs/$name/oci/apps/$name/root")
  done
  # The name is that of the repository.
  diff <(app_json dir) <(app_json registry my-app-v2)
  diff <(image_listing "$fs/dir/oci/apps/dir/root") <(image_listing "$fs/registry/oci/root/")
  [ -e "$fs/registry/etc/systemd/system/sdme-oci-my-app-v2.service" ]
}

@test "directories that the base has, too, look as they do there" {
  sdme fs rm base 2> /dev/null
  chmod 711 base/etc
  chown 5:6 base/etc/systemd
  chmod 2775 base/etc/systemd/system
  mkdir -m 700 base/oci
  python3 -c 'import os; os.setxattr("base/etc", "user.a", b"b")'
  touch -d @1000000000.5 base/etc/systemd/system base/etc/systemd base/etc base/oci
  chmod 555 base
  touch -d @1000000003 base
  import base ./base
  import x ./app --base-fs=base
  for dir in . etc etc/systemd etc/systemd/system oci; do
    [ "$(stat -c '%A %u %g %y' "$fs/base/$dir")" = "$(stat -c '%A %u %g %y' "$fs/x/$dir")" ]
  done
  [ "$(python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.a"))' "$fs/x/etc")" = "b'b'" ]
  [ "$(stat -c '%A %u %g' "$fs/x/oci/apps/x/root")" = "drwxr-xr-x 0 0" ]
}

@test "a NixOS base has its units where its own configuration is not" {
  sdme fs rm base 2> /dev/null
  echo ID=nixos > base/etc/os-release
  rmdir base/etc/systemd/system
  ln -s /nix/store/x/units base/etc/systemd/system
  import base ./base --force
  import x ./app --base-fs=base --force
  [ "$(readlink "$fs/x/etc/systemd/system.control/sdme-oci-app.service")" = sdme-oci-x.service ]
  [ -L "$fs/x/etc/systemd/system.control/multi-user.target.wants/sdme-oci-x.service" ]
  [ ! -e "$fs/x/etc/systemd/system" ]
}

@test "a base whose directories are links or files is refused" {
  sdme fs rm base 2> /dev/null
  mkdir outside
  mv base/etc/systemd/system real
  ln -s "$PWD/outside" base/etc/systemd/system
  import link ./base
  refused "cannot put anything into '/etc/systemd/system': it is no directory" x ./app --base-fs=link
  rm base/etc/systemd/system
  mv real base/etc/systemd/system
  ln -s "$PWD/outside" base/oci
  import oci ./base
  refused "'oci' cannot be a base: its /oci/apps is no directory" x ./app --base-fs=oci
  rm base/oci
  mkdir base/oci
  touch base/oci/apps
  import file ./base
  refused "'file' cannot be a base: its /oci/apps is no directory" x ./app --base-fs=file
  [ -z "$(ls -A outside)" ]
}

# --- which images, and which bases ----------------------------------------------------------------

@test "an image of a system is a root filesystem of its own, and so is any other when that is asked for" {
  import -f small "$images/small"
  [ -e "$fs/small/dir" ]
  [ ! -e "$fs/small/oci" ]
  run -1 grep BASE "$fs/.small.meta"
  import -f base2 ./app --oci-mode=base
  [ -e "$fs/base2/dir" ]
  [ ! -e "$fs/base2/oci" ]
  # Or an application, when that is.
  import app2 "$images/small" --oci-mode=app --base-fs=base
  [ -e "$fs/app2/oci/root/dir" ]
  [ "$(app_json app2 | jq -c .argv)" = '["/bin/sh"]' ]
}

@test "a base that is not said is an error, unless the configuration says it" {
  refused 'is an application (Entrypoint ["/entry"], Cmd ["one", "two words"], ExposedPorts ["80/tcp"]), which needs a base: name one with --base-fs, or with default_base_fs of sdme.conf(5); --oci-mode=base' x ./app
  refused 'needs a base' x "$images/small" --oci-mode=app
  refused 'needs a base' x "$images/small" --oci-mode=connector
  sdme config set default_base_fs base
  import x ./app
  grep -x BASE=base "$fs/.x.meta"
  import -f small "$images/small"
  run -1 grep BASE "$fs/.small.meta"
}

@test "a base must be there, be another one, and boot" {
  refused "there is no root filesystem 'gone'" x ./app --base-fs=gone
  refused "there is no root filesystem '../x'" x ./app --base-fs=../x
  refused "'x' cannot be its own base" x ./app --base-fs=x
  import x ./app --base-fs=base
  refused "'x' cannot be its own base" x ./app --base-fs=x --force
  refused "'x' cannot be a base: it has applications already (sdme fs import x SOURCE --add-app" y ./app --base-fs=x
  mkdir empty
  import --force empty ./empty
  refused "'empty' cannot be a base: it has no systemd" y ./app --base-fs=empty
  import --force y ./app --base-fs=empty
  sdme config set default_base_fs gone
  refused "there is no root filesystem 'gone'" z ./app
}

@test "options that contradict each other, or that what is no image has none of" {
  usage_error fs import x ./app --oci-mode=apps
  usage_error fs import x ./app --oci-mode=base --base-fs=base
  usage_error fs import x ./app --oci-mode=base --add-app
  usage_error fs import x ./app --oci-mode=base --app=y
  usage_error fs import x ./app --add-app --base-fs=base
  usage_error fs import ./app --add-app
  usage_error fs import x ./app --base-fs=base --app=Y
  usage_error fs import x "$images/small" --base-fs=base
  [[ $stderr == *"is a system (Entrypoint [], Cmd"*"--oci-mode=app imports it as one"* ]]
  tar -cf tree.tar -C base .
  for option in --oci-mode=app --oci-mode=base --base-fs=base --app=y; do
    usage_error fs import x ./base "$option"
    [[ $stderr == *"'$PWD/base' is no image, and ${option%=*} is for those"* ]]
    usage_error fs import x tree.tar "$option"
    [[ $stderr == *"is no image, and ${option%=*} is for those"* ]]
  done
  import x ./base --oci-mode=auto
  [ "$(ls "$fs")" = $'base\nx' ]
}

@test "a base is kept as long as there is a layer on it" {
  import x ./app --base-fs=base
  run -1 --separate-stderr sdme fs rm base
  [[ $stderr == *"fs 'base' is the base of fs 'x'"* ]]
  refused "fs 'base' is the base of fs 'x'" base ./base --force
  sdme fs rm x base
}

@test "an image in which something else is where file systems of the kernel go" {
  mkdir layer
  ln -s /etc layer/proc
  tar -cf layer.tar -C layer proc
  umoci raw add-layer --image app:latest layer.tar
  refused "its /dev, /proc or /sys is no directory" x ./app --base-fs=base
}

@test "layers can be stacked as far as they can be mounted" {
  local i
  for i in {1..12}; do
    mkdir "$fs/l$i"
    echo "BASE=$([ "$i" = 1 ] && echo base || echo "l$((i - 1))")" > "$fs/.l$i.meta"
  done
  import x ./app --base-fs=l11
  refused "'l12' cannot be a base: with it, 13 layers are stacked already" y ./app --base-fs=l12
}

# --- what the image says --------------------------------------------------------------------------

@test "its configuration is kept" {
  config --config.workingdir /srv --config.stopsignal sigquit --config.volume /data \
    --config.volume /proc/x --config.exposedports 53/udp --config.env 'A=b c' --config.env '#x=y' --config.env 'A=%d'
  edit '.config.Env += ["N=one\ntwo", "B= \"$HOME\" \\", "NONE", "=x", "C=", "N2=a", "C=last"] |
    .config.Healthcheck = {Test: ["CMD-SHELL", "true"], Interval: 5000000000, Retries: 2}'
  edit '.config.User = "7:8"'
  import x ./app --base-fs=base
  grep -q "warning: .*'/proc/x' cannot be a volume" stderr
  [ "$(app_json | jq -c '[.argv, .env, .user, .working_dir, .stop_signal, .seccomp, .no_new_privileges, .read_only, .connector]')" = \
    '[["/entry","one","two words"],["#x=y","N=one\ntwo"],"7:8","/srv","SIGQUIT",true,false,false,false]' ]
  [ "$(app_json | jq -c .healthcheck)" = \
    '{"test":["CMD-SHELL","true"],"interval_ns":5000000000,"timeout_ns":0,"start_period_ns":0,"start_interval_ns":0,"retries":2}' ]
  [ "$(app_json | jq '.capabilities | length')" = 14 ]
  [ "$(cat "$fs/x/oci/env")" = "\
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
A=%d
B= \"\$HOME\" \\
N2=a
C=last" ]
  [ "$(cat "$fs/x/oci/ports")" = $'53/udp\n80/tcp' ]
  [ "$(cat "$fs/x/oci/volumes")" = /data ]
  grep -x KillSignal=SIGQUIT "$fs/x/etc/systemd/system/sdme-oci-x.service"
}

@test "an image without an environment has the file for one, which only root reads" {
  edit '.config.Env = null'
  import x ./app --base-fs=base
  [ "$(stat -c '%a %u %s' "$fs/x/oci/apps/x/env")" = "600 0 0" ]
}

@test "health checks that are none" {
  edit '.config.Healthcheck = {Test: ["NONE"]}'
  import x ./app --base-fs=base
  [ "$(app_json | jq .healthcheck)" = null ]
  edit '.config.Healthcheck = {Test: ["RUN", "x"]}'
  import y ./app --base-fs=base
  grep -q "its Healthcheck is of no form that is known" stderr
  [ "$(app_json y | jq .healthcheck)" = null ]
}

@test "an image with nothing to run is no application" {
  edit '.config.Entrypoint = null | .config.Cmd = null'
  refused "it has neither Entrypoint nor Cmd, so there is nothing to run (--oci-mode=base" x ./app --base-fs=base
  edit '.config.Entrypoint = [""]'
  refused "the name of its program is empty" x ./app --base-fs=base
}

@test "what execve does not take is refused" {
  edit '.config.Env = [range(20) | "V\(.)=" + ("x" * 110000)]'
  refused "its command and its environment are longer than a program's may be" x ./app --base-fs=base
  edit '.config.Env |= .[:10]'
  import x ./app --base-fs=base
}

@test "nothing of a hostile configuration gets into a unit" {
  edit '.config |= (.Entrypoint = ["/x\n[Service]\nExecStartPre=/evil", "%n", "$x", "\u0022"] | .Cmd = ["\nExecStop=/evil"] |
    .Env = ["A=\nExecStart=/evil", "B\nUser=evil=x", "FOO", "C=%i"] | .Labels = {"a\nEnvironment=evil": "\nevil"} |
    .User = "7:8" | .WorkingDir = "/proc/self/fd/7" | .Volumes = {"/proc": {}, "/x%y": {}})'
  import x ./app --base-fs=base
  run -1 grep -rE 'evil|%|\$|fd/7' "$fs/x/etc"
  [ "$(app_json | jq -r '.argv[0]')" = $'/x\n[Service]\nExecStartPre=/evil' ]
  [ "$(app_json | jq -c .env)" = '["A=\nExecStart=/evil","B\nUser=evil=x"]' ]
  [ "$(cat "$fs/x/oci/env")" = 'C=%i' ]
  [ "$(cat "$fs/x/oci/volumes")" = /x%y ]
  # Newlines and a port that is none are refused before that.
  edit '.config.User = "a\nb"'
  refused "is no User" y ./app --base-fs=base
  edit '.config.User = "" | .config.ExposedPorts = {"99999/tcp": {}}'
  refused "is none of the ExposedPorts" y ./app --base-fs=base
  edit '.config.ExposedPorts = {} | .config.StopSignal = "TERM\nUser=evil"'
  refused "is no StopSignal" y ./app --base-fs=base
}

@test "names of applications" {
  import x ./app --base-fs=base --app=other
  [ "$(ls "$fs/x/oci/apps")" = other ]
  [ "$(readlink "$fs/x/oci/env")" = apps/other/env ]
  # One whose unit is what the others' is called besides.
  import y ./app --base-fs=base --app=app
  [ -f "$fs/y/etc/systemd/system/sdme-oci-app.service" ]
  [ ! -L "$fs/y/etc/systemd/system/sdme-oci-app.service" ]
}

# layer_of DIR: the image gets one more layer
layer_of() {
  tar -cf layer.tar -C "$1" .
  umoci raw add-layer --image app:latest layer.tar
}

@test "who it runs as must be in the image" {
  config --config.user app
  refused "the image has no user 'app' in its /etc/passwd" x ./app --base-fs=base
  mkdir -p layer/etc
  echo 'app:x:7:8::/home/app:/bin/sh' > layer/etc/passwd
  layer_of layer
  import x ./app --base-fs=base
  [ "$(app_json | jq -r .user)" = app ]
  config --config.user app:wheel
  refused "the image has no group 'wheel' in its /etc/group" y ./app --base-fs=base
  edit '.config.User = "a:b:c"'
  refused "the image has no user 'a' in its /etc/passwd" y ./app --base-fs=base
  edit '.config.User = "5:6"'
  import y ./app --base-fs=base
}

@test "a hostile tree reaches nothing outside, and holds nothing up" {
  mkdir outside layer layer/etc
  echo 'evil:x:0:0::/:/bin/sh' > outside/passwd
  ln -s "$PWD/outside/passwd" layer/etc/passwd
  for name in run var; do ln -s "$PWD/outside" layer/$name; done
  ln -s ../../../../../../../../../../../../../../../../../../../../../../../etc/shadow layer/etc/hosts
  ln -s /proc/self/fd/3 layer/etc/hostname
  layer_of layer
  find outside -printf '%P %m %s %T@\n' > before
  edit '.config.User = "5:6"'
  sdme fs import x ./app --base-fs=base < /dev/null
  edit '.config.User = "evil"'
  refused "the image has no user 'evil' in its /etc/passwd" y ./app --base-fs=base
  # Nor is anything else than a file read.
  rm -rf layer
  mkdir -p layer/etc
  mkfifo layer/etc/group
  layer_of layer
  edit '.config.User = "5:wheel"'
  refused "cannot read /etc/group of the image" y ./app --base-fs=base
  find outside -printf '%P %m %s %T@\n' | diff before -
  # Of any length.
  rm -rf layer
  mkdir -p layer/etc
  truncate -s 1G layer/etc/group
  tar -Scf layer.tar -C layer .
  umoci raw add-layer --image app:latest layer.tar
  refused "/etc/group of the image" y ./app --base-fs=base
  # All of /etc.
  rm -rf layer
  mkdir layer
  ln -s "$PWD/outside" layer/etc
  layer_of layer
  edit '.config.User = "evil"'
  refused "the image has no user 'evil' in its /etc/passwd" y ./app --base-fs=base
  edit '.config.User = ""'
  import y ./app --base-fs=base
  find outside -printf '%P %m %s %T@\n' | diff before -
}

# --- lists ----------------------------------------------------------------------------------------

@test "fs ls and fs inspect tell of applications" {
  config --config.user 7:8 --config.workingdir /srv --config.stopsignal INT --config.volume /data --config.env A=secret
  import x ./app --base-fs=base
  run -0 --separate-stderr sdme fs ls
  [[ ${lines[0]} == NAME*OS*BASE*APPS*PATH ]]
  [[ ${lines[2]} == x*'Test Linux 1'*base*x*"$fs/x" ]]
  [ "$(sdme fs ls --json | jq -c '[.[] | [.name, .base, .apps]]')" = '[["base",null,[]],["x","base",["x"]]]' ]
  run -0 --separate-stderr sdme fs inspect x
  grep -x 'apps = x' <<< "$output"
  grep -x "x.source = $PWD/app" <<< "$output"
  grep -x 'x.command = \["/entry", "one", "two words"\]' <<< "$output"
  grep -x 'x.user = 7:8' <<< "$output"
  grep -x 'x.ports = 80/tcp' <<< "$output"
  grep -x 'x.volumes = /data' <<< "$output"
  grep -x 'x.variables = 2' <<< "$output"
  [[ $output != *secret* ]]
  digest=$(jq -r '.manifests[0].digest' app/index.json)
  [ "$(sdme fs inspect x --json | jq -c "[.source, .manifest, (.apps[0] |
    [.name, .source, .manifest, (.layers | length), .command, .user, .working_dir, .stop_signal, .healthcheck, .ports, .volumes,
    .variables, .connector])]")" = "[\"$PWD/app\",\"$digest\",[\"x\",\"$PWD/app\",\"$digest\",3,[\"/entry\",\"one\",\"two words\"],\
\"7:8\",\"/srv\",\"SIGINT\",null,[\"80/tcp\"],[\"/data\"],2,null]]" ]
  echo '{' > "$fs/x/oci/apps/x/app.json"
  run -0 --separate-stderr sdme fs inspect x
  [[ $stderr == *"application 'x': '/oci/apps/x/app.json': "* ]]
}
