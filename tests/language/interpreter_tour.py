print(1+1, "hello")
def f(a, b=2, *args, c=3, **kw):
    return (a, b, args, c, kw)
print(f(1), f(1,5,6,7,c=8,z=9))
def fib(n):
    return n if n < 2 else fib(n-1) + fib(n-2)
print(fib(15))
try:
    f()
except TypeError as e:
    print(e)
class A:
    def __init__(self, x): self.x = x
    def get(self): return self.x
a = A(42)
print(a.x, a.get())
def gen(n):
    for i in range(n):
        r = yield i*i
        if r: print("got", r)
g = gen(5)
print(next(g), next(g), g.send("hi"))
print([x for x in gen(6)], {k: v for k, v in zip("abc", [1,2,3])})
def outer():
    n = 0
    def inner():
        nonlocal n
        n += 1
        return n
    return inner
o = outer(); o(); print(o())
try:
    undefined_name
except NameError as e: print(e)
class CM:
    def __enter__(self): print("enter"); return self
    def __exit__(self, *a): print("exit", a[0]); return True
with CM(): raise ValueError("x")
def g2():
    x = yield from gen(3)
    return 5
print(list(g2()))
a, *b, c = range(6); print(a, b, c)
print(f"{a!r:>4} {b}")
def fin():
    try: return 1
    finally: print("fin")
fin()
try:
    try: 1/0
    except ZeroDivisionError as e: raise KeyError("k") from e
except KeyError as e: print(repr(e), repr(e.__cause__))
async def co(): return 7
async def co2(): return await co() + 1
c = co2()
try: c.send(None)
except StopIteration as e: print(e.value)
match [1, {"a": 2}]:
    case [x, {"a": y}]: print(x, y)
try:
    raise ExceptionGroup("eg", [ValueError(1), TypeError(2)])
except* ValueError as e: print(e.exceptions)
except* TypeError as e: print(e.exceptions)
def deep(n): return deep(n+1)
try: deep(0)
except RecursionError as e: print(e)
s = 0
for i in range(100): s += i
print(s, 2**100, 7//-2, 7%-3, 1.5*2)
class B(A):
    def get(self): return super().get() + 1
print(B(1).get())
lst=[3,1,2]; lst.sort(); print(lst, lst[-1], len(lst))
