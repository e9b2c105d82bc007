"""Drives the interactive prompt through a pseudo-terminal and looks at what it says.

Usage: line_editor.py COLUBER. Prints the cases that fail; exit status 1 when there are any.
"""
import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

PROMPT = b">>> "
HOME = tempfile.mkdtemp()


class Session:
    def __init__(self, command, **environment):
        self.output = self.seen = b""
        pid, self.fd = pty.fork()
        if pid == 0:
            environment = {"PATH": os.environ["PATH"], "HOME": HOME, "TERM": "xterm", "NO_COLOR": "1", "LANG": "C.UTF-8",
                           **environment}
            os.execve(command[0], command, environment)
        self.pid = pid

    def read_until(self, wanted, seconds=20):
        """Reads on until `wanted` has come; what had come before is forgotten."""
        end = time.monotonic() + seconds
        while wanted not in self.output and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    break
                if not data:
                    break
                self.output += data
                self.seen += data
        before, found, self.output = self.output.partition(wanted)
        return before if found else None

    def send(self, keys):
        os.write(self.fd, keys)

    def close(self):
        """The exit status."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if select.select([self.fd], [], [], 0.1)[0]:
                    self.output += os.read(self.fd, 65536)
            except OSError:
                pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return status
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None


# name, keys, what has to be printed
CASES = [
    ("a line", b"print('<'+'a'*3+'>')\r", b"<aaa>"),
    ("cursor keys", b"print('<' 'ac' '>')" + 7 * b"\x1b[D" + b"b\r", b"<abc>"),
    ("start and end of the line", b"rint('<'+'start')\x01p\x05\r", b"<start"),
    ("delete backwards and forwards", b"print('<'+'xdel')\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7f\r", b"<del"),
    ("kill and yank", b"'<'+'yank'\x15print(\x19)\r", b"<yank"),
    ("kill a word", b"print('<'+'word') nonsense\x17\r", b"<word"),
    ("words by Alt-B", b"print('<' + 'altb'.lower())\x1bb\x1b\x7f\x1bbALTB\x1bd\x1b[C\r", b"<"),
    ("characters beyond ASCII", "print('<'+'äöü€𝔘')\x1b[D\x1b[D\x7f\x7f€!\r".encode(), "<äöü€!".encode()),
    ("transpose", b"print('<'+'ab\x14')\r", b"<ba"),
    ("history", b"print('<'+'hist')\r\x1b[A\r", b"<hist"),
    ("search", b"print('<'+'find me')\rprint(1)\r\x12find\r", b"<find me"),
    ("a block", b"for i in range(3):\r  print('<', i)\r\r", b"< 2"),
    ("a block from the history", b"if 1:\r  print('<', 'block')\r\r\x1b[A\r\r", b"< block"),
    ("brackets go on", b"print('<' +\r'brackets')\r", b"<brackets"),
    ("triple quotes go on", b"print('''<\rtriple''')\r", b"triple"),
    ("backslash goes on", b"print('<' + \\\r'slash')\r", b"<slash"),
    ("completion", b"print('<', abs.__nam\t)\r", b"< abs"),
    ("interrupt", b"print('<'+'never\x03print('<'+'after')\r", b"<after"),
    ("paste of a block", b"\x1b[200~def f():\n  return '<'+'pasted'\n\x1b[201~\r\rprint(f())\r", b"<pasted"),
    ("input", b"x = input('name: ')\rcol\x1b[Duber\x1b[C\rprint('<' + x)\r", b"<couberl"),
    ("error", b"1 +\r", b"SyntaxError"),
    ("clear", b"\x0cprint('<'+'clear')\r", b"<clear"),
    ("long line", b"print('<'+" + b"'x'+" * 60 + b"'')\r", b"<" + b"x" * 60),
    ("end of block by exit", b"class A:\r x = '<' + 'cls'\r\rprint(A.x)\r", b"<cls"),
    ("bad UTF-8", b"print('<', ascii(input()))\r\xe9\xff\r", b"< '\\udce9\\udcff'"),
    ("unknown sequences", b"\x1b[5~\x1b[99;99Z\x1bOPprint('<'+'seq')\r", b"<seq"),
]


def main():
    only = sys.argv[2:]
    command = [os.path.abspath(sys.argv[1]), "-q"]
    failures = 0
    for name, keys, expected in CASES:
        if only and name not in only:
            continue
        session = Session(command)
        ok = session.read_until(PROMPT) is not None
        for part in re.split(rb"(?<=[\r\x03])", keys):
            session.send(part)
            if part.endswith(b"\x03"):  # which discards what the terminal still holds
                session.read_until(b"KeyboardInterrupt")
                session.read_until(PROMPT)
                time.sleep(0.3)
            time.sleep(0.05)
        ok = ok and session.read_until(expected + b"\r\n" if expected.startswith(b"<") and name != "words by Alt-B" else expected, 10) is not None
        session.send(b"\x03")
        session.read_until(PROMPT, 5)
        time.sleep(0.1)
        session.send(b"\r\x04")
        status = session.close()
        if not ok or status != 0:
            failures += 1
            print(f"FAILED {name}: status {status}, {session.seen[-1500:]!r}")
    # The history is saved and loaded.
    with open(os.path.join(HOME, ".python_history"), errors="surrogateescape") as file:
        saved = file.read()
    session = Session(command)
    session.read_until(PROMPT)
    session.send(b"print('<'+'saved')\r")
    session.read_until(b"<saved\r\n")
    session.read_until(PROMPT)
    time.sleep(0.2)
    session.send(b"\x04")
    if session.close() != 0 or not open(
            os.path.join(HOME, ".python_history"), "rb").read().endswith(b"print('<'+'saved')\n"):
        failures += 1
        print("FAILED saving the history")
    if not only and "print('<'+'find me')\n" not in saved:
        failures += 1
        print("FAILED what the history holds")
    # Colours, and none.
    for environment, coloured in (({"NO_COLOR": ""}, True), ({}, False), ({"NO_COLOR": "", "TERM": "dumb"}, False)):
        session = Session(command, **environment)
        session.read_until(PROMPT)
        session.send(b"if 1: 7 * 191\r\r")
        drawn = session.read_until(b"1337\r\n")
        session.read_until(PROMPT)
        time.sleep(0.2)
        session.send(b"\x04")
        status = session.close()
        found = drawn is not None and b"\x1b[0;1;34mif" in drawn
        if status != 0 or drawn is None or found != coloured:
            failures += 1
            print("FAILED colours", environment, status, drawn)
    print(f"{int(not failures)} passed, {failures} failed, 0 skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
