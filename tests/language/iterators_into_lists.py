"""What list(), extend() and slices take from iterators, many items at a time, and what they leave behind."""
import itertools
import sys
from itertools import chain, combinations, count, cycle, islice, pairwise, permutations, product, repeat, tee, zip_longest


def left(iterator, most=5):
    return [x for x, _ in zip(iterator, range(most))]


numbers = list(range(1000))
for n in 0, 1, 2, 7, 8, 9, 63, 64, 65, 128, 500, 999, 1000, 1001:
    print(n, list(islice(numbers, n)) == numbers[:n], list(islice(tuple(numbers), n)) == numbers[:n],
          list(islice(range(2000), n)) == list(range(n)), list(islice(set(numbers), n)) == numbers[:n],
          list(reversed(numbers[:n])) == numbers[:n][::-1], list(reversed(tuple(numbers[:n]))) == numbers[:n][::-1],
          list(repeat("x", n)) == ["x"] * n, list(islice(repeat(7), n)) == [7] * n,
          list(islice(count(5), n)) == list(range(5, 5 + n)), list(islice(count(5, 3), n)) == list(range(5, 5 + 3 * n, 3)),
          list(islice(count(sys.maxsize - 2**40 - 2), n))[-1:])
    it = iter(numbers)
    print(list(islice(it, n))[-2:], left(it), list(islice(it, 3)), list(islice(it, 2, 9, 3)), next(it, "end"))
    it = islice(numbers, 3, n, 2)
    print(left(it, 2), list(it) == numbers[3:n:2][2:], list(it))
    it = cycle(numbers[:n])
    print(left(it, 3), sum(islice(it, 777)), list(islice(it, 2500))[-3:], left(it), left(islice(it, 3)))
    a, b = tee(numbers[:n])
    print(list(islice(a, n // 2))[-1:], list(b) == numbers[:n], list(a) == numbers[n // 2:n], list(a), list(b))
    a, b = tee(x for x in numbers[:n])
    print(list(islice(a, n // 2))[-1:], list(b) == numbers[:n], list(a) == numbers[n // 2:n], list(a), list(b))
    it = chain(numbers[:n], (1, 2, 3), [], "ab", {4: 5}, iter(numbers[:n]), (), [9])
    print(left(it, 2), sum(map(hash, islice(map(str, it), 0))), len(list(it)), list(it))

print(list(chain.from_iterable([[1, 2], (3, 4), "56", [], range(3), [7]])), list(chain.from_iterable(([], [[]], ()))))
for items in [[1, 2], 3, [4]], ([1, 2], None):
    it = chain.from_iterable(items)
    taken = ["first"]
    try:
        taken.extend(it)
    except TypeError as error:
        print(error, taken)
    print(list(it))

# A list that grows while its own items are taken.
growing = [1, 2, 3]
growing.extend(islice(growing, 200))
print(len(growing), growing[-3:])
growing = [1, 2, 3]
growing += islice(chain(growing, [0] * 50, growing), 70)
print(len(growing), growing[-3:])
it = iter(growing)
growing.extend(islice(it, 100))
print(len(growing), next(it))
growing[2:5] = islice(growing, 90)
print(len(growing))

# Each state is the one that single steps leave.
for make in (lambda: islice(numbers, 2, 90), lambda: cycle([1, 2, 3]), lambda: chain([1, 2], [3, 4] * 30), lambda: repeat(1, 70),
             lambda: count(3), lambda: product("ab", repeat=6), lambda: combinations(range(12), 3), lambda: permutations("abcde"),
             lambda: itertools.combinations_with_replacement("abcd", 4), lambda: zip_longest(range(70), "abc"),
             lambda: zip_longest([1] * 70, "abc", ()), lambda: iter(numbers[:70]), lambda: reversed(numbers[:70]),
             lambda: reversed(tuple(numbers[:70]))):
    one, many = make(), make()
    for n in 1, 10, 50:
        expected, taken = left(one, n), list(islice(many, n + 1 if n < 50 else n))
        next(one, None) if n < 50 else None
        print(expected == taken[:n], len(taken), end=" ")
    print(repr(one.__reduce__())[:60] == repr(many.__reduce__())[:60], len(list(islice(many, 3000))), next(many, "end") == "end")


class Loud(islice):
    def __next__(self):
        print("next", end=" ")
        return super().__next__()


class Quiet(chain):
    pass


print(list(Loud([1, 2, 3], 2)), list(Quiet([1, 2], [3])), type(Quiet([1])).__name__)


# What runs Python code goes step by step: the list is seen as it grows.
def watch(target):
    for i in range(12):
        yield len(target)


target = [0]
target.extend(islice(watch(target), 10))
print(target)
target = [0]
target.extend(chain([5] * 10, watch(target), [6], watch(target)))
print(target)

# An error stops in the right place.
def failing():
    yield 1
    raise KeyError("stop")


for source in chain([1, 2, 3] * 30, failing(), [4]), islice(chain([0] * 70, failing()), 90), cycle(failing()), *tee(failing()):
    target = []
    try:
        target += source
    except KeyError as error:
        print(len(target), target[-1], error)

# An iterator of an iterator of an iterator ...
for wrap in lambda it: chain(it), lambda it: islice(it, 5), cycle, lambda it: chain.from_iterable([it]):
    deep = iter([1, 2, 3])
    for _ in range(50):
        deep = wrap(deep)
    print(list(islice(deep, 5)))
s = {1, 2, 3}
it = iter(s)
next(it)
s.add(4)
try:
    list(it)
except RuntimeError as error:
    print(error)


# What is thrown away.
from collections import deque
d, L = deque(maxlen=0), [1, 2, 3]
for it in (islice(L,2), chain(L,L), zip(L,L), product(L,repeat=2), combinations(L,2), zip_longest(L,(1,)), tee(L)[0], enumerate(L), reversed(L), iter({1,2}), pairwise(L), map(str,L)):
    d.extend(it); print(len(d), next(it,"end"))
def bad():
    yield 1
    raise KeyError(1)
for it in (chain(L,bad()), zip(bad(),L), product(L,repeat=0)):
    try: d.extend(it); print("ok")
    except KeyError as e: print("KeyError", e)
kept=[]
class K:
    def __iter__(s): return s
    def __next__(s):
        if len(kept)>5: raise StopIteration
        kept.append(1); return len(kept)
z=zip(K(),K()); deque(z,0); print(kept)
z=zip(L,L); a=next(z); deque(z,0); print(a)
a,b=tee(L*50); deque(a,0); print(list(b)==L*50)
