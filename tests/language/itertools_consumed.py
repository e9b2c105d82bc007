# Iterators that are only advanced, by a deque without room or an islice, end up where taking each result leads.
from itertools import *
from collections import deque
for make in (lambda: product(range(3), "ab", repeat=2), lambda: permutations(range(5), 3), lambda: combinations(range(7), 3), lambda: combinations_with_replacement("abc", 4),
             lambda: product(), lambda: product([], [1]), lambda: permutations([], 0), lambda: combinations([1], 2), lambda: combinations(range(5), 0)):
    full = list(make())
    for start in (0, 1, 2, len(full) - 1, len(full), len(full) + 3):
        for step in (1, 2, 7):
            if start >= 0:
                assert list(islice(make(), start, None, step)) == full[start::step], (start, step)
                assert list(islice(make(), start, start + 5, step)) == full[start:start + 5:step]
    it = make()
    deque(it, 0)
    print(len(full), list(it), it.__reduce__()[1])
    it = make()
    deque(islice(it, 4), 0)
    print(next(it, None), list(it) == full[5:])
for z in (zip([1, 2, 3], "ab"), zip([1], [2], [3]), zip_longest([1, 2], "abc"), zip([1, 2], [3], strict=True), pairwise("abc"), enumerate("abc"), zip([], strict=True), zip((), [1], strict=True),
          zip([1], [1, 2], strict=True), zip([1], [2], [3, 4], strict=True)):
    try:
        deque(z, 0)
    except ValueError as e:
        print(e)
    print(list(z))
a = iter([1, 2, 3]); print(list(zip(a, a)), list(a))
l = [1, 2, 3]
for x, y in zip(l, l):
    if len(l) < 6: l.append(y)
print(l)
