"""Runs the programs in tests/language/ and the tour by python3.11 and by Coluber; output and exit status must agree.

Usage: language.py COLUBER [--options OPTIONS] [--sanitized] [NAME ...]

OPTIONS are given to Coluber alone ("-X gc-stress=100"), and then, or with --sanitized, programs may take twenty times as long; with
options the tour, which measures time, is left out.

tests/pending.txt names the programs that cannot agree yet, each with its reason; one that
agrees all the same is a failure too, so that the list stays true, unless its reason begins with
"sometimes": what decides then is which stale words the collector finds on the stack. A reason that begins with
"before VERSION" counts only where Debian's python3.11 is older than that, one that begins with "sanitized" only for a build with a
sanitizer: both leave the program out. A program that differs runs a second time, alone, before that counts: some measure time.
"""
import argparse
import os
import pathlib
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 240  # a guard against what hangs: nothing takes 10 on a quiet machine


def run(command, seconds=SECONDS):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PYTHONHASHSEED"] = "0"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=seconds, env=environment)
    except subprocess.TimeoutExpired:
        return "timeout", b"", b""
    return done.returncode, done.stdout, done.stderr


def check(coluber, options, seconds, path):
    expected = run([ORACLE, "-W", "ignore", "-B", str(path)])
    found = run([coluber, "-W", "ignore", "-B", *options, str(path)], seconds)
    if expected[0] == "timeout":
        return [f"python3.11 takes longer than {SECONDS} s"]
    if found[:2] == expected[:2]:
        return None
    lines = [f"exit status {found[0]}, expected {expected[0]}"]
    for a, b in zip(expected[1].splitlines() + [b"(end)"], found[1].splitlines() + [b"(end)"]):
        if a != b:
            lines += [f"expected: {a.decode(errors='replace')[:200]}",
                      f"found:    {b.decode(errors='replace')[:200]}"]
            break
    errors = [line.decode(errors="replace")[:200] for line in found[2].splitlines()]
    reports = sorted({line for line in errors if line.startswith("SUMMARY: ")})  # a sanitizer's
    return lines + (reports[:8] or errors[-2:])


def oracle_is_older(version):
    """Whether Debian's package is; False where there is none."""
    try:
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "python3.11-minimal"], capture_output=True, text=True)
        return bool(shown.stdout) and not subprocess.run(
            ["dpkg", "--compare-versions", shown.stdout, "lt", version]).returncode
    except OSError:
        return False


def counts(reason, sanitized):
    kind, version = reason.split()[:2]
    conditions = {"before": lambda: oracle_is_older(version), "sanitized": lambda: sanitized}
    return conditions.get(kind, lambda: True)()


def read_pending(sanitized):
    pending = {}
    for line in (HERE / "pending.txt").read_text().splitlines():
        name, _, reason = line.partition(": ")
        if name and not name.startswith("#") and counts(reason, sanitized):
            pending[name] = reason
    return pending


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("only", nargs="*", metavar="name")
    parser.add_argument("--options", default="", type=shlex.split)
    parser.add_argument("--sanitized", action="store_true")
    arguments = parser.parse_intermixed_args()
    coluber, only = os.path.abspath(arguments.coluber), arguments.only
    seconds = SECONDS * 20 if arguments.options or arguments.sanitized else SECONDS
    paths = sorted((HERE / "language").glob("*.py"))
    if not arguments.options:
        paths += sorted((HERE.parent / "examples").glob("*.py"))
    if only:
        paths = [p for p in paths if any(name in p.stem for name in only)]
    pending = read_pending(arguments.sanitized)
    passed = failed = skipped = 0
    for path in [p for p in paths if pending.get(p.stem, "").startswith(("before", "sanitized"))]:
        paths.remove(path)
        skipped += 1
        print(f"left out {path.stem}: {pending[path.stem]}")
    with ThreadPoolExecutor(2) as pool:
        results = list(zip(paths, pool.map(lambda p: check(coluber, arguments.options, seconds, p), paths)))
    for path, problem in results:
        if problem and path.stem not in pending:
            print(f"again {path.stem}: {problem[0]}", flush=True)
            problem = check(coluber, arguments.options, seconds, path)
        if path.stem in pending:
            if problem:
                skipped += 1
                print(f"pending {path.stem}: {pending[path.stem]}")
            elif pending[path.stem].startswith("sometimes"):
                passed += 1
            else:
                failed += 1
                print(f"FAILED {path.stem}: agrees, but tests/pending.txt lists it")
        elif problem:
            failed += 1
            print(f"FAILED {path.stem}")
            for line in problem:
                print("   ", line)
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
