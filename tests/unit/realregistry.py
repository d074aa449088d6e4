#!/usr/bin/env python3
"""A docker-registry that wants a login, with an image in it that skopeo pushed.

usage: realregistry.py DIR

Prints "PORT MANIFEST-DIGEST LAYER-DIGEST LAYER-SIZE", and ends when its standard input does; or prints
"skip REASON". The image is a/b:latest, the login me, secret.
"""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time

HTPASSWD = "me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
CONFIG = """version: 0.1
storage: {filesystem: {rootdirectory: %s/data}}
http: {addr: "127.0.0.1:%d"}
auth: {htpasswd: {realm: here, path: %s/htpasswd}}
log: {level: error, accesslog: {disabled: true}}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def descriptor(directory, media_type, data):
    digest = hashlib.sha256(data).hexdigest()
    write("%s/image/blobs/sha256/%s" % (directory, digest), data)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}


def layout(directory):
    oci = "application/vnd.oci.image."
    tar = os.urandom(1 << 20) + b"\0" * 1024  # nobody unpacks it
    layer = descriptor(directory, oci + "layer.v1.tar", tar)
    config = {"architecture": "amd64", "os": "linux", "config": {},
              "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
    manifest = {"schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "layers": [layer],
                "config": descriptor(directory, oci + "config.v1+json", json.dumps(config).encode())}
    image = descriptor(directory, oci + "manifest.v1+json", json.dumps(manifest).encode())
    image["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    write(directory + "/image/index.json", json.dumps({"schemaVersion": 2, "manifests": [image]}))
    write(directory + "/image/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
    return image, layer


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, registry):
    while registry.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
    return sys.exit("docker-registry does not start")


def main():
    directory = sys.argv[1]
    for tool in ("docker-registry", "skopeo"):
        if not shutil.which(tool):
            print("skip", tool, "is not installed")
            return
    image, layer = layout(directory)
    port = free_port()
    write(directory + "/htpasswd", HTPASSWD)
    write(directory + "/config.yml", CONFIG % (directory, port, directory))
    with open(directory + "/registry.log", "wb") as log, \
            subprocess.Popen(["docker-registry", "serve", directory + "/config.yml"], stdout=log, stderr=log,
                             stdin=subprocess.DEVNULL) as registry:
        try:
            wait_for(port, registry)
            subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "me:secret",
                            "--preserve-digests", "oci:%s/image:latest" % directory,
                            "docker://127.0.0.1:%d/a/b:latest" % port], check=True, stdin=subprocess.DEVNULL)
            print(port, image["digest"], layer["digest"], layer["size"], flush=True)
            sys.stdin.read()
        finally:
            registry.kill()
        shutil.rmtree(directory + "/data", ignore_errors=True)


if __name__ == "__main__":
    main()
