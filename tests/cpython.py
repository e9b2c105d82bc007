"""Runs CPython's installed test suite under Coluber and holds the results against python3.11's.

Usage: cpython.py COLUBER [--all | --only test_x,test_y] [--update] [--jobs N] [--seconds N] [--json FILE] [--keep FOLDER]
                  [--options OPTIONS] [--also TABLE]

One `-m test -v test_x` process a module, with PYTHON* cleared, SIGINT as a shell sets it, a home folder of its
own, a terminal for the modules that want one, and a time limit. Every single test that python3.11 passes must
pass, except those that tests/cpython/exceptions.txt names (`module.class.test: reason`); an excepted test that
passes is a failure too, so that the table stays true, unless its reason begins with "sometimes". A module with
differences runs a second time, alone, before they count: some tests measure time. python3.11's results are kept
in build/cpython-oracle, by the version of the package.

python3.11's _testcapi and _testinternalcapi are extension modules. Coluber finds ours, tests/cpython/lib, through
a .pth file in that home folder, which is how the interpreters that tests start find them, too.

Without --all or --only the modules of tests/cpython/check.txt run. --update rewrites the table's entries
for the modules that were run, keeping the reasons; new ones read "not examined". --json writes every
difference and the time each module took. --keep puts each module's results into FOLDER as they come; a run that was
stopped goes on from there (with the same build of Coluber, or it starts anew). --options are given to Coluber alone
("-X gc-stress=100"), and to no interpreter that a test starts. --also TABLE excepts what stands there as well: the
builds of `make asan` and its like are slow, and their C frames are large.

A module has SECONDS, or five times what python3.11 took. A test in which python3.11 itself comes to no end (AF_VSOCK
where the kernel knows it and nobody answers) is left out of both runs.
"""
import argparse
import atexit
import hashlib
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "cpython" / "exceptions.txt"
CHECK = HERE / "cpython" / "check.txt"
LIBRARY = HERE / "cpython" / "lib"
ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 300
# How many tests of a module that failed are shown, and how many lines of each one's report.
SHOWN = 25
LINES = 24
SKIPPED = "skipped"
# A test of a time limit skips itself when the work is done too fast to be measured: no difference.
TOO_FAST = "too fast"
OPTIONS = []  # of Coluber, from the command line
UNEXAMINED = "not examined"
# A change of how results are read makes the kept ones of python3.11 void.
FORMAT = 4
# Modules that skip tests unless standard input and output are a terminal.
TERMINAL = {"test_builtin", "test_curses", "test_file", "test_ioctl", "test_os", "test_pty", "test_shutil",
            "test_utf8_mode"}

# unittest prints the verdict behind the name, or behind the first line of the doc string, or, when the
# test itself printed something, on a line of its own.
NAME = re.compile(r"^(?:\d+\.\d+s )?(\w+) \(([^\W\d][\w.<>]*)\)(.*)$")
VERDICT = re.compile(r"(?:^|\.\.\. |\s)(ok|FAIL|ERROR|expected failure|unexpected success|skipped\b.*)"
                     r"(?:Warning -- .*|Exception ignored in: .*)?$")
# What went wrong inside subTest or in setUpClass shows only in the reports at the end.
REPORT = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.<>]+)\)")
RULE = re.compile(r"^[=-]{70}$")


def clear(terminal):
    """In the child: signals as a shell sets them, a process group of its own."""
    os.setsid()
    if terminal:
        import fcntl
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def drain(descriptor, chunks):
    """Reads a terminal until its last user is gone, which shows as an error."""
    while True:
        try:
            data = os.read(descriptor, 65536)
        except OSError:
            return
        if not data:
            return
        chunks.append(data)


def open_terminal():
    """A terminal that passes output on as it is and does not repeat input."""
    master, slave = pty.openpty()
    mode = termios.tcgetattr(slave)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, mode)
    return master, slave


def run(python, module, seconds, ignored=()):
    """Exit status ("timeout" when it took too long) and output of one module's tests but for the ignored ones."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment.setdefault("TERM", "xterm")
    chunks = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = pathlib.Path(folder, "home")
        packages = home / ".local" / "lib" / "python3.11" / "site-packages"
        packages.mkdir(parents=True)
        if python != ORACLE and LIBRARY.exists():
            (packages / "coluber_tests.pth").write_text(f"{LIBRARY}\n")
        work = pathlib.Path(folder, "work")
        work.mkdir()
        terminal = module in TERMINAL
        if terminal:
            source, sink = open_terminal()
        else:
            source, sink = os.pipe()
        without = [option for pattern in ignored for option in ("-i", pattern)]
        own = [] if python == ORACLE else OPTIONS
        process = subprocess.Popen([python, *own, "-m", "test", "-v", *without, module],
                                   stdin=sink if terminal else subprocess.DEVNULL, stdout=sink,
                                   stderr=subprocess.STDOUT, cwd=work, preexec_fn=lambda: clear(terminal),
                                   env=environment | {"TMPDIR": str(work), "HOME": str(home)})
        os.close(sink)
        reader = threading.Thread(target=drain, args=(source, chunks), daemon=True)
        reader.start()
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = "timeout"
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what the tests left running
        except ProcessLookupError:
            pass
        process.wait()
        reader.join(5)  # a process that left the group can keep the pipe open
        if not reader.is_alive():
            os.close(source)
    return status, b"".join(chunks).decode(errors="replace")


def short(module, cls, name):
    for prefix in (f"test.{module}.", "test.", "__main__."):
        cls = cls.removeprefix(prefix)
    return f"{module}.{cls.removesuffix('.' + name)}.{name}"


def parse(text, module):
    """Verdict of each test: ok, FAIL, ERROR, skipped. A test that ran without one has died: ERROR."""
    return read_verdicts(text, module)[0]


def read_verdicts(text, module):
    """Verdict of each test, and the last one that has none."""
    results = {}
    current = None
    for line in text.splitlines():
        report = REPORT.match(line)
        if report:
            results[short(module, report[2], report[1])] = "FAIL"
            continue
        match = NAME.match(line)
        if match:
            current = short(module, match[2], match[1])
            results.setdefault(current, "ERROR")
            line = match[3]
        verdict = VERDICT.search(line)
        if current and verdict:
            results[current] = TOO_FAST if "conversion took only" in verdict[1] else \
                SKIPPED if verdict[1].startswith("skipped") else \
                {"expected failure": "ok", "unexpected success": "FAIL"}.get(verdict[1], verdict[1])
            current = None
    return results, current


def reports(text, module):
    """What unittest says of each test that failed: the first of its reports, shortened in the middle."""
    found, lines, rules = {}, None, 0
    for line in text.splitlines():
        report = REPORT.match(line)
        if RULE.match(line):
            rules += 1
            lines = lines if rules < 2 else None  # the second rule ends a report, the first stands below its name
        elif report:
            name, lines, rules = short(module, report[2], report[1]), [], 0
            if found.setdefault(name, lines) is not lines:
                lines = None
        elif lines is not None and line.strip():
            lines.append(line)
    return {name: lines if len(lines) <= LINES else [*lines[:LINES // 4], "...", *lines[-LINES * 3 // 4:]]
            for name, lines in found.items()}


def summarize(python, module, seconds, ignored=()):
    begin = time.monotonic()
    status, text = run(python, module, seconds, ignored)
    results, unfinished = read_verdicts(text, module)
    # -m test ends in 0 also for a module that skips itself as a whole.
    if re.search(rf"^{module} skipped", text, re.M) and not results:
        results[module] = SKIPPED
    else:
        results[module] = "ok" if status == 0 else "ERROR"
    tail = [line for line in text.splitlines() if line.strip()][-LINES:]
    return {"status": status, "results": results, "tail": tail, "reports": reports(text, module),
            "seconds": round(time.monotonic() - begin, 1), "unfinished": unfinished, "ignored": list(ignored)}


def package_version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", "python3.11", "libpython3.11-testsuite"],
                          capture_output=True, text=True)
    text = done.stdout or subprocess.run([ORACLE, "-VV"], capture_output=True, text=True).stdout
    return hashlib.sha256(f"{text}{FORMAT}".encode()).hexdigest()[:16]


def expected(module, folder, seconds):
    path = folder / f"{module}.json"
    if path.exists():
        return json.loads(path.read_text())
    result = summarize(ORACLE, module, seconds)
    while result["status"] == "timeout" and result["unfinished"] and len(result["ignored"]) < 5:
        pattern = "*." + result["unfinished"].partition(".")[2]
        result = summarize(ORACLE, module, seconds, [*result["ignored"], pattern])
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(result))
    partial.rename(path)
    return result


def read_table(also):
    """The table, with the entries of the file `also`, and what is wrong with it in itself."""
    table, problems = {}, []
    for line in TABLE.read_text().splitlines() + (also.read_text().splitlines() if also else []):
        name, _, reason = line.partition(": ")
        if not name or name.startswith("#"):
            continue
        if name in table:
            problems.append(f"{name}: twice in the table")
        if not reason or reason == UNEXAMINED:
            problems.append(f"{name}: in the table without a reason")
        table[name] = reason
    return table, problems


def write_table(table):
    head = [line for line in TABLE.read_text().splitlines() if line.startswith("#")]
    TABLE.write_text("\n".join(head + [f"{k}: {v}" for k, v in sorted(table.items())]) + "\n")


def compare(module, oracle, found, table):
    """(passed, skipped, problems, differing) of one module; differing maps names to verdicts."""
    passed = skipped = 0
    problems, differing = [], {}
    got = found["results"]
    for name, verdict in oracle["results"].items():
        if verdict != "ok":
            skipped += 1
            continue
        now = got.get(name, "not run")
        if now == "ok":
            if name in table and not table[name].startswith("sometimes"):
                problems.append(f"{name}: passes, but the table excepts it")
            passed += 1
            continue
        if now == TOO_FAST:
            skipped += 1
            continue
        # The module's own verdict comes last and counts only where no single test explains it.
        if name == module and differing and found["status"] in (0, 2):
            skipped += 1
            continue
        differing[name] = now
        if name in table:
            skipped += 1
        else:
            problems.append(f"{name}: {now}" + (f" (exit status {found['status']})" if name == module else ""))
    # What python3.11 skips or fails depends on the machine (no network, no IPv6, root or not); what it has not, does not.
    complete = oracle["results"].get(module) == "ok" and not any(".setUp" in name for name in oracle["results"])
    for name in table:
        if complete and not oracle["ignored"] and name.startswith(module + ".") and name not in oracle["results"]:
            problems.append(f"{name}: in the table, but python3.11 has no such test")
    return passed, skipped, problems, differing


def file_hash(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def obtained(coluber, module, oracle, seconds, keep):
    """Coluber's results, from `keep` where an earlier run of the same build left them."""
    path = keep and keep / f"{module}.json"
    if path and path.exists():
        kept = json.loads(path.read_text())
        if kept["build"] == file_hash(coluber):
            return kept
    result = summarize(coluber, module, max(seconds, int(5 * oracle["seconds"])), oracle["ignored"])
    if path:
        keep.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result | {"build": file_hash(coluber)}))
    return result


def choose_modules(options):
    if options.only:
        return re.split(r"[,\s]+", options.only.strip())
    if options.all:
        return subprocess.run([ORACLE, "-m", "test", "--list-tests"], capture_output=True, text=True,
                              check=True).stdout.split()
    return [line for line in CHECK.read_text().split("\n") if line and not line.startswith("#")]


def without_spaces(program):
    """The program, by a link if need be: CPython's tests (test_webbrowser) take sys.executable for one word."""
    if len(program.split()) == 1:
        return program
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    link = os.path.join(folder, os.path.basename(program).replace(" ", "_"))
    os.symlink(program, link)
    return link


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--options", default="", type=shlex.split)
    parser.add_argument("--also", type=pathlib.Path)
    options = parser.parse_args()
    OPTIONS[:] = options.options
    coluber = without_spaces(os.path.abspath(options.coluber))
    modules = choose_modules(options)
    folder = pathlib.Path(options.coluber).resolve().parent / "cpython-oracle" / package_version()
    table, wrong = read_table(options.also)
    if options.all:
        wrong += [f"{name}: in the table, but the suite has no such module" for name in table
                  if name.partition(".")[0] not in modules]
    for problem in wrong:
        print(f"    FAILED {problem}")

    def job(module):
        oracle = expected(module, folder, options.seconds)
        return module, oracle, obtained(coluber, module, oracle, options.seconds, options.keep)

    counts = {"passed": 0, "failed": len(wrong), "skipped": 0}
    record = {}
    again = []

    def report(module, oracle, found, where, last):
        """Counts and prints one module; False when it should get its second run."""
        if oracle["results"] == {module: "ERROR"}:
            counts["skipped" if options.all else "failed"] += 1
            print(f"{'skipped' if options.all else 'FAILED'} {module}: python3.11 cannot run it here", flush=True)
            return True
        if options.update:
            differing = compare(module, oracle, found, {})[3]
            for name in [n for n in table if n == module or n.startswith(module + ".")]:
                if name not in differing and not table[name].startswith("sometimes"):
                    del table[name]
            for name in differing:
                table.setdefault(name, UNEXAMINED)
        passed, skipped, problems, differing = compare(module, oracle, found, table)
        print(f"[{where}] {module}: {passed} passed, {len(problems)} failed, {skipped} skipped "
              f"({found['seconds']} s)", flush=True)
        if problems and not last:
            for problem in problems[:SHOWN]:
                print(f"    once more: {problem}")
            return False
        counts["passed"] += passed
        counts["failed"] += len(problems)
        counts["skipped"] += skipped
        record[module] = {"passed": passed, "failed": len(problems), "skipped": skipped, "status": found["status"],
                          "seconds": found["seconds"], "expected_seconds": oracle.get("seconds"),
                          "differing": differing, "tail": found["tail"][-3:]}
        for problem in problems[:SHOWN]:
            print(f"    FAILED {problem}")
            for line in found["reports"].get(problem.partition(":")[0], []):
                print(f"        {line[:200]}")
        if len(problems) > SHOWN:
            print(f"    and {len(problems) - SHOWN} more")
        # Who died, or never came to an end, has made no report.
        if problems and found["status"] != 0 and (found["status"] != 2 or not found["reports"]):
            print("      its last lines:")
            for line in found["tail"]:
                print(f"        {line[:200]}")
        return True

    with ThreadPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(job, module) for module in modules]
        for number, task in enumerate(as_completed(tasks), 1):
            module, oracle, found = task.result()
            if not report(module, oracle, found, f"{number}/{len(modules)}", bool(options.update or options.all)):
                again.append((module, oracle))
    for module, oracle in again:
        report(module, oracle, obtained(coluber, module, oracle, options.seconds, None), "again", True)
    if options.update:
        write_table(table)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
