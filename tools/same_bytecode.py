"""Compiles a tree of sources with python3.11 and with Coluber and compares the code objects field by field.

Usage: same_bytecode.py COLUBER [TREE_OR_FILE ...] [-O0] [-O1] [-O2] [--show N] [--installed]

Without a tree: python3.11's installed standard library with its tests. For each file and each optimization level
asked for (default: 0) both compile the same text under the same file name. Constants are compared with their types,
frozensets as sets; positions through the location table's bytes. Prints the first few differences, then one line
`N identical, N different, N crashed` (code objects, code objects, files). Exit status 1 on any difference.

With --installed python3.11 compiles nothing: its side is what the installed `.pyc` files hold, as Debian made them
when the package was installed. Sources without one are skipped.

Each side is a worker process that reads file names and writes marshalled summaries; a worker that dies or takes longer
than a minute for a file is started again and the file counted as crashed.
"""
import argparse
import dis
import json
import os
import pathlib
import select
import subprocess
import sys

ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 60

WORKER = r'''
import sys, json, warnings, marshal, importlib.util
warnings.simplefilter("ignore")
CODE = type((lambda: 0).__code__)
def constant(value):
    if isinstance(value, CODE):
        return ["code"]
    if isinstance(value, tuple):
        return ["tuple", [constant(v) for v in value]]
    if isinstance(value, frozenset):
        return ["frozenset", sorted(repr(constant(v)) for v in value)]
    return [type(value).__name__, repr(value)]
def summary(code, out):
    out.append([code.co_qualname, code.co_name, code.co_firstlineno, code.co_code.hex(),
                [constant(v) for v in code.co_consts], code.co_names, code.co_varnames, code.co_cellvars,
                code.co_freevars, code.co_flags, code.co_stacksize, code.co_linetable.hex(),
                code.co_exceptiontable.hex(), code.co_argcount, code.co_posonlyargcount,
                code.co_kwonlyargcount, code.co_nlocals, code.co_filename])
    for value in code.co_consts:
        if isinstance(value, CODE):
            summary(value, out)
def installed(path, level):
    with open(importlib.util.cache_from_source(path, optimization=level or ""), "rb") as file:
        return marshal.loads(file.read()[16:])
while True:
    line = sys.stdin.readline()
    if not line:
        break
    path, level = json.loads(line)
    try:
        with open(path, "rb") as file:
            source = file.read()
        out = []
        if "installed" in sys.argv:
            code = installed(path, level)
        else:
            code = compile(source, path, "exec", dont_inherit=True, optimize=level)
        summary(code, out)
    except Exception as error:
        out = type(error).__name__ + ": " + str(error)
    sys.stdout.write(json.dumps(out) + "\n")
    sys.stdout.flush()
'''
FIELDS = ("qualname name firstlineno code consts names varnames cellvars freevars flags stacksize linetable "
          "exceptiontable argcount posonlyargcount kwonlyargcount nlocals filename").split()


class Worker:
    def __init__(self, command):
        self.command = command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})

    def ask(self, path, level):
        self.process.stdin.write((json.dumps([path, level]) + "\n").encode())
        self.process.stdin.flush()

    def answer(self):
        """What was asked for, or None when the worker died or hung."""
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        self.process.kill()
        self.process.wait()
        self.start()
        return None


def instructions(code, table):
    lines = []
    argument = 0
    words = [code[i:i + 4] for i in range(0, len(code), 4)]
    for i, word in enumerate(words):
        lines.append(f"{2 * i} {dis.opname[int(word[:2], 16)]} {int(word[2:], 16)}")
    return lines


def describe(path, level, expected, found):
    print(f"{path} (-O{level}) {expected[0]} line {expected[2]}:")
    for name, a, b in zip(FIELDS, expected, found):
        if a == b:
            continue
        if name == "code":
            a, b = instructions(a, None), instructions(b, None)
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            print(f"  code, {len(a)} and {len(b)} units, from {at}:")
            print("    expected " + "; ".join(a[max(at - 3, 0):at + 5]))
            print("    found    " + "; ".join(b[max(at - 3, 0):at + 5]))
        else:
            print(f"  {name}: expected {str(a)[:300]}\n  {' ' * len(name)}  found    {str(b)[:300]}")


def sources(trees):
    for tree in trees:
        tree = pathlib.Path(tree)
        if tree.is_file():
            yield str(tree)
        else:
            yield from map(str, sorted(tree.rglob("*.py")))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("trees", nargs="*")
    parser.add_argument("-O", dest="levels", type=int, action="append")
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--installed", action="store_true")
    options = parser.parse_intermixed_args()
    trees = options.trees or [subprocess.check_output(
        [ORACLE, "-c", "import os; print(os.path.dirname(os.__file__))"], text=True).strip()]
    sides = [Worker([ORACLE, "-S", "-c", WORKER] + ["installed"] * options.installed),
             Worker([options.coluber, "-S", "-c", WORKER])]
    identical = different = crashed = shown = skipped = 0
    for path in sources(trees):
        for level in options.levels or [0]:
            for side in sides:
                side.ask(path, level)
            expected, found = [side.answer() for side in sides]
            if options.installed and str(expected).startswith("FileNotFoundError"):
                skipped += 1
            elif found is None:
                crashed += 1
                print(f"{path} (-O{level}): crashed")
            elif isinstance(expected, str) or isinstance(found, str) or len(expected) != len(found):
                if expected == found:
                    continue
                different += 1
                if shown < options.show:
                    shown += 1
                    print(f"{path} (-O{level}): {expected if isinstance(expected, str) else len(expected)}, found "
                          f"{found if isinstance(found, str) else len(found)}")
            else:
                for a, b in zip(expected, found):
                    if a == b:
                        identical += 1
                        continue
                    different += 1
                    if shown < options.show:
                        shown += 1
                        describe(path, level, a, b)
    if skipped:
        print(f"{skipped} sources have no .pyc")
    print(f"{identical} identical, {different} different, {crashed} crashed")
    return 1 if different or crashed else 0


if __name__ == "__main__":
    sys.exit(main())
