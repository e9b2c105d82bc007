# memory_iterator: what iter() of a memoryview gives is a type of its own, without a length hint and without pickling.


def show(function):
    try:
        print(repr(function()))
    except Exception as e:
        print(repr(e))


i = iter(memoryview(b"abc"))
T = type(i)
print(T, T.__name__, T.__qualname__, T.__module__, T.__basicsize__, T.__itemsize__, sorted(T.__dict__))
show(T)
show(lambda: T.__new__(T))
show(lambda: type("X", (T,), {}))
show(lambda: i.__length_hint__())
show(lambda: i.__reduce__())
show(lambda: iter(i) is i)

m = memoryview(b"abc")
i = iter(m)
print(list(i), list(i))
m.release()
print(list(i))
i = iter(memoryview(b"abc"))

m = memoryview(b"abc")
i = iter(m)
print(next(i))
m.release()
show(lambda: next(i))
show(lambda: next(i))

show(lambda: iter(memoryview(b"a").cast("B", ())))
show(lambda: list(memoryview(b"abcd").cast("B", (2, 2))))
show(lambda: 1 in memoryview(b"abcd").cast("B", (2, 2)))

data = bytes(range(240, 256))
for letter in "cbBhHiIlLqQnNfdP?":
    view = memoryview(data).cast(letter)
    print(letter, list(view), view.tolist() == list(view) or letter in "fd")
    print(letter, list(view[::-1]), list(reversed(view[1:])))

b = bytearray(b"abcdef")
i = iter(memoryview(b))
print(next(i))
b[1] = 120
print(next(i), list(i))
x, y = memoryview(b"pq")
print(x, y, [*memoryview(b"xyz")], sum(memoryview(b"ab")), max(memoryview(b"ab")))
