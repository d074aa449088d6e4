#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""layers.py make DIR: an OCI layout with an image "test" of four layers, and links layer-N to its blobs.
layers.py compare A B: says where two trees differ, entry by entry; exit status 1 if they do."""
import gzip, hashlib, io, json, os, stat, struct, subprocess, sys, tarfile

CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0).decode("latin-1")


class Layer:
    def __init__(self):
        self.bytes = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.bytes, mode="w", format=tarfile.PAX_FORMAT, encoding="latin-1")

    def add(self, name, kind=tarfile.REGTYPE, data=b"", mode=0o644, uid=0, gid=0, mtime=1000.25, link="",
            device=(0, 0), xattrs=None):
        info = tarfile.TarInfo(name)
        info.type, info.size, info.mode, info.uid, info.gid = kind, len(data), mode, uid, gid
        info.mtime, info.linkname, (info.devmajor, info.devminor) = mtime, link, device
        info.pax_headers = {"SCHILY.xattr." + k: v for k, v in (xattrs or {}).items()}
        self.tar.addfile(info, io.BytesIO(data))

    def dir(self, name, mode=0o755, **more):
        self.add(name, tarfile.DIRTYPE, mode=mode, **more)

    def symlink(self, name, link, **more):
        self.add(name, tarfile.SYMTYPE, link=link, mode=0o777, **more)

    def hard_link(self, name, link):
        self.add(name, tarfile.LNKTYPE, link=link)

    def whiteout(self, name):
        self.add(name)

    def done(self):
        self.tar.close()
        return self.bytes.getvalue()


def base():
    l = Layer()
    l.dir("./", mtime=5.5)
    for d in ("etc", "usr", "usr/bin", "usr/lib", "var", "var/cache", "dev", "opaque", "opaque/sub", "deep",
              "deep/a", "deep/a/b", "types", "types/dir"):
        l.dir(d + "/", mtime=100.125)
    l.add("etc/passwd", data=b"root", mode=0o640, uid=1, gid=70000, mtime=1234567890.123456)
    l.add("etc/removed", data=b"x")
    l.add("usr/bin/ping", data=b"ping" * 5000, mode=0o755, xattrs={"security.capability": CAPABILITY})
    l.add("usr/bin/su", data=b"su", mode=0o4755)
    l.add("usr/bin/noted", data=b"n", xattrs={"user.note": "a value"})
    l.hard_link("usr/bin/su2", "usr/bin/su")
    l.symlink("lib", "usr/lib", uid=3, mtime=77.5)
    l.symlink("bin", "usr/bin")
    l.symlink("dangling", "/nowhere/at/all")
    l.symlink("absolute", "/etc/passwd")
    l.add("dev/null", tarfile.CHRTYPE, mode=0o666, device=(1, 3))
    l.add("dev/disk", tarfile.BLKTYPE, mode=0o660, gid=6, device=(8, 1))
    l.add("dev/fifo", tarfile.FIFOTYPE, mode=0o622)
    l.add("opaque/lower", data=b"x")
    l.add("opaque/both", data=b"lower")
    l.add("opaque/sub/lower", data=b"x")
    l.add("deep/a/b/file", data=b"x")
    l.add("deep/a/kept", data=b"x")
    l.add("types/file", data=b"x")
    l.add("types/dir/in", data=b"x")
    l.symlink("types/link", "dir")
    l.dir("noted", xattrs={"user.old": "o"})
    l.dir("sticky", mode=0o1777)
    l.dir("sgid", mode=0o2775, gid=50)
    return l.done()


def second():
    l = Layer()
    l.whiteout("etc/.wh.removed")
    l.whiteout(".wh.dangling")
    l.whiteout(".wh.absolute")
    l.dir("opaque/", mtime=200.5)
    l.add("opaque/upper", data=b"u")
    l.add("opaque/both", data=b"upper")
    l.add("opaque/.wh..wh..opq")
    l.whiteout("deep/a/.wh.b")
    l.dir("types/file", mode=0o700)
    l.add("types/file/in", data=b"now a directory")
    l.add("types/dir", data=b"now a file")
    l.dir("types/link")
    l.add("types/link/in", data=b"was a link")
    l.hard_link("usr/bin/ping2", "usr/bin/ping")
    l.dir("noted", xattrs={"user.new": "n"}, mtime=300.75)
    l.add("sgid/file", data=b"g")
    l.add("lib/through-a-link", data=b"t")
    return l.done()


def third():
    l = Layer()
    l.dir("lib", mode=0o711)
    l.add("lib/split", data=b"s")
    l.add("usr/bin/su", data=b"other", mode=0o755)
    l.add("etc/passwd", data=b"rewritten", uid=200000, gid=4000000000, mtime=-5.0)
    l.whiteout("etc/.wh.passwd")
    l.add("etc/after", data=b"a")
    l.dir("var/cache", mode=0o700, uid=42)
    l.add("var/cache/" + "n" * 200, data=os.urandom(300000))
    l.whiteout("nowhere/.wh.x")
    l.symlink("types/dir", "link")
    return l.done()


def sparse(where):
    """What GNU tar makes of holes."""
    path = os.path.join(where, "holes")
    with open(path, "wb") as f:
        f.write(b"begin")
        f.seek(3 << 20)
        f.write(b"middle")
        f.truncate(8 << 20)
    os.utime(path, ns=(0, 1_000_000_007))
    out = subprocess.run(["tar", "--format=pax", "--sparse", "-C", where, "-c", "holes"], check=True,
                         stdout=subprocess.PIPE).stdout
    os.unlink(path)
    return out


def blob(where, data):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(where, "blobs/sha256", digest), "wb") as f:
        f.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def make(where):
    os.makedirs(os.path.join(where, "blobs/sha256"))
    plain = [base(), second(), third(), sparse(where)]
    layers = []
    for i, data in enumerate(plain):
        packed = gzip.compress(data)
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **blob(where, packed)})
        os.symlink("blobs/sha256/" + layers[-1]["digest"][7:], os.path.join(where, f"layer-{i + 1}"))
    config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(p).hexdigest() for p in plain]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json", **blob(where, json.dumps(config).encode())},
        "layers": layers}
    index = {"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", **blob(where, json.dumps(manifest).encode()),
        "annotations": {"org.opencontainers.image.ref.name": "test"}}]}
    for name, value in (("index.json", index), ("oci-layout", {"imageLayoutVersion": "1.0.0"})):
        with open(os.path.join(where, name), "w") as f:
            json.dump(value, f)


def describe(path):
    st = os.lstat(path)
    what = {"mode": oct(st.st_mode), "owner": (st.st_uid, st.st_gid), "mtime": st.st_mtime_ns,
            "xattrs": {n: os.getxattr(path, n, follow_symlinks=False)
                       for n in sorted(os.listxattr(path, follow_symlinks=False))}}
    if not stat.S_ISDIR(st.st_mode):
        what["nlink"] = st.st_nlink
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as f:
            what["content"] = (st.st_size, hashlib.sha256(f.read()).hexdigest())
    elif stat.S_ISLNK(st.st_mode):
        what["target"] = os.readlink(path)
    elif not stat.S_ISDIR(st.st_mode):
        what["device"] = st.st_rdev
    return what


def listing(top):
    out = {".": describe(top)}
    for where, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(where, name)
            out[os.path.relpath(path, top)] = describe(path)
    return out


def compare(a, b):
    left, right = listing(a), listing(b)
    different = [p for p in sorted(set(left) | set(right)) if left.get(p) != right.get(p)]
    for path in different:
        print(f"{path}:\n  {left.get(path)}\n  {right.get(path)}")
    if len(left) < 40:
        print(f"only {len(left)} entries")
        return 1
    return 1 if different else 0


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    sys.exit(compare(sys.argv[2], sys.argv[3]))
