# __setstate__ of iterators takes an int, and keeps the position within the sequence.
import array
import itertools


class Index:
    def __index__(self):
        return 1


for sequence in [1, 2], (1, 2), "ab", "a\u1234", b"ab", bytearray(b"ab"), array.array("b", [1, 2]):
    for make in iter, reversed:
        for state in Index(), 1.5, 10**30, -10**30, -5, 7, 1, True:
            iterator = make(sequence)
            try:
                result = iterator.__setstate__(state), iterator.__reduce__()[1:]
                if hasattr(iterator, "__length_hint__"):
                    result += iterator.__length_hint__(),
                result += list(iterator),
            except (TypeError, OverflowError) as e:
                result = type(e).__name__, str(e)
            print(type(iterator).__name__, repr(state)[:8].replace("<", "")[:8], result)

shrunk = bytearray(b"abcdef")
iterator = iter(shrunk)
iterator.__setstate__(4)
del shrunk[2:]
print(iterator.__length_hint__(), list(iterator), iterator.__reduce__())
for state in Index(), "3":
    try:
        print(itertools.islice([1, 2, 3], 2).__setstate__(state))
    except TypeError as e:
        print(e)
