# What list's operations return, and the exact text of what they raise.
def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


l = list(range(10))
for i in (0, -1, 9, -10, 10, -11, True, 2**70, 1.5, "a", None, slice(2, 5), slice(None, None, -2), slice(1, 9, 3)):
    show(lambda: l[i])
for i, v in ((0, "x"), (20, 1), ("a", 1), (slice(0, 2), "xyz"), (slice(0, 6, 2), [1]), (slice(0, 6, 2), "abc"),
             (slice(1, 1), [7, 8]), (slice(0, 2), 5), (slice(0, 4, 2), 5), (slice(5, 2), "mn")):
    m = l[:]
    show(m.__setitem__, i, v)
    print(m)
for s in (slice(2, 4), slice(None, None, 2), slice(None, None, -3), slice(8, 1, -2), 3, -1, 99):
    m = l[:]
    show(m.__delitem__, s)
    print(m)
show([].pop)
show(l.pop, 99)
show(l.pop, "a")
show(l.index, 99)
show(l.index, 3, 4)
show(l.index, 3, "a")
show(l.remove, 99)
show(l.insert, "a", 1)
show(l.extend, 5)
show(l.append)
show(l.append, 1, 2)
show(lambda: l + (1,))
show(lambda: l * "a")
show(lambda: l * -1)
show(lambda: [1, 2] * 3)
show(lambda: 3 * [1, 2])
show(lambda: [1] < [1, 2], )
show(lambda: [1, 2] < [1, "a"])
show(lambda: [[1, 2], [3]] == [[1, 2], [3]])
show(lambda: [1] == (1,))
show(lambda: [] < ())
show(lambda: hash([]))
show(list, 5)
show(list, 1, 2)
show(lambda: list(x=1))
a = [1]
a.append(a)
print(a, repr((a,)), {1: a})
m = [3, 1, 2]
m += (4,)
m *= 2
print(m, m.count(3), m.copy() is m)
m.reverse()
print(m, sorted(m, reverse=True))
m.clear()
print(m, bool(m))
print(list(reversed([1, 2, 3])), list("abc"), list({1: 2}), list((1, 2)))


class Changing:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        target.append(1)
        return self.v < other.v


target = [Changing(i) for i in range(5, 0, -1)]
show(target.sort)
print([c.v for c in target])
show([1, "a"].sort)
show([3, 1, 2].sort, 1)
show(lambda: sorted([3, 1, 2], key=5))
words = "the quick brown fox jumps over the lazy dog".split()
print(sorted(words, key=len), sorted(words, key=lambda w: (len(w), w), reverse=True))
print(sorted([(2, "b"), (1, "z"), (2, "a"), (1, "a")]), sorted([2.5, -1.0, 3, True]))
it = iter([1, 2, 3])
next(it)
print(it.__length_hint__(), it.__reduce__())
it.__setstate__(0)
print(list(it), it.__reduce__(), next(it, "end"))
r = reversed([1, 2, 3])
next(r)
print(r.__length_hint__(), r.__reduce__(), list(r))


class L(list):
    def __init__(self, *args, extra=None):
        super().__init__(*args)
        self.extra = extra


x = L([1, 2], extra=3)
print(x, x.extra, type(x + [1]), type(x[:1]), x == [1, 2], list.__doc__ is not None)
print(list[int], [].__sizeof__(), [1, 2, 3].__class__)
