"""Holds what a program can see of the standard library, as dump.py writes it, against python3.11.

Usage: compare.py COLUBER [MODULE,...]

Each module, class, function, method and constant must be there, of the same kind, with the same signature, doc string,
bases and flags; and no other. tests/surface/exceptions.txt names what differs, `path field: reason` or `path: reason`
for all fields; a line in which nothing differs any more fails the run. (A `*` at the end of a path stands for anything.)

Without modules, what call.py writes for wrong calls is compared as well: tests/surface/calls.txt says for each function how many
of them end otherwise, `path number: reason`, and neither more nor fewer may.
"""
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 600
SHOWN = 40


def missing_modules(coluber):
    """The extension modules of python3.11's package that Coluber has not got."""
    code = "import sys, os; print(*sys.builtin_module_names)"
    built_in = subprocess.run([coluber, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    code = "import os, _json; print(*os.listdir(os.path.dirname(_json.__file__)))"
    files = subprocess.run([ORACLE, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return sorted({name.partition(".")[0] for name in files} - set(built_in))


def dump(python, missing, modules):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-s", "-P", str(HERE / "dump.py"), f"{folder}/dump", ",".join(missing), *modules], cwd=folder,
                       env=environment | {"PYTHONHASHSEED": "0"}, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        found = {}
        for line in open(f"{folder}/dump"):
            facts = json.loads(line)
            found.setdefault(facts.pop("path"), facts)
        return found


def read_table():
    table = {}
    for line in (HERE / "exceptions.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(": ")
            table[name] = reason
    return table


def elsewhere(path, side, other):
    """Whether an attribute of a class is merely inherited on the other side."""
    owner, colon, name = path.rpartition(":")
    return colon and name in side.get(owner, {}).get("names", ()) and name in other.get(owner, {}).get("names", ())


def differences(expected, found):
    """(path, field, expected, found) of all that differs."""
    for path, facts in expected.items():
        if path not in found:
            if not elsewhere(path, expected, found):
                yield path, "missing", facts.get("kind"), None
            continue
        for field, value in facts.items():
            other = found[path].get(field)
            if value != other:
                if field == "names" and other is not None:
                    value, other = sorted(set(value) - set(other)), sorted(set(other) - set(value))
                yield path, field, value, other
    for path, facts in found.items():
        if path not in expected and not elsewhere(path, found, expected):
            yield path, "extra", None, facts.get("kind")


def wrong_calls(python):
    """What comes of each call that call.py makes, by the call and how often it was made before."""
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-s", "-P", str(HERE / "call.py"), f"{folder}/calls"], cwd=folder, env=environment, check=True,
                       timeout=SECONDS, stdin=subprocess.DEVNULL)
        times, outcomes = collections.Counter(), {}
        for line in open(f"{folder}/calls", encoding="utf-8"):
            call, _, outcome = line.rstrip("\n").partition("\t")
            outcomes[call, times[call]] = outcome
            times[call] += 1
        return outcomes


def function_of(call):
    """`list().append` of `list().append(1, 2)`."""
    method = re.match(r"\w+\(\)\.\w+", call)
    return method[0] if method else call.partition("(")[0]


def compare_calls(coluber):
    """How many calls end as they should, and how many do not and are not in the table."""
    expected, found = wrong_calls(ORACLE), wrong_calls(coluber)
    examples = collections.defaultdict(list)
    # A method that only one side defines in the class itself is called once more there.
    for call in expected.keys() & found.keys():
        if expected[call] != found[call]:
            examples[function_of(call[0])].append((call[0], found[call], expected[call]))
    table = {}
    for line in (HERE / "calls.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            path, number = line.partition(": ")[0].split()
            table[path] = int(number)
    failed = 0
    for path in sorted(table.keys() | examples.keys()):
        number = len(examples[path])
        if number != table.get(path, 0):
            failed += abs(number - table.get(path, 0))
            print(f"FAILED {path}: {number} wrong calls end otherwise, {table.get(path, 0)} in the table")
            for call, outcome, wanted in sorted(examples[path])[:2]:
                print(f"    {call}: {outcome[:160]!r}, expected {wanted[:160]!r}")
    return len(expected) - failed, failed


def main(coluber, modules):
    coluber = os.path.abspath(coluber)
    missing = missing_modules(coluber)
    expected, found = (dump(python, missing, modules) for python in (ORACLE, coluber))
    table, used, failed = read_table(), set(), 0
    for path, field, value, other in differences(expected, found):
        keys = [key for key in table if fnmatch.fnmatchcase(f"{path} {field}", key) or fnmatch.fnmatchcase(path, key)]
        used.update(keys)
        if not keys:
            failed += 1
            if failed <= SHOWN:
                print(f"FAILED {path} {field}: {str(other)[:160]!r}, expected {str(value)[:160]!r}")
    unused = [] if modules else sorted(k for k in set(table) - used if not table[k].startswith("sometimes"))
    for key in unused:
        print(f"FAILED {key}: in the table, but nothing differs")
    failed += len(unused)
    passed = len(expected) - failed
    if not modules:
        more = compare_calls(coluber)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2].split(",") if len(sys.argv) > 2 else []))
