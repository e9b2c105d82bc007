"""Runs CPython's installed test suite under Coluber and holds the results against python3.11's.

Usage: cpython.py COLUBER [--all | --only test_x,test_y] [--update]

One `-m test -v test_x` process a module, with PYTHON* cleared, SIGINT as a shell sets it and a time
limit. Every single test that python3.11 passes must pass, except those that tests/cpython/exceptions.txt
names (`module.class.test: reason`); an excepted test that passes is a failure too, so that the table
stays true. python3.11's results are kept in build/cpython-oracle, by the version of the package.

Without --all or --only the modules of tests/cpython/check.txt run. --update rewrites the table's entries
for the modules that were run, keeping the reasons; new ones read "not examined".
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "cpython" / "exceptions.txt"
CHECK = HERE / "cpython" / "check.txt"
ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 300
SKIPPED = "skipped"

# unittest prints the verdict behind the name, or behind the first line of the doc string, or, when the
# test itself printed something, on a line of its own.
NAME = re.compile(r"^(\w+) \(([\w.<>]+)\)(.*)$")
VERDICT = re.compile(r"(?:^|\.\.\. |\s)(ok|FAIL|ERROR|expected failure|unexpected success|skipped\b.*)$")
# What went wrong inside subTest or in setUpClass shows only in the reports at the end.
REPORT = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.<>]+)\)")


def clear():
    """In the child: signals as a shell sets them, a process group of its own."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run(python, module, seconds=SECONDS):
    """Exit status ("timeout" when it took too long) and output of one module's tests."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        process = subprocess.Popen([python, "-m", "test", "-v", module], stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                                   env=environment | {"TMPDIR": folder}, preexec_fn=clear)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = "timeout"
        try:
            os.killpg(process.pid, signal.SIGKILL)  # what the tests left running
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        return status, output.read().decode(errors="replace")


def parse(text, module):
    """Verdict of each test: ok, FAIL, ERROR, skipped. A test that ran without one has died: ERROR."""
    results = {}
    current = None
    prefixes = (f"test.{module}.", "test.", "__main__.")
    def short(cls, name):
        for prefix in prefixes:
            cls = cls.removeprefix(prefix)
        cls = cls.removesuffix("." + name)
        return f"{module}.{cls}.{name}"
    for line in text.splitlines():
        report = REPORT.match(line)
        if report:
            results[short(report[2], report[1])] = "FAIL"
            continue
        match = NAME.match(line)
        if match:
            current = short(match[2], match[1])
            results.setdefault(current, "ERROR")
            line = match[3]
        verdict = VERDICT.search(line)
        if current and verdict:
            results[current] = SKIPPED if verdict[1].startswith("skipped") else \
                {"expected failure": "ok", "unexpected success": "FAIL"}.get(verdict[1], verdict[1])
            current = None
    return results


def summarize(python, module):
    status, text = run(python, module)
    results = parse(text, module)
    # -m test ends in 0 also for a module that skips itself as a whole.
    if re.search(rf"^{module} skipped", text, re.M) and not results:
        results[module] = SKIPPED
    else:
        results[module] = "ok" if status == 0 else "ERROR"
    tail = [line for line in text.splitlines() if line.strip()][-3:]
    return {"status": status, "results": results, "tail": tail}


def package_version():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", "python3.11", "libpython3.11-testsuite"],
                          capture_output=True, text=True)
    text = done.stdout or subprocess.run([ORACLE, "-VV"], capture_output=True, text=True).stdout
    # A change of how results are read makes the kept ones void as well.
    return hashlib.sha256(text.encode() + pathlib.Path(__file__).read_bytes()).hexdigest()[:16]


def expected(module, folder):
    path = folder / f"{module}.json"
    if path.exists():
        return json.loads(path.read_text())
    result = summarize(ORACLE, module)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(result))
    partial.rename(path)
    return result


def read_table():
    table = {}
    for line in TABLE.read_text().splitlines():
        name, _, reason = line.partition(": ")
        if name and not name.startswith("#"):
            table[name] = reason
    return table


def write_table(table):
    head = [line for line in TABLE.read_text().splitlines() if line.startswith("#")]
    TABLE.write_text("\n".join(head + [f"{k}: {v}" for k, v in sorted(table.items())]) + "\n")


def compare(module, oracle, found, table):
    """(passed, skipped, problems, differing) of one module."""
    passed = skipped = 0
    problems, differing = [], []
    got = found["results"]
    individual = False
    for name, verdict in oracle["results"].items():
        if verdict != "ok":
            skipped += 1
            continue
        now = got.get(name, "not run")
        if now == "ok":
            if name in table:
                problems.append(f"{name}: passes, but the table excepts it")
            passed += 1
            continue
        # The module's own verdict counts only where no single test explains it.
        if name == module and individual:
            skipped += 1
            continue
        individual = True
        differing.append(name)
        if name in table:
            skipped += 1
        else:
            problems.append(f"{name}: {now}")
    for name in table:
        if (name == module or name.startswith(module + ".")) and oracle["results"].get(name) != "ok":
            problems.append(f"{name}: in the table, but python3.11 does not pass it")
    return passed, skipped, problems, differing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    coluber = os.path.abspath(options.coluber)
    if options.only:
        modules = re.split(r"[,\s]+", options.only.strip())
    elif options.all:
        modules = subprocess.run([ORACLE, "-m", "test", "--list-tests"], capture_output=True, text=True,
                                 check=True).stdout.split()
    else:
        modules = [line for line in CHECK.read_text().split("\n") if line and not line.startswith("#")]
    folder = pathlib.Path(options.coluber).resolve().parent / "cpython-oracle" / package_version()
    table = read_table()

    def job(module):
        return expected(module, folder), summarize(coluber, module)

    passed = failed = skipped = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (module, (oracle, found)) in enumerate(zip(modules, pool.map(job, modules)), 1):
            if oracle["results"] == {module: "ERROR"}:
                failed += 1
                print(f"FAILED {module}: python3.11 has no such tests, or cannot run them", flush=True)
                continue
            if options.update:
                differing = compare(module, oracle, found, {})[3]
                for name in [n for n in table if n == module or n.startswith(module + ".")]:
                    if name not in differing:
                        del table[name]
                for name in differing:
                    table.setdefault(name, "not examined")
            ok, excepted, problems, _ = compare(module, oracle, found, table)
            passed, skipped, failed = passed + ok, skipped + excepted, failed + len(problems)
            print(f"[{number}/{len(modules)}] {module}: {ok} passed, {len(problems)} failed, {excepted} skipped",
                  flush=True)
            for problem in problems:
                print(f"    FAILED {problem}")
            if problems:
                for line in found["tail"]:
                    print(f"        {line[:160]}")
    if options.update:
        write_table(table)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
