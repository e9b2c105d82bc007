# sys.getsizeof and gc.is_tracked give CPython's answers for dicts, classes, instances and tuples.
import collections
import gc
import sys
from itertools import permutations


class Plain:
    pass


class Slots:
    __slots__ = "a", "b"


size = sys.getsizeof
for count in 0, 1, 5, 6, 10, 11, 85, 86, 1000, 50000:
    by_int, by_name = {i: i for i in range(count)}, {str(i): i for i in range(count)}
    print(count, size(by_int), size(by_name), size(collections.OrderedDict(by_int)), size(set(range(count))))
print(size(Plain), size(Plain()), size(Slots), size(Slots()), size(int), size(Exception))
print(size(collections.deque()), size(collections.deque("a" * 63)), size(collections.deque("a" * 64)))
print(size(permutations("abcde", 3)))

tracked = gc.is_tracked
nested = ((1, None), "a", int)
gc.collect()
print(tracked(()), tracked(nested), tracked((1, [])), tracked({}), tracked({"a": 1}), tracked({"a": []}))
print(tracked({1: nested}), tracked({1: {}}), tracked([]), tracked(1), tracked(int), tracked(Plain), tracked(Plain()))
