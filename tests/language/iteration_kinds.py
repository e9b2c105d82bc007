# One loop that meets iterators of all kinds, again and again.
import itertools


class Old:
    def __getitem__(self, i):
        if i == 2:
            raise IndexError
        return i * 10


class Own:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 2:
            raise StopIteration
        return self.n


class Failing(Own):
    def __next__(self):
        raise KeyError("failing")


def collect(source):
    out = []
    for x in source:
        out.append(x)
    return out


def collect_global(source):
    global y
    out = []
    for y in source:
        out.append(y)
    return out


def pairs(source):
    out = []
    for a, b in source:
        out.append((a, b))
    return out


def generate():
    yield "g"
    yield "h"


make = [
    lambda: "ab", lambda: "aé", lambda: "", lambda: b"ab", lambda: b"", lambda: [1, 2], lambda: (3, 4),
    lambda: range(2), lambda: range(2**62, 2**62 + 2), generate, lambda: {1: 2, 3: 4}, lambda: {5}, Old, Own,
    Failing, lambda: bytearray(b"xy"), lambda: itertools.chain("ab", b"c"), lambda: map(str, "12"), lambda: 5,
    lambda: iter([1].pop, None), lambda: memoryview(b"mv"), lambda: {1: 2}.items(), lambda: enumerate("z"),
]
for _ in range(3):
    for f in make:
        for how in (collect, collect_global, pairs):
            try:
                print(how(f()))
            except Exception as e:
                print(type(e).__name__, e)
