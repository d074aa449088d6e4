#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2154  # each test is a shell of its own; run sets $output and $status
#
# Root filesystems from disk images. Needs root and loop devices, but no systemd.
load lib

setup() {
  [ "$(id -u)" = 0 ] || skip "needs root: loop devices and owners"
  needs losetup unshare mkfs.ext4 python3
  cli_setup
  fs=$SDME_DATADIR/fs
  truncate -s 1M probe
  loop=$(losetup --find --show probe 2>&1) || skip "no loop devices here: $loop"
  losetup --detach "$loop"
  rm probe
}

teardown() {
  # Nothing of an image is in use when a command is done; the kernel takes a device away a little later.
  local i
  for ((i = 0; i < 100; i++)); do
    losetup --list --noheadings --output BACK-FILE | grep -q "^$BATS_TEST_TMPDIR" || return 0
    sleep .05
  done
  losetup --list
  return 1
}

needs() {
  local tool
  for tool; do command -v "$tool" > /dev/null || skip "$tool is not installed"; done
}

# rich_tree DIR: something of everything, and what only file systems keep
rich_tree() {
  tree "$1"
  head -c 200000 /dev/urandom > "$1/noise"
  # a capability of the kind of ping's, an attribute of one's own
  python3 - "$1" <<'END'
import os, struct, sys
os.setxattr(sys.argv[1] + "/noise", "security.capability", struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0))
os.setxattr(sys.argv[1] + "/etc/os-release", "user.note", b"kept\0too")
END
  touch -d @1000000002 "$1"
}

# listing DIR: all that a file has, and a checksum of its content
listing() {
  (cd "$1" && find . -name lost+found -prune -o ! -path . -printf '%P|%y|%m|%U|%G|%T@|%l|%n\n' | sort &&
    find . -type f -print0 | sort -z | xargs -0 sha256sum && stat -c %t:%T null &&
    python3 -c 'import os
for d, _, names in sorted(os.walk(".")):
    for n in sorted(names):
        p = os.path.join(d, n)
        print(ascii(p), [(x, os.getxattr(p, x, follow_symlinks=False)) for x in sorted(os.listxattr(p, follow_symlinks=False)) if x != "security.selinux"])')
}

same() { # DIR NAME
  diff <(listing "$1") <(listing "$fs/$2")
}

# filled KIND SIZE FILE: an image of a file system with the tree in it, every bit of it as the kernel wrote it
filled() {
  truncate -s "$2" "$3"
  case $1 in
    ext*) "mkfs.$1" -q "$3" ;;
    *) "mkfs.$1" -q "$3" > /dev/null ;;
  esac
  mkdir -p mnt
  unshare -m sh -c 'mount -o loop "$1" mnt && cp -a tree/. mnt/ && umount mnt' sh "$3"
}

# small FILE [SIZE [NAME]]: the same, smaller and faster: ext4 with little more of a system than its name
small() {
  rm -rf seed
  mkdir -p seed/usr/{lib/systemd,bin} seed/etc/systemd/system
  touch seed/usr/lib/systemd/systemd seed/usr/bin/dbus-daemon
  chmod 755 seed/usr/lib/systemd/systemd seed/usr/bin/dbus-daemon
  printf 'ID=small\nPRETTY_NAME="%s"\n' "${3-Small}" > seed/etc/os-release
  rm -f "$1"
  truncate -s "${2-4M}" "$1"
  mkfs.ext4 -q -O ^has_journal -d seed "$1"
}

# put FILE AT BYTES: as printf has them
put() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# refuse TEXT SOURCE: the import fails with that, in one line beside the notice, and leaves nothing
refuse() {
  run --separate-stderr sdme fs import x "$2"
  if [ "$status" != 1 ] || [ -n "$output" ] || [[ "$stderr" != *"$1"* ]] ||
     [ "$(grep -vc "importing 'x'" <<< "$stderr")" != 1 ]; then
    echo "$2: status $status: $stderr"
    return 1
  fi
  [ -z "$(ls -A "$fs")" ] || { ls -lA "$fs"; return 1; }
}

@test "a file system alone: ext2, ext4, xfs and btrfs, everything that a file has" {
  needs mkfs.xfs mkfs.btrfs
  rich_tree tree
  for kind in ext2 ext4 xfs btrfs; do
    case $kind in xfs) size=300M ;; btrfs) size=120M ;; *) size=32M ;; esac
    filled "$kind" "$size" image
    before=$(sha256sum < image)
    run --separate-stderr sdme fs import "$kind" image
    [ "$status" = 0 ] || { echo "$kind: $stderr"; false; }
    [ "$output" = "$kind" ]
    [ "$kind" = ext2 ] || same tree "$kind" # ext2 knows no fractions of seconds
    [ "$(stat -c %b "$fs/$kind/sparse")" -lt 100 ]
    [ "$before" = "$(sha256sum < image)" ]
    grep -q "DISTRO=Test Linux 1" "$fs/.$kind.meta"
    rm image
  done
}

@test "squashfs and erofs, where there are tools for them" {
  rich_tree tree
  n=0
  if command -v mksquashfs > /dev/null; then mksquashfs tree squashfs -quiet > /dev/null; fi
  if command -v mkfs.erofs > /dev/null; then mkfs.erofs -x1 erofs tree > /dev/null; fi
  for kind in squashfs erofs; do
    [ -e $kind ] || continue
    sdme fs import $kind ./$kind
    cmp tree/noise "$fs/$kind/noise"
    n=$((n + 1))
  done
  [ $n -gt 0 ] || skip "neither mksquashfs nor mkfs.erofs is installed"
}

@test "btrfs: the default subvolume, or the one that holds the system" {
  needs mkfs.btrfs btrfs
  rich_tree tree
  for name in root @ @rootfs default; do
    rm -f image; truncate -s 120M image; mkfs.btrfs -q image > /dev/null
    mkdir -p mnt
    unshare -m sh -ec 'mount -o loop image mnt
      btrfs -q subvolume create "mnt/$1"; cp -a tree/. "mnt/$1"; btrfs -q subvolume create mnt/home
      [ "$1" != default ] || btrfs subvolume set-default "mnt/$1"' sh "$name"
    sdme fs import -f x image
    same tree x
    [ ! -e "$fs/x/home" ]
  done
}

@test "GPT: the root is found by its type, not by its size" {
  needs sfdisk
  [ "$(uname -m)" = x86_64 ] || skip "the type in this test is that of x86_64"
  small decoy 12M Decoy; small root 4M Root
  truncate -s 40M image
  printf 'label: gpt\nstart=1MiB,size=2MiB,type=U\nstart=4MiB,size=12MiB\nstart=20MiB,size=4MiB,type=%s\n' \
    4f68bce3-e8cd-4db1-96e7-fbcaf984b709 | sfdisk -q image
  dd if=decoy of=image bs=1M seek=4 conv=notrunc status=none
  dd if=root of=image bs=1M seek=20 conv=notrunc status=none
  sdme fs import x image
  grep -q Root "$fs/x/etc/os-release"
  # The backup of the table is as good; without both, nothing is believed.
  put image 520 '\xff'
  sdme fs import -f x image
  grep -q Root "$fs/x/etc/os-release"
  sdme fs rm x
  put image $((40 * 1024 * 1024 - 500)) '\xff'
  refuse "its partition table (GPT) is not valid: neither it nor its backup is whole" image
}

@test "GPT and MBR: else by what is in them" {
  needs sfdisk mkswap
  small root 4M Root
  rm -rf seed; mkdir -p seed/data; truncate -s 12M other; mkfs.ext4 -q -d seed other
  for label in gpt dos; do
    rm -f image; truncate -s 40M image
    if [ $label = gpt ]; then printf 'label: gpt\nstart=1MiB,size=2MiB\nstart=4MiB,size=12MiB\nstart=20MiB,size=4MiB\n'
    else printf 'label: dos\nstart=1MiB,size=2MiB,type=82\nstart=3MiB,type=5\nstart=4MiB,size=12MiB\nstart=20MiB,size=4MiB\n'
    fi | sfdisk -q image
    dd if=other of=image bs=1M seek=4 conv=notrunc status=none
    dd if=root of=image bs=1M seek=20 conv=notrunc status=none
    sdme fs import -f x image
    grep -q Root "$fs/x/etc/os-release"
  done
  sdme fs rm x
  # None of them is one: each is named.
  truncate -s 2M swap; mkswap -q swap 2> /dev/null || mkswap swap > /dev/null 2>&1
  dd if=swap of=image bs=1M seek=1 conv=notrunc status=none
  dd if=/dev/zero of=image bs=1M seek=20 count=4 conv=notrunc status=none
  refuse "there is no root filesystem in it: partition 1 is swap, partition 5 is ext4 without a system in it, partition 6 is no file system" image
  put image $((20 * 1024 * 1024)) 'LUKS\xba\xbe'
  refuse "partition 6 is encrypted (LUKS)" image
  put image 510 '\0'
  refuse "cannot unpack" image # nothing is left that it could be known by
}

@test "QCOW2 of every kind" {
  needs qemu-img
  rich_tree tree
  filled ext4 32M image
  try() { # OPTION...
    rm -f q
    qemu-img convert -O qcow2 "$@" image q
    sdme fs import -f x q
    same tree x
  }
  try
  try -o compat=0.10
  try -o cluster_size=512
  try -o cluster_size=2M
  try -o preallocation=metadata
  try -o preallocation=full
  try -o refcount_bits=64
  try -c
  try -c -o cluster_size=512
  try -c -o cluster_size=2M
  try -c -o compression_type=zstd
  try -c -o compression_type=zstd,cluster_size=4k
  # Of an image with a snapshot inside, the present counts.
  qemu-img snapshot -c before q
  sdme fs import -f x q
  same tree x
}

@test "compressed as a whole, also QCOW2, whatever its name; also on standard input" {
  needs qemu-img zstd
  small image
  qemu-img convert -O qcow2 image q
  for tool in gzip bzip2 xz zstd lz4; do
    command -v "$tool" > /dev/null || continue
    for file in image q; do
      "$tool" -c < $file > packed
      sdme fs import -f x packed
      grep -q Small "$fs/x/etc/os-release"
      head -c $(($(stat -c %s packed) - 9)) packed > shorter
      sdme fs rm x 2> /dev/null
      refuse "damaged or cut short" shorter
    done
  done
  sdme fs import x - < q
  grep -q Small "$fs/x/etc/os-release"
  zstd -q image -o name.raw.zst
  [ "$(sdme fs import name.raw.zst)" = name ]
  # Nothing was left beside them.
  run -0 ls --ignore='separate-stderr-*' # what bats itself leaves here
  [ "$output" = $'data\nhome\nimage\nname.raw.zst\npacked\nq\nsdme.conf\nseed\nshorter' ]
}

@test "a tarball with a disk image in it is a tarball" {
  mkdir tree; small tree/disk.raw 1M; rm -rf seed
  tar -C tree -cf image.raw disk.raw
  sdme fs import -f x image.raw
  cmp tree/disk.raw "$fs/x/disk.raw"
}

@test "a file system that was not unmounted is read as it is, and not written to" {
  needs mkfs.xfs
  rich_tree tree
  for kind in ext4 xfs; do
    case $kind in xfs) size=300M ;; *) size=32M ;; esac
    filled $kind $size image
    # As a machine leaves it whose power is cut; and the image that it is a copy of is in use.
    unshare -m sh -ec 'mount -o loop image mnt; echo more > mnt/more; sync -f mnt; cp image copy
      sha256sum copy > sum; shift; "$@"' sh x "$SDME" --config "$SDME_CONF" fs import -f x copy 2> err || { cat err; false; }
    sha256sum --quiet --check sum
    rm -f "$fs/x/more" # perhaps it is only in the journal
    same tree x
    [ $kind = xfs ] || grep -q "warning: .*was not unmounted: its last changes may be missing" err
    rm image copy
  done
}

# --- lies -----------------------------------------------------------------------------------------

@test "hostile QCOW2 images are refused, and nothing else is opened" {
  needs qemu-img
  small image
  qemu-img convert -O qcow2 image good
  lie() { # TEXT AT BYTES
    cp good q
    put q "$2" "$3"
    refuse "$1" q
  }
  lie "another version" 4 '\0\0\0\1'
  lie "larger than 16 TiB" 24 '\x40\0\0\0\0\0\0\0'
  lie "encrypted" 32 '\0\0\0\2'
  lie "features that are not known" 72 '\x80'
  lie "marked as corrupt" 79 '\2'
  lie "L1 table" 36 '\xff\xff\xff\xff'
  lie "L1 table is not inside of the file" 40 '\0\0\x7f\xff\xff\xff\0\0'
  lie "in one place" 40 '\0\0\0\0\0\0\0\0'
  l1=$((0x$(od -An -tx1 -j 40 -N 8 good | tr -d ' ')))
  lie "L2 table that is not inside" $l1 '\x80\0\x7f\xff\xff\xff\0\0'
  lie "in one place" $l1 "$(printf '\\x80\\0\\0\\0\\0\\x%02x\\x%02x\\0' $((l1 >> 16 & 255)) $((l1 >> 8 & 255)))" # a circle
  head -c 100000 good > q; refuse "" q
  echo secret > secret
  qemu-img create -q -f qcow2 -F raw -b "$PWD/secret" -u q 4M; refuse "a backing file" q
  qemu-img create -q -f qcow2 -F raw -b 'json:{"driver":"file","filename":"/etc/passwd"}' -u q 4M; refuse "a backing file" q
  qemu-img create -q -f qcow2 -o data_file="$PWD/secret",data_file_raw=on q 4M; refuse "in another file" q
  qemu-img create -q -f qcow2 -o extended_l2=on,cluster_size=64k q 4M; refuse "extended L2" q
  if strace -o /dev/null true 2> /dev/null; then
    qemu-img create -q -f qcow2 -F raw -b "$PWD/secret" -u q 4M
    run strace -f -o trace "$SDME" --config "$SDME_CONF" fs import x q
    grep -q '"q"' trace
    run ! grep secret trace
  fi
  # A dirty one can be read, and that is told.
  cp good q; put q 79 '\1'
  run -0 --separate-stderr sdme fs import x q
  [[ "$stderr" == *"warning: "*"q: the image was not closed properly"* ]]
}

@test "hostile file systems end in an error or an import, never in anything else" {
  small good 2M
  cp good image; put image $((1024 + 4)) '\xff\xff\xff\x00'
  refuse "it is ext4, cut short" image
  head -c 1M good > image
  refuse "it is ext4, cut short" image
  cp good image; put image $((1024 + 0x60)) '\xff\xff\xff\xff' # features that nobody knows
  refuse "it is ext4" image
  # Damage that is the same in every run: byte I of the first blocks.
  for i in $(seq 1 60); do
    cp good image
    for k in 1 2 3 4 5 6; do put image $((1024 + (i * 7919 + k * k * 104729) % 60000)) "\\x$(printf %02x $(((i * 31 + k) % 256)))"; done
    run --separate-stderr timeout 60 "$SDME" --config "$SDME_CONF" fs import -f x image
    [ "$status" = 0 ] || [ "$status" = 1 ] || { echo "$i: $status $stderr"; false; }
  done
  [ ! -e "$fs/x" ] || sdme fs rm x
  [ -z "$(ls -A "$fs")" ]
}

@test "a file system is mounted where nobody else sees it, and nothing in it can be run, opened or written to" {
  strace -o /dev/null true 2> /dev/null || skip "nothing can be traced here"
  small image
  run strace -f -e trace=fsmount,move_mount,mount -o trace "$SDME" --config "$SDME_CONF" fs import x image
  grep 'fsmount(' trace > mounts
  for flag in RDONLY NOSUID NODEV NOEXEC; do
    [ "$(grep -c "MOUNT_ATTR_$flag" mounts)" = "$(wc -l < mounts)" ] || { cat trace; false; }
  done
  run ! grep -E '(move_)?mount\(' <(grep -v fsmount trace)
}

@test "what leads out of an image is not followed" {
  mkdir -p seed/etc seed/usr
  ln -s /etc/passwd seed/etc/os-release; ln -s ../../../../../../../../etc seed/out; ln -s /etc seed/usr/lib
  truncate -s 4M image; mkfs.ext4 -q -d seed image
  sdme fs import -f x image
  [ "$(readlink "$fs/x/out")" = ../../../../../../../../etc ]
  [ -L "$fs/x/usr/lib" ]
  [ -z "$(find "$fs/x" -type f)" ]
}

@test "without loop devices it is said" {
  small image
  mkdir dev
  unshare -m sh -c 'mount -t tmpfs x dev && for d in null zero full random urandom; do cp -a /dev/$d dev/; done
    mount --move dev /dev && exec "$@"' sh "$SDME" --config "$SDME_CONF" fs import x image > out 2> err && false
  grep -q "there are no loop devices here" err
  [ "$(wc -l < err)" = 2 ]
  [ -z "$(ls -A "$fs")" ]
}

@test "a disk that is too small for what is in an image: told, and nothing is left" {
  needs zstd qemu-img
  mkdir -p seed/etc; touch seed/etc/os-release; head -c 12M /dev/urandom > seed/large
  truncate -s 24M image; mkfs.ext4 -q -d seed image
  zstd -q image; qemu-img convert -O qcow2 image q
  unshare -m bash -c "
    mount -t tmpfs -o size=8m x '$SDME_DATADIR' || exit 77
    for source in image.zst q image; do
      '$SDME' --config '$SDME_CONF' fs import x \$source 2>\$source.err && exit 1
      ls -A '$SDME_DATADIR/fs' > \$source.left
    done
    df --output=used -k '$SDME_DATADIR' | tail -n 1 > used" || { [ $? = 77 ] && skip "no tmpfs can be mounted here"; false; }
  for source in image.zst q; do
    cat "$source.err"
    grep -q "it needs more room than there is on the disk of the data directory" "$source.err"
  done
  grep -q "large' of '.*': No space left on device" image.err
  for source in image.zst q image; do
    [ "$(wc -l < "$source.err")" = 2 ]
    [ ! -s "$source.left" ]
  done
  [ "$(cat used)" -lt 100 ]
}

@test "killed at any system call that counts: no device, no mount, no file is left" {
  needs strace zstd qemu-img
  strace -o /dev/null true 2> /dev/null || skip "strace cannot trace here"
  small image
  qemu-img convert -O qcow2 image q
  zstd -q q
  kills=0
  for call in openat ioctl fsopen fsconfig fsmount pwrite64 ftruncate fchown utimensat syncfs renameat2; do
    for when in 1 2 5 9; do
      status=0
      strace -f -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
        "$SDME" --config "$SDME_CONF" fs import x q.zst > /dev/null 2>&1 || status=$?
      [ $status = 0 ] || kills=$((kills + 1))
      sdme fs gc 2> /dev/null
      if [ -e "$fs/x" ]; then
        grep -q Small "$fs/x/etc/os-release"
        sdme fs rm x > /dev/null 2>&1
      fi
      [ -z "$(ls -A "$fs")" ] || { echo "$call $when"; ls -lA "$fs"; false; }
    done
  done 2> /dev/null
  echo "# $kills kills"
  [ $kills -ge 15 ]
  # The end of the test looks for devices.
}

@test "formats that are not read are named, with what to do" {
  local name
  printf 'KDMV\1\0\0\0' > a.vmdk
  printf '# Disk DescriptorFile\nversion=1\n' > b.vmdk
  { head -c 4096 /dev/zero; printf conectix; head -c 504 /dev/zero; } > a.vhd
  { printf conectix; head -c 4096 /dev/zero; } > b.vhd
  { printf vhdxfile; head -c 4096 /dev/zero; } > a.vhdx
  { head -c 64 /dev/zero; printf '\177\20\332\276'; head -c 4096 /dev/zero; } > a.vdi
  for name in a.vmdk b.vmdk a.vhd b.vhd a.vhdx a.vdi; do
    run -1 --separate-stderr sdme fs import x "$name"
    [[ $stderr = *" disk image, which is not read; 'qemu-img convert -O qcow2'"* ]] || { echo "$name: $stderr"; false; }
    [ ! -e "$fs/x" ]
  done
  python3 -c 'import zipfile; zipfile.ZipFile("a.zip", "w").writestr("etc/os-release", "ID=x")'
  run -1 --separate-stderr sdme fs import x a.zip
  [[ $stderr = *"it is a ZIP archive, which is not read; unpack it"* ]]
}
