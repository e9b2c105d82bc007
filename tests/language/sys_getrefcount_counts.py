# sys.getrefcount counts the references in variables, containers, instances, cells and frames, and its own argument.
import sys
from collections import deque

count = sys.getrefcount
print(count(object()))
x = object()
print(count(x))
y = x
items = [x, x]
print(count(x))
table = {x: x, "a": x}
print(count(x))
del table, y
print(count(x))
items.pop()
print(count(x))
items.clear()
print(count(x))
queue = deque([x] * 3)
queue.popleft()
print(count(x))
del queue


def f(a):
    b = a

    class C:
        pass

    c = C()
    c.a = c.b = a
    print(count(a))
    for i in range(40):
        setattr(c, f"x{i}", a)
    print(count(a))
    s, t, h = {a}, (a, a), lambda: a
    print(count(a))
    print(count(c), count(c.__dict__))


f(object())


def g(a):
    yield count(a)
    yield count(a)


it = g(x)
print(next(it), count(x), next(it))
before = count(None)
n = None
print(count(None) - before)
del n
print(count(None) - before)
loop = []
loop.append(loop)
print(count(loop))

try:
    count()
except TypeError as e:
    print(e)
