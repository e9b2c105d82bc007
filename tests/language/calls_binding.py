# Keywords and defaults reach their parameters however the call is written, time after time.
def f(a, b=2, c=3, /, d=4, *, e=5): return a, b, c, d, e
def g(a, b, c=30, d=40): return a, b, c, d
def h(a, /, b, c=3): return a, b, c
def attempt(call):
    try:
        return call()
    except TypeError as e:
        return str(e)
calls = [
    lambda: f(1), lambda: f(1, 20), lambda: f(1, 2, 3, d=9), lambda: f(1, e=9), lambda: f(1, c=9),
    lambda: g(1, 2), lambda: g(1, 2, d=4), lambda: g(d=4, c=3, b=2, a=1), lambda: g(1, a=1), lambda: g(1),
    lambda: g(1, 2, 3, 4, 5), lambda: g(1, 2, 3, d=4, c=5), lambda: g(1, b=2, x=3), lambda: g(b=1),
    lambda: h(1, 2), lambda: h(1, b=2), lambda: h(a=1, b=2), lambda: h(1, 2, b=3), lambda: h(1, c=3),
]
for _ in range(3):
    for call in calls:
        print(attempt(call))
g.__defaults__ = (7, 8, 9)
print(attempt(lambda: g(1)), attempt(lambda: g(d=0, a=1)))
g.__defaults__ = None
print(attempt(lambda: g(1, 2, 3)), attempt(lambda: g(1, 2, 3, d=4)))
g.__defaults__ = (5, 6, 7, 8, 9)
print(attempt(lambda: g()), attempt(lambda: g(c=1)))
name = "".join(["b", "b"])[:1]
print(attempt(lambda: g(1, **{name: 2})))

class C:
    def __init__(self, x=1, *, y=2): self.v = x, y
    def m(self, p, q=4): return self.v, p, q
for _ in range(3):
    print(C().m(1), C(5).m(1, q=2), C(x=6, y=7).m(q=1, p=2), attempt(lambda: C(1, 2)))

# Comparisons and arithmetic at one place with many types
def combine(a, b):
    return a + b, a * b, a - b, a < b, a == b, a >= b
def branch(a, b):
    return "less" if a < b else "equal" if a == b else "more"
values = [1, 2.5, 3, -0.5, 10**20, float("inf"), float("nan"), True, 2**53 + 1, float(2**53)]
for _ in range(2):
    for a in values:
        for b in values:
            print(combine(a, b), branch(a, b))
def power(a, b):
    try:
        return a ** b
    except (ZeroDivisionError, OverflowError) as e:
        return type(e).__name__
for a in (2.0, 0.0, -2.0, -8, 9, 1e200, float("inf"), 0):
    for b in (2, 0.5, -1, 1/3, 3.0, 2.0, 1e5):
        print(power(a, b), end=" ")
print()
# Unpacking, swapping, membership
def unpack(s):
    a, b, c = s
    return c, b, a
for s in ([1, 2, 3], (1, 2, 3), "abc", {1: 0, 2: 0, 3: 0}, [1, 2], (1, 2, 3, 4), 5, range(3), iter([7, 8, 9])):
    for _ in range(3):
        try:
            print(unpack(s))
        except (TypeError, ValueError) as e:
            print(e)
def rotate(l, i, j):
    l[i], l[j] = l[j], l[i]
    l[i] += 1
    l[-1] -= 1
    return l
numbers = [1, 2, 3]
for i in range(4):
    print(rotate(numbers, i % 3, -1))
try:
    rotate(numbers, 3, 0)
except IndexError as e:
    print(e)
def member(x, c):
    if x in c:
        return "in"
    return x not in c, x is c, x is not c
for c in ([1, 2], (1,), {1}, {1: 2}, frozenset([2]), range(3), "1"):
    for x in (1, 2, "1"):
        try:
            print(member(x, c))
        except TypeError as e:
            print(e)
try:
    member([], {1})
except TypeError as e:
    print(e)
def late():
    try:
        value
    except NameError as e:
        print(e)
    for value in 1, 2:
        pass
    return value
print(late())
