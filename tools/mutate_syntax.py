"""Breaks library sources at random and compares what python3.11 and Coluber say about them.

Usage: mutate_syntax.py COLUBER [--count N] [--seed N] [--show N] [--only N] [TREE_OR_FILE ...]

A case is a piece of a source file of at most some forty lines (of the installed standard library with its tests, or of
TREE) with one to three mutations: a token deleted, doubled, swapped with another, replaced by one from elsewhere; a
bracket, quote, keyword, indent, character beyond ASCII, control character or NUL inserted; the text cut off. Case number K of seed S is
always the same text. Each side compiles it in one long-lived process, under a time limit. Compared are the exception's
type, message, line, columns, text, the warnings, and, when it compiles, the code objects with their tables.

Prints a histogram of the differences with samples, then one line
`N cases, N the same (P %), N crashed`. Exit status 1 when fewer than 99.5 % are the same, or on any crash.
--only K prints case K and both answers.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import select
import subprocess
import sys

ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
SECONDS = 20
BAR = 99.5

WORKER = r'''
import sys, json, warnings
CODE = type((lambda: 0).__code__)
def constant(value):
    if isinstance(value, CODE):
        return summary(value)
    if isinstance(value, tuple):
        return [constant(v) for v in value]
    if isinstance(value, frozenset):
        return sorted(repr(constant(v)) for v in value)
    return [type(value).__name__, repr(value)]
def summary(code):
    return [code.co_qualname, code.co_firstlineno, code.co_code.hex(), [constant(v) for v in code.co_consts],
            code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars, code.co_flags, code.co_stacksize,
            code.co_linetable.hex(), code.co_exceptiontable.hex()]
sys.stdin.reconfigure(errors="surrogatepass", encoding="utf-8")
while True:
    line = sys.stdin.readline()
    if not line:
        break
    mode, source, as_bytes = json.loads(line)
    if as_bytes:
        source = source.encode("utf-8", "surrogateescape")
    result = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            code = compile(source, "mutated.py", mode, dont_inherit=True)
        except SyntaxError as e:
            result = {"type": type(e).__name__, "message": str(e.msg), "lineno": e.lineno, "offset": e.offset,
                      "end_lineno": e.end_lineno, "end_offset": e.end_offset, "text": e.text, "file": e.filename}
        except BaseException as e:
            result = {"type": type(e).__name__, "message": str(e)}
        else:
            result = {"type": None, "code": json.dumps(summary(code))}
    result["warnings"] = [[w.category.__name__, str(w.message), w.lineno, str(w.filename)] for w in caught]
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
'''

TOKEN = re.compile(r'''[rbfuRBFU]{0,2}(?:"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
|[^\W\d]\w*|0[xXoObB][\da-fA-F_]*|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?[jJ]?|\n[ \t]*|\#[^\n]*|[ \t]+
|\*\*=?|//=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%@&|^=<>!]=?|.''', re.X | re.S)
KEYWORDS = ("False None True and as assert async await break class continue def del elif else except finally for from "
            "global if import in is lambda nonlocal not or pass raise return try while with yield match case _ print "
            "exec __debug__ self __future__").split()
OPERATORS = "( ) [ ] { } , : . ; @ = == -> += -= *= **= //= % & | ^ ~ < > <= >= != <> << >> + - * / ** // := ... ! ? $ ` \\".split()
QUOTES = ["'", '"', "'''", '"""', "f'", 'f"', "b'", 'f"""', "rb'", "u'", "f'{", "}'", "f'{a!", "f'{a:{", "\\N{", "\\x", "\\u12", "\\8"]
ODD = ["é", "λ", "𝔘", "·", "€", "\u00a0", "\u200b", "“", "”", "，", "\u2028", "ª", "٣", "\x01", "\x0c", "\x7f", "\x1f", "\r", "\r\n",
       "\ufeff", "ﬁ", "\U000e0100"]
NUMBERS = "0 1 0777 0x 0xg 0b2 0o9 1_ 1__0 1e 1e+ 1.e5 1j 1jx 1if 0x1for 1or 0_7 .5 1.5.2 5a 00 1_000 0b1_ 1.and 9e999 0xfor".split()
STATEMENTS = ["\nglobal x\n", "\nnonlocal x\n", "\nreturn\n", "\nyield\n", "\nbreak\n", "\ncontinue\n", "\nfrom __future__ import annotations\n",
              "\nfrom __future__ import braces\n", "\nfrom x import *\n", "\nawait x\n", "\n    x = (y := 1)\n", "\nx: int = 1\n",
              "\nasync for x in y: pass\n", "\ndel f()\n", "\nf() = 1\n", "\nprint 1\n", "\nexec 'x'\n", "\n(yield) = 1\n",
              "\nNone = 1\n", "\nx = *y\n", "\nassert (x, 'y')\n", "\nx is 1\n", "\n() ()\n", "\nmatch x:\n case {**y, 1: 2}: pass\n",
              "\nlambda *: 1\n", "\ndef f(x, x): pass\n", "\ndef f(x=1, y): pass\n", "\nf(x=1, 2)\n", "\nf(**x, *y)\n", "\ntry:\n  pass\n",
              "\nexcept* x:\n", "\nif x = 1: pass\n", "\nx = 1 if y\n", "\nwith (a as b, c as d): pass\n", "\n[x for x in y, z]\n", "\n{1:2, **x for x in y}\n"]


class Worker:
    def __init__(self, command):
        self.command = command
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})

    def stop(self):
        self.process.kill()
        self.process.wait()

    def ask(self, line):
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def answer(self):
        """What was asked for, or None when the worker died or hung."""
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if line:
            return json.loads(line)
        self.stop()
        self.status = self.process.returncode
        self.start()
        return None


class Pieces:
    """Pieces of sources: from a line on, to some forty lines further on."""
    def __init__(self, files):
        self.files = files
        self.cache = {}

    def lines(self, path):
        lines = self.cache.get(path)
        if lines is None:
            text = pathlib.Path(path).read_bytes().decode("utf-8", "replace").replace("\ufffd", "?")
            lines = self.cache[path] = text.splitlines(keepends=True)
        return lines

    def take(self, rng):
        while True:
            lines = self.lines(rng.choice(self.files))
            if lines:
                break
        start = rng.randrange(len(lines))
        while start and (lines[start][0] in " \t\r\n)]}'\"" or lines[start].startswith(("else", "elif", "except", "final"))):
            start -= 1
        return "".join(lines[start:start + rng.randrange(2, 40)])


def mutate(rng, tokens, pieces):
    kind = rng.randrange(15)
    at = rng.randrange(len(tokens))
    solid = [i for i, t in enumerate(tokens) if not t.isspace()] or [0]
    if kind < 10:
        at = rng.choice(solid)
    if kind == 0:
        del tokens[at]
    elif kind == 1:
        tokens.insert(at, tokens[at] + rng.choice(["", " "]))
    elif kind == 2:
        other = rng.choice(solid)
        tokens[at], tokens[other] = tokens[other], tokens[at]
    elif kind == 3:
        tokens[at] = tokens[rng.choice(solid)]
    elif kind == 4:
        others = TOKEN.findall(pieces.take(rng))
        tokens[at] = rng.choice(others)
    elif kind == 5:
        tokens[at] = rng.choice(OPERATORS + KEYWORDS)
    elif kind == 6:
        tokens.insert(at, rng.choice(OPERATORS) + rng.choice(["", " "]))
    elif kind == 7:
        tokens.insert(at, rng.choice(KEYWORDS) + rng.choice(["", " ", " "]))
    elif kind == 8:
        tokens.insert(at, rng.choice(QUOTES))
    elif kind == 9:
        tokens.insert(at, rng.choice(NUMBERS) + rng.choice(["", " "]))
    elif kind == 10:
        lines = [i for i, t in enumerate(tokens) if t[0] == "\n"] or [0]
        tokens.insert(rng.choice(lines) + 1, rng.choice([" ", "    ", "\t", "  \t", "\n", "\\\n", "\f", "#", "\\"]))
    elif kind == 11:
        text = rng.choice(ODD)
        token = tokens[at]
        middle = rng.randrange(len(token) + 1)
        tokens[at] = token[:middle] + text + token[middle:]
    elif kind == 12:
        if rng.randrange(8) == 0:
            tokens.insert(at, rng.choice(["\0", "\udcff", "\udcc3", "\udc80"]))
        else:
            del tokens[at:]
            if rng.randrange(2):
                tokens.append(rng.choice(["\\", "\n", "'", "(", " ", "#", "\t", ":", "\\\n"]))
    elif kind == 13:
        lines = [i for i, t in enumerate(tokens) if t[0] == "\n"] or [0]
        at = rng.choice(lines)
        statement = rng.choice(STATEMENTS)
        tokens[at] = statement.replace("\n", tokens[at] if tokens[at][0] == "\n" else "\n")
    else:
        token = tokens[at]
        middle = rng.randrange(len(token) + 1)
        tokens[at] = token[:middle] + chr(rng.randrange(32, 127)) + token[middle:]


def make_case(seed, number, pieces):
    rng = random.Random(f"{seed}/{number}")
    text = pieces.take(rng)
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if tokens:
            mutate(rng, tokens, pieces)
    mode = rng.choice(["exec"] * 8 + ["single", "eval"])
    as_bytes = rng.randrange(2) == 1
    text = "".join(tokens)
    if not as_bytes:
        text = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    return mode, text, as_bytes


def files_of(trees):
    for tree in trees:
        tree = pathlib.Path(tree)
        if tree.is_file():
            yield str(tree)
        else:
            for path in sorted(tree.rglob("*.py")):
                if path.stat().st_size < 300_000:
                    yield str(path)


def classify(expected, found):
    """A short name for the kind of a difference."""
    if expected["type"] != found["type"]:
        return f"type: {expected['type']} → {found['type']}"
    fields = [name for name in expected if expected[name] != found.get(name)]
    if "message" in fields:
        return "message: " + re.sub(r"\d+", "N", expected["message"])[:50] + " → " + re.sub(r"\d+", "N", found["message"])[:50]
    if "message" in expected:
        return " ".join(fields) + " in: " + re.sub(r"\d+", "N", expected["message"])[:60]
    return " ".join(fields)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("trees", nargs="*")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--show", type=int, default=1, help="samples of each kind of difference")
    parser.add_argument("--kinds", type=int, default=25, help="kinds of differences to list")
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    trees = options.trees or [subprocess.check_output(
        [ORACLE, "-c", "import os; print(os.path.dirname(os.__file__))"], text=True).strip()]
    pieces = Pieces(list(files_of(trees)))
    sides = [Worker([ORACLE, "-S", "-c", WORKER]), Worker([options.coluber, "-S", "-c", WORKER])]
    numbers = range(options.count) if options.only is None else [options.only]
    same = oracle_lost = 0
    crashed = []
    differences = collections.defaultdict(list)
    for number in numbers:
        case = make_case(options.seed, number, pieces)
        line = (json.dumps(case) + "\n").encode()
        for side in sides:
            side.ask(line)
        expected, found = [side.answer() for side in sides]
        if options.only is not None:
            print(case[0], "bytes" if case[2] else "str", repr(case[1]))
            print(case[1])
            print("expected", expected)
            print("found   ", found)
        if expected is None:
            oracle_lost += 1
        elif found is None:
            crashed.append((number, sides[1].status))
        elif expected == found:
            same += 1
        else:
            differences[classify(expected, found)].append((number, case, expected, found))
    for side in sides:
        side.stop()
    for kind, cases in sorted(differences.items(), key=lambda item: -len(item[1]))[:options.kinds]:
        print(f"{len(cases):6} {kind}   {[case[0] for case in cases[:5]]}")
        for number, case, expected, found in sorted(cases, key=lambda c: len(c[1][1]))[:options.show]:
            print(f"       case {number}, {case[0]}, {'bytes' if case[2] else 'str'}: {case[1][-300:]!r}")
            for name in expected:
                if expected[name] != found.get(name) and name != "code":
                    print(f"         {name}: expected {str(expected[name])[-200:]!r}, found {str(found.get(name))[-200:]!r}")
    for number, status in crashed:
        print(f"case {number}: crashed or hung, status {status}")
    if oracle_lost:
        print(f"{oracle_lost} cases that python3.11 did not survive")
    count = len(numbers) - oracle_lost
    share = 100 * same / max(count, 1)
    print(f"{count} cases, {same} the same ({share:.2f} %), {len(crashed)} crashed")
    return 1 if share < BAR or crashed else 0


if __name__ == "__main__":
    sys.exit(main())
