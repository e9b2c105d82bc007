"""Calls every method of every built-in type and every function of every built-in module with random arguments.

Usage: calls.py INTERPRETER [--seconds N] [--seed N] [--threads]
       calls.py INTERPRETER --line "list.insert([], 2**63, Evil(3))"

Each call is a line of Python that is written to a log before it runs, so that what a crash (a signal, a
sanitizer's report, an abort, a hang) came from can be run again with --line. Arguments come from a small
grammar: numbers at the edges of C's types, texts of each width, containers, exhausted iterators, and `Evil`,
whose special methods raise, return something of a wrong type, or change the containers that the call is
working on. With --threads four threads call methods of the same objects at the same time.

Nothing but a crash is a finding: any exception will do.
"""
import argparse
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import time

# Functions that end or stop the process, wait for others, or reach outside of it.
EXCLUDED = re.compile(r"""
    posix\.(_exit|abort|kill\w*|fork\w*|exec\w*|spawn\w*|posix_spawn\w*|system|chroot|set\w+|initgroups|nice|sched_\w+
        |close\w*|dup2?|reboot|wait\w*|ctermid|link|symlink|rename|replace|unlink|remove|rmdir|chmod|chown|lchown|fchmod|fchown
        |truncate|ftruncate|mkfifo|mknod|mkdir|removexattr|chdir|fchdir|register_at_fork|pidfd_open|login_tty|openpty|umask
        |lockf|read\w*|pread\w*|open|utime|scandir|listdir|unsetenv|putenv|posix_fallocate|sendfile|splice|copy_file_range)
    |_signal\.\w+|signal\.\w+|faulthandler\.\w+|resource\.(setrlimit|prlimit)|_posixsubprocess\.\w+
    |_thread\.(_?exit\w*|interrupt_main|_interrupt_main|stack_size|daemon_threads_allowed|_set_sentinel)
    |_socket\.(sethostname|close|get\w+by\w+|getaddrinfo|getnameinfo)|termios\.\w+|fcntl\.\w+
    |sys\.(exit|settrace|setprofile|setrecursionlimit|_clear_type_cache|_debugmallocstats|addaudithook|call_tracing
        |set_int_max_str_digits|displayhook|excepthook|unraisablehook|breakpointhook|_current_\w+|set_\w+|setdlopenflags
        |setswitchinterval)
    |builtins\.(input|breakpoint|exit|quit|help|print|open|__import__)|_imp\.\w+|syslog\.\w+|_tracemalloc\.\w+
    |gc\.(set_debug|freeze|callbacks)|time\.(sleep|tzset|clock_settime\w*)|atexit\.\w+|_io\.(open\w*|FileIO)|_multiprocessing\.\w+
    |readline\.\w+|_testcapi\.\w+|_asyncio\._(enter|leave|register|unregister)_task|marshal\.load|select\.\w+|_frozen_importlib\w*\.\w+
    |.*\.(_shutdown|_write_atomic)|_locale\.setlocale|_warnings\.\w+|_queue\.\w+
    |_sre\.compile  # the arguments of a compiled pattern are checked code, and fuzzed by the target "re"
    """, re.X)

ATOMS = """0 1 -1 2 3 7 255 256 -128 65536 N31-1 N31 -2**31 N32 2**62 2**63-1 2**63 -2**63 2**64 10**30 -10**30 10**400
True False None ... NotImplemented 0.0 -0.0 1.5 1e308 nan inf -inf 1j nan*1j '' 'a' 'abc' '\\xe9' '\\u20acx' '\\U0001f600y'
'\\ud800' '\\0' 'a'*300 'utf-8' 'strict' 'replace' '%s%d' '{0!r:>{1}}' '1_0' '0x1f' '>i2s' 'r' b'' b'a' b'abc\\xff' b'\\0'*100
bytearray() bytearray(b'abc') memoryview(b'abcd') memoryview(bytearray(b'abcdefgh')).cast('h') memoryview(b'abcdef').cast('B',[2,3])
[] () {} set() frozenset() [1,2,3] (1,2) {1:2} {'a':1} {1,2} range(5) range(2**70) slice(None) slice(1,None,2) slice(2**70,-2**70,-1)
iter([1,2]) iter(()) iter({1:2}) reversed([1]) zip([1],[2]) map(len,['a']) enumerate('ab') gen() len int object() type object print
lambda_ str bytes list dict Sub Evil Evil(1) selflist() selfdict() io.BytesIO(b'ab\\ncd') io.StringIO('a\\nb') ValueError('x')
ValueError OSError(2,'m') array('i',[1,2]) deque([1,2]) deque([1],1) OrderedDict(a=1) defaultdict(list,a=[1]) re.compile('a(b)?')
SubInt(5) SubStr('s') SubList([1,2]) SubDict({1:2}) SubTuple((1,)) SubFloat(1.5) SubBytes(b'q') SubSet({1}) sys exhausted() dead()
datetime.datetime(2020,1,2) datetime.timedelta(1) datetime.timezone.utc datetime.date.max datetime.time(1) weakref.ref(Sub) partial(int,base=2)
f f.__code__ frame() {}.keys() {1:2}.items() {1:2}.values() {1}.__iter__ types.MappingProxyType({1:2}) types.SimpleNamespace(a=1)""".split()

# How to make an instance of a type that its constructor alone cannot make, or not interestingly.
INSTANCES = {
    "list": ["L([3,1,2])", "L([Evil(%d),Evil(%d),1])", "L(list(range(40)))", "SubList([1,2])"],
    "dict": ["L({1:2,3:4})", "L({Evil(%d):1,Evil(%d):2})", "L({'a':1,'b':2})", "SubDict({1:2})"],
    "set": ["L({1,2,3})", "L({Evil(%d),Evil(%d)})"], "frozenset": ["frozenset([Evil(%d),1])"],
    "bytearray": ["L(bytearray(b'abcdefgh'))", "exported(L(bytearray(b'abc')))"],
    "tuple": ["(1,Evil(%d))", "(3,2,1)"], "str": ["'abc'", "'a\\u20ac'*9", "'\\U0001f600'", "SubStr('q')"],
    "bytes": ["b'abcabc'"], "int": ["5", "2**70", "-1", "True"], "float": ["2.5", "nan"], "complex": ["1+2j"],
    "memoryview": ["V(memoryview(bytearray(b'abcdefgh')))", "V(memoryview(b'abcdefgh').cast('i'))",
                   "V(memoryview(bytearray(24)).cast('d',[3,1]))", "V(memoryview(bytearray(12))[::-2])"],
    "generator": ["gen()", "exhausted()", "evilgen(%d)"], "coroutine": ["coro()"], "async_generator": ["agen()"],
    "frame": ["frame()", "sys._getframe()"], "code": ["f.__code__"], "function": ["mkf()"], "method": ["Sub().m"],
    "traceback": ["tb()"], "cell": ["cell()", "types.CellType()"], "module": ["types.ModuleType('m')"],
    "mappingproxy": ["types.MappingProxyType(L({1:2}))"], "slice": ["slice(1,Evil(%d),2)"], "range": ["range(0,2**70,3)", "range(3)"],
    "getset_descriptor": ["type(f).__code__"], "member_descriptor": ["Slotted.a"], "property": ["property(len)"],
    "builtin_function_or_method": ["len", "[].append"], "wrapper_descriptor": ["int.__add__"], "method-wrapper": ["(1).__add__"],
    "method_descriptor": ["list.append"], "classmethod_descriptor": ["dict.__dict__['fromkeys']"],
    "weakref.ReferenceType": ["weakref.ref(Sub)", "weakref.ref(Sub(), Evil(%d))"], "weakref.ProxyType": ["weakref.proxy(KEEP)", "dead()"],
    "weakref.CallableProxyType": ["weakref.proxy(f)"], "re.Pattern": ["re.compile('(a)|(b*)+?')", "re.compile(b'(?P<x>a.)')"],
    "re.Match": ["re.match('(?P<a>a)(b)?', 'abc')", "re.match(b'(a)', b'abc')"], "_struct.Struct": ["struct.Struct('>ihs')", "struct.Struct('')"],
    "collections.deque": ["L(deque([1,2,3]))", "L(deque([Evil(%d),1],3))"], "collections.OrderedDict": ["L(OrderedDict(a=1,b=2))", "L(OrderedDict([(Evil(%d),1)]))"],
    "collections.defaultdict": ["L(defaultdict(Evil(%d)))"], "array.array": ["L(array('b',b'abc'))", "L(array('d',[1,2]))", "L(array('u','ab'))"],
    "_io.BytesIO": ["io.BytesIO(b'ab\\ncd')", "L(io.BytesIO(b'x'*40))"], "_io.StringIO": ["io.StringIO('ab\\r\\ncd')"],
    "_io.TextIOWrapper": ["io.TextIOWrapper(io.BytesIO(b'ab\\ncd'))", "io.TextIOWrapper(Evil(%d))"], "_io.BufferedReader": ["io.BufferedReader(io.BytesIO(b'abc\\nd'),2)", "io.BufferedReader(EvilRaw(%d))"],
    "_io.BufferedWriter": ["io.BufferedWriter(io.BytesIO(),4)", "io.BufferedWriter(EvilRaw(%d))"], "_io.BufferedRandom": ["io.BufferedRandom(io.BytesIO(b'abcdef'),3)", "io.BufferedRandom(EvilRaw(%d))"],
    "_io.FileIO": ["io.FileIO('scratch','w+')"], "_random.Random": ["random.Random(1)"], "_thread.lock": ["_thread.allocate_lock()"],
    "_csv.reader": ["csv.reader(['a,b'])", "csv.reader(Evil(%d))"], "_csv.writer": ["csv.writer(io.StringIO())", "csv.writer(Evil(%d))"],
    "zlib.Decompress": ["zlib.decompressobj()"], "zlib.Compress": ["zlib.compressobj()"], "mmap.mmap": ["mmap.mmap(-1,10)"],
    "functools._lru_cache_wrapper": ["lru_cache(2)(Evil(%d))"], "functools.partial": ["partial(Evil(%d),1,a=2)"], "_functools.partial": ["partial(f,1)"],
    "_json.Scanner": ["json.JSONDecoder().scan_once"], "_pickle.Pickler": ["pickle.Pickler(io.BytesIO())"], "_pickle.Unpickler": ["pickle.Unpickler(io.BytesIO(b'N.'))"],
    "xml.etree.ElementTree.Element": ["L(ET.fromstring('<a b=\"c\">d<e/>f<g/></a>'))"], "pyexpat.xmlparser": ["expat.ParserCreate()"],
    "xml.etree.ElementTree.XMLParser": ["ET.XMLParser()", "ET.XMLParser(target=Evil(%d))"], "itertools._grouper": ["next(itertools.groupby([1,1,2], Evil(%d)))[1]"],
    "itertools._tee": ["itertools.tee([1,2])[0]", "itertools.tee(Evil(%d))[0]"], "super": ["super(Sub,Sub())"], "type": ["type('T',(),{})", "Sub"],
    "object": ["Sub()", "Slotted()"], "contextvars.Context": ["contextvars.copy_context()"], "contextvars.ContextVar": ["contextvars.ContextVar('v')"],
    "_asyncio.Future": ["asyncio.Future(loop=LOOP)"], "_asyncio.Task": ["asyncio.Task(coro(),loop=LOOP)"], "types.GenericAlias": ["list[int]", "dict[str, T]"],
    "types.UnionType": ["int|str"], "hashlib": ["hashlib.md5(b'')"], "sqlite3": [], "SimpleNamespace": ["types.SimpleNamespace(a=Evil(%d))"],
}

OPERATORS = ["{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / {b}", "{a} // {b}", "{a} % {b}", "{a} ** {b}", "{a} @ {b}", "{a} << {b}",
             "{a} >> {b}", "{a} & {b}", "{a} | {b}", "{a} ^ {b}", "{a} < {b}", "{a} == {b}", "{a} in {b}", "{a}[{b}]", "{a}({b})",
             "-{a}", "~{a}", "not {a}", "hash({a})", "repr({a})", "list(zip(range(50), {a}))", "[*{a}]", "{{**{a}}}", "f'{{{a}!r:{{{b}}}}}'",
             "isinstance({a}, {b})", "issubclass({a}, {b})", "pow({a}, {b}, {c})", "divmod({a}, {b})", "sorted({a}, key={b})",
             "max({a}, {b})", "sum({a}, {b})", "str({a})", "bytes({a})", "int({a}, {b})", "copy.copy({a})", "copy.deepcopy({a})",
             "pickle.loads(pickle.dumps({a}))", "json.dumps({a}, default={b})", "marshal.loads(marshal.dumps({a}))",
             "exec('x = y; x += z', {{'y': {a}, 'z': {b}}})", "exec('x[y] = z', {{'x': {a}, 'y': {b}, 'z': {c}}})",
             "exec('del x[y]', {{'x': {a}, 'y': {b}}})", "exec('x[y] += z', {{'x': {a}, 'y': {b}, 'z': {c}}})",
             "exec('a, *b = x', {{'x': {a}}})", "exec('for i in x:\\n for j in i: break', {{'x': {a}}})", "exec('with x as y: pass', {{'x': {a}}})",
             "exec('raise x from y', {{'x': {a}, 'y': {b}}})", "exec('match x:\\n case {{\"a\": 1}} | [1, *_] | int(y): pass', {{'x': {a}}})",
             "type('N', ({a},), {b})", "class_({a}, {b})", "setattr({a}, {b}, {c})", "exec({a}, {b}, {c})", "'%s %r %d' % {a}", "{a}.__class__ = {b}"]


class Grammar:
    def __init__(self, rng):
        self.rng = rng

    def evil(self, text):
        return re.sub("%d", lambda _: str(self.rng.randrange(400)), text)

    def value(self, depth=0):
        kind = self.rng.random()
        if kind < 0.62 or depth > 2:
            return self.rng.choice(ATOMS)
        if kind < 0.72:
            return f"Evil({self.rng.randrange(400)})"
        if kind < 0.84:
            name = self.rng.choice(list(INSTANCES))
            return self.evil(self.rng.choice(INSTANCES[name])) if INSTANCES[name] else "0"
        if kind < 0.9:
            return "[" + ", ".join(self.value(depth + 1) for _ in range(self.rng.randrange(4))) + "]"
        if kind < 0.95:
            return "(" + "".join(self.value(depth + 1) + ", " for _ in range(self.rng.randrange(4))) + ")"
        return "{k(" + self.value(depth + 1) + "): " + self.value(depth + 1) + "}"

    def arguments(self, signature):
        rng = self.rng
        count = rng.choice((0, 1, 1, 2, 2, 3, 4))
        if signature and rng.random() < 0.75:
            names = [p for p in re.split(r"[,(]\s*", signature.strip("()")) if p and p[0] not in "$/*"]
            count = len(names) if rng.random() < 0.6 else rng.randrange(len(names) + 1)
        out = [self.value() for _ in range(count)]
        if rng.random() < 0.12 and signature:
            name = rng.choice(re.findall(r"\w+", signature) or ["x"])
            if name.isidentifier() and name not in ("self", "None", "True", "False"):
                out.append(f"{name}={self.value()}")
        return ", ".join(out)


# ---- the child: runs under the interpreter to be tested

def targets():
    """[(expression, the name INSTANCES knows its owner by or None, signature)]"""
    import builtins
    import importlib
    result, types_seen = [], {}
    names = sorted(set(sys.builtin_module_names) | {"_struct", "_json", "_pickle", "_datetime", "_csv", "zlib", "array", "math", "cmath",
                   "_bisect", "_heapq", "_random", "unicodedata", "binascii", "select", "_queue", "_asyncio", "_contextvars", "_elementtree",
                   "pyexpat", "mmap", "_statistics", "_blake2", "_md5", "_sha1", "_sha256", "_sha512", "_sha3", "_lsprof", "_opcode"})
    for name in names:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        for key in sorted(vars(module)):
            value, path = getattr(module, key), f"{name}.{key}"
            if isinstance(value, type):
                types_seen.setdefault(value, path)
            elif callable(value) and not EXCLUDED.fullmatch(path):
                result.append((f"M({name!r}).{key}", None, getattr(value, "__text_signature__", None)))
    pending = [object]
    while pending:
        kind = pending.pop()
        for sub in type.__subclasses__(kind):
            if not sub.__flags__ & (1 << 9) and sub not in types_seen:
                types_seen[sub] = None
            if not sub.__flags__ & (1 << 9):
                pending.append(sub)
    for kind, path in sorted(types_seen.items(), key=lambda p: (p[0].__module__, p[0].__qualname__, str(p[1]))):
        if kind.__module__ in ("importlib._bootstrap", "importlib._bootstrap_external", "zipimport") or "Importer" in kind.__name__:
            continue
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        short = kind.__qualname__ if kind.__qualname__ in INSTANCES else None
        owner = name if name in INSTANCES else short
        where = f"T({name!r})"
        TYPES[name] = kind
        if path and not EXCLUDED.fullmatch(path):
            result.append((where, None, getattr(kind, "__text_signature__", None)))
        for key in sorted(dir(kind)):
            if key in ("__class__", "__subclasses__", "mro", "__mro__") or EXCLUDED.fullmatch(f"{name}.{key}"):
                continue
            try:
                signature = getattr(getattr(kind, key), "__text_signature__", None)
            except Exception:
                signature = None
            if kind is not object and key in vars(object) and vars(object)[key] is getattr(kind, key, None):
                continue
            result.append((f"{where}.{key}", owner or where, signature))
    return result


TYPES = {}


def line_of(rng, everything):
    grammar = Grammar(rng)
    if rng.random() < 0.12:
        text = rng.choice(OPERATORS).format(a=grammar.value(), b=grammar.value(), c=grammar.value())
        return text
    expression, owner, signature = rng.choice(everything)
    if owner is None:
        return f"{expression}({grammar.arguments(signature)})"
    attribute = expression.rsplit(").", 1)[1]
    if INSTANCES.get(owner) and rng.random() < 0.85:
        subject = grammar.evil(rng.choice(INSTANCES[owner]))
    elif owner.startswith("T(") and rng.random() < 0.7:
        subject = f"{owner}({grammar.arguments(None)})"
    else:  # an unbound method with any self
        return f"{expression}({', '.join(filter(None, (grammar.value(), grammar.arguments(signature))))})"
    way = rng.random()
    if way < 0.78:
        return f"{subject}.{attribute}({grammar.arguments(signature)})"
    if way < 0.88:
        return f"setattr({subject}, {attribute!r}, {grammar.value()})"
    if way < 0.92:
        return f"delattr({subject}, {attribute!r})"
    return f"twice({subject}, {attribute!r}, {grammar.value()})"


PRELUDE = r'''
import _thread, array, asyncio, contextvars, copy, csv, datetime, functools, gc, io, itertools, json, marshal, math, mmap, pickle
import random, re, signal, struct, sys, types, weakref, zlib, operator
from xml.etree import ElementTree as ET
from xml.parsers import expat
from array import array
from collections import deque, OrderedDict, defaultdict
from functools import partial, lru_cache
from typing import TypeVar
import hashlib, importlib
T_ = TypeVar("T")
# Sizes that fail at once where memory is limited, which the sanitizers' builds cannot be.
N31, N32 = (2**31, 2**32) if LIMITED else (2**17, 2**18)
nan, inf = float("nan"), float("inf")
LIVE, VIEWS = [], []
LOOP = asyncio.new_event_loop()


def M(name):
    return importlib.import_module(name)


def L(x):
    LIVE.append(x)
    return x


def V(x):
    VIEWS.append(x)
    return x


def k(x):
    return x if type(x).__hash__ else repr(type(x))


def exported(x):
    VIEWS.append(memoryview(x))
    return x


class Sub:
    def m(self, *a): return a


class Slotted:
    __slots__ = ("a", "b", "__weakref__")


class SubInt(int): pass
class SubStr(str): pass
class SubList(list): pass
class SubDict(dict): pass
class SubTuple(tuple): pass
class SubFloat(float): pass
class SubBytes(bytes): pass
class SubSet(set): pass


KEEP = Sub()
def f(a=1, *b, c=2, **d): return a
def lambda_(*a, **k): return 1
def gen():
    x = yield 1
    yield x
def evilgen(n):
    try:
        yield Evil(n)
    finally:
        act(n, "generator")
async def coro(): return 1
async def agen():
    yield 1
def mkf():
    def g(a, b=2): return a
    return g
def frame(): return sys._getframe()
def exhausted():
    g = gen(); list(g); return g
def dead(): return weakref.proxy(Sub())
def tb():
    try: 1/0
    except ZeroDivisionError as e: return e.__traceback__
def cell(x=1):
    def g(): return x
    return g.__closure__[0]
def selflist():
    x = [1]; x.append(x); return x
def selfdict():
    x = {}; x[1] = x; return x
def class_(meta, base):
    return types.new_class("C", (base,), {"metaclass": meta})
def twice(x, name, value):
    a = getattr(x, name); setattr(x, name, value); return a, getattr(x, name)


DEPTH, CALLS = [0], [0]


def act(n, name):
    """What an Evil object does when it is asked."""
    CALLS[0] += 1
    if CALLS[0] > 200:
        raise RuntimeError("enough")
    if DEPTH[0] > 1:
        return
    DEPTH[0] += 1
    try:
        act_(n, name)
    finally:
        DEPTH[0] -= 1


def act_(n, name):
    way = (n * 2654435761 >> 7) % 23
    if way == 0: raise ValueError(name)
    if way == 1: raise StopIteration
    if way == 2: gc.collect(0)
    if way in (3, 4, 5):
        for x in LIVE:
            for clear in ("clear", "release", "close"):
                if hasattr(x, clear):
                    getattr(x, clear)()
    if way in (6, 7):
        for x in LIVE:
            for grow in ("append", "add", "update", "write"):
                if hasattr(x, grow):
                    getattr(x, grow)({object(): 1} if grow == "update" else b"zz" if grow == "write" else 1)
    if way == 8:
        for v in VIEWS: v.release()
    if way == 9:
        for x in LIVE:
            if hasattr(x, "pop") : x.pop()
    if way == 10: raise MemoryError
    if way == 11:
        for x in LIVE:
            if isinstance(x, (list, bytearray, deque)): del x[0]; x.extend(b"12345678" * 9)
    if way == 12: raise RecursionError


RESULTS = {"__len__": (0, 3, -1, 2**63, N31), "__index__": (0, 1, -1, 2**63, 2**70), "__int__": (1, 2**70), "__bool__": (True, False, 3),
           "__hash__": (1, 1, 1, -1, 2**70), "__eq__": (True, False, NotImplemented), "__lt__": (True, False, NotImplemented),
           "__iter__": None, "__next__": (1, b"a", "b", (1, 2)), "__float__": (1.5, nan), "__str__": ("s", "\u20ac"), "__repr__": ("r", b""),
           "__length_hint__": (3, -1, 2**62, NotImplemented), "__contains__": (True,), "__getitem__": (1, "x"), "__fspath__": ("p", b"p"),
           "__call__": (1, None, "x", b"y", (1, 2)), "__format__": ("f", 1), "__bytes__": (b"b", "b"), "__complex__": (1j,),
           "__enter__": (1,), "__exit__": (True, False), "__get__": (1,), "__set__": (None,), "__add__": (1, NotImplemented),
           "__radd__": (1, NotImplemented), "__mul__": (1, NotImplemented), "__rmul__": (1, NotImplemented), "__mod__": (1,), "__rmod__": (1, NotImplemented),
           "__or__": (1, NotImplemented), "__ror__": (1, NotImplemented), "__instancecheck__": (True,), "__subclasscheck__": (True,), "__missing__": (1,),
           "__trunc__": (1, 2**70, 1.5), "__round__": (1,), "__reversed__": ([1],), "__dir__": (["a"], 1), "__sizeof__": (1, -1, 2**70),
           "__reduce_ex__": ("x", (int, (1,)), (1, 2), (list, (), None, 5)), "__copy__": (1,), "__deepcopy__": (1,), "__await__": (iter([1]), 1),
           "__aiter__": (1,), "__anext__": (1,), "__del__": (None,), "__setitem__": (None,), "__delitem__": (None,), "__ceil__": (1,),
           "__class_getitem__": (1,), "__set_name__": (None,), "__mro_entries__": ((), (int,), 1), "__prepare__": ({}, 1), "__pow__": (1, NotImplemented),
           "keys": (["a"], 1), "read": ("x", b"x", b"", "", 5), "readline": (b"x\n", "x\n", 5), "readinto": (0, 1, 10**9, -1, None), "write": (1, -1, 10**9, None),
           "readable": (True,), "writable": (True,), "seekable": (True, False), "seek": (0, -5, 2**70), "tell": (0, -1, 2**70), "flush": (None,),
           "close": (None,), "closed": (False,), "fileno": (0, -1, 2**70), "tzinfo": (None,), "utcoffset": (datetime.timedelta(1), 1, None),
           "dst": (None, 1), "tzname": ("x", 1), "isatty": (True,), "truncate": (1,), "start": (1,), "end": (1,), "data": (1,), "items": ([(1, 2)], [1], 1)}


class EvilBase:
    def __init__(self, n=0, *a, **k):
        self.n, self.calls = n if type(n) is int else 0, 0


def _method(name, results):
    def method(self, *a, **k):
        try:
            self.calls += 1
            n, calls = self.n, self.calls
        except AttributeError:
            n = calls = 1
        if calls > 30:
            raise StopIteration if name == "__next__" else RuntimeError
        act(n + calls % 3, name)
        if results is None:
            return self if n % 3 else iter([1, self])
        return results[(n // 23 + calls) % len(results)]
    return method


SAFE = {"__getitem__", "__setitem__"}
Evil = type("Evil", (EvilBase,), {name: _method(name, results) for name, results in RESULTS.items()})
class EvilRaw(io.RawIOBase):
    __init__ = EvilBase.__init__
    for _name in ("readable", "writable", "seekable", "seek", "tell", "readinto", "write", "truncate"):
        locals()[_name] = _method(_name, RESULTS[_name])
del EvilRaw._name
PLAIN = {name: value for name, value in globals().items()}
'''


class Interrupted(BaseException):
    pass


def child(seed, seconds, log, line, threads):
    import gc
    import signal
    import traceback
    limited = resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    space = {"__name__": "calls", "LIMITED": limited}
    exec(PRELUDE, space)
    everything = targets()
    space["T"] = lambda name: TYPES[name]
    sys.setrecursionlimit(250)

    def late(*_):
        raise Interrupted
    signal.signal(signal.SIGALRM, late)
    setitimer, REAL = signal.setitimer, signal.ITIMER_REAL
    end = time.monotonic() + seconds
    monotonic, write, Random, compile_, exec_ = time.monotonic, os.write, random.Random, compile, exec
    stdio = sys.stdin, sys.stdout, sys.stderr

    def run(text):
        space["LIVE"].clear()
        space["VIEWS"].clear()
        try:
            space['DEPTH'][0] = space['CALLS'][0] = 0
            setitimer(REAL, 0.6, 0.3)
            exec_(compile_(text, "line", "exec"), space)
        except BaseException:
            if line:
                traceback.print_exc()
        finally:
            try:
                setitimer(REAL, 0)
            except Interrupted:
                setitimer(REAL, 0)
    if line:
        run(line)
        gc.collect()
        return
    number = 0
    saved = dict(space)
    while monotonic() < end:
        try:
            number += 1
            text = line_of(Random(f"{seed}:{number}"), everything)
            write(log, f"{number} {text}\n".encode("utf-8", "backslashreplace"))
            if threads:
                race(text, space, number, seed, everything, exec_, compile_)
            else:
                run(text)
            if number % 50 == 0:
                sys.settrace(None), sys.setprofile(None), sys.setrecursionlimit(250)
                space.clear()
                space.update(saved)
                sys.stdin, sys.stdout, sys.stderr = stdio
        except Interrupted:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    write(log, f"done {number}\n".encode())


def race(text, space, number, seed, everything, exec_, compile_):
    """Four threads call random methods of one object."""
    import threading
    rng = random.Random(f"{seed}-{number}")
    grammar = Grammar(rng)
    owner = rng.choice([name for name in INSTANCES if INSTANCES[name]])
    subject = grammar.evil(rng.choice(INSTANCES[owner]))
    names = [e.rsplit(").", 1)[1] for e, o, _ in everything if o == owner]
    if not names:
        return
    lines = [[f"x.{rng.choice(names)}({grammar.arguments(None)})" for _ in range(25)] for _ in range(4)]
    write = "\n".join("x = " + subject if i == 0 else "# " + "; ".join(l) for i, l in enumerate([[]] + lines))
    os.write(LOG[0], (write + "\n").encode("utf-8", "backslashreplace"))
    here = dict(space)
    try:
        exec_("x = " + subject, here)
    except BaseException:
        return
    stop = threading.Barrier(4)

    def work(mine):
        try:
            codes = [compile_(text, "line", "exec") for text in mine]
            stop.wait(5)
        except BaseException:
            return
        for _ in range(4):
            for code in codes:
                try:
                    exec_(code, here)
                except BaseException:
                    pass
    all_ = [threading.Thread(target=work, args=(mine,), daemon=True) for mine in lines]
    for thread in all_:
        thread.start()
    for thread in all_:
        thread.join(20)
        if thread.is_alive():
            os.write(LOG[0], b"STUCK\n")


LOG = [None]

# ---- the parent


def crashed(returncode, output):
    return returncode < 0 or "Sanitizer" in output or "runtime error:" in output or returncode in (66, 134, 139)


def ended(process, seconds):
    """Whether it ends within this processor time (a busy machine gives little of it in a minute); kills it otherwise."""
    for _ in range(int(seconds)):
        try:
            process.wait(6)
            return True
        except subprocess.TimeoutExpired:
            ticks = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
            if sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") > seconds:
                break
    process.kill()
    process.wait()
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interpreter")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--line")
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--child", type=float)
    parser.add_argument("--stop", type=int, default=20, help="after so many findings")
    options = parser.parse_args()
    if options.child is not None:
        LOG[0] = 900
        return child(options.seed, options.child, 900, options.line, options.threads)
    interpreter = str(pathlib.Path(options.interpreter).resolve())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    end, seed, findings, calls = time.time() + options.seconds, options.seed, [], 0
    sanitized = b"__asan_init" in pathlib.Path(interpreter).read_bytes()

    def limit():
        os.nice(10)
        if not sanitized:
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    here = str(pathlib.Path(__file__).resolve())
    with tempfile.TemporaryDirectory() as folder:
        while (time.time() < end or options.line) and len(findings) < options.stop:
            log = os.path.join(folder, "log")
            fd = os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            os.dup2(fd, 900, inheritable=True)
            os.close(fd)
            span = min(20, max(1, end - time.time()))
            command = [interpreter, "-W", "ignore", "-X", "faulthandler", here, interpreter, "--child", str(span), "--seed", str(seed)]
            command += ["--line", options.line] if options.line else []
            command += ["--threads"] if options.threads else []
            out = os.path.join(folder, "out")
            with open(out, "wb") as output:
                process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=output,
                                           stderr=subprocess.STDOUT, pass_fds=[900], start_new_session=True,
                                           preexec_fn=limit)
                process.stdin.close()
                hung = not ended(process, span + 90)
            text = pathlib.Path(out).read_text(errors="replace")
            lines = pathlib.Path(log).read_text(errors="replace").splitlines()
            os.close(900)
            if options.line:
                print(text[-6000:])
                return 1 if crashed(process.returncode, text) else 0
            numbers = [line.split()[0] for line in lines if line[:1].isdigit()]
            calls += int(numbers[-1]) if numbers else 0
            # A late signal or a broken sys.excepthook may end a child: that is no crash.
            if hung or crashed(process.returncode, text):
                what = "hang" if hung else f"status {process.returncode}"
                tail = lines[-7:] if options.threads else lines[-1:]
                findings.append(tail)
                begin = re.search(r"Fatal Python error|Sanitizer|runtime error:", text)
                where = [line for line in text[begin.start() if begin else 0:].splitlines() if re.search(r"Sanitizer|runtime error|#\d+ 0x|Fatal|File", line)]
                print(f"FOUND seed {seed}: {what}\n  " + "\n  ".join(tail), *("    " + line[:150] for line in where[:14]), sep="\n", flush=True)
                if not where:
                    print("    " + text[-600:])
            seed += 1
    print(f"{calls} calls, {len(findings)} crashes")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
