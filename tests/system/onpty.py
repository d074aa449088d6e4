#!/usr/bin/env python3
"""onpty.py STEP... -- COMMAND...: run a command on a terminal of its own, and use that as a person does.

Steps: expect:REGEX  send:TEXT (Python escapes)  size:ROWSxCOLUMNS  signal:NAME (to the command)
       echo:on|off (the terminal's mode, waited for)  sleep:SECONDS
What the command prints goes to stdout. The exit status is the command's own, 128 + N when signal N killed
it, or 124 when something expected did not come in 20 seconds."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20.0


class Gone(Exception):
    pass


class Session:
    def __init__(self, command):
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp(command[0], command)

    def pump(self, until):
        """Read what there is; False when time is up or the command has closed its terminal."""
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.fd], [], [], left)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: the end
            data = b""
        self.seen += data
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return bool(data)

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            if not self.pump(min(end, time.monotonic() + 0.05)) and time.monotonic() >= end:
                raise Gone(what)

    def expect(self, text):
        found = None

        def here():
            nonlocal found
            found = re.search(text.encode(), self.seen)
            return found

        self.until(here, text)
        self.seen = self.seen[found.end():]

    def echo(self, text):
        self.until(lambda: bool(termios.tcgetattr(self.fd)[3] & termios.ECHO) == (text == "on"),
                   "echo " + text)

    def send(self, text):
        os.write(self.fd, text.encode().decode("unicode_escape").encode("latin-1"))

    def size(self, text):
        rows, columns = map(int, text.split("x"))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def sleep(self, text):
        end = time.monotonic() + float(text)
        while time.monotonic() < end:
            self.pump(end)

    def signal(self, text):
        os.kill(self.pid, getattr(signal, "SIG" + text))

    def finish(self):
        end = time.monotonic() + LIMIT
        while self.pump(end):
            pass
        if time.monotonic() >= end:
            raise Gone("the end")
        _, status = os.waitpid(self.pid, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def main(argv):
    cut = argv.index("--")
    session = Session(argv[cut + 1:])
    try:
        for step in argv[:cut]:
            verb, _, text = step.partition(":")
            getattr(session, verb)(text)
        return session.finish()
    except Gone as what:
        print(f"\nonpty.py: waited in vain for: {what}", file=sys.stderr)
        os.kill(session.pid, signal.SIGKILL)
        return 124


sys.exit(main(sys.argv[1:]))
