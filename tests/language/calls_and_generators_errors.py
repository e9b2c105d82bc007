def cases(fn):
    for args, kw in [((), {}), ((1,), {}), ((1,2,3,4,5), {}), ((1,), {"z": 1}), ((1,), {"a": 1}), ((), {"a":1,"b":2}), ((1,2), {"c":3})]:
        try: print(fn(*args, **kw))
        except TypeError as e: print(e)
def f1(a, b): return 1
def f2(a, b=1, *, c): return 2
def f3(a, /, b, *, c, d): return 3
def f4(*, a, b): return 4
def f5(): return 5
def f6(a, b, c, d=4): return 6
for f in (f1, f2, f3, f4, f5, f6): cases(f)
class C:
    def m(self, a, b): pass
for call in (lambda: C().m(), lambda: f1(*1), lambda: f1(**1), lambda: f1(1, **{"b":1}, **{"b":2}), lambda: f1(1, 2, 3, b=1), lambda: None.x, lambda: [][0], lambda: {}["a"], lambda: f3(b=1, a=2, c=3, d=4), lambda: f1(**{1: 2})):
    try: call()
    except Exception as e: print(type(e).__name__, e)
def unpack(v, n):
    try:
        if n == 2: a, b = v
        else: a, *b, c = v
        print("ok")
    except Exception as e: print(type(e).__name__, e)
for v in (1, (), (1,), (1,2), [1,2,3], "ab", iter([1,2,3])):
    unpack(v, 2)
for v in (1, (), (1,), (1,2)): unpack(v, 3)
def g():
    try: yield 1
    except ValueError as e: print("caught", e); yield 2
    finally: print("cleanup")
x = g(); print(next(x)); print(x.throw(ValueError("v"))); x.close(); x.close()
x = g()
try: x.send(1)
except TypeError as e: print(e)
def bad(): yield 1; raise StopIteration
try: list(bad())
except RuntimeError as e: print(e, repr(e.__cause__))
def self_run():
    next(me)
    yield
me = self_run()
try: next(me)
except ValueError as e: print(e)
def ign():
    try: yield
    except GeneratorExit: yield 1
i = ign(); next(i)
try: i.close()
except RuntimeError as e: print(e)
def sub():
    try: yield 1
    except KeyError: print("inner"); yield 2
    return 3
def dele():
    r = yield from sub()
    print("r", r); yield r
d = dele(); print(next(d)); print(d.throw(KeyError)); print(next(d)); 
try: next(d)
except StopIteration: print("stop")
def loc():
    try: print(zz)
    except UnboundLocalError as e: print(e)
    zz = 1
    def inner(): return qq
    try: inner()
    except NameError as e: print(e)
    qq = 1
loc()
try: raise 1
except TypeError as e: print(e)
try:
    try: 1/0
    finally: raise KeyError(1)
except KeyError as e: print(repr(e.__context__))
try: raise
except RuntimeError as e: print(e)
class Meta(type):
    def __new__(m, n, b, d, **k): print(n, k); return super().__new__(m, n, b, d)
    def __init__(self, *a, **k): pass
class D(metaclass=Meta, kw=1):
    y = __qualname__
print(D.y)
async def ag():
    for i in range(3):
        yield i
async def use():
    r = []
    async for v in ag(): r.append(v)
    return r, [v async for v in ag()]
c = use()
try: c.send(None)
except StopIteration as e: print(e.value)
try: c.send(None)
except RuntimeError as e: print(e)
class ACM:
    async def __aenter__(self): print("ae"); return 1
    async def __aexit__(self, *a): print("ax", a[0])
async def useacm():
    async with ACM() as v: print(v)
    try:
        async with 1: pass
    except TypeError as e: print(e)
try: useacm().send(None)
except StopIteration: print("done")
try:
    with 1: pass
except TypeError as e: print(e)
for i in range(3):
    for j in [1, 2]:
        if j == 2: break
    else: print("never")
else: print("else")
print([i for i in range(20) if i % 3 == 0 if i % 2])
print({i for i in range(3)}, [(i, j) for i in range(2) for j in range(2)])
def w(n):
    i = 0
    while i < n: i += 1
    return i
print(w(100), w(3.5))
x = 5
del x
try: x
except NameError as e: print(e)
print(1 < 2 < 3, 1 == 1.0, float("nan") == float("nan"), "a" < "b", not 1, -5 // 2, 5 % -3, 1 << 70, -7 >> 1)
try: print(1 < "a")
except TypeError as e: print(e)
def add(a, b): return a + b
print([add(*p) for p in [(1, 2), (1.5, 2), ("a", "b"), ([1], [2]), (2**40, 2**40), (2**59, 2**59), (2**60, 1)] * 3])
def mul(a, b): return a * b
print([mul(*p) for p in [(1, 2), (1.5, 2), ("a", 3), (2**29, 2**29), (2**40, 2**40), (-3, 2**30-1)] * 3])
def kinds(v):
    match v:
        case 0 | 1: return "small"
        case int(n) if n > 10: return "big"
        case str(s): return s
        case {"k": v, **rest}: return v, rest
        case [a, *_]: return a
        case C(): return "C"
        case _: return "?"
print([kinds(v) for v in (0, 11, 5, "s", {"k": 1, "z": 2}, [9, 8], C(), None)])
