# Sets of ints are iterated in the order that growth and probing give; what set operations return and raise.
def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


s = set()
for i in range(200):
    s.add(i * 37 % 211 - 50)
    if i % 3 == 0:
        s.discard(i * 11 % 97)
print(list(s))
for i in range(60):
    s.pop()
print(list(s))
t = {1, 100, 1000, 10000, -1, -2, 2**70}
print(t, t | {5}, t & {1, -1}, t - {1}, t ^ {1, 7}, frozenset(t))
a, b = set(range(0, 40, 3)), set(range(0, 40, 4))
for op in ("__or__", "__and__", "__sub__", "__xor__", "__le__", "__lt__", "__ge__", "__gt__", "__eq__", "__ne__",
           "union", "intersection", "difference", "symmetric_difference", "isdisjoint", "issubset", "issuperset"):
    print(op, getattr(a, op)(b))
for op in ("update", "intersection_update", "difference_update", "symmetric_difference_update"):
    c = a.copy()
    getattr(c, op)(b)
    print(op, c, getattr(c, op)([1, 2, 3]), c)
a |= {99}
a &= set(range(100))
a -= {0}
a ^= {1, 3}
print(a)
show(lambda: {1} | [2])
show(lambda: {1} < [2])
show(lambda: {[]})
show({1}.remove, 2)
show(set().pop)
show(lambda: hash({1}))
show(set, 5)
show(set, 1, 2)
show({1}.union, 5)
show({1}.issubset, 5)
show(lambda: {1} in {frozenset({1})})
print({frozenset({1}): 2}, hash(frozenset()), hash(frozenset({1, 2, 3})), hash(frozenset(range(50))))
print(frozenset({1}) == {1}, frozenset({1}) | {2}, type({1} | frozenset({2})), set("a"), frozenset("b"), set(), frozenset())
f = frozenset({1, 2})
print(frozenset(f) is f, f.copy() is f)


def change():
    x = {1, 2}
    for v in x:
        x.add(v + 10)


show(change)
it = iter({1, 2, 3})
next(it)
print(it.__length_hint__(), it.__reduce__())


class S(set):
    pass


x = S([1])
print(x, type(x | {2}), type(x.copy()), x.__reduce__())
print(set[int], {1}.__sizeof__())
