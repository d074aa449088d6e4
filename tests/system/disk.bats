#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154  # what is expanded in the host is not to be here; run sets $output and $status
#
# A container whose root filesystem came out of a disk image boots.

load lib
setup_file() {
  host_setup
  in_host sh -c 'truncate -s 1M /run/probe && losetup --detach "$(losetup --find --show /run/probe)"; s=$?; rm /run/probe; exit $s' \
    > /dev/null 2>&1 || skip "no loop devices in the test host"
}
teardown_file() { host_clean_check; }
teardown() {
  in_host sdme rm --all --force 2> /dev/null || true
  in_host sdme fs rm disk 2> /dev/null || true
  in_host rm -rf /var/tmp/disk
}

needs() {
  local tool
  for tool; do in_host sh -c 'command -v "$1"' sh "$tool" > /dev/null || skip "$tool is not installed"; done
}

boots() { # IMAGE
  name=$(unique disk)
  in_host sdme fs import disk "$1"
  run --separate-stderr in_host sdme new -r disk "$name" -- systemctl show --property=SystemState
  [ "$status" = 0 ]
  [[ "$output" == *SystemState=running* ]] || [[ "$output" == *SystemState=starting* ]] || [[ "$output" == *SystemState=degraded* ]]
  # What tar or a plain copy would have kept is there too.
  in_host sh -c 'cd /var/lib/sdme/fs/disk && find . -path ./lost+found -prune -o ! -path . -printf "%P|%y|%m|%U|%G|%l|%n\n" | sort' > "$BATS_TEST_TMPDIR/there"
  (cd "$(debian_tree)" && find . -path ./lost+found -prune -o ! -path . -printf "%P|%y|%m|%U|%G|%l|%n\n" | sort) > "$BATS_TEST_TMPDIR/wanted"
  diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/there"
}

@test "QCOW2 with a GPT and ext4" {
  needs qemu-img sfdisk mkfs.ext4
  in_host sh -ec 'mkdir -p /var/tmp/disk; cd /var/tmp/disk
    truncate -s 600M root; mkfs.ext4 -q -d "$1" root
    truncate -s 700M image; printf "label: gpt\nstart=1MiB,size=20MiB,type=U\nstart=30MiB,size=600MiB,type=L\n" | sfdisk -q image
    dd if=root of=image bs=1M seek=30 conv=notrunc,sparse status=none; rm root
    qemu-img convert -c -O qcow2 image image.qcow2; rm image' sh "$(debian_tree)"
  boots /var/tmp/disk/image.qcow2
}

@test "raw, compressed, btrfs alone" {
  needs zstd mkfs.btrfs
  in_host sh -ec 'mkdir -p /var/tmp/disk; cd /var/tmp/disk
    truncate -s 800M image.raw; mkfs.btrfs -q image.raw; mkdir mnt
    unshare -m sh -ec "mount -o loop image.raw mnt; cp -a \"\$1/.\" mnt" sh "$1" # --rootdir knows no devices
    zstd -q --rm image.raw' sh "$(debian_tree)" > /dev/null
  boots /var/tmp/disk/image.raw.zst
}
