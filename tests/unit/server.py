#!/usr/bin/env python3
"""A server that misbehaves, for the tests of what speaks HTTP.

usage: server.py LOG [TLSDIR]

It listens on four loopback addresses or ports and prints "NAME PORT" for each, then "ready". It ends when
its standard input does. Each request is a line in LOG before it is answered:

    NAME METHOD TARGET | Authorization | Range | If-Range | body

NAME is a (127.0.0.1), b (127.0.0.2), and with TLSDIR, where it puts certificates: tls (127.0.0.1, signed by
ca.pem), expired and wrong (for another name). What a path does is said at its function.
"""
import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

CONTENT = bytes(i % 251 for i in range(1000))
LOCK = threading.Lock()
COUNTS = {}
LOG = None
PORTS = {}


def count(key):
    """How many times it was asked for before."""
    with LOCK:
        COUNTS[key] = COUNTS.get(key, 0) + 1
        return COUNTS[key] - 1


class Request:
    def __init__(self, name, conn):
        self.name, self.conn = name, conn
        data = b""
        while b"\r\n\r\n" not in data:
            more = conn.recv(65536)
            if not more:
                raise EOFError
            data += more
            if data[0] == 22:  # TLS
                conn.sendall(b"HTTP/1.1 400 word\r\nContent-Length: 0\r\n\r\n")
                raise EOFError
        head, self.body = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.fields = {}
        self.all = []
        for line in lines[1:]:
            key, value = line.split(":", 1)
            self.fields[key.lower()] = value.strip()
            self.all.append((key, value.strip()))
        while len(self.body) < int(self.fields.get("content-length", 0)):
            self.body += conn.recv(65536)
        path, _, query = self.target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.words = [urllib.parse.unquote(w) for w in path.strip("/").split("/")]
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.scopes = [v for k, v in urllib.parse.parse_qsl(query) if k == "scope"]

    def log(self):
        words = [self.fields.get(k, "") for k in ("authorization", "range", "if-range")]
        with LOCK:
            LOG.write(" | ".join(["%s %s %s" % (self.name, self.method, self.target)] + words +
                                 [self.body.decode("latin-1")]) + "\n")
            LOG.flush()

    def raw(self, data):
        self.conn.sendall(data)

    def head(self, status, fields=(), length=None, version="HTTP/1.1"):
        lines = ["%s %s word" % (version, status)]
        if length is not None:
            lines.append("Content-Length: %d" % length)
        lines += ["%s: %s" % f for f in fields]
        self.raw(("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode("latin-1"))

    def answer(self, status, body=b"", fields=()):
        body = body.encode() if isinstance(body, str) else body
        self.head(status, fields, len(body))
        if self.method != "HEAD":
            self.raw(body)


# --- HTTP -------------------------------------------------------------------------------------------------

def ok(r):
    r.answer(200, "hello", [("Content-Type", "text/plain"), ("X-Twice", "one"), ("x-twice", "two")])


def redirect(r):
    """/redirect/STATUS/LOCATION"""
    r.answer(r.words[1], "moved", [("Location", r.words[2])])


def loop(r):
    """/loop/N: N redirects, and then hello"""
    n = int(r.words[1])
    if n == 0:
        return ok(r)
    return r.answer(302, "", [("Location", "../loop/%d" % (n - 1))])


def flaky(r):
    """/flaky/N/STATUS[?after=...]: N failures, and then hello"""
    after = r.query.get("after", "0")
    if after == "date":
        after = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 60))
    if after == "later":
        after = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 7200))
    if count(r.target) < int(r.words[1]):
        return r.answer(r.words[2], "failed", [("Retry-After", after)])
    return ok(r)


def drop(r):
    """/drop/N: N connections without an answer, and then hello"""
    if count(r.target) >= int(r.words[1]):
        ok(r)


def cut(r):
    """/cut/N: 1000 bytes, of which the first answer brings N; with ranges and an ETag, but for
    ?etag=none|weak|changes, ?range=ignored|wrong|total|unasked|short"""
    first = count(r.target) == 0
    etag = r.query.get("etag", '"a"')
    fields = {"none": [], "weak": [("ETag", 'W/"a"')]}.get(etag, [("ETag", '"a"')])
    if etag == "changes" and not first:
        fields = [("ETag", '"b"')]
    content, how = CONTENT, r.query.get("range")
    if etag == "changes" and not first:
        content = CONTENT[::-1]
    begin = int(r.fields.get("range", "bytes=0-")[6:-1])
    if r.fields.get("if-range", fields and fields[0][1]) != (fields and fields[0][1]) or how == "ignored":
        begin = 0
    if how == "unasked":
        return r.answer(206, content, fields + [("Content-Range", "bytes 0-999/1000")])
    if begin == 0:
        r.head(200, fields, len(content))
        return r.raw(content[:int(r.words[1])] if first else content)
    shift, total = (1 if how == "wrong" else 0), (2000 if how == "total" else 1000)
    content = content[begin - shift:]
    if how == "short":
        content = content[:100]
    fields.append(("Content-Range", "bytes %d-%d/%d" % (begin - shift, begin - shift + len(content) - 1, total)))
    return r.answer(206, content, fields)


def stall(r):
    """/stall/N: of 1000 bytes N at once, and then none until the client goes"""
    r.head(200, [("ETag", '"a"')], 1000)
    r.raw(CONTENT[:int(r.words[1])])
    r.conn.recv(1)


def trickle(r):
    """/trickle/header|body: a byte now and then"""
    if r.words[1] == "body":
        r.head(200, [], 1000)
    for byte in (b"HTTP/1.1 200 OK\r\nX: " if r.words[1] == "header" else b"") + b"y" * 1000:
        r.raw(bytes([byte]))
        time.sleep(0.01)


def lengths(r):
    """/length/LIE: "hello", with another length"""
    r.head(200, [], int(r.words[1]))
    r.raw(b"hello")


def huge(r):
    """/huge/header|body|status"""
    if r.words[1] == "header":
        r.answer(200, "hello", [("X-%d" % i, "y" * 1000) for i in range(100)])
    elif r.words[1] == "interim":
        r.raw(b"HTTP/1.1 102 word\r\nX: %s\r\n\r\n" % (b"y" * 1000) * 100)
        ok(r)
    else:
        r.answer(404, b"x" * (1 << 20))


def chunked(r):
    """/chunked/garbage|trailer|cut|many"""
    r.head(200, [("Transfer-Encoding", "chunked")])
    r.raw({
        "garbage": b"5\r\nhello\r\nzz\r\n",
        "trailer": b"5\r\nhello\r\n0\r\nX-Twice: trailer\r\nHTTP/1.1 401: word\r\n\r\n",
        "cut": b"5\r\nhel",
        "endless": b"ffffffffffffffffffff\r\nhello",
    }[r.words[1]])


def raw(r):
    """/raw/WHAT"""
    r.raw({
        "closed": b"HTTP/1.0 200 OK\r\n\r\nhello",
        "ssh": b"SSH-2.0-OpenSSH\r\n",
        "interim": b"HTTP/1.1 103 Early\r\nX-Twice: early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        "split": b"HTTP/1.1 302 OK\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    }[r.words[1]])


def big(r):
    """/big/N: so many bytes of CONTENT again and again"""
    n = int(r.words[1])
    r.head(200, [], n)
    block = CONTENT * 64
    while n > 0:
        r.raw(block[:n])
        n -= len(block)


# --- a registry -------------------------------------------------------------------------------------------

MANIFEST = b'{"schemaVersion": 2, "what": "a manifest"}'
TYPE = "application/vnd.oci.image.manifest.v1+json"
TOKENS = {}  # token: uses left


def origin(r, name=None):
    name = name or r.name
    return "%s://127.0.0.%d:%d" % ("http" if name in "ab" else "https", 2 if name == "b" else 1, PORTS[name])


def bearer(realm, repository, extra=""):
    return ("WWW-Authenticate", 'Bearer realm="%s",service="the, service",scope="repository:%s:pull"%s' %
            (realm, repository, extra))


def challenge(r, mode, repository):
    """What is in front of that mode of repositories; None: it is open to whoever asks like this."""
    sent = r.fields.get("authorization", "")
    login = sent == "Basic bWU6c2VjcmV0"
    realm = origin(r) + "/token/" + mode
    challenges = {
        "basic": [("WWW-Authenticate", 'Basic realm="x"')],
        "bearer": [bearer(realm, repository)],
        "short": [bearer(realm, repository)],
        "never": [bearer(realm, repository)],
        "login": [bearer(realm, repository)],
        "access": [bearer(realm, repository)],
        "two": [("WWW-Authenticate", 'Basic realm="x", Negotiate'), bearer(realm, repository)],
        "http": [bearer(origin(r, "a") + "/token/http", repository)],
        "far": [bearer(origin(r, "b") + "/token/far", repository)],
        "unproven": [bearer(origin(r, "wrong") + "/token/unproven", repository)],
        "user": [bearer("https://u:p@127.0.0.1/token", repository)],
        "file": [bearer("file:///etc/passwd", repository)],
        "none": [("WWW-Authenticate", "Bearer service=x")],
        "digest": [("WWW-Authenticate", 'Digest realm="x"')],
        "broken": [("WWW-Authenticate", 'Bearer realm="x')],
        "silent": [],
        "noscope": [("WWW-Authenticate", 'Bearer realm="%s?a=b"' % realm)],
        "badtoken": [bearer(realm, repository)],
        "notoken": [bearer(realm, repository)],
        "html": [bearer(realm, repository)],
        "moved": [bearer(realm, repository)],
    }.get(mode)
    if challenges is None or (login and mode in ("basic",)):
        return None
    if sent.startswith("Bearer ") and mode != "never":
        with LOCK:
            if TOKENS.get(sent[7:], 0) > 0:
                TOKENS[sent[7:]] -= 1
                return None
    return challenges


def token(r):
    """/token/MODE"""
    mode = r.words[1]
    sent = r.fields.get("authorization", "")
    form = dict(urllib.parse.parse_qsl(r.body.decode()))
    if mode == "login" and sent != "Basic bWU6c2VjcmV0" and form.get("refresh_token") != "i&d":
        return r.answer(401, "{}")
    if mode == "moved":
        return r.answer(307, "", [("Location", origin(r, "b") + "/token/bearer")])
    value = "token-%s-%d" % (mode, count("token"))
    with LOCK:
        TOKENS[value] = 1 if mode == "short" else 1000
    body = {"badtoken": '{"token": "a\\r\\nX: y"}', "notoken": '{"token": ""}', "html": "<html>",
            "access": '{"access_token": "%s", "expires_in": 300}' % value}.get(mode, '{"token": "%s"}' % value)
    return r.answer(200, body, [("Content-Type", "text/html" if mode == "html" else "application/json")])


def manifest(r, mode, ref):
    digest = "sha256:" + hashlib.sha256(MANIFEST).hexdigest()
    fields = [("Content-Type", TYPE), ("Docker-Content-Digest", digest)]
    if ref == "missing":
        return r.answer(404, '{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
    if ref in ("403", "429", "500"):
        return r.answer(int(ref), '{"errors": [{"message": "because"}]}', [("Retry-After", "99999")])
    if ref == "page":
        return r.answer(200, "<html>login</html>", [("Content-Type", "text/html; charset=utf-8")])
    if ref == "large":
        return r.answer(200, b" " * (4 * 1024 * 1024 + 1), fields)
    if ref == "liar":
        fields[1] = ("Docker-Content-Digest", "sha256:" + "0" * 64)
    if ref == "nonsense":
        fields[1] = ("Docker-Content-Digest", "sha256:../../x")
    if ref == "silent":
        fields.pop()
    if ref == "nohead" and r.method == "HEAD":
        return r.answer(405)
    if mode == "other":
        return r.answer(200, MANIFEST + b" ", fields[:1])
    return r.answer(200, MANIFEST, fields)


def blob(r, mode):
    if mode == "cdn":
        return r.answer(307, "", [("Location", origin(r, "b") + "/cut/9999?signature=x")])
    if mode == "asking":
        return r.answer(307, "", [("Location", origin(r, "b") + "/v2/login/x/blobs/y")])
    if mode == "missing":
        return r.answer(404, "{}")
    if mode == "long":
        return r.answer(200, CONTENT + b"x")
    if mode == "brief":
        return r.answer(200, CONTENT[:-1])
    r.words = ["cut", "400"] if mode in ("short", "breaks") else ["cut", "9999"]
    return cut(r)


def registry(r):
    """/v2/MODE/...: what MODE does is said by challenge(), manifest() and blob()"""
    if len(r.words) < 5:
        return r.answer(200, "{}")
    mode, kind, ref = r.words[1], r.words[-2], r.words[-1]
    wanted = challenge(r, mode, "/".join(r.words[1:-2]))
    if wanted is not None:
        return r.answer(401, '{"errors": [{"code": "UNAUTHORIZED"}]}', wanted)
    return manifest(r, mode, ref) if kind == "manifests" else blob(r, mode)


PATHS = {"v2": registry, "token": token, "ok": ok, "redirect": redirect, "loop": loop, "flaky": flaky, "drop": drop, "cut": cut, "stall": stall,
         "trickle": trickle, "length": lengths, "huge": huge, "chunked": chunked, "raw": raw, "big": big}


# --- sockets ----------------------------------------------------------------------------------------------

def handle(name, conn, context):
    try:
        conn.settimeout(20)
        if context:
            conn = context.wrap_socket(conn, server_side=True)
        r = Request(name, conn)
        r.log()
        PATHS.get(r.words[0], lambda r: r.answer(404, "nothing here"))(r)
        conn.shutdown(socket.SHUT_WR)
        while conn.recv(65536):
            pass
    except (OSError, EOFError):
        pass
    finally:
        conn.close()


def listen(name, address, context=None):
    listener = socket.socket()
    listener.bind((address, 0))
    listener.listen(64)
    PORTS[name] = listener.getsockname()[1]

    def serve():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=handle, args=(name, conn, context), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificate(directory, name, alt, days):
    """NAME.pem, with its key, signed by ca.pem"""
    base = os.path.join(directory, name)
    ca = os.path.join(directory, "ca")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
            "-out", base + ".csr", "-subj", "/CN=" + name)
    with open(base + ".ext", "w", encoding="ascii") as f:
        f.write("subjectAltName=%s\n" % alt)
    openssl("x509", "-req", "-in", base + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial",
            "-days", str(days), "-extfile", base + ".ext", "-out", base + ".pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(base + ".pem", base + ".key")
    return context


def main():
    global LOG
    LOG = open(sys.argv[1], "a", encoding="latin-1")
    listen("a", "127.0.0.1")
    listen("b", "127.0.0.2")
    if len(sys.argv) > 2:
        directory = sys.argv[2]
        ca = os.path.join(directory, "ca")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
                "-keyout", ca + ".key", "-out", ca + ".pem", "-subj", "/CN=ca")
        here = "IP:127.0.0.1,DNS:localhost"
        listen("tls", "127.0.0.1", certificate(directory, "tls", here, 3650))
        listen("expired", "127.0.0.1", certificate(directory, "expired", here, -1))
        listen("wrong", "127.0.0.1", certificate(directory, "wrong", "DNS:other.example", 3650))
    for name, port in PORTS.items():
        print(name, port)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
