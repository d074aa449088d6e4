#!/usr/bin/env python3
"""connector.py activate SOCKET PIDFILE COMMAND...   listen there and run the command for it, again and again, as
                                                  systemd does for a socket unit
connector.py peer SOCKET WHAT [UID]               be a client that is none, as that user: see PEERS
connector.py serve SOCKET REPLY                   be a server for one client: show what it sent, and reply"""
import array
import ctypes
import os
import select
import socket
import struct
import subprocess
import sys

TRUE = b'{"argv":["true"]}'


def activate(path, pidfile, command):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(5)

    def become_service():
        if listening.fileno() != 3:
            os.dup2(listening.fileno(), 3)
        os.set_inheritable(3, True)
        os.closerange(4, 1024)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")

    while True:
        select.select([listening], [], [])
        server = subprocess.Popen(command, preexec_fn=become_service, close_fds=False)
        with open(pidfile, "w", encoding="ascii") as f:
            f.write(f"{server.pid}\n")
        server.wait()


def frame(text):
    return struct.pack(">I", len(text)) + text


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(15)
    sock.connect(path)
    return sock


def ask(sock, data, fds):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], rights)


def show_reply(sock):
    """All that comes until the other side closes."""
    data = b""
    try:
        while True:
            some = sock.recv(4096)
            if not some:
                break
            data += some
    except ConnectionResetError:
        pass
    except socket.timeout:
        data += b"(nothing)"
    print(data)


def whole(data, fds):
    def peer(path):
        sock = connect(path)
        ask(sock, data, fds)
        show_reply(sock)

    return peer


def by_bytes(path):
    sock = connect(path)
    data = frame(TRUE)
    ask(sock, data[:1], [0])
    ask(sock, data[1:6], [1])
    for byte in data[6:-1]:
        sock.send(bytes([byte]))
    ask(sock, data[-1:], [2])
    show_reply(sock)


def by_twos(path):
    sock = connect(path)
    data = frame(TRUE)
    for i, byte in enumerate(data):
        try:
            ask(sock, bytes([byte]), [0, 1] if i % 2 == 0 else [])
        except (BrokenPipeError, ConnectionResetError):  # it has been refused meanwhile
            break
    show_reply(sock)


def closes_early(path):
    sock = connect(path)
    ask(sock, frame(TRUE)[:9], [0, 1, 2])
    sock.close()


def half_closed(path):
    sock = connect(path)
    ask(sock, frame(TRUE), [0, 1, 2])
    sock.shutdown(socket.SHUT_WR)
    show_reply(sock)


def junk_for_signals(path):
    sock = connect(path)
    ask(sock, frame(b'{"argv":["sleep","1"]}'), [0, 1, 2])
    try:
        sock.send(frame(b'{"signal":99}') + b"\xff" * 20000)
    except BrokenPipeError:
        pass
    show_reply(sock)


def many_signals(path):
    """More than the server would keep; the command ignores them, and ends when it is told to."""
    sock = connect(path)
    from_us, to_command = os.pipe()
    from_command, to_us = os.pipe()
    ask(sock, frame(b'{"argv":["sh","-c","trap \'\' USR1; echo ready; read x; exit 7"]}'), [from_us, to_us, 2])
    os.read(from_command, 6)
    for _ in range(20000):
        sock.send(frame(b'{"signal":10}'))
    os.write(to_command, b"\n")
    show_reply(sock)


def second_request(path):
    """What has been asked once is asked again on the same connection."""
    sock = connect(path)
    from_us, to_command = os.pipe()
    ask(sock, frame(b'{"argv":["sh","-c","read x; touch once"]}'), [from_us, 1, 2])
    ask(sock, frame(b'{"argv":["touch","twice"]}'), [0, 1, 2])
    os.write(to_command, b"\n")
    show_reply(sock)


def silent(path):
    sock = connect(path)
    print("connected", flush=True)
    show_reply(sock)


def uring():
    """A ring of io_uring, where the kernel has it."""
    fd = ctypes.CDLL(None, use_errno=True).syscall(425, 4, ctypes.create_string_buffer(120))
    return [fd] if fd >= 0 else []


def odd_descriptors(path):
    one = connect(path)
    odd = [os.open("/", os.O_RDONLY), os.open("/", os.O_PATH), os.open("/etc/passwd", os.O_PATH), connect(path).fileno(),
           one.fileno(), select.epoll().fileno(), os.eventfd(0)] + uring()
    for fd in odd:
        sock = connect(path)
        try:
            ask(sock, frame(TRUE), [fd, 1, 2])
        except OSError:  # newer kernels pass no rings on
            continue
        show_reply(sock)
        os.close(fd)
    one.detach()
    sock = connect(path)
    ask(sock, frame(TRUE), [sock.fileno()] * 3)  # itself
    show_reply(sock)


PEERS = {
    "none": whole(frame(TRUE), []),
    "two": whole(frame(TRUE), [0, 1]),
    "four": whole(frame(TRUE), [0, 1, 2, 0]),
    "many": whole(frame(TRUE), [0] * 253),  # the kernel's most
    "three": whole(frame(TRUE), [0, 1, 2]),
    "junk": whole(frame(b"GET / HTTP/1.0"), [0, 1, 2]),
    "empty": whole(frame(b""), [0, 1, 2]),
    "nul": whole(frame(b'{"argv":["a\\u0000b"]}'), [0, 1, 2]),
    "deep": whole(frame(b'{"argv":' + b"[" * 100000 + b"}"), [0, 1, 2]),
    "endless": whole(b"\xff\xff\xff\xff" + b"x" * 1000, [0, 1, 2]),
    "long": whole(b"\x00\x10\x00\x01" + b" " * 100, [0, 1, 2]),
    "large": whole(frame(b'{"argv":["true","' + b"x" * 200000 + b'"]}'), [0, 1, 2]),
    "bytes": by_bytes,
    "twos": by_twos,
    "early": closes_early,
    "half": half_closed,
    "silent": silent,
    "replay": second_request,
    "signals": junk_for_signals,
    "flood": many_signals,
    "odd": odd_descriptors,
}


def serve(path, reply):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(1)
    sock, _ = listening.accept()
    data, rights, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(32))
    n = sum(len(d) // 4 for level, kind, d in rights if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS))
    print(data, n, flush=True)
    sock.sendall(reply.encode("latin-1").decode("unicode_escape").encode("latin-1"))


def main():
    what, path = sys.argv[1:3]
    if what == "activate":
        activate(path, sys.argv[3], sys.argv[4:])
    elif what == "peer":
        if len(sys.argv) > 4:
            os.setuid(int(sys.argv[4]))
        PEERS[sys.argv[3]](path)
    else:
        serve(path, sys.argv[3])


main()
