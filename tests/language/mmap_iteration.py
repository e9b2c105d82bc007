"""Iterating over a mapping gives bytes of length one, where indexing gives ints; a class may decide otherwise."""
import bisect
import mmap
import operator

m = mmap.mmap(-1, 3)
m[:] = b"abc"
print(list(m), list(reversed(m)), m[0], type(iter(m)))
print(b"b" in m, b"bc" in m, 98 in m, operator.indexOf(m, b"c"), operator.countOf(m, b"b"), bisect.bisect(m, b"b"))
it = iter(m)
next(it)
print(operator.length_hint(it), it.__reduce__()[2], "__iter__" in dir(m))


class Numbers(mmap.mmap):
    def __getitem__(self, index):
        if index > 2:
            raise IndexError
        return index


numbers = Numbers(-1, 3)
print(list(numbers), list(reversed(numbers)), 2 in numbers)
m.close()
for step in (lambda: list(m), lambda: next(it), lambda: b"a" in m):
    try:
        step()
    except ValueError as error:
        print(error)
