# Which texts name what an object is not: a sequence, a mapping, or neither.
import collections
import types
from collections import deque


class Plain:
    pass


class Derived(deque):
    pass


class Mapping(deque):
    def __getitem__(self, key):
        return 7


def show(function):
    try:
        print(function())
    except Exception as e:
        print(type(e).__name__, e)


# A deque has items by index, but is no mapping; a class derived from it is one when it has __getitem__.
for d in deque([1, 2]), Derived([1]), Mapping([1]):
    show(lambda: 'a' % d)
    show(lambda: b'a' % d)
    show(lambda: '%(a)s' % d)
    show(lambda: type(types.MappingProxyType(d)))
    show(lambda: exec('print(a)', {}, d))

# Items that cannot be assigned: an index has to fit first.
for o in b'ab', (1, 2), 'ab', range(3), deque([1]), 5, None, [1], bytearray(b'a'), {}.keys(), frozenset(), Plain():
    for key in 10**20, 'a', -(10**20), 1.5, slice(10**30), True:

        def delete():
            del o[key]

        def store():
            o[key] = 1

        show(delete)
        show(store)
        show(lambda: o[key])

# `*=` does not look at a right-hand sequence when the left-hand one has any method of sequences.
for a in (
    *(Plain(), 5, 1.5, True, None, {}, set(), frozenset(), {}.keys(), {}.items(), {}.values(), range(3)),
    *(types.MappingProxyType({}), collections.OrderedDict(), len, int, slice(1), ..., 2j, list[int], int | str),
):
    for b in [1], 'a', deque([1]):

        def multiply():
            x = a
            x *= b
            return x

        show(multiply)
        show(lambda: type(a * b))
        show(lambda: type(b * a))
