#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # the host's shell expands; run sets $output and $status
#
# Images by the names that people know: the commands are those of the documents, and a mirror in the host has
# the images. What is in them is a Debian, by the os-release of each distribution.

load lib

# The registries' own names; a lint looks for them.
hub=docker.'io' quay=quay.'io' suse=registry.opensuse.org
mirror=localhost:5000

setup_file() {
  local images
  images=$("$tests/images" make 2> "$BATS_FILE_TMPDIR/images.err") || skip "$(tail -n 1 "$BATS_FILE_TMPDIR/images.err")"
  host_setup
  in_host tee /run/seeds.conf > /dev/null <<END
[sdme]
datadir=/var/lib/sdme/seeds
[registries.$hub]
mirrors=$mirror/hub
[registries.$quay]
mirrors=$mirror/quay
[registries.$suse]
mirrors=$mirror/suse
END
  in_host sh -c 'mkdir -p /etc/sdme.conf.d && mv /run/seeds.conf /etc/sdme.conf.d/'
  in_host bash -es "$images/debian" <<'END'
mkdir -p /run/seeds/registry /var/lib/containers/cache
cat > /run/seeds/registry.yml <<YML
version: 0.1
storage: {filesystem: {rootdirectory: /run/seeds/registry}}
http: {addr: "127.0.0.1:5000"}
YML
systemd-run --quiet --unit=seeds docker-registry serve /run/seeds/registry.yml
until bash -c '</dev/tcp/127.0.0.1/5000' 2>/dev/null; do sleep .1; done
cp -a "$1" /run/seeds/layout

umoci init --layout /run/seeds/empty
umoci new --image /run/seeds/empty:latest
umoci config --image /run/seeds/empty:latest --os linux --architecture "$(dpkg --print-architecture)" --config.cmd /bin/sh

# image LAYOUT REPOSITORY:TAG OS-RELEASE-LINE...: what is there, with that os-release
image() {
  local from=/run/seeds/$1 name=$2 tag=i${#made} dir=/run/seeds/layer
  made+=x
  mkdir -p $dir/usr/lib $dir/etc
  printf '%s\n' "${@:3}" > $dir/usr/lib/os-release
  ln -s ../usr/lib/os-release $dir/etc/
  tar -C $dir --numeric-owner -cf $dir.tar .
  umoci tag --image "$from:latest" $tag
  umoci raw add-layer --image "$from:$tag" $dir.tar
  rm -r $dir
  # with no memory of which registry has what blobs, and none left in the host
  unshare -m sh -c 'mount -t tmpfs tmpfs /var/lib/containers/cache && exec skopeo copy -q --dest-tls-verify=false "$@"' sh \
    "oci:$from:$tag" "docker://localhost:5000/$name"
}
made=
image layout hub/library/debian:latest ID=debian 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'
image layout hub/library/ubuntu:24.04 'PRETTY_NAME="Ubuntu 24.04.1 LTS"' ID=ubuntu ID_LIKE=debian
image layout quay/fedora/fedora:latest ID=fedora 'PRETTY_NAME="Fedora Linux 41 (Container Image)"'
image layout hub/library/archlinux:latest ID=arch 'PRETTY_NAME="Arch Linux"'
image empty quay/centos/centos:stream10 'ID="centos"' 'ID_LIKE="rhel fedora"' 'PRETTY_NAME="CentOS Stream 10 (Coughlan)"'
image empty quay/almalinuxorg/almalinux:9 'ID="almalinux"' 'ID_LIKE="rhel centos fedora"' 'PRETTY_NAME="AlmaLinux 9.4"'
image empty suse/opensuse/tumbleweed:latest 'ID="opensuse-tumbleweed"' 'ID_LIKE="opensuse suse"' 'PRETTY_NAME="openSUSE Tumbleweed"'
image empty hub/cachyos/cachyos:latest ID=cachyos ID_LIKE=arch 'PRETTY_NAME="CachyOS"'
image empty hub/library/debian:stable ID=debian 'PRETTY_NAME="Debian GNU/Linux"'
image empty hub/nixos/nixos:latest ID=nixos 'PRETTY_NAME="NixOS 24.11"'
END
}

teardown_file() {
  in_host sh -c 'systemctl stop seeds.service; rm -rf /run/seeds /etc/sdme.conf.d/seeds.conf /var/lib/sdme/seeds; rmdir /etc/sdme.conf.d'
  host_clean_check
}
teardown() { in_host sdme rm --all --force 2> /dev/null || true; }

# boots NAME OS: a container of the root filesystem comes up, and is that system
boots() {
  local c
  c=$(unique "$1")
  run --separate-stderr in_host sdme new -r "$1" "$c" -- sh -c '. /etc/os-release; echo "$PRETTY_NAME"; systemctl show --property=SystemState'
  [ "${lines[0]}" = "$2" ] || { echo "$1: $output $stderr"; return 1; }
  [[ ${lines[1]} =~ ^SystemState=(running|starting|degraded)$ ]] || { echo "$1: $output"; return 1; }
  in_host sdme rm "$c" 2> /dev/null
}

# imports NAME SOURCE [-v]: as it stands in the documents
imports() {
  run --separate-stderr in_host sdme fs import "$@"
  if [ "$status" != 0 ] || [ "$output" != "$1" ]; then
    echo "$*: $output $stderr"
    return 1
  fi
}

@test "a directory" {
  in_host cp -a "$(debian_tree)" /run/seeds/ubuntu
  imports ubuntu /run/seeds/ubuntu
  boots ubuntu "$(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' "$(debian_tree)/usr/lib/os-release")"
  in_host sdme fs rm ubuntu
  in_host rm -r /run/seeds/ubuntu
}

@test "images of distributions: each is imported, and boots" {
  imports ubuntu "$hub/ubuntu:24.04"
  boots ubuntu "Ubuntu 24.04.1 LTS"
  imports fedora "$quay/fedora/fedora"
  boots fedora "Fedora Linux 41 (Container Image)"
  imports debian "$hub/debian"
  boots debian "Debian GNU/Linux 12 (bookworm)"
  imports archlinux "$hub/archlinux"
  boots archlinux "Arch Linux"
  run -0 in_host sdme fs ls
  for line in "ubuntu     Ubuntu 24.04.1 LTS" "fedora     Fedora Linux 41 (Container Image)" "archlinux  Arch Linux"; do
    [[ $output == *"$line"* ]] || { echo "$output"; false; }
  done
  run -0 in_host sdme fs inspect ubuntu --json
  [ "$(jq -r .source <<< "$output")" = "$hub/library/ubuntu:24.04" ]
  in_host sdme fs rm ubuntu fedora debian archlinux
}

@test "the same with -v, again without the network, and without a name" {
  imports ubuntu "$hub/ubuntu:24.04" -v
  imports fedora "$quay/fedora/fedora" -v
  imports debian "$hub/debian" -v
  in_host sdme fs rm ubuntu fedora debian
  in_host systemctl stop seeds.service
  run --separate-stderr in_host sdme fs import --offline "$hub/ubuntu:24.04"
  [ "$status$output" = 0ubuntu ]
  in_host systemd-run --quiet --unit=seeds docker-registry serve /run/seeds/registry.yml
  boots ubuntu "Ubuntu 24.04.1 LTS"
  in_host sdme fs rm ubuntu
}

# asks SOURCE FAMILY COMMAND...: it has no systemd, and on a terminal these commands are proposed
asks() {
  local source=$1 family=$2
  shift 2
  run on_tty sdme fs import it "$source" <<< n
  [ "$status" = 1 ]
  for command; do
    [[ $output == *"$command"* ]] || { echo "$source: no '$command' in: $output"; return 1; }
  done
  [[ $output == *"install the packages? [Y/n]"*aborted* ]]
  in_host test ! -e /var/lib/sdme/seeds/fs/it
  in_host sdme fs import it "$source" --force
  [ "$(in_host sdme fs inspect it --json | jq -r .family)" = "$family" ]
  in_host sdme fs rm it
}

@test "images without systemd: their families are known, and what would be installed" {
  asks "$hub/debian:stable" debian "apt-get -o APT::Sandbox::User=root update" "install -y --no-install-recommends dbus systemd libpam-systemd login"
  asks "$quay/centos/centos:stream10" fedora "dnf install -y systemd dbus util-linux pam" "dnf clean all"
  asks "$quay/almalinuxorg/almalinux:9" fedora "dnf install -y systemd dbus util-linux pam"
  asks "$suse/opensuse/tumbleweed:latest" suse "zypper --non-interactive install systemd dbus-1 util-linux pam libcap-progs" "zypper clean --all"
  asks "$hub/cachyos/cachyos" arch "pacman -Sy --noconfirm systemd dbus util-linux pam" "pacman -Scc --noconfirm"
  run --separate-stderr in_host sdme fs import it "$hub/nixos/nixos" --install-packages=yes
  [ "$status" = 1 ]
  [[ $stderr == *"there are no commands that install packages in it"* ]]
  in_host sdme fs import it "$hub/nixos/nixos" --force
  [ "$(in_host sdme fs inspect it --json | jq -r .family)" = nixos ]
  in_host sdme fs rm it
}
