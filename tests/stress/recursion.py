"""Recursion without end or to great depths, from Python and through C: RecursionError, never a crash.

Usage: recursion.py INTERPRETER [MODE [CASE ...]]

Each case runs in a process of its own. MODE is a word with any of these in it: `thread` (in a thread), `small` (of
64 KB of stack), `50` (in fifty threads at once), `big` (with sys.setrecursionlimit(10 ** 9)); by default the
combinations plain, thread-small-big and thread-50. An exception of any kind, and success where depth costs no
stack, are right; a signal and 100 seconds of processor time without an end are not.
"""
import abc
import ast
import collections
import contextvars
import copy
import functools
import gc
import io
import itertools
import json
import marshal
import operator
import pickle
import re
import resource
import sys
import threading
import types
import typing
import weakref

N = 100000
CASES = []


def case(f):
    CASES.append(f)
    return f


def nest(make, start, n=N):
    x = start
    for _ in range(n): x = make(x)
    return x
class Box:
    def __init__(s, v=None): s.v = v
@case
def py(): 
    def f(): return f()
    f()
@case
def repr_list(): repr(nest(lambda x: [x], []))
@case
def repr_dict(): repr(nest(lambda x: {1: x}, {}))
@case
def eq_list(): nest(lambda x: [x], []) == nest(lambda x: [x], [])
@case
def eq_tuple(): nest(lambda x: (x,), ()) == nest(lambda x: (x,), ())
@case
def lt_list(): nest(lambda x: [x], []) < nest(lambda x: [x], [])
@case
def hash_tuple(): hash(nest(lambda x: (x,), ()))
@case
def json_d(): json.dumps(nest(lambda x: [x], []))
@case
def json_l(): json.loads('[' * N)
@case
def json_l2(): json.loads('{"a":' * N)
@case
def pickle_d(): pickle.dumps(nest(lambda x: [x], []))
@case
def pickle_dt(): pickle.dumps(nest(lambda x: (x,), ()))
@case
def marshal_d(): marshal.dumps(nest(lambda x: [x], []))
@case
def marshal_l(): marshal.loads(b'[\1\0\0\0' * N)
@case
def copy_d(): copy.deepcopy(nest(lambda x: [x], []))
@case
def ast_p(): ast.parse('(' * N)
@case
def compile_minus(): compile('-' * N + '1', 'x', 'eval')
@case
def compile_add(): compile('+'.join(['x'] * N), 'x', 'eval')
@case
def compile_attr(): compile('x' + '.a' * N, 'x', 'eval')
@case
def compile_call(): compile('x' + '()' * N, 'x', 'eval')
@case
def compile_not(): compile('not ' * N + 'x', 'x', 'eval')
@case
def compile_lambda(): compile('lambda: ' * N + 'x', 'x', 'eval')
@case
def compile_if(): compile('x if x else ' * N + 'x', 'x', 'eval')
@case
def compile_tree():
    t = ast.Constant(1)
    for _ in range(N): t = ast.UnaryOp(ast.USub(), t)
    compile(ast.fix_missing_locations(ast.Expression(ast.Constant(1))), 'x', 'eval')
    e = ast.Expression(t); e.lineno = 1
    compile(e, 'x', 'eval')
@case
def ast_dump_c():
    t = ast.Name('a', ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)
    for _ in range(N): t = ast.Attribute(t, 'a', ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)
    compile(ast.Expression(t), 'x', 'eval')
@case
def elif_chain(): compile('if x: pass\n' + 'elif x: pass\n' * N, 'x', 'exec')
@case
def fstr(): compile('f"{' * 2000 + '1' + '}"' * 2000, 'x', 'exec')
@case
def blocks(): compile(''.join(' ' * i + 'if 1:\n' for i in range(300)) + ' ' * 300 + 'pass', 'x', 'exec')
@case
def re_nest(): re.compile('(' * 5000 + ')' * 5000)
@case
def re_match(): re.match('(?:a|b)*c', 'ab' * N)
@case
def re_match2(): re.match('(a|b)*?c', 'ab' * N)
@case
def re_match3(): re.match('((a)|(b)(?!x))*c', 'ab' * N)
@case
def getattr_chain():
    class A:
        def __getattr__(s, n): return getattr(s, n + 'x')
    A().a
@case
def getattr_self():
    class A:
        def __getattribute__(s, n): return getattr(s, n)
    A().a
@case
def call_chain():
    class A: pass
    A.__call__ = A()
    A()()
@case
def call_deep():
    x = len
    class C:
        def __init__(s, f): s.f = f
        def __call__(s, *a): return s.f(*a)
    for _ in range(N): x = C(x)
    x([])
@case
def partial_chain():
    class P(functools.partial): pass
    p = len
    for i in range(N):
        q = functools.partial(print); q.__setstate__((p, (), {}, {})); p = q
    p([])
@case
def partial_repr():
    p = functools.partial(len); p.__setstate__((p, (), {}, {})); 
    try: repr(p)
    finally: p.__setstate__((len, (), {}, {}))
@case
def isinst():
    class M(type):
        def __instancecheck__(c, o): return isinstance(o, c)
    class A(metaclass=M): pass
    isinstance(1, A)
@case
def isinst_tuple(): isinstance(1, nest(lambda x: (x,), ()))
@case
def issub_tuple(): issubclass(int, nest(lambda x: (x,), ()))
@case
def union(): 
    x = nest(lambda x: (x, str), int)
    isinstance(1.5, x)
@case
def itertools_chain(): list(nest(lambda x: itertools.chain(x), iter([1])))
@case
def map_chain(): list(nest(lambda x: map(abs, x), iter([1])))
@case
def zip_chain(): list(nest(lambda x: zip(x), iter([1])))
@case
def filter_chain(): list(nest(lambda x: filter(None, x), iter([1])))
@case
def enum_chain(): list(nest(lambda x: enumerate(x), iter([1])))
@case
def islice_chain(): list(nest(lambda x: itertools.islice(x, 5), iter([1])))
@case
def acc_chain(): list(nest(lambda x: itertools.accumulate(x), iter([1])))
@case
def cycle_chain(): next(nest(lambda x: itertools.cycle(x), iter([1])))
@case
def takew(): list(nest(lambda x: itertools.takewhile(bool, x), iter([1])))
@case
def tee_chain(): list(nest(lambda x: itertools.tee(x)[0], iter([1]), 5000))
@case
def starmap(): list(nest(lambda x: itertools.starmap(lambda *a: a, x), iter([(1,)])))
@case
def pairw(): list(nest(lambda x: itertools.pairwise(x), iter([1, 2])))
@case
def gen_chain():
    def g(x): yield from x
    list(nest(g, iter([1])))
@case
def gen_for():
    def g(x):
        for i in x: yield i
    list(nest(g, iter([1])))
@case
def await_chain():
    async def c(x): return await x if x else 1
    x = None
    for _ in range(N): x = c(x)
    x.send(None)
@case
def gen_close():
    def g(x): yield from x
    x = nest(g, iter([1])); 
    x.close()
@case
def gen_throw():
    def g(x):
        yield from x
    x = iter([1])
    for _ in range(N):
        x = g(x)
    x.throw(ValueError)
@case
def prop():
    class A:
        @property
        def p(s): return s.p
    A().p
@case
def del_chain():
    x = None
    for _ in range(N):
        b = Box(x); x = b
    del x, b; gc.collect()
@case
def del_dunder():
    class D:
        def __init__(s, x): s.x = x
        def __del__(s): s.x = None
    x = None
    for _ in range(5000): x = D(x)
    del x; gc.collect()
@case
def weak():
    class A: pass
    a = A(); l = []
    def cb(r): l.append(weakref.ref(A(), cb)) if len(l) < 1000 else 0
    l.append(weakref.ref(a, cb)); del a; gc.collect()
@case
def ctx():
    def f(): contextvars.copy_context().run(f)
    f()
@case
def fmt():
    class A:
        def __format__(s, x): return format(s, x)
    format(A())
@case
def fmt2():
    class A:
        def __str__(s): return '{}'.format(s)
    str(A())
@case
def fmt3():
    class A:
        def __repr__(s): return '%r' % s
    repr(A())
@case
def srt():
    class A:
        def __lt__(s, o): sorted([A(), A()]); return True
    sorted([A(), A()])
@case
def srt_key():
    def k(x): return sorted([1], key=k)
    sorted([1], key=k)
@case
def bool_(): 
    class A:
        def __bool__(s): return bool(s)
    bool(A())
@case
def len_():
    class A:
        def __len__(s): return len(s)
    len(A())
@case
def hash_():
    class A:
        def __hash__(s): return hash(s)
    hash(A())
@case
def idx():
    class A:
        def __index__(s): return operator.index(s)
    operator.index(A())
@case
def add():
    class A:
        def __add__(s, o): return s + o
    A() + 1
@case
def radd():
    class A:
        def __radd__(s, o): return o + s
    1 + A()
@case
def eq():
    class A:
        def __eq__(s, o): return o == s
    A() == A()
@case
def contains():
    class A:
        def __contains__(s, o): return o in s
    1 in A()
@case
def getitem():
    class A:
        def __getitem__(s, o): return s[o]
    A()[1]
@case
def setitem():
    class A:
        def __setitem__(s, o, v): s[o] = v
    A()[1] = 2
@case
def setattr_():
    class A:
        def __setattr__(s, o, v): s.x = v
    A().x = 2
@case
def delattr_():
    class A:
        def __delattr__(s, o): del s.x
    del A().x
@case
def missing():
    class A(dict):
        def __missing__(s, k): return s[k]
    A()[1]
@case
def defdict():
    d = collections.defaultdict(lambda: d[1]); d[1]
@case
def init():
    class A:
        def __init__(s): A()
    A()
@case
def new():
    class A:
        def __new__(s): return A()
    A()
@case
def enter():
    class A:
        def __enter__(s):
            with s: pass
        def __exit__(s, *a): pass
    with A(): pass
@case
def meta():
    class M(type):
        def __call__(c): return c()
    class A(metaclass=M): pass
    A()
@case
def desc():
    class D:
        def __get__(s, o, t): return o.x
    class A: x = D()
    A().x
@case
def iter_():
    class A:
        def __iter__(s): return iter(s)
    iter(A())
@case
def next_():
    class A:
        def __next__(s): return next(s)
        def __iter__(s): return s
    next(A())
@case
def reduce_():
    class A:
        def __reduce__(s): return pickle.dumps(s)
    pickle.dumps(A())
@case
def deep():
    class A:
        def __deepcopy__(s, m): return copy.deepcopy(s, m)
    copy.deepcopy(A())
@case
def exec_():
    exec("exec(c)", {'c': compile("exec(c)", "x", "exec")})
@case
def eval_():
    s = "eval(s)"
    eval(s, {'s': s})
@case
def imp():
    class F:
        def find_spec(s, n, *a): return __import__(n + 'x')
    sys.meta_path.insert(0, f := F())
    try: import qqq
    finally: sys.meta_path.remove(f)
@case
def lru():
    @functools.lru_cache
    def f(n): return f(n + 1)
    f(1)
@case
def cmpkey():
    K = functools.cmp_to_key(lambda a, b: K(1) < K(2))
    K(1) < K(2)
@case
def abc_():
    class A(abc.ABC):
        @classmethod
        def __subclasshook__(c, x): return issubclass(x, c)
    issubclass(int, A)
@case
def exc_chain():
    e = None
    for _ in range(N):
        n = ValueError(); n.__context__ = e; e = n
    import traceback
    try: raise e
    except ValueError as x: sys.last = None
@case
def exc_print():
    e = None
    for _ in range(20000):
        n = ValueError(); n.__cause__ = e; e = n
    s = io.StringIO(); old = sys.stderr; sys.stderr = s
    try: sys.__excepthook__(ValueError, e, None)
    finally: sys.stderr = old
@case
def group():
    e = ValueError()
    for _ in range(N): e = ExceptionGroup('x', [e])
    e.split(ValueError); 
@case
def group_repr():
    e = ValueError()
    for _ in range(N): e = ExceptionGroup('x', [e])
    repr(e), str(e)
@case
def alias(): repr(nest(lambda x: list[x], int)), hash(nest(lambda x: list[x], int))
@case
def ns(): repr(nest(lambda x: types.SimpleNamespace(a=x), 1))
@case
def mp(): repr(nest(lambda x: types.MappingProxyType({1: x}), {}))
@case
def mv(): nest(lambda x: memoryview(x), b'abc').tobytes()
@case
def slc(): hash, repr(nest(lambda x: slice(x), 1)), nest(lambda x: slice(x), 1) == nest(lambda x: slice(x), 1)
@case
def method_chain(): 
    m = len  # each call copies all arguments once more
    for _ in range(5000): m = types.MethodType(m, [])
    m()
@case
def static_chain():
    m = len
    for _ in range(N): m = staticmethod(m)
    m([])
@case
def cm_chain():
    m = len
    for _ in range(N): m = classmethod(m)
    class A: x = m
    A.x
@case
def cell(): 
    c = types.CellType(1)
    for _ in range(N): c = types.CellType(c)
    repr(c), c == types.CellType(1)
@case
def dq(): repr(nest(lambda x: collections.deque([x]), 1)), nest(lambda x: collections.deque([x]), 1) == nest(lambda x: collections.deque([x]), 1)
@case
def od(): repr(nest(lambda x: collections.OrderedDict(a=x), 1))
@case
def xml_():
    from xml.etree import ElementTree as E
    e = E.Element('a'); r = e
    for _ in range(N): e = E.SubElement(e, 'a')
    list(r.iter()); copy.deepcopy(r); E.tostring(r)
@case
def xml2():
    from xml.etree import ElementTree as E
    r = E.fromstring('<a>' * N + '</a>' * N); pickle.dumps(r); list(r.itertext()); r.findall('.//a')
@case
def expat():
    from xml.parsers import expat
    def h(*a): 
        p = expat.ParserCreate(); p.StartElementHandler = h; p.Parse('<a/>')
    h()
@case
def csv_():
    import csv
    def g():
        yield from csv.reader(g())
    list(csv.reader(g()))
@case
def reversed_(): 
    class A:
        def __reversed__(s): return reversed(s)
    reversed(A())
@case
def weakproxy():
    class A:
        def __getattr__(s, n): return getattr(weakref.proxy(s), n)
    A().x
@case
def sup():
    class A:
        def f(s): super(A, s).__getattribute__('f')()
    A().f()
@case
def simplequeue():
    import _queue
    q = _queue.SimpleQueue()
    class A:
        def __del__(s): q.put(1)
    for _ in range(100): A()
    gc.collect()
@case
def typing_(): repr(nest(lambda x: typing.List[x], int, 3000))
@case
def tb():
    def f(): 
        try: f()
        except ValueError: pass
    f()
@case
def trace():
    def t(*a): sys.settrace(t); t(*a)
    sys.settrace(t)
    try: (lambda: 1)()
    finally: sys.settrace(None)
@case
def iterself():
    x = []; x.append(x); repr(x); x == [x]; 
@case
def eqself():
    a = []; a.append(a); b = [a]; a == b; c = {}; c[1] = c; d = {1: c}; c == d
@case
def int_str():
    class A:
        def __int__(s): return int(s)
    int(A())
@case
def filt():
    class A:
        def __fspath__(s): import os; return os.fspath(s)
    open(A())
@case
def sumdeep(): sum([[nest(lambda x: [x], [])]], []) == [nest(lambda x: [x], [])]
@case
def anext_():
    async def a():
        async for x in a(): yield x
    async def m():
        async for x in a(): pass
    m().send(None)
@case
def codeconst():
    x = ()
    for _ in range(N): x = (x,)
    c = compile('1', 'x', 'eval').replace(co_consts=(x,)); hash(c); c == c.replace(co_name='a'); marshal.dumps(c); repr(c)

def child(mode, name):
    if "big" in mode:
        sys.setrecursionlimit(10**9)
    if "small" in mode:
        threading.stack_size(64 * 1024)
    case = next(f for f in CASES if f.__name__ == name)
    results = []

    def run():
        try:
            case()
            results.append("ok")
        except BaseException as error:
            results.append(type(error).__name__)

    if "thread" in mode:
        threads = [threading.Thread(target=run) for _ in range(50 if "50" in mode else 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        run()
    print(*sorted(set(results)))


def main():
    import subprocess
    interpreter, modes, only = sys.argv[1], sys.argv[2:3] or ["plain", "thread-small-big", "thread-50"], sys.argv[3:]
    passed = failed = 0

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
    for mode in modes:
        for case in CASES:
            name = case.__name__
            if only and name not in only:
                continue
            try:
                done = subprocess.run([interpreter, "-X", "faulthandler", __file__, "--child", mode, name], timeout=1000, preexec_fn=limit,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                problem = f"status {done.returncode}\n{done.stderr[:600]}" if done.returncode else ""
            except subprocess.TimeoutExpired:
                problem = "no end in 1000 s"
            passed, failed = passed + (not problem), failed + bool(problem)
            if problem:
                print(f"FAILED {mode} {name}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(bool(failed) or not passed)


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(*sys.argv[2:4])
    else:
        main()
