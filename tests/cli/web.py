"""A server of files and a proxy, for tests: web.py LOG DIRECTORY [CA]

Prints the ports, "http N", "https N", "proxy N", and "ready"; ends with its standard input. CA.pem and CA.key sign
the certificate of https, which is for localhost and server.test; the proxy finds that here. With TUNNEL=PORT in the
environment, "tunnel N" is TLS in front of that port. LOG has a line a request: "NAME METHOD PATH | fields that matter".

/FILE                 with ETag and ranges
/plain/FILE           without
/cut/N/FILE           the first answer breaks off after N bytes
/cutplain/N/FILE      the same, without ETag and ranges
/changes/N/FILE       the same, and the next one sends other bytes; /changed/N/FILE: with another ETag
/hang/N/FILE          nothing comes after N bytes
/flaky/N/STATUS/FILE  N times that status, then the file
/status/STATUS        with a body
/redirect/URL         URL is escaped
/loop/N/FILE          N redirects
/login/FILE           wants me:secret
/lie/N/FILE           says a Content-Length of N
/attached/FILE        says it is called ../../evil.tar
"""
import base64
import http.server
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
import urllib.parse

LOG = open(sys.argv[1], "a", encoding="latin-1")
DIRECTORY = sys.argv[2]
LOCK = threading.Lock()
COUNTS = {}
PORTS = {}


def count(key):
    with LOCK:
        COUNTS[key] = COUNTS.get(key, 0) + 1
        return COUNTS[key] - 1


def relay(one, other):
    ends = {one: other, other: one}
    while True:
        for end in select.select(list(ends), [], [])[0]:
            data = end.recv(65536)
            while isinstance(end, ssl.SSLSocket) and end.pending():
                data += end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self):
        fields = [self.headers.get(k, "") for k in ("Authorization", "Proxy-Authorization", "Range", "If-Range")]
        with LOCK:
            LOG.write("%s %s %s | %s\n" % (self.server.name, self.command, self.path, " | ".join(fields)))
            LOG.flush()

    def answer(self, status, body=b"", fields=(), length=None):
        self.send_response(status)
        for key, value in fields:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def content(self, words):
        with open(os.path.join(DIRECTORY, *words), "rb") as f:
            return f.read()

    def send(self, data, etag='"a"', cut=None):
        begin, fields = 0, []
        if etag:
            fields = [("ETag", etag), ("Accept-Ranges", "bytes")]
            if "Range" in self.headers and self.headers.get("If-Range", etag) == etag:
                begin = int(self.headers["Range"][6:-1])
        if begin:
            fields.append(("Content-Range", "bytes %d-%d/%d" % (begin, len(data) - 1, len(data))))
        body = data[begin:]
        self.answer(206 if begin else 200, body if cut is None else body[:cut], fields, len(body))

    def do_GET(self):
        self.note()
        if self.path.startswith("http:"):  # as a proxy is asked
            url = urllib.parse.urlsplit(self.path)
            self.path = url.path
        path, _, _ = self.path.partition("?")
        words = [urllib.parse.unquote(w) for w in path.strip("/").split("/")]
        kind, rest = words[0], words[1:]
        first = count(path) == 0
        try:
            if kind == "plain":
                self.send(self.content(rest), None)
            elif kind in ("cut", "cutplain"):
                self.send(self.content(rest[1:]), '"a"' if kind == "cut" else None, int(rest[0]) if first else None)
            elif kind in ("changes", "changed"):
                data = self.content(rest[1:])
                etag = None if kind == "changes" else '"a"' if first else '"b"'
                self.send(data if first else data[::-1], etag, int(rest[0]) if first else None)
            elif kind == "hang":
                data = self.content(rest[1:])
                self.answer(200, data[:int(rest[0])], [], len(data))
                self.connection.recv(1)
            elif kind == "flaky" and count(path + " failed") < int(rest[0]):
                self.answer(int(rest[1]), b"failed", [("Retry-After", "0")])
            elif kind == "flaky":
                self.send(self.content(rest[2:]))
            elif kind == "status":
                self.answer(int(rest[0]), b"<html>an error</html>")
            elif kind == "redirect":
                self.answer(302, b"", [("Location", rest[0])])
            elif kind == "loop" and int(rest[0]) > 0:
                self.answer(302, b"", [("Location", "/loop/%d/%s" % (int(rest[0]) - 1, "/".join(rest[1:])))])
            elif kind == "loop":
                self.send(self.content(rest[1:]))
            elif kind == "login" and self.headers.get("Authorization") != "Basic bWU6c2VjcmV0":
                self.answer(401, b"", [("WWW-Authenticate", 'Basic realm="x"')])
            elif kind == "login":
                self.send(self.content(rest))
            elif kind == "lie":
                self.answer(200, self.content(rest[1:]), [], int(rest[0]))
            elif kind == "attached":
                self.answer(200, self.content(rest), [("Content-Disposition", 'attachment; filename="../../evil.tar"')])
            else:
                self.send(self.content(words))
        except (FileNotFoundError, IsADirectoryError):
            self.answer(404, b"<html>not here</html>", [("Content-Type", "text/html")])

    do_HEAD = do_GET

    def do_CONNECT(self):
        self.note()
        host, port = self.path.rsplit(":", 1)
        if PROXY_LOGIN and self.headers.get("Proxy-Authorization") != PROXY_LOGIN:
            self.answer(407, b"", [("Proxy-Authenticate", 'Basic realm="x"')])
            return
        try:
            there = socket.create_connection(("127.0.0.1" if host.endswith(".test") else host, int(port)))
        except OSError:
            self.answer(502)
            return
        self.wfile.write(b"HTTP/1.1 200 here you are\r\n\r\n")
        relay(self.connection, there)
        self.close_connection = True


PROXY_LOGIN = None
if os.environ.get("PROXY_LOGIN"):
    PROXY_LOGIN = "Basic " + base64.b64encode(os.environ["PROXY_LOGIN"].encode()).decode()


def listen(name, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.name = name
    server.daemon_threads = True
    server.handle_error = lambda *args: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    PORTS[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


def tunnel(name, context, port):
    listener = socket.create_server(("127.0.0.1", 0))
    PORTS[name] = listener.getsockname()[1]

    def handle(conn):
        try:
            with context.wrap_socket(conn, server_side=True) as one:
                with LOCK:
                    LOG.write("%s\n" % name)
                    LOG.flush()
                with socket.create_connection(("127.0.0.1", port)) as other:
                    relay(one, other)
        except OSError:
            pass

    def serve():
        while True:
            threading.Thread(target=handle, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()


def certificate(ca):
    base = ca + "-server"

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", base + ".key",
            "-out", base + ".csr", "-subj", "/CN=localhost")
    with open(base + ".ext", "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost,DNS:server.test\n")
    openssl("x509", "-req", "-in", base + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key", "-CAcreateserial",
            "-days", "3650", "-extfile", base + ".ext", "-out", base + ".pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(base + ".pem", base + ".key")
    return context


listen("http")
listen("proxy")
if len(sys.argv) > 3:
    CONTEXT = certificate(sys.argv[3])
    listen("https", CONTEXT)
    if os.environ.get("TUNNEL"):
        tunnel("tunnel", CONTEXT, int(os.environ["TUNNEL"]))
for item in PORTS.items():
    print(*item)
print("ready", flush=True)
sys.stdin.read()
