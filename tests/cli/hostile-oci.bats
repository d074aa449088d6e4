#!/usr/bin/env bats
# Images whose layers are hostile, and those that only look odd. Needs root, but no systemd.

load lib

setup() {
  [ "$EUID" = 0 ] || skip "must be root"
  cli_setup
  fs=$SDME_DATADIR/fs
  command -v python3 > /dev/null || skip "no python3"
  cat > image.py <<'PY'
"""image.py DIR TARBALL[|key=value...]...: a layout in DIR with an image of these layers, uncompressed. A key is
one of a layer's descriptor: its value is a JSON one; "gone" leaves its blob out."""
import hashlib, json, os, sys

top = sys.argv[1]
blobs = os.path.join(top, "blobs/sha256")
os.makedirs(blobs)

def put(data, kind, gone=False):
    digest = hashlib.sha256(data).hexdigest()
    if not gone:
        with open(os.path.join(blobs, digest), "wb") as f:
            f.write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}

def put_json(value, kind):
    return put(json.dumps(value).encode(), kind)

layers, diff_ids = [], []
for arg in sys.argv[2:]:
    path, *more = arg.split("|")
    more = {k: json.loads(v) for k, v in (m.split("=", 1) for m in more)}
    with open(path, "rb") as f:
        layer = put(f.read(), "layer.v1.tar", more.pop("gone", False))
    diff_ids.append(layer["digest"])
    layer.update(more)
    layers.append(layer)
config = put_json({"os": "linux", "architecture": os.environ["ARCHITECTURE"],
                   "rootfs": {"type": "layers", "diff_ids": diff_ids}}, "config.v1+json")
manifest = put_json({"schemaVersion": 2, "config": config, "layers": layers}, "manifest.v1+json")
for name, value in (("index.json", {"schemaVersion": 2, "manifests": [manifest]}),
                    ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
    with open(os.path.join(top, name), "w") as f:
        json.dump(value, f)
PY
  case $(uname -m) in x86_64) ARCHITECTURE=amd64 ;; aarch64) ARCHITECTURE=arm64 ;; *) skip "another machine" ;; esac
  export ARCHITECTURE
  mkdir tree
  echo one > tree/one
  tar -cf good.tar -C tree .
}

image() { python3 image.py "$@"; }

# refused IMAGE WORDS: with one line that has them, and nothing stays
refused() {
  run --separate-stderr sdme fs import --force x "$1"
  [ "$status" = 1 ] || { echo "$1: $status"; return 1; }
  [ "${#stderr_lines[@]}" = 2 ]
  [[ $stderr == *"$2"* ]] || { echo "no '$2' in: $stderr"; return 1; }
  [ -z "$(ls -A "$fs")" ] || { ls -A "$fs"; return 1; }
}

@test "a hostile layer is refused, with its number, its digest and the entry" {
  mkdir outside
  OUT=$PWD/outside python3 - <<'PY'
import os, tarfile
out = os.environ["OUT"]
F, L, H, C, D = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE
cases = {
    "dotdot": [("../outside/x", F, "")],
    "link": [("l", L, out), ("l/x", F, "")],
    "hard": [("h", H, "/etc/shadow")],
    "top": [(".", L, out)],
    "device": [("gone", C, "")],
    "whiteout": [("d/.wh.", F, "")],
    "whiteout-up": [("d/.wh...", F, "")],
    "whiteout-dir": [(".wh.one", D, "")],
}
for name, entries in cases.items():
    with tarfile.open(name + ".tar", "w") as t:
        for entry, kind, link in entries:
            i = tarfile.TarInfo(entry)
            i.type, i.linkname = kind, link
            t.addfile(i)
PY
  python3 "$BATS_TEST_DIRNAME/hostile.py" . > /dev/null
  # What it is, and what is said of it.
  while read -r name words; do
    rm -rf "image-$name"
    image "image-$name" good.tar "$name.tar"
    refused "image-$name" "layer 2, sha256:$(sha256sum < "$name.tar" | cut -c 1-64)"
    [[ $stderr == *"$words"* ]] || { echo "no '$words' in: $stderr"; false; }
    [ -z "$(ls -A outside)" ]
  done <<'END'
dotdot '../outside/x': its path has a '..' in it
link 'l/x': No such file or directory
hard 'h': it is a hard link to something that is not there
top '.': the top of the archive must be a directory
device 'gone': a character device 0:0
whiteout 'd/.wh.': its path has a whiteout that is damaged
whiteout-up 'd/.wh...': its path has a whiteout that is damaged
whiteout-dir '.wh.one/': it is a whiteout and a directory
paxsize-on-dir 'b': it has a size, and is no file
size-on-hardlink-in-pax 'b': it is a hard link that has a size
sparse01-shrinks 's': its map of holes is damaged
global-path 'path'
L-then-pax-path 'p': it has two long names
octal-garbage 'b': its header is damaged
no-end the block that ends a tarball is not there
END
}

@test "layers twice, empty ones, and of zeros alone" {
  head -c 1024 /dev/zero > zeros.tar
  image twice good.tar zeros.tar good.tar zeros.tar
  run -0 --separate-stderr sdme fs import --force x twice
  [ "$(cat "$fs/x/one")" = one ]
  [ "$(find "$fs/x" -mindepth 1 | wc -l)" = 1 ]
  sdme fs rm x 2> /dev/null
  : > empty.tar
  image empty good.tar empty.tar
  refused empty "layer 2, sha256:$(sha256sum < empty.tar | cut -c 1-64)"
  image none
  refused none "it has no layers"
}

@test "a layer that says where else it may be had is not fetched from there" {
  python3 - "$SDME" --config "$SDME_CONF" fs import --force x <<'PY'
import os, socket, subprocess, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(8)
s.setblocking(False)
url = '|urls=["http://127.0.0.1:%d/layer"]' % s.getsockname()[1]
foreign = '|mediaType="application/vnd.oci.image.layer.nondistributable.v1.tar"'
for name, more, status in (("here", "", 0), ("gone", "|gone=true", 1), ("foreign", foreign + "|gone=true", 1)):
    subprocess.run([sys.executable, "image.py", name, "good.tar" + url + more], check=True)
    r = subprocess.run(sys.argv[1:] + [name], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert r.returncode == status and (status == 0 or b"sha256" in r.stderr), (name, r)
    try:
        s.accept()
        sys.exit(name + ": it was fetched")
    except BlockingIOError:
        pass
PY
}

@test "a layout that is not at the top of its archive is none" {
  mkdir nested
  image nested/image good.tar
  tar -cf nested.tar -C nested .
  sdme fs import --force x nested.tar 2> /dev/null
  [ -f "$fs/x/image/oci-layout" ]
  [ ! -e "$fs/x/one" ]
  # One without its mark is none either, packed or not.
  rm nested/image/oci-layout
  tar -cf unmarked.tar -C nested/image .
  for source in nested/image unmarked.tar; do
    sdme fs import --force y "$source" 2> /dev/null
    [ -f "$fs/y/index.json" ]
    [ ! -e "$fs/y/one" ]
    sdme fs rm y 2> /dev/null
  done
}
