# Functions in C that go through a container: whatever it is, whatever happens to it meanwhile.
import array
import collections
import itertools
import sys


def show(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


def containers(n):
    yield bytes(i % 256 for i in range(n))
    yield bytearray(i % 256 for i in range(n))
    yield [i % 7 for i in range(n)]
    yield tuple(range(n))
    yield range(5, 5 + n)
    yield dict.fromkeys(range(n))
    yield {str(i): i for i in range(n)}.values()
    yield set(range(n))
    yield frozenset(range(n))
    yield collections.deque(range(n))
    yield collections.deque(range(n), maxlen=50)
    yield array.array("i", range(n))
    yield array.array("d", range(n))
    yield array.array("B", [i % 256 for i in range(n)])
    yield memoryview(bytes(i % 256 for i in range(n)))
    yield collections.OrderedDict.fromkeys(range(n))
    yield iter(list(range(n)))
    yield (i for i in range(n))


for n in 0, 1, 2, 8, 9, 63, 64, 65, 127, 128, 129, 300:
    for function in (sum, len, any, all, min, max, sorted, lambda x: sum(x, 0.5), lambda x: sum(x, True),
                     collections.deque, lambda x: collections.deque(x, 5), lambda x: collections.deque(x, 0),
                     lambda x: list(itertools.chain(x, x)), lambda x: list(itertools.islice(x, 3, None, 7)),
                     lambda x: list(reversed(x)), lambda x: hash(tuple(x)), lambda x: list(map(bool, x)),
                     lambda x: list(zip(*itertools.tee(x)))[-3:]):
        for container in containers(n):
            try:
                result = function(container)
            except Exception as error:
                result = type(error).__name__ + ": " + str(error)
            text = repr(result)
            print(n, type(container).__name__, text if len(text) < 60 else hash(text[:0]) or text[-60:])
for text in "", "a", "abc" * 50, "\xe9\xe8" * 70, "\u4e2d\u6587" * 70, "a\U0001f389" * 70:
    print(ascii((min(text, default="-"), max(text, default="-"), any(text), all(text))))
    print(ascii(collections.deque(text, 7)), ascii(list(reversed(text))[:9]), ascii("".join(list(iter(text)))[:9]))
    show(sum, text)

# What is no number, in the middle; the iterator stands behind it.
for bad in "x", None, 2 ** 70, 0.5, True, b"", 1j:
    for place in 0, 1, 63, 64, 70:
        items = [1] * 100
        items[place] = bad
        for make in (iter, lambda l: iter(tuple(l)), lambda l: iter(collections.deque(l)), lambda l: iter(dict(enumerate(l)).values())):
            for function in sum, all, any, min, max:
                iterator = make(items)
                show(function, iterator)
                print(len(list(iterator)))
print(sum([2 ** 62, 2 ** 62, 2 ** 62]), sum(collections.deque([-2 ** 62] * 3)), sum({1: 2 ** 63, 2: 1}.values()))
print(sum([0.1] * 70 + [1, 2 ** 80, 0.5]), sum([-0.0] * 3, -0.0), sum(collections.deque([0.1] * 70 + [3])))
nan = float("nan")
print(min([nan, 1.0]), min([1.0, nan]), max([1.0, nan, 2.0]), min(0.0, -0.0), min([0.0, -0.0]), max([1, 1.0]))
print([min(x) + max(x) for x in ([b"ab", b"a", b"abc"], [b"", b"\xff", b"\x00"], [b"b" * 70, b"b" * 69 + b"c"])])


# What changes while it is gone through.
class Adding:
    def __init__(self, act):
        self.act = act

    def __radd__(self, other):
        self.act()
        return other

    def __bool__(self):
        self.act()
        return True

    def __lt__(self, other):
        self.act()
        return False

    __gt__ = __lt__


def changing(make, act):
    for function in sum, all, min, max:
        for before in 1, 3, 70:
            holder = []
            container = make([1] * before + [Adding(lambda: act(holder[0]))] + [2] * 10)
            holder.append(container)
            try:
                print(function.__name__, type(function(container)).__name__, len(container))
            except Exception as error:
                print(function.__name__, type(error).__name__, error, len(container))


changing(list, list.clear)
changing(list, lambda l: l.append(5) if len(l) < 200 else None)
changing(collections.deque, collections.deque.pop)
changing(collections.deque, lambda d: d.rotate(1))
changing(lambda l: dict(enumerate(l)).values().mapping.copy(), lambda d: d.setdefault(-1))
held = {}
held.update(enumerate([1] * 70 + [Adding(lambda: held.update({-1: 1}))] + [1] * 5))
show(sum, held.values())
print(len(held))

# A deque that is extended by what looks at it.
for first in 0, 1, 3:
    for extension in (lambda d: iter(d), lambda d: itertools.chain(d, [1]), lambda d: (x for x in d), lambda d: d,
                      lambda d: reversed(d), lambda d: itertools.islice(d, 2), lambda d: map(str, d)):
        for maxlen in None, 2:
            d = collections.deque(range(first), maxlen)
            try:
                d.extend(extension(d))
            except RuntimeError as error:
                print(error)
            print(d)
for maxlen in None, 0, 1, 5, 64, 1000:
    for source in [], range(3), range(200), list(range(200)), collections.deque(range(70)), set(range(66)), "abc" * 30, {1: 2}:
        d = collections.deque([-1, -2], maxlen)
        d.extend(source)
        d.rotate(3)
        e = d + collections.deque(source)
        d += source
        f = d * 3
        d.extendleft(source)
        print(maxlen, len(d), list(d)[:3], list(d)[-3:], e == d, e.maxlen, len(f), d.copy() == d)


class Subclass(collections.deque):
    def __iter__(self):
        return iter([7, 8])


print(collections.deque(Subclass("abc")), collections.deque("ab") + Subclass("cd"), list(Subclass("xyz")))
wrapped = collections.deque(range(100))
for i in range(150):
    wrapped.append(wrapped.popleft())
wrapped.rotate(37)
print(list(wrapped), list(collections.deque(wrapped)), list(reversed(wrapped))[:5], list(itertools.islice(wrapped, 60, 70)))

# Arrays: comparisons by value, sums of their kinds.
numbers = [0, 1, -1, 100, -100]
for code in "bhilqfd":
    for other in "bhilqfd":
        for right in [], [0], numbers, numbers[:-1], numbers[:-1] + [101], numbers + [0], numbers[::-1]:
            a, b = array.array(code, numbers), array.array(other, right)
            print(code, other, a == b, a != b, a < b, a <= b, a > b, a >= b, end=" ")
    print()
for code in "BHILQ":
    big = array.array(code, [1] * 300 + [255, 0])
    other = array.array(code, [1] * 300 + [254, 9])
    print(big > other, other < big, big == big, big == array.array(code, big), big >= big[:-1], big[:-1] >= big)
a = array.array("d", [nan, 1.0])
print(a == a, a != a, a < a, a <= a, a == array.array("d", a), array.array("d", [0.0]) == array.array("d", [-0.0]))
print(array.array("u", "abc") < array.array("u", "abd"), array.array("u", "") == array.array("u"), array.array("b") < array.array("b"))
for code in "ibd":
    a = array.array(code, range(5))
    print(a + a, a * 3, a * 0, a * -1, a + array.array(code), array.array(code) + a, array.array(code) * 5, (a + a).itemsize)
    a.extend(a)
    a += a
    a *= 2
    print(a, len(a + a[1:2]))
    show(lambda: a * sys.maxsize)
    show(lambda: a + array.array("q"))
    with memoryview(a):
        show(a.extend, a)
        show(lambda: len(a * 2))
a = array.array("i", range(100))
iterator = iter(a)
print(next(iterator), sum(iterator), list(iterator))
a.append(3)
print(list(iterator))
iterator = iter(a)
list(itertools.islice(iterator, 60))
del a[50:]
print(list(iterator))
show(list, array.array("u", b"\xff\xff\xff\x7f".decode("latin-1") and "ab"))


class Truth(int):
    def __init__(self, *arguments):
        print("init", arguments)


class Other:
    def __new__(cls, *arguments):
        return 5 if arguments else object.__new__(cls)


print(list(map(Truth, [1, 2])), list(map(Other, [1])), type(Other()).__name__, list(map(bool, [0, 1, "", "a", [], [0]])))
for constructor in object, Other, int, bool, type("Plain", (), {}):
    show(lambda: type(constructor()).__name__)
    show(lambda: type(constructor(1)).__name__)
    show(lambda: type(constructor(1, 2, 3)).__name__)

# Sets of other containers' items; what has no hash stays where it is.
for n in 0, 1, 64, 65, 200:
    for container in containers(n):
        print(len(set(container)), end=" ")
    print()


class Hashed:
    def __init__(self, act):
        self.act = act

    def __hash__(self):
        self.act()
        return 1


for place in 0, 1, 63, 64, 100:
    for make in collections.deque, lambda l: dict(enumerate(l)).values(), tuple, list:
        items = list(range(150))
        items[place] = []
        container = make(items)
        iterator = iter(container)
        for function in set, frozenset, set().update, {1}.union, {1, 2, 3}.intersection:
            show(function, container)
        show(set, iterator)
        print(len(list(iterator)))
        items[place] = 2 ** 70
        print(len(set(make(items))))
    d = collections.deque(range(150))
    d[place] = Hashed(lambda: d.append(1))
    show(lambda: len(set(d)))
same = {1, 2, 3}
same.update(iter(same))
print(same, {*bytes(range(100))} == {*range(100)}, set(bytearray(b"abab")), {*"abab" * 50} == {"a", "b"})

for size in range(0, 20):
    d = collections.deque(range(size))
    for turn in 0, 1, 5, 9:
        d.rotate(turn)
        d.reverse()
        print(list(d), end=" ")
    iterator = iter(d)
    next(iterator, None)
    d.reverse()
    show(list, iterator)
collections.deque().reverse()
print(bytes(bytearray(b"abc")), bytes(bytearray()), bytearray(b""), bytearray(bytes(100))[:3], bytes(Named(b"ab")) if "Named" in globals() else "")
buffer = bytearray(b"abc")
buffer.__init__(b"de")
print(buffer)
with memoryview(buffer):
    show(buffer.__init__, b"longer")
print(buffer, [list(reversed(x)) for x in (b"", b"abc", "", "a\u4e2d", bytearray(b"ab"), memoryview(b"abc"), array.array("h", [1, -2]))])
iterator = reversed(b"abc")
print(next(iterator), iterator.__length_hint__(), iterator.__reduce__()[2], list(iterator), list(iterator))
for s in set(), {1}, {1, 2}, {9}, frozenset({1, 3}):
    for items in [1, 1, 2, 3, 4], [5, 1, 2], [], [[], 1], [1, []], [1, 2, []]:
        for name in "intersection", "issubset", "isdisjoint", "difference", "issuperset", "union":
            iterator = iter(items)
            show(getattr(s, name), iterator)
            print(list(iterator), end=" ")
        t = set(s)
        show(t.intersection_update, iter(items), items)
        print(t)


# Predicates that are types, tuples within tuples.
class Untrue:
    def __bool__(self):
        raise ValueError("no truth")


for predicate in bool, None, len, Untrue, int, str.isdigit:
    for items in [1, 2, 0, 3], ["a", "", "b"], [[1], [], [2]], [1, Untrue(), 0], [], [0.5, float("nan"), 0.0, 1.0], [None, True, False, (), (1,), b"", b"x"]:
        for function in itertools.takewhile, itertools.dropwhile, itertools.filterfalse, filter, map:
            iterator = iter(items)
            try:
                print(ascii([x if not isinstance(x, Untrue) else "U" for x in function(predicate, iterator)]), len(list(iterator)))
            except Exception as error:
                print(function.__name__, type(error).__name__, error, len(list(iterator)))
Named = collections.namedtuple("Named", "a b")
values = [(1, "a"), (1, "a", ()), (1, ("a", (2, (3, (4, (5, (6, 7)))))))  , Named(1, "a"), (True, "a"), (1.0, "a"), (1, b"a"), (nan, 1), (1, None), (None, None), (2 ** 70, "\xe9"),
          (2 ** 70, "\u4e2d"), ((), ()), ((1,),), ([1],), (1, [2]), ("a", 1), (), (0.0, -0.0), (-0.0, 0.0)]
copies = [tuple(v) if v != (1, "a") or not isinstance(v, Named) else Named(*v) for v in values]
for a in values:
    print([int(a == b) + 2 * int(a != b) for b in copies], values.index(a), copies.count(a))
print(values == copies, values != copies, values[:3] < values[:3], values[:1] <= copies[:1], Named(1, "a") < (1, "b"))
