#!/usr/bin/env python3
"""A registry with one image, which can fail in every way that is known.

usage: registry.py LOG

It listens on 127.0.0.1, prints its port, the digests of the layers (ALGORITHM-HEX) and half of the
first one's size, and ends when its standard input does. Each answer is a line in LOG: METHOD PATH STATUS, and of a
request for a range its first byte.

The image is what HOW/WHERE:latest is, for any HOW and WHERE: "good/x" for one. HOW is what is wrong with how
WHERE is sent, which is the manifest, the config or the layer (the first one, of some 300 KB); see
Registry.wrong(). In place of that, "evil/NAME" has another image; see evil().
"""
import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OCI = "application/vnd.oci.image."
LOG = open(sys.argv[1], "a", encoding="utf-8", buffering=1)
LOCK = threading.Lock()
SEEN = {}
BLOBS = {}


# --- the image --------------------------------------------------------------------------------------------

def layer(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if name.endswith("/"):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def blob(data, media_type):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    BLOBS[digest] = data
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def document(value, media_type):
    return blob(json.dumps(value).encode(), media_type)


NOISE = random.Random(1).randbytes(300000)
TARS = [layer([("./", b""), ("etc/", b""), ("etc/os-release", b"ID=test\n"), ("noise", NOISE)]), layer([("./", b""), ("second", b"second\n")])]
LAYERS = [blob(gzip.compress(t, mtime=0), OCI + "layer.v1.tar+gzip") for t in TARS]
CONFIG_VALUE = {"architecture": "amd64" if os.uname().machine == "x86_64" else "arm64", "os": "linux", "config": {},
                "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(t).hexdigest() for t in TARS]}}
CONFIG = document(CONFIG_VALUE, OCI + "config.v1+json")
MANIFEST_VALUE = {"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": CONFIG, "layers": LAYERS}
MANIFEST = document(MANIFEST_VALUE, OCI + "manifest.v1+json")


def with_config(**changes):
    config = document({**CONFIG_VALUE, **changes}, OCI + "config.v1+json")
    return document({**MANIFEST_VALUE, "config": config}, OCI + "manifest.v1+json")


def with_layer(**changes):
    return document({**MANIFEST_VALUE, "layers": [{**LAYERS[0], **changes}, LAYERS[1]]}, OCI + "manifest.v1+json")


def nested(depth):
    d = MANIFEST
    for _ in range(depth):
        d = document({"schemaVersion": 2, "manifests": [{**d, "platform": {"os": "linux", "architecture": CONFIG_VALUE["architecture"]}}]},
                     OCI + "index.v1+json")
    return d


def evil(name):
    """The manifest of evil/NAME."""
    return {
        "garbage": lambda: blob(b"{\"schemaVersion\": 2, \"layers\": [", OCI + "manifest.v1+json"),
        "deep": lambda: blob(b"[" * 100000 + b"]" * 100000, OCI + "manifest.v1+json"),
        "page": lambda: blob(b"<html>Please log in</html>", "text/html"),
        "long": lambda: blob(b" " * (5 << 20), OCI + "manifest.v1+json"),
        "old": lambda: blob(b'{"schemaVersion": 1, "fsLayers": []}', "application/vnd.docker.distribution.manifest.v1+prettyjws"),
        "path": lambda: with_layer(digest="sha256:../../../../../../../../../../../../../../../../etc/passwd"),
        "negative": lambda: with_layer(size=-1),
        "absent": lambda: with_layer(digest="sha256:" + "0" * 64),
        "smaller": lambda: with_layer(size=LAYERS[0]["size"] - 1),
        "larger": lambda: with_layer(size=LAYERS[0]["size"] + 1),
        "huge": lambda: with_layer(size=1 << 62),
        "kind": lambda: with_layer(mediaType="application/x-surprise"),
        "diff": lambda: with_config(rootfs={"type": "layers", "diff_ids": CONFIG_VALUE["rootfs"]["diff_ids"][::-1]}),
        "fewer": lambda: with_config(rootfs={"type": "layers", "diff_ids": CONFIG_VALUE["rootfs"]["diff_ids"][:1]}),
        "elsewhere": lambda: with_config(architecture="s390x"),
        "nested": lambda: nested(50),
    }[name]()


# --- what goes wrong --------------------------------------------------------------------------------------

class Registry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def reply(self, status, body=b"", length=None, **fields):
        # Without it the client would wait longer each time before it tries again.
        fields.setdefault("Retry-After", "0")
        with LOCK:
            LOG.write("%s %s %d%s\n" % (self.command, self.path, status, " from %d" % self.first if status == 206 else ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def content(self, data, fields, stop=None):
        """data as it was asked for; of which stop: only so many bytes come"""
        if self.first is not None:
            fields = {**fields, "Content-Range": "bytes %d-%d/%d" % (self.first, len(data) - 1, len(data))}
        rest = data[self.first or 0:]
        length = None if stop is None else len(rest)
        self.reply(200 if self.first is None else 206, rest if stop is None else rest[:max(stop - (self.first or 0), 0)], length, **fields)

    def wrong(self, how, data, fields):
        with LOCK:
            again = SEEN.get(self.path, 0)
            SEEN[self.path] = again + (self.command == "GET")
        half = len(data) // 2
        if how.startswith("status-"):
            self.reply(int(how[7:]), b'{"errors": [{"code": "X", "message": "because of this"}]}')
        elif how == "later":
            self.reply(429, **{"Retry-After": "99999"})
        elif how == "cut" or (how == "cut-once" and not again):
            self.content(data, fields, half)
        elif how == "deaf":  # to ranges
            self.first = None
            self.content(data, fields, None if again else half)
        elif how == "die":
            self.content(data, fields, half)
            self.wfile.flush()
            os._exit(0)
        elif how == "stall":
            self.content(data, fields, half)
            self.wfile.flush()
            self.rfile.read(1)
        elif how == "gate":  # the second half comes when there is a file LOG.go, or to others at once
            self.content(data, fields, None if again else half)
            self.wfile.flush()
            while not again and not os.path.exists(sys.argv[1] + ".go"):
                time.sleep(0.02)
            if not again:
                self.wfile.write(data[half:])
        elif how == "lie" or (how == "lie-once" and not again):
            self.content(bytes(b ^ 1 for b in data), fields)
        elif how == "lie-later":  # what comes after the break is of something else
            self.content(data if not again else bytes(b ^ 1 for b in data), fields, None if again else half)
        elif how == "shift":
            if self.first is None:
                self.content(data, fields, half)
            else:
                self.first -= 1
                self.content(data, fields)
        elif how == "short":
            self.reply(200, data[:half], **fields)
        elif how == "long":
            self.reply(200, data + b"x", **fields)
        elif how == "empty":
            self.reply(200, **fields)
        elif how == "page":
            self.reply(200, b"<html>Please log in</html>", **{"Content-Type": "text/html; charset=utf-8"})
        elif how == "around":
            self.reply(307, Location=self.path)
        elif how == "file":
            self.reply(307, Location="file:///etc/passwd")
        elif how == "no-http":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            self.close_connection = True
        else:
            self.content(data, fields)

    def do_GET(self):
        words = self.path.strip("/").split("/")
        value = self.headers.get("Range", "")
        self.first = int(value[6:-1]) if value else None
        if len(words) != 5:
            return self.reply(200, b"{}")
        _, how, where, kind, ref = words
        manifest = evil(where) if how == "evil" else MANIFEST
        if kind == "manifests":
            d = manifest if ref == "latest" else {**MANIFEST, "digest": ref}
        else:
            d = {"digest": ref, "mediaType": "application/octet-stream"}
        data = BLOBS.get(d["digest"])
        if data is None:
            return self.reply(404, b'{"errors": [{"code": "BLOB_UNKNOWN", "message": "there is no such thing"}]}')
        fields = {"Content-Type": d["mediaType"], "ETag": '"%s"' % d["digest"]}
        if kind == "manifests":
            fields["Docker-Content-Digest"] = d["digest"]
        is_it = {"manifest": kind == "manifests", "config": ref == CONFIG["digest"], "layer": ref == LAYERS[0]["digest"]}
        return self.wrong(how if is_it.get(where) else "good", data, fields)

    do_HEAD = do_GET


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # the client has gone


def main():
    server = Server(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], *(d["digest"].replace(":", "-") for d in LAYERS), LAYERS[0]["size"] // 2, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
