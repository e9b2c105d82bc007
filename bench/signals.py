"""How long one operation in C on a large input keeps a signal's handler waiting, beside python3.11.

Usage: signals.py [--python PYTHON] [--size BYTES] [CASE ...]      (by default this interpreter alone)

Each case is run once to know how long it takes, and then with an alarm that goes off on the way; what counts is the processor time
from the alarm to its handler. A case that takes less than 50 ms cannot hold a handler back for longer.
"""
import argparse
import signal
import subprocess
import sys
import time

LIMIT = 0.05


class Enough(BaseException):
    pass


def cases(n):
    """Name, what prepares the input (n: bytes of a text), and what is measured."""
    import array
    import ast
    import base64
    import binascii
    import collections
    import hashlib
    import io
    import itertools
    import json
    import marshal
    import math
    import operator
    import random
    import re
    import unicodedata
    import zlib

    random.seed(1)
    latin = lambda: "ab\xe9d" * (n // 4)
    wide = lambda: "ab\u0431d" * (n // 4)
    text = lambda: "abcd" * (n // 4)
    data = lambda: b"abcd" * (n // 4)
    items = lambda: list(range(n // 32))
    keys = lambda: dict.fromkeys(range(n // 64))
    members = lambda: set(range(n // 64))
    big = lambda: (1 << (8 * n)) - 12345
    lines = lambda: "a = b + c * (d - 1)\n" * (n // 400)
    value = lambda x: x
    return [
        ("compile", lines, lambda s: compile(s, "x", "exec")),
        ("ast.parse", lines, ast.parse),
        ("compile one expression", lambda: "[" + "a + b, " * (n // 200) + "]", lambda s: compile(s, "x", "eval")),
        ("ast.literal_eval", lambda: repr(list(range(n // 500))), ast.literal_eval),
        (r"re \w* ascii", text, re.compile(r"\w*").match),
        (r"re \w* latin", latin, re.compile(r"\w*").match),
        (r"re \w* wide", wide, re.compile(r"\w*").match),
        (r"re [^x]* wide", wide, re.compile(r"[^x]*").match),
        (r"re .* wide", wide, re.compile(r".*").match),
        (r"re (?i)[a-z\u0431]* wide", wide, re.compile("(?i)[a-z\u0431]*").match),
        (r"re search x", wide, re.compile("x").search),
        (r"re search [xy]", wide, re.compile("[xy]").search),
        (r"re findall", text, re.compile("abcd").findall),
        (r"re sub", text, lambda s: re.sub("abcd", "x", s)),
        (r"re split", text, lambda s: re.split("abcd", s)),
        ("normalize NFC ascii", text, lambda s: unicodedata.normalize("NFC", s)),
        ("normalize NFC", wide, lambda s: unicodedata.normalize("NFC", s)),
        ("normalize NFD", latin, lambda s: unicodedata.normalize("NFD", s)),
        ("normalize NFKD", latin, lambda s: unicodedata.normalize("NFKD", s)),
        ("is_normalized", latin, lambda s: unicodedata.is_normalized("NFC", s)),
        ("int <<", big, lambda x: x << 12345),
        ("int >>", big, lambda x: x >> 12345),
        ("int |", big, lambda x: x | 5),
        ("int & -", big, lambda x: -x & (x - 1)),
        ("int ^", big, lambda x: x ^ (x - 1)),
        ("~int", big, operator.invert),
        ("-int", big, operator.neg),
        ("int +", big, lambda x: x + x),
        ("int -", big, lambda x: x - 1),
        ("int ==", lambda: (big(), big()), lambda p: p[0] == p[1]),
        ("hash(int)", big, hash),
        ("bit_length", big, int.bit_length),
        ("bit_count", big, int.bit_count),
        ("hex(int)", big, hex),
        ("oct(int)", big, oct),
        ("bin(int)", lambda: (1 << 2 * n) - 1, bin),
        ("format x", big, lambda x: format(x, "x")),
        ("format ,d", lambda: (1 << (n // 200)) - 1, lambda x: (sys.set_int_max_str_digits(0), format(x, ",d"))),
        ("str(int)", lambda: (1 << (n // 100)) - 1, lambda x: (sys.set_int_max_str_digits(0), str(x))),
        ("int(text)", lambda: "7" * (n // 200), lambda s: (sys.set_int_max_str_digits(0), int(s))),
        ("int(text, 16)", lambda: "7" * n, lambda s: int(s, 16)),
        ("to_bytes", big, lambda x: x.to_bytes(n, "little")),
        ("from_bytes", data, lambda b: int.from_bytes(b, "big")),
        ("int *", lambda: (1 << (n // 2)) - 1, lambda x: x * x),
        ("int * small", big, lambda x: x * 7),
        ("int // small", big, lambda x: x // 7),
        ("int //", lambda: ((1 << (n // 4)) - 1, (1 << (n // 8)) + 3), lambda p: p[0] // p[1]),
        ("int **", lambda: 3, lambda x: x ** (n // 3)),
        ("pow 3", lambda: (1 << (n // 2000)) - 1, lambda x: pow(3, x, x)),
        ("isqrt", lambda: (1 << (n // 8)) - 1, math.isqrt),
        ("gcd", lambda: ((1 << (n // 100)) - 1, (1 << (n // 101)) + 5), lambda p: math.gcd(*p)),
        ("factorial", lambda: n // 400, math.factorial),
        ("comb", lambda: n // 400, lambda k: math.comb(k, k // 2)),
        ("float(int text)", lambda: "7" * n, float),
        ("float(text)", lambda: "0." + "7" * n, float),
        ("getrandbits", lambda: 8 * n, random.getrandbits),
        ("randbytes", lambda: n, random.randbytes),
        ("math.dist", lambda: [1.5] * (n // 64), lambda p: math.dist(p, p)),
        ("math.hypot", lambda: [1.5] * (n // 64), lambda p: math.hypot(*p)),
        ("math.fsum", lambda: [1.5] * (n // 16), math.fsum),
        ("math.prod", lambda: [1.0] * (n // 16), math.prod),
        ("call *args", items, lambda a: max(*a)),
        ("call function *args", items, lambda a: (lambda *args: None)(*a)),
        ("call **keywords", lambda: {str(i): 1 for i in range(n // 128)}, lambda d: dict(**d)),
        ("splitlines", lambda: "ab\n" * (n // 8), str.splitlines),
        ("splitlines one", text, str.splitlines),
        ("bytes.splitlines", lambda: b"ab\n" * (n // 8), bytes.splitlines),
        ("split", lambda: "ab " * (n // 8), str.split),
        ("str.maketrans", lambda: ("".join(map(chr, range(32, 50000))) * (n // 100000)), lambda s: str.maketrans(s, s)),
        ("translate", text, lambda s: s.translate({97: "x"})),
        ("readlines", lambda: io.BytesIO(b"ab\n" * (n // 8)), io.BytesIO.readlines),
        ("StringIO.readlines", lambda: io.StringIO("ab\n" * (n // 8)), io.StringIO.readlines),
        ("StringIO.getvalue", lambda: io.StringIO(text()), io.StringIO.getvalue),
        ("b2a_qp", data, binascii.b2a_qp),
        ("a2b_qp", data, binascii.a2b_qp),
        ("hexlify", data, binascii.hexlify),
        ("hexlify -", data, lambda b: binascii.hexlify(b, "-")),
        ("unhexlify", lambda: b"ab" * (n // 2), binascii.unhexlify),
        ("bytes.fromhex", lambda: "ab " * (n // 3), bytes.fromhex),
        ("bytes.hex", data, bytes.hex),
        ("b64encode", data, base64.b64encode),
        ("b64decode", data, base64.b64decode),
        ("crc_hqx", data, lambda b: binascii.crc_hqx(b, 0)),
        ("adler32", data, zlib.adler32),
        ("sha256", data, hashlib.sha256),
        ("tolist", lambda: memoryview(data()), memoryview.tolist),
        ("view[::2] bytes", lambda: memoryview(data())[::2], bytes),
        ("view == view", lambda: (memoryview(data())[::2], memoryview(data())[::2]), lambda p: p[0] == p[1]),
        ("view.hex", lambda: memoryview(data())[::2], memoryview.hex),
        ("memoryview in", lambda: memoryview(data()), lambda v: 1 in v),
        ("array.tolist", lambda: array.array("B", data()), array.array.tolist),
        ("array(list)", lambda: [1] * n, lambda a: array.array("B", a)),
        ("array.count", lambda: array.array("B", data()), lambda a: a.count(1)),
        ("array.byteswap", lambda: array.array("H", data()), array.array.byteswap),
        ("array.reverse", lambda: array.array("H", data()), array.array.reverse),
        ("array * 4", lambda: array.array("B", data()), lambda a: a * 4),
        ("array[::2]", lambda: array.array("B", data()), lambda a: a[::2]),
        ("array ==", lambda: (array.array("B", data()), array.array("B", data())), lambda p: p[0] == p[1]),
        ("str +", text, lambda s: s + "x"),
        ("str slice", text, lambda s: s[1:]),
        ("str[::2]", text, lambda s: s[::2]),
        ("str[::-1]", wide, lambda s: s[::-1]),
        ("str ==", lambda: (text(), text()), lambda p: p[0] == p[1]),
        ("str <", lambda: (wide(), wide()), lambda p: p[0] < p[1]),
        ("str hash", text, hash),
        ("bytes hash", data, hash),
        ("bytes ==", lambda: (data(), data()), lambda p: p[0] == p[1]),
        ("bytes[::2]", data, lambda s: s[::2]),
        ("bytes slice", data, lambda s: s[1:]),
        ("bytes +", data, lambda s: s + b"x"),
        ("bytearray(data)", data, bytearray),
        ("bytearray slice", lambda: bytearray(data()), lambda s: s[1:]),
        ("bytearray reverse", lambda: bytearray(data()), bytearray.reverse),
        ("str lower", text, str.lower),
        ("str.strip", lambda: " " * n, str.strip),
        ("str.isascii", text, str.isascii),
        ("str.isidentifier", wide, str.isidentifier),
        ("str.expandtabs", lambda: "a\t" * (n // 8), str.expandtabs),
        ("str.zfill", lambda: "1", lambda s: s.zfill(n)),
        ("repr str", wide, repr),
        ("str %", wide, lambda s: "%s!" % s),
        ("f-string", wide, lambda s: f"{s:>4}!"),
        ("utf-8 encode", text, str.encode),
        ("utf-8 encode wide", wide, str.encode),
        ("utf-8 decode", data, bytes.decode),
        ("utf-8 decode wide", lambda: wide().encode(), bytes.decode),
        ("latin-1 encode", latin, lambda s: s.encode("latin-1")),
        ("latin-1 decode", data, lambda s: s.decode("latin-1")),
        ("utf-16 encode", wide, lambda s: s.encode("utf-16")),
        ("utf-16 decode", lambda: wide().encode("utf-16"), lambda s: s.decode("utf-16")),
        ("utf-32 decode", lambda: text().encode("utf-32"), lambda s: s.decode("utf-32")),
        ("cp1252 decode", data, lambda s: s.decode("cp1252")),
        ("list slice", items, lambda a: a[1:]),
        ("list +", items, lambda a: a + a),
        ("list *", items, lambda a: a * 4),
        ("list copy", items, list.copy),
        ("list reverse", items, list.reverse),
        ("list[::2]", items, lambda a: a[::2]),
        ("list ==", lambda: (items(), items()), lambda p: p[0] == p[1]),
        ("list in", items, lambda a: -1 in a),
        ("tuple(list)", items, tuple),
        ("tuple + tuple", lambda: tuple(items()), lambda a: a + a),
        ("tuple *", lambda: tuple(items()), lambda a: a * 4),
        ("tuple ==", lambda: (tuple(items()), tuple(items())), lambda p: p[0] == p[1]),
        ("tuple hash", lambda: tuple(items()), hash),
        ("set |", lambda: (members(), set(range(-n // 64, 0))), lambda p: p[0] | p[1]),
        ("set &", lambda: (members(), members()), lambda p: p[0] & p[1]),
        ("set -", lambda: (members(), members()), lambda p: p[0] - p[1]),
        ("set ^", lambda: (members(), members()), lambda p: p[0] ^ p[1]),
        ("set <=", lambda: (members(), members()), lambda p: p[0] <= p[1]),
        ("set copy", members, set.copy),
        ("set(list)", items, set),
        ("frozenset hash", lambda: frozenset(members()), hash),
        ("dict |", lambda: (keys(), dict.fromkeys(range(-n // 64, 0))), lambda p: p[0] | p[1]),
        ("dict copy", keys, dict.copy),
        ("dict ==", lambda: (keys(), keys()), lambda p: p[0] == p[1]),
        ("dict.fromkeys", items, dict.fromkeys),
        ("list(dict)", keys, list),
        ("list(dict.items)", keys, lambda d: list(d.items())),
        ("dict(zip)", items, lambda a: dict(zip(a, a))),
        ("deque(list)", items, collections.deque),
        ("deque.copy", lambda: collections.deque(items()), collections.deque.copy),
        ("Counter", text, collections.Counter),
        ("list.sort", lambda: [random.random() for i in range(n // 100)], sorted),
        ("json.loads text", lambda: json.dumps(wide()), json.loads),
        ("json.loads ascii", lambda: json.dumps(text()), json.loads),
        ("json.dumps text", wide, json.dumps),
        ("json.dumps ascii", text, json.dumps),
        ("marshal.dumps tuple", lambda: tuple(items()), marshal.dumps),
        ("marshal.loads tuple", lambda: marshal.dumps(tuple(items())), marshal.loads),
        ("marshal.loads text", lambda: marshal.dumps(wide()), marshal.loads),
        ("pickle", None, None),
        ("repeat", lambda: None, lambda x: list(itertools.repeat(1, n // 8))),
        ("list(range)", lambda: None, lambda x: list(range(n // 16))),
        ("sum", items, sum),
        ("any", lambda: [0] * (n // 8), any),
        ("product", lambda: None, lambda x: sum(1 for i in itertools.product(range(200), repeat=4))),
        ("unpack", items, lambda a: [*a, *a]),
        ("str.join", lambda: ["ab"] * (n // 8), "".join),
        ("eval literal", lambda: "'" + text() + "'", eval),
        ("textwrap", None, None),
    ]


def measure(prepare, operation):
    def stop(number, frame):
        nonlocal ran
        ran = time.process_time()
        raise Enough

    value = prepare()
    begin = time.process_time()
    operation(value)
    whole = time.process_time() - begin
    if whole < 0.02:
        return whole, whole
    worst = 0
    for part in (0.2, 0.5, 0.8):
        value = prepare()
        ran = None
        signal.signal(signal.SIGPROF, stop)
        begin = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_PROF, whole * part)
            result = operation(value)
            while True:
                pass
        except Enough:
            pass
        result = None
        worst = max(worst, ran - begin - whole * part)
    return whole, worst


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--size", type=int, default=100_000_000)
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    wanted = [case for case in cases(options.size) if case[1] and (not options.case or case[0] in options.case)]
    if options.python:
        for name, prepare, operation in wanted:
            row = []
            for python in options.python:
                try:
                    done = subprocess.run([python, __file__, f"--size={options.size}", "--", name], capture_output=True, text=True,
                                          timeout=120)
                    row.append(next((line for line in done.stdout.splitlines() if line.startswith(name + "\t")),
                                    f"\tfailed {done.returncode} {done.stderr[-100:]}").partition("\t")[2])
                except subprocess.TimeoutExpired:
                    row.append("timeout")
            print(f"{name:24}", *(f"{cell:>24}" for cell in row), flush=True)
        return
    for name, prepare, operation in wanted:
        whole, worst = measure(prepare, operation)
        print(f"{name}\t{1000 * whole:.0f} ms\t{1000 * worst:.0f} ms{' *' if worst > LIMIT else ''}", flush=True)


main()
