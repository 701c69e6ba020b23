"""Random keys and resizes in a terminal of its own: the workbench must end by Q, whole and clean.

    key_storm.py PROGRAM SECONDS SEED [ROWSxCOLS...]

For every size and every screen the program starts in a pseudo-terminal and gets keys at random (named keys,
control keys, broken escape sequences, text with UTF-8 good and bad) with resizes between them, for SECONDS; then
Esc and Q. What it printed must end with the alternate screen left and the cursor shown, the terminal's modes must be
those from before, the exit status 0. Under sanitizers any report makes that status another one.
"""
import fcntl
import os
import pty
import random
import re
import select
import signal
import struct
import sys
import termios
import time

KEYS = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1bOA", b"\x1b[H", b"\x1b[F", b"\x1b[5~", b"\x1b[6~", b"\x1b[3~",
        b"\x1b[Z", b"\x1bOP", b"\x1b[15~", b"\x1b[24~", b"\x1b", b"\t", b"\r", b"\x7f", b"\x1b[", b"\x1b[200~", b"\x1b]0;x\x07",
        b"\x1b[?1;2c", b"\x1b[8;24;80t", b"\xc3\xa4", b"\xe2\x82\xac", b"\xff", b"\xc3"]
KEYS += [bytes([c]) for c in range(1, 27) if c not in (17, 19, 26)]
PLAIN = [bytes([c]) for c in range(32, 127) if c not in b"Qq/"]
TEXTS = [b":drives\r", b":help\r", b":nonsense 'x\r", b"/speed\r", b"/\x1b", b"\\state=approved\r", b":models --json\r", b"n",
         b":segments --label none\r", b"@", b"?", b":" + b"x" * 300 + b"\r"]
SIZES = [(1, 1), (3, 300), (10, 40), (15, 59), (16, 60), (24, 80), (36, 120), (48, 160), (60, 20), (100, 300)]


def resize(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


class Terminal:
    def __init__(self, argv, rows, cols):
        self.out = bytearray()
        master, slave = pty.openpty()
        resize(slave, rows, cols)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for n in range(3):
                os.dup2(slave, n)
            os.closerange(3, 256)
            os.environ["TERM"] = "xterm-256color"
            os.execv(argv[0], argv)
        self.fd, self.slave = master, slave

    def drain(self, seconds):
        """Reads what comes, answers nothing; False: the program has ended."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            ready, _, _ = select.select([self.fd], [], [], max(0, left))
            if ready:
                try:
                    self.out += os.read(self.fd, 65536)
                except OSError:
                    return False
                del self.out[:-65536]
            elif left <= 0:
                return True

    def send(self, data):
        try:
            os.write(self.fd, data)
        except OSError:
            pass

    def end(self, limit):
        """Exit status, or None when it had to be killed."""
        stop = time.monotonic() + limit
        while time.monotonic() < stop:
            self.drain(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.drain(0.05)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None


def one(argv, rows, cols, screen, seconds, rng):
    t = Terminal(argv, rows, cols)
    sent = bytearray()
    t.drain(0.5)
    t.send(b"%d" % screen)
    stop, said = time.monotonic() + seconds, None
    while time.monotonic() < stop:
        pick = rng.random()
        keys = rng.choice(TEXTS) if pick < 0.06 else rng.choice(KEYS) if pick < 0.3 else rng.choice(PLAIN)
        sent += keys
        t.send(keys)
        if rng.random() < 0.03:
            resize(t.slave, *rng.choice(SIZES))
            os.kill(t.pid, signal.SIGWINCH)
        t.drain(0.2 if rng.random() < 0.02 else 0.004)
        pid, status = os.waitpid(t.pid, os.WNOHANG)
        if pid:
            said = "ended by itself with %d" % os.waitstatus_to_exitcode(status)
            break
    if said is None:
        resize(t.slave, rows, cols)
        for _ in range(40):	# out of prompts, questions and pagers
            t.send(b"\x1b")
            t.drain(0.04)
        t.send(b"Q")
        code = t.end(60)
        if code != 0:
            said = "does not end by Q" if code is None else "ends with %d" % code
    if said is None and termios.tcgetattr(t.slave) != t.before:
        said = "leaves the terminal in another mode"
    if said is None and not re.search(rb"\x1b\[\?1049l", bytes(t.out[-4096:])):
        said = "does not leave the alternate screen"
    if said is None and t.out.rfind(b"\x1b[?25l") > t.out.rfind(b"\x1b[?25h") and t.out.rfind(b"\x1b[?12l\x1b[?25h") < 0:
        said = "leaves the cursor hidden"
    os.close(t.fd)
    os.close(t.slave)
    return said, bytes(sent), bytes(t.out)


def main():
    program, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    sizes = [tuple(map(int, s.split("x"))) for s in sys.argv[4:]] or [(24, 80), (36, 120), (48, 160)]
    screens = int(os.environ.get("STORM_SCREENS", "7"))
    n = bad = 0
    for rows, cols in sizes:
        for screen in range(1, screens + 1):
            n += 1
            rng = random.Random("%d %d %d %d" % (seed, rows, cols, screen))
            said, sent, out = one(program.split(), rows, cols, screen, seconds, rng)
            print("%s %d - screen %d at %dx%d: random keys for %g s" % ("ok" if said is None else "not ok", n, screen, rows, cols, seconds))
            if said is not None:
                bad += 1
                print("# %s; the last keys: %r" % (said, sent[-120:]))
                lines = out.decode("utf-8", "replace").splitlines()
                telling = [x for x in lines if re.search(r"ERROR: |runtime error|^ +#\d+ 0x|SUMMARY", x)]
                for line in telling[:40] or lines[-25:]:
                    print("# " + "".join(c if c.isprintable() else "." for c in line)[:200])
            sys.stdout.flush()
    print("1..%d" % n)
    return bad > 0


sys.exit(main())
