# Weak references: identity, callbacks, hash, equality, proxies.
import gc, weakref
class A:
    def __init__(self, x=0): self.x = x
    def __eq__(self, other): return self.x == other.x
    def __hash__(self): return hash(self.x)
a = A(1)
r = weakref.ref(a)
print(r() is a, weakref.ref(a) is r, weakref.getweakrefcount(a), weakref.getweakrefs(a) == [r])
b = A(1)
s = weakref.ref(b)
print(r == s, hash(r) == hash(a), r != s)
called = []
c = weakref.ref(a, called.append)
print(c is r, c.__callback__ is not None, r.__callback__)
p = weakref.proxy(a)
print(p.x, p == b, type(p).__name__)
p.x = 1
del a
gc.collect()
print(r(), c(), called == [c], hash(r) == hash(1), r == s, c.__callback__)
for f in (lambda: p.x, lambda: str(p), lambda: p + 1, lambda: len(p), lambda: bool(p)):
    try:
        f()
    except ReferenceError as e:
        print(e)
try:
    weakref.ref(1)
except TypeError as e:
    print(e)
d = weakref.WeakValueDictionary()
d["k"] = b
print(len(d), d["k"] is b)
del b
gc.collect()
print(len(d), list(d))
w = weakref.WeakSet()
x = A(3)
w.add(x)
print(len(w))
del x
gc.collect()
print(len(w))
class F(list):
    pass
l = F([1, 2, 3])
q = weakref.proxy(l)
print(len(q), q[1], 2 in q, list(q), q + [4])
q.append(9)
print(l)
fin = weakref.finalize(l, print, "finalized", 1)
print(fin.alive)
del l
gc.collect()
print(fin.alive)
