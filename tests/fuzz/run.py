"""Runs libFuzzer on the targets of tests/fuzz/targets.py.

Usage: run.py FUZZ [TARGET ... | all] [--seconds N] [--inputs N] [--seed N] [--jobs N]

FUZZ is the executable that `make fuzz` builds. Seeds are made from python3.11's library and from
tests/fuzz/found, which holds the inputs that once were findings; dictionaries are in tests/fuzz/dictionaries.
What is found new goes to the folder `found` beside FUZZ, with the report. The corpus stays there as well.
With a seed the inputs are the same in each run that begins with an empty corpus; with a number of inputs that the
seconds suffice for, a fast machine does not see more of them than a slow one.
"""
import argparse
import ast
import json
import marshal
import os
import pathlib
import pickle
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent


def targets():
    tree = ast.parse((HERE / "targets.py").read_text())
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]


PROGRAMS = [
    "def f(a, /, b: int = 2, *c, d=[], **e) -> None:\n  '''d'''\n  global g\n  return (yield a) + b @ c\n",
    "class A(B, metaclass=C):\n @d\n async def e(self):\n  async with a as b, c: await d\n  async for x in y: pass\n",
    "try:\n  raise E from e\nexcept* (A, B) as c: pass\nelse: del a[1:2, ...], b.c\nfinally: assert x, y\n",
    "match x:\n case {'a': [1, *_], **r} | A(b=-1+2j) if c: pass\n case 'x' 'y' as z: pass\n case _: pass\n",
    "f'{a!r:>{w}} {{}} {x=}' rf'\\d{1:{2}}' b'' ; lambda *a, k=1: (x := 1, *y)\n",
    "with (open(a) as b, c): nonlocal_ = [i for i in j if k for l in m]; {a: b for a in c}; {*a, 1}\n",
    "while 0x1f_f or 0b1 or 1e5j:\n\tif not a < b <= c is not d in e: break\n\telif 1: continue\nelse: pass\n",
    "# -*- coding: latin-1 -*-\nimport a.b as c, d\nfrom ...x import (y as z, w,)\nx: int\n(a): b = c\n",
]
LOOPS = ["x = 0\nfor i in range(9):\n  x += i * 2\n  if x > 5: x -= 1\ny = [a for a in (1, 2) if a]",
         "def f(a, b=1, *c):\n  try: return a + b\n  except ValueError: pass\n  finally: a = 1\nf(1)\nf(2, 3)",
         "class A:\n  def g(self): yield self; yield from [1]\nfor v in A().g(): d = {'a': v, **{}}"]


FUNCTIONS = ["async def f(a, b=1):\n  async with a as c: await b\n  async for x in a: yield x\n",
             "async def f(a):\n  try: return [await x async for x in a if x]\n  finally: a = None\n",
             "def f(a, *b, c=1, **d):\n  def g(): nonlocal a; a = b; return (x + a for x in b)\n  return g\n",
             "def f(a):\n  with a as (b, *c): del b\n  try: raise a from b\n  except* (a, b) as e: pass\n",
             "def f(a):\n  match a:\n    case [1, *x] | {'k': x, **_}: return x\n    case a.b(c=d) if d: a @= d\n",
             "def f(a):\n  x = yield a\n  y = yield from f(x)\n  a[x:y], a.b, *c = f'{x!r:{y}}', {**a}, {*a}, [*a]\n"]


def compiled(text):
    try:
        return compile(text, "f", "exec")
    except SyntaxError:
        return None


def seeds(target):
    """Small inputs that reach deep."""
    if target in ("compile", "parse"):
        return [text.encode() for text in PROGRAMS]
    if target == "code":
        modules = [code for code in map(compiled, PROGRAMS + LOOPS + FUNCTIONS) if code]
        return [marshal.dumps(code) for module in modules
                for code in [module] + [value for value in module.co_consts if hasattr(value, "co_code")]]
    if target == "marshal":
        return [marshal.dumps(compile(text, "f", "exec")) for text in PROGRAMS[:3] + LOOPS if "async" not in text
                and "return (yield" not in text] + \
            [marshal.dumps(v, version) for version in range(5)
             for v in ((1, 1 << 70, 2.5, 1j, "a\u20ac", b"x", None, True, ..., StopIteration), [{1: {2}}, frozenset("ab")])]
    if target == "json":
        return [b'{"a": [1, -2.5e+3, true, false, null, "\\u20ac\\n\xe2\x82\xac"], "b": {}}', b"[NaN, -Infinity, 1E400]",
                b'"\\ud83d\\ude00"', b" [ ] "]
    if target == "pickle":
        shared = [1]
        return [pickle.dumps(v, protocol) for protocol in range(6)
                for v in ((shared, shared, {"a": 1 << 70, 2.5: b"x"}), {1, 2}, frozenset("ab"), bytearray(b"abc"), 2j)]
    if target == "csv":
        return [b"\0\0\0\0a,b,\"c\"\"d\"\r\n1,2,3\n", b"\1\1\1\x0a'a;b';\\'c\r", b"\2\0\3\1x\ty\n"]
    if target == "struct":
        return [b"<bBhHiIlLqQ\0" + bytes(range(60)), b">3s4p?efd\0" + bytes(range(60)), b"@nNP2x0i\0" + bytes(40)]
    if target == "zlib":
        data = zlib.compress(b"hello hello hello" * 9)
        return [b"\0" + data, b"\1" + data[2:-4], b"\3" + data]
    if target == "xml":
        return [b"<?xml version='1.0' encoding='utf-8'?><!DOCTYPE a [<!ENTITY b 'c'><!ATTLIST a d CDATA 'e'>]>"
                b"<a xmlns:f='g' h='i'>&b;<f:j/><![CDATA[k]]><!--l--><?m n?>&#65;</a>", b"<a>\xc3\xa9</a>"]
    if target == "datetime":
        return [b"2024-02-29T12:34:56.789012+05:30", b"20240229T123456Z", b"2024-W09-4", b"12:34", b"%Y-%m-%d %H:%M:%S.%f %j %z"]
    if target == "re":
        return [b"\2(?P<a>x+)(?:y|z)*?(?=b)(?!c)\\b[^d-f\\s]{2,3}(?P=a)\0xxyzb xx", b"\0(a|b)*+c(?>d)(?i:E)(?<=f)$\0abcdef",
                b"\x08^\\w.(?(1)a|b)\\1#\n\0aa"]
    if target == "codec":
        return [bytes([i, i % 6]) + "aé€\U0001F600\\u20ac".encode("utf-8") for i in range(13)]
    if target == "format":
        return [b"%-10.3f|%#x|%(a)s|%%|%c", b"{0:>+10,.2f}{name!r:^5}{0.real}{1[0]}", b"=+#012,.3e", b"0x1_f", b"-1.5e-3j"]
    return [b""]


def fuzz(executable, target, seconds, inputs, seed):
    folder = executable.parent / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        (folder / f"seed{number}").write_bytes(data)
    found = executable.parent / "found"
    found.mkdir(exist_ok=True)
    dictionary = HERE / "dictionaries" / f"{target}.txt"
    known = HERE / "found" / target
    options = {"ASAN_OPTIONS": "handle_segv=1:abort_on_error=0", "FUZZ_TARGET": target, "PYTHONHASHSEED": "0"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | options
    command = [str(executable), f"-artifact_prefix={found}/{target}-", f"-max_total_time={seconds}", f"-runs={inputs or -1}", "-timeout=120",
               "-rss_limit_mb=4000", "-max_len=500", "-print_final_stats=1", "-entropic=0", f"-seed={seed}"]
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    command.append(str(folder))
    if known.exists():
        command.append(str(known))
    log = found / f"{target}.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            status = process.wait(seconds + 120)
        except subprocess.TimeoutExpired:
            process.kill()
            status = f"{process.wait()}, for it did not end by itself"
    text = log.read_text(errors="replace")
    runs = [line.split()[-1] for line in text.splitlines() if "number_of_executed_units" in line]
    if status:
        print(f"FAILED {target}: exit status {status}, {log}")
        lines = text.splitlines()
        start = next((i for i, line in enumerate(lines) if "ERROR" in line or "Traceback" in line
                      or "runtime error" in line), max(len(lines) - 25, 0))
        print("\n".join("    " + line[:160] for line in lines[start:start + 12]))
        return False
    print(f"{target}: {runs[0] if runs else '?'} inputs in {seconds} s, nothing found", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("executable", type=pathlib.Path)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--inputs", type=int, default=0, help="0: as many as come in these seconds")
    parser.add_argument("--seed", type=int, default=0, help="0: another one in each run")
    parser.add_argument("--jobs", type=int, default=1, help="how many targets run at once")
    options = parser.parse_args()
    names = targets()
    wanted = names if options.targets in ([], ["all"]) else options.targets
    unknown = set(wanted) - set(names)
    if unknown:
        sys.exit(f"no target {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    executable = options.executable.resolve()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda target: fuzz(executable, target, options.seconds, options.inputs,
                                                      options.seed), wanted))
    print(f"{results.count(True)} passed, {results.count(False)} failed, 0 skipped")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
