# range, slice, enumerate, reversed, zip, map, filter: values, reprs, pickling states and errors.
def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


for r in (range(5), range(2, 20, 3), range(10, 0, -3), range(0), range(2**70, 2**70 + 10, 4), range(-(2**65), 2**65, 2**64)):
    print(r, list(r), list(reversed(r)), hash(r) == hash(range(r.start, r.stop, r.step)), bool(r), r[1:], r[::-1],
          r.count(5), r == range(5))
    show(lambda: r[1])
    show(lambda: r[-1])
    show(r.index, 8)
    show(len, r)
    print(iter(r).__reduce__(), iter(r).__length_hint__())
show(range)
show(range, 1, 2, 0)
show(range, 1.5)
show(lambda: range(3)["a"])
show(lambda: range(3)[7])
show(lambda: len(range(2**70)))
print(5 in range(10), 5.0 in range(10), "a" in range(3), 2**80 in range(2**90), range(0, 3, 2) == range(0, 4, 2))
it = iter(range(10))
it.__setstate__(7)
print(list(it))
for s in (slice(5), slice(1, 5), slice(None, None, -1), slice(-3, None, 2), slice(2**70, -2**70, -1)):
    print(s, s.indices(10), s.indices(0), s.__reduce__(), s == slice(s.start, s.stop, s.step))
show(hash, slice(1))
show(slice(None, None, 0).indices, 5)
show(slice(1).indices, -1)
show(slice("a").indices, 5)
show(slice)
show(lambda: slice(1) < slice(2))
print(list(enumerate("ab", 5)), list(enumerate("ab", 2**63 - 1)), list(enumerate("ab", start=2**70)))
show(enumerate, 5)
show(enumerate)
show(enumerate, "a", "b")
show(reversed, 5)
show(reversed, {1})
print(list(reversed("abc")), list(reversed((1, 2))), reversed("abc").__length_hint__())
print(list(zip("abc", range(2))), list(zip()), list(zip("ab", "cd", strict=True)))
show(lambda: list(zip("abc", "ab", strict=True)))
show(lambda: list(zip("ab", "abc", "ab", strict=True)))
show(lambda: list(zip("ab", "abc", strict=True)))
show(zip, 5)
show(lambda: zip("a", x=1))
print(list(map(lambda *a: a, "abc", range(2))), list(filter(None, [0, 1, "", "a"])), list(filter(lambda x: x > 1, range(4))))
show(map)
show(map, len)
show(filter, None)


class G:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i


g = iter(G())
print(next(g), list(g), next(g, None), type(g).__name__)
values = iter([1, 2, 3, 0, 4])
c = iter(lambda: next(values), 0)
print(list(c), list(c), next(values))
t = (1, 2, 3, 2)
print(t.index(2), t.count(2), t[1:], t + (4,), t * 2, t[::-1], t < (1, 3), hash(t), hash(()), hash((1, "a" == "b", None is None)))
show(lambda: t[9])
show(lambda: t["a"])
show(t.index, 9)
show(lambda: t + [1])
show(tuple, 5)
show(lambda: tuple(sequence=()))
print(tuple("ab"), (1,), (), tuple([1, 2]), iter(t).__reduce__(), tuple[int, ...])
