"""Programs whose memory ends at every place: MemoryError, never a crash or an endless loop.

Usage: memory.py INTERPRETER [PROGRAM ...] [--step N]

Each program below runs again and again in one process. In run N the allocation number N fails (or three from there on,
or all), by `_testcapi.set_nomemory`. Any exception is right, and so is success; a signal and 300 seconds without an end
are not. After a crash the last line of the log names program, N and how many failed, which `--child` repeats.
"""
import argparse
import os
import subprocess
import sys
import tempfile

PROGRAMS = {
    "json": r"""
import json
json.loads('{"a": [1, 2.5, "\\u1234"], "b": {"c": null}}')
json.dumps({'a': [1, (2,), {'x': 1.5}]}, indent=1), json.dumps([1, '\u20ac'])""",
    "classes": r"""
class A:
    __slots__ = 'a', 'b'
    def f(self): return super().__repr__()
class B(A, metaclass=type('M', (type,), {})):
    x: int = 1
    def __init__(self, *a, **k): self.q = 1; self.__dict__
    @property
    def p(self): return 1
B(1, z=2).p, B().f()
B.y, b = 5, B()
for i in range(40): setattr(b, 'n%d' % i, i)
del b.n3, b.__dict__""",
    "generators": r"""
def g(n):
    try:
        for i in range(n): yield i
    finally: pass
async def ag(): yield 1
async def c(): return [x async for x in ag()]
list(g(5)), sum(x for x in g(3)), g(1).close()
try: c().send(None)
except StopIteration: pass
q = g(2); next(q)
try: q.throw(ValueError)
except ValueError: pass""",
    "exceptions": r"""
import traceback
try:
    try: 1 / 0
    except ZeroDivisionError as e: raise KeyError('x') from e
except KeyError: traceback.format_exc()
try: raise ExceptionGroup('a', [ValueError(1), TypeError(2)])
except* ValueError: pass
except* TypeError: pass
for text in "{}['a'].b", "xyz", "''.foo", "1 +", "len(1, 2)":
    try: eval(text)
    except Exception: pass""",
    "containers": r"""
import collections
d = {i: str(i) for i in range(100)}
d.update(a=1), d | {1: 2}, {**d}, list(d.items()), sorted(d, key=str), set(d) | {1}, frozenset(d), dict.fromkeys('abc')
s = set(range(50)); s ^= {3}; l = list(range(100)); l[3:5] = l
l * 2, l + l, l.sort(key=lambda x: -x), l[::2], tuple(l), [*l], collections.deque(l, 5).rotate(2)
collections.OrderedDict(d).popitem(), collections.Counter('abca').most_common(), collections.defaultdict(list)[1]
del d[3]; d.pop(4), d.copy(), d == dict(d)""",
    "texts": r"""
s = 'abc\u20ac' * 10
s.split('b'), s.replace('a', 'xx'), s.upper(), s.encode('utf-16').decode('utf-16'), '%s %r %5.2f %x' % (s, s, 1.5, 255)
f'{s!r:>50}{1.5:e}{10**30:,}', '{0}{a[b]}'.format(1, a={'b': 2}), s.join([s] * 5), s.translate({97: 'zz'}), s.title()
repr(s + '\ud800'), bytes.fromhex('aabb').hex(), bytearray(b'abc').replace(b'a', b'dd'), s.splitlines(), int('1' * 100)
str(10**100), repr(1e300), complex('1+2j'), b'%s %d' % (b'x', 5), memoryview(bytearray(b'abcdefgh')).cast('h').tolist()
import re
re.compile(r'(a)(?P<n>b*)|c+?[x-z]').findall('abbcxcxyz' * 5), re.sub('a', r'b\g<0>', 'aaa'), re.split('(x)', 'axbxc')
re.match('(a|b)*', 'ababab').groups(), re.purge(), re.compile('x{3,5}(?i:foo)')""",
    "compiler": r"""
import ast
ast.dump(ast.parse('a = [b.c for b in d if e]; f"{x!r:{y}}"')), ast.unparse(ast.parse('def f(a, *b, c=1, **d): return 1'))
compile('''async def f(a: int = 3, /, *b, c, **d) -> int:
    with a as b, c: await d
    match x:
        case [1, *_] if c: pass
        case {"a": b, **r}: pass
    try: del a
    except* E as f: raise g from h
    return [await i async for i in j]
class A(B, metaclass=C):
    x: int
    def g(self): return __class__
''', 'x', 'exec')""",
    "pickles": r"""
import pickle, copy, marshal
v = [1, 2.5, {'a': (1, 2)}, {1, 2}, b'x', 10**30, '\u20ac', frozenset([1])]
for p in range(6): pickle.loads(pickle.dumps(v, p))
copy.deepcopy(v), marshal.loads(marshal.dumps(v)), marshal.loads(marshal.dumps(copy.copy.__code__))""",
    "files": r"""
import io
f = io.TextIOWrapper(io.BytesIO(b'abc\r\ndef\n' * 20))
f.readline(), f.read(3), f.tell(), f.seek(0), list(f), f.close()
g = io.StringIO(); g.write('abc\n' * 5); g.seek(0), g.readlines(), g.getvalue()
b = io.BufferedReader(io.BytesIO(b'a' * 100), 10); b.peek(), b.read(50), b.readline(), print('a', 1.5, file=io.StringIO())""",
    "formats": r"""
import xml.etree.ElementTree as E, csv, io, struct, zlib, datetime, hashlib, array
e = E.fromstring('<a b="c">t<d/>e<f>g</f></a>'); E.tostring(e), e.findall('.//f'), list(e.iter())
list(csv.reader(['a,"b,c",d'] * 3)), csv.writer(io.StringIO()).writerow([1, 'a,b', None])
struct.unpack('<ihq3s', struct.pack('<ihq3s', 1, 2, 3, b'abc')), zlib.decompress(zlib.compress(b'abc' * 100))
datetime.datetime.fromisoformat('2020-01-02T03:04:05+01:00').strftime('%c %z'), datetime.timedelta(1) * 2.5
hashlib.md5(b'x').hexdigest(), array.array('i', range(30)).tolist()""",
    "numbers": r"""
import math
a, b = 3**500, 7**300
a * b, a // b, divmod(a, b), pow(a, b, 10**50), a >> 33, a << 77, a & b, ~a, a.to_bytes(200, 'big'), a / b, round(a, -20)
str(a), hex(a), math.gcd(a, b), math.factorial(50), math.comb(50, 20), math.isqrt(a), math.fsum([1.5] * 50), sum([a, 1.5, 2j])""",
    "iterators": r"""
import itertools as t, functools as f, operator as o
list(t.product('ab', repeat=2)), list(t.permutations('abc')), list(t.groupby('aab')), list(zip(*t.tee([1, 2])))
list(t.islice(t.count(), 5)), list(t.accumulate([1, 2])), list(t.zip_longest('a', 'bc')), f.reduce(o.add, [1, 2])
f.lru_cache(3)(len)('a'), f.partial(len, 'a')(), o.itemgetter(1, 2)('abc'), min([1], key=str), list(map(str, [1]))""",
    "imports": r"""
import sys
for m in ('colorsys', 'bisect', 'fnmatch'): sys.modules.pop(m, None)
import colorsys, bisect, fnmatch""",
}
MOST = 2000


def child(name, step, log):
    import _testcapi
    import warnings
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda *_: None
    code = compile(PROGRAMS[name], name, "exec")
    exec(code, {"__name__": "memory"})  # imports, caches
    errors = 0
    for width in (1, 3, 0):
        for number in range(0, MOST, step):
            namespace = {"__name__": "memory"}
            os.pwrite(log, f"{name} {number} {width}\n".ljust(60).encode(), 0)
            try:
                _testcapi.set_nomemory(number, number + width if width else 0)
                try:
                    exec(code, namespace)
                finally:
                    _testcapi.remove_mem_hooks()
            except Exception:
                errors += 1
            else:
                if not width:
                    break
    print(f"{name}: passed, {errors} exceptions")
    return errors == 0  # nothing failed: the test does not test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interpreter")
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--step", type=int, default=1)
    options = parser.parse_args()
    failed = 0
    names = options.programs or list(PROGRAMS)
    for name in names:
        with tempfile.TemporaryFile() as log:
            command = [options.interpreter, __file__, "--child", name, str(options.step), str(log.fileno())]
            try:
                status = subprocess.run(command, pass_fds=[log.fileno()], timeout=300).returncode
            except subprocess.TimeoutExpired:
                status = "no end"
            if status:
                failed += 1
                log.seek(0)
                print(f"FAILED {log.read().decode().strip() or name}: {status}", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(child(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])) if sys.argv[1] == "--child" else main())
