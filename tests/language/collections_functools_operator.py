# deque, defaultdict, named tuples' getters, partial, lru_cache, cmp_to_key, operator, heapq, bisect, array.
import _bisect, _collections, _functools, _heapq, _operator, array


def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


D = _collections.deque
d = D("abcdef", maxlen=5)
d.append("g")
d.appendleft("z")
print(d, len(d), d.maxlen, d[0], d[-1], "c" in d, list(reversed(d)), d.count("b"), d.index("d"))
d.rotate(2)
print(d)
d.rotate(-3)
print(d)
show(d.insert, 0, "q")
e = D(range(10))
e.insert(3, "x")
e.remove(5)
del e[0]
e[1] = "y"
e.extend("mn")
e.extendleft("op")
e.reverse()
print(e, e.pop(), e.popleft(), e == D(e), e < D([99]) if False else None, e + D([1]), D([1, 2]) * 2, e.__reduce__()[1])
for f, args in ((D().pop, ()), (D().popleft, ()), (D([1]).remove, (2,)), (D([1]).index, (2,)), (D, (5,)), (D, ((), -1)),
                (D, ((), "a")), (D([1]).__getitem__, (3,)), (lambda: D([1])["a"], ()), (D([1]).__add__, ([1],)), (hash, (D(),))):
    show(f, *args)


def change():
    x = D([1, 2])
    for v in x:
        x.append(v)


show(change)
it = iter(D([1, 2, 3]))
next(it)
print(it.__length_hint__(), list(it), D([1, D()]), D(maxlen=0))
dd = _collections.defaultdict(list, a=[0])
dd["b"].append(1)
print(dd, dd.copy(), dd | {"c": 2}, dd.__reduce__()[:2], dd.default_factory, "z" in dd)
show(lambda: _collections.defaultdict()["x"])
show(_collections.defaultdict, 5)
counts = {}
_collections._count_elements(counts, "abracadabra")
print(counts)
P = _functools.partial
p = P(int, base=2)
print(p("101"), p.func, p.args, p.keywords, p, P(P(print, 1), 2, end="!\n").args)
P(print, 1, sep="-")(2, 3, end=".\n")
show(P)
show(P, 5)
print(_functools.reduce(lambda a, b: a * 10 + b, [1, 2, 3]), _functools.reduce(max, [], 5))
show(_functools.reduce, max, [])
show(_functools.reduce, max, 5)
print(sorted([3, 1, 2], key=_functools.cmp_to_key(lambda a, b: b - a)))
calls = []


def f(*args, **kw):
    calls.append(args)
    return args, kw


c = _functools._lru_cache_wrapper(f, 2, False, lambda *a: a)
for x in (1, 2, 1, 3, 2, 1, 1.0):
    c(x)
c(1, k=2)
print(calls, c.cache_info())
c.cache_clear()
print(c.cache_info())
show(c, [])
o = _operator
print(o.add(1, 2), o.truediv(7, 2), o.contains([1], 1), o.index(True), o.countOf([1, 1, 2], 1), o.indexOf("abc", "c"), o.concat([1], [2]))
print(o.itemgetter(1)("abc"), o.itemgetter(0, -1)("abc"), o.attrgetter("real", "imag.real")(5), o.methodcaller("split", "b")("abc"))
print(o.itemgetter(1), o.itemgetter(1, 2), o.attrgetter("a.b"), o.methodcaller("m", 1, k=2), o.length_hint(iter([1, 2])), o.length_hint(5, 7))
print(o.itemgetter(1).__reduce__(), o.methodcaller("m", 1).__reduce__(), o._compare_digest("a", "a"), o._compare_digest(b"a", b"b"))
for g, args in ((o.itemgetter, ()), (o.attrgetter, (1,)), (o.methodcaller, ()), (o.methodcaller, (1,)), (o.itemgetter(1), (5,)),
                (o.concat, (1, 2)), (o.indexOf, ("abc", "x")), (o.length_hint, (1, "a")), (o.add, (1,)), (o._compare_digest, ("a", b"a"))):
    show(g, *args)
h = []
for x in (5, 3, 8, 1, 9, 2):
    _heapq.heappush(h, x)
print(h, _heapq.heappop(h), _heapq.heappushpop(h, 0), _heapq.heapreplace(h, 7), h)
h = [5, 3, 8, 1, 9, 2]
_heapq.heapify(h)
print(h, [_heapq.heappop(h) for _ in range(6)])
h = [5, 3, 8, 1, 9, 2]
_heapq._heapify_max(h)
print(h, _heapq._heappop_max(h), _heapq._heapreplace_max(h, 0), h)
show(_heapq.heappop, [])
show(_heapq.heappush, (), 1)
b = [1, 2, 2, 3]
print(_bisect.bisect_left(b, 2), _bisect.bisect_right(b, 2), _bisect.bisect_right(b, -4, key=lambda v: -v) if False else 0)
_bisect.insort_right(b, 2.5)
_bisect.insort_left(b, -1, key=lambda v: v)
print(b)
show(_bisect.bisect_left, b, 1, -1)
A = array.array
a = A("i", [1, 2, 3])
a.append(4)
a.extend([5, 6])
a.insert(0, 9)
a[1:3] = A("i", [7])
del a[-1]
print(a, a[1], a[::2], a.index(4), a.count(4), a.tobytes(), a.itemsize, a.typecode, a + a, a * 2, 7 in a, a.pop(), a.tolist())
print(A("u", "hé"), A("d", [1.5]), A("f", [0.5]), A("B", b"ab"), A("q", [-1]), A("Q", [2**64 - 1]), A("i") == A("d"), A("i", [1]) < A("i", [2]))
print(a.__reduce_ex__(2), a.__reduce_ex__(3)[1], memoryview(a).format, memoryview(a).tolist())
a.byteswap()
a.reverse()
print(a)
for f in (
    lambda: A('b',[300]),
    lambda: A('B',[-1]),
    lambda: A('h',[70000]),
    lambda: A('i',[2**40]),
    lambda: A('I',[-1]),
    lambda: A('q',[2**70]),
    lambda: A('Q',[-1]),
    lambda: A('x'),
    lambda: A('i',[1])[5],
    lambda: A('i').pop(),
    lambda: A('i',[1]).remove(3),
    lambda: A('i','ab'),
    lambda: A('i',b'abc'),
    lambda: A('i')+[1],
    lambda: A('u',['ab']),
    lambda: A(1),
    lambda: A(),
    lambda: A('i',[1])['a'],
    lambda: A('i',[1]).index(3),
    lambda: A('i').fromlist((1,)),
    lambda: hash(A('i')),
):
    show(f)

class Changes:
    def __eq__(self, other):
        changed.rotate(1)
        return False
for method in 'remove', 'count', 'index', '__contains__':
    changed = _collections.deque(range(5))
    try:
        getattr(changed, method)(Changes())
    except (RuntimeError, IndexError) as e:
        print(method, repr(e))
