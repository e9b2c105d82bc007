"""Sorting lists of one kind of items: stable, both ways, with keys, whatever the items look like."""
import random

random.seed(7)


class Same:
    """Compares as its value does, slowly: what sorted() makes of these is the right answer."""
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value


def check(name, items):
    for reverse in False, True:
        right = [x.value for x in sorted(map(Same, items), reverse=reverse)]
        result = sorted(items, reverse=reverse)
        keyed = sorted(range(len(items)), key=items.__getitem__, reverse=reverse)
        by_key = sorted(range(len(items)), key=lambda i: Same(items[i]), reverse=reverse)
        same = all(x is y for x, y in zip(result, right)) and len(result) == len(items)
        print(name, reverse, same, keyed == by_key)


def texts(alphabet, n, most):
    return ["".join(random.choice(alphabet) for _ in range(random.randrange(most))) for _ in range(n)]


N = 300
check("ints", [random.randrange(-500, 500) for _ in range(N)])
check("long ints", [random.randrange(-10 ** k, 10 ** k) for k in range(1, 31) for _ in range(10)])
check("equal leading digits", [(1 << 90) + random.randrange(1 << 40) for _ in range(N)] + [-(1 << 90) - i for i in range(50)])
check("bools among ints", [random.choice([True, False, 0, 1, 2]) for _ in range(N)])
check("floats", [random.choice([0.0, -0.0, 1e300, -1e300, float("inf"), -float("inf"), 5e-324, random.random()]) for _ in range(N)])
check("ints and floats", [random.choice([1, 1.0, 2, 2.5, -3, 0, -0.0, 10 ** 15, 1e15]) for _ in range(N)])
check("large ints and floats", [random.choice([2 ** 53 + 1, 2.0 ** 53, 2 ** 60, 1e20, 10 ** 25]) for _ in range(N)])
check("texts", texts("ab", N, 12))
check("texts with NULs", texts("a\0", N, 24))
check("texts with a common prefix", ["the same for all " + t for t in texts("xyz", N, 30)])
check("Latin-1", texts("a\xe9\xff", N, 9))
check("wide texts", texts("a\u4e2d\u6587\U0001f389", N, 9))
check("one letter", ["a" * random.randrange(600) for _ in range(N)])
check("equal texts", ["same text " * 3 for _ in range(N)])
check("bytes", [t.encode() for t in texts("ab\0", N, 20)])
check("tuples", [(random.randrange(5), random.choice("ab"), random.random()) for _ in range(N)])
check("tuples of texts", [(t, random.randrange(3)) for t in texts("ab", N, 4)])
check("tuples of different sizes", [tuple(random.randrange(3) for _ in range(random.randrange(4))) for _ in range(N)])
check("ordered", list(range(N)))
check("descending", list(range(N, 0, -1)))

nan = float("nan")
items = [random.choice([1.0, 2.0, nan, 0.5]) for _ in range(N)]
print([repr(x) for x in sorted(items)] == [repr(x.value) for x in sorted(map(Same, items))])
try:
    sorted([1, 2] * 50 + ["a"])
except TypeError as e:
    print(e)
items = [3, 1, 2] * 50
items.sort(key=lambda x: -x)
print(items[:3], items[-3:], len(items))
