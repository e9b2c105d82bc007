"""Programs at the limits of the system: memory, descriptors, stacks, disks, closed streams. An exception, never a crash.

Usage: limits.py INTERPRETER [CASE ...]

Each case is a program, run in a process of its own within the limits that are named beside it. Any exit status is
right, but what a signal ends (unless the case asks for it) and what takes more than LONGEST seconds of processor time is not.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile

LONGEST = 60
MB = 1 << 20

# Programs that take memory until there is none.
HUNGRY = {
    "lists": "x = []\nwhile 1: x.append([None] * 1000)",
    "dict": "x = {}\nwhile 1: x[len(x)] = str(len(x))",
    "text": "x = 'a'\nwhile 1: x += x",
    "frames": "import sys\ndef f(n): return f(n + 1)\nsys.setrecursionlimit(10**9)\nf(0)",
    "number": "x = 10**9\nwhile 1: x = x * x",
    "threads": "import threading\ndef work():\n while 1: kept.append(bytearray(1000))\nkept = []\n"
               "for _ in range(8): threading.Thread(target=work).start()",
    "many_threads": "import threading\nwhile 1: threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "cycles": "class A: pass\nkept = []\nwhile 1:\n a = A(); a.me = a; a.x = [1]; kept.append(a)",
    "classes": "kept = []\nwhile 1: kept.append(type('T', (), {}))",
    "generators": "def g(): yield 1\nkept = []\nwhile 1:\n a = g(); next(a); kept.append(a)",
    "set": "s = set()\nwhile 1: s |= set(range(len(s), len(s) + 1000))",
    "bytesio": "import io\nb = io.BytesIO()\nwhile 1: b.write(bytes(10**5))",
    "compile": "while 1: compile('x = 1\\n' * 10**6, '', 'exec')",
    "parse": "import ast\nast.parse('x+' * 10**6 + 'x')",
    "array": "import array\na = array.array('d', [1])\nwhile 1: a.extend(a)",
    "zlib": "import zlib\nzlib.decompress(zlib.compress(bytes(10**9)))",
    "count": "import itertools\nlist(itertools.count())",
    "weakrefs": "import weakref\nclass A: pass\nkept = []\nwhile 1:\n a = A(); kept += [a, weakref.ref(a, print)]",
    "copies": "d = {}\nwhile 1: d[len(d)] = d.copy()",
    "mmap": "import mmap\nkept = []\nwhile 1: kept.append(mmap.mmap(-1, 10**7))",
    "xml": "from xml.etree import ElementTree\nElementTree.fromstring('<a>' + '<b/>' * 10**7 + '</a>')",
    "csv": "import csv, io\nlist(csv.reader(io.StringIO('a,b\\n' * 10**7)))",
    "pickle": "import pickle\nkept = []\nwhile 1: kept.append(pickle.dumps(kept))",
    "handlers": "kept = []\ndef f(n):\n try: f(n + 1)\n finally: kept.append(str(n) * 1000)\n"
                "import sys\nsys.setrecursionlimit(10**6)\nf(0)",
}

SMALL_STACKS = """
import json, re, socket, threading
nested = other = []
for _ in range(5000):
    nested, other = [nested], [other]
def deep():
    return [deep()]
def work():
    for call in (deep, lambda: repr(nested), lambda: nested == other, lambda: json.dumps(nested),
                 lambda: compile("(" * 150 + ")" * 150, "", "eval"), lambda: re.compile("(" * 90 + ")" * 90),
                 lambda: socket.getaddrinfo("127.0.0.1", 80), lambda: exec("import decimal"), lambda: "%.300f" % 1e300):
        try:
            call()
        except (RecursionError, SyntaxError, MemoryError):
            pass
threading.stack_size(SIZE)
threads = [threading.Thread(target=work) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
work()
"""

NO_DESCRIPTORS = """
import asyncio, os, select, socket, subprocess, tempfile, threading
kept = []
try:
    while 1:
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(error)
for call in (lambda: open("/etc/passwd"), socket.socket, os.pipe, lambda: __import__("decimal"), tempfile.TemporaryFile,
             lambda: subprocess.run(["true"]), lambda: os.listdir("/"), lambda: list(os.scandir("/")), lambda: os.urandom(5),
             select.epoll, asyncio.new_event_loop, threading.Thread(target=int).start, lambda: os.dup(0),
             lambda: socket.getaddrinfo("localhost", 80), lambda: os.popen("true").read()):
    try:
        call()
    except OSError:
        pass
    except ImportError:
        pass
1 / 0
"""

FULL_DISK = """
import os, subprocess, sys
folder = "FOLDER"
os.chdir(folder)
with open("module.py", "w") as file:
    file.write("x = 1\\n" * 2000)
try:
    with open("rest", "wb", buffering=0) as file:
        while file.write(bytes(4096)): pass
except OSError as error:
    print(error)
sys.path.insert(0, "")
sys.dont_write_bytecode = False
import module
for mode, what in (("w", "text" * 50000), ("wb", bytes(100000)), ("w+b", bytes(100000))):
    file = open("more", mode)
    try:
        file.write(what)
        file.flush()
    except OSError as error:
        print(error)
    try:
        file.close()
    except OSError as error:
        print(error)
left = open("left", "w")
left.write("never written")
"""

STREAMS = {
    "stdout_full": "import os\nos.dup2(os.open('/dev/full', os.O_WRONLY), 1)\ntry: print('x' * 100000, flush=True)\n"
                   "except OSError: pass\nprint('more')",
    "stderr_full": "import os\nos.dup2(os.open('/dev/full', os.O_WRONLY), 2)\nimport warnings\nwarnings.warn('a')\n1 / 0",
    "all_closed": "import os\nfor fd in range(3): os.close(fd)\nprint(1)\ntry: input()\nexcept Exception: pass\nopen('/dev/null')\n1 / 0",
    "reader_gone": "import os\nr, w = os.pipe()\nos.close(r)\nos.dup2(w, 1)\nprint('x' * 100000)",
    "no_streams": "import sys\nsys.stdout = sys.stderr = sys.stdin = None\nprint(1)\n1 / 0",
    "stdout_writes_itself": "import sys\nclass W:\n def write(self, text): print(text)\n flush = 5\nsys.stdout = W()\nprint(1)",
}


def cases():
    """name -> (program, resource limits, signal that may end it)"""
    for name, program in HUNGRY.items():
        for size in (60, 150, 300):
            yield f"memory_{name}_{size}", program, {resource.RLIMIT_AS: size * MB}, None
    for size in (32768, 65536, 1 << 20):
        yield f"thread_stack_{size}", SMALL_STACKS.replace("SIZE", str(size)), {}, None
    for size in (128, 256, 1024):
        yield f"main_stack_{size}", SMALL_STACKS.replace("SIZE", "0"), {resource.RLIMIT_STACK: size << 10}, None
    for count in (8, 12, 30):
        yield f"descriptors_{count}", NO_DESCRIPTORS, {resource.RLIMIT_NOFILE: count}, None
    for name, program in STREAMS.items():
        yield name, program, {}, None
    yield "file_size", "open('big', 'wb').write(bytes(10**7))", {resource.RLIMIT_FSIZE: 1 << 20}, signal.SIGXFSZ
    yield "disk_full", FULL_DISK, {}, None


def run(interpreter, name, program, limits, allowed, folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        for kind, value in limits.items():
            resource.setrlimit(kind, (value, value))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    mounted = None
    if name == "disk_full":
        mounted = tempfile.mkdtemp(dir=folder)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", mounted], capture_output=True).returncode:
            return "SKIPPED: a file system of its own needs root"
        program = program.replace("FOLDER", mounted)
    try:
        done = subprocess.run([interpreter, "-W", "ignore", "-c", program], preexec_fn=limit, cwd=folder, env=environment, timeout=20 * LONGEST,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return "FAILED: no end"
    finally:
        if mounted:
            subprocess.run(["umount", mounted])
    if done.returncode < 0 and -done.returncode != allowed or b"Fatal" in done.stdout:
        return f"FAILED: status {done.returncode}\n" + done.stdout[-600:].decode(errors="replace")
    return "passed"


def main():
    interpreter, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, program, limits, allowed in cases():
            if wanted and not any(name.startswith(word) for word in wanted):
                continue
            result = run(interpreter, name, program, limits, allowed, folder)
            results.append(result.split(":")[0])
            if result != "passed":
                print(f"{name}: {result}", flush=True)
    print(f"{results.count('passed')} passed, {results.count('FAILED')} failed, {results.count('SKIPPED')} skipped")
    return 1 if "FAILED" in results or not results else 0


if __name__ == "__main__":
    sys.exit(main())
