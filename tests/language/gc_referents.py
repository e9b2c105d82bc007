"""What gc tells of who refers to whom: a class among its instances' referents, instances among its referrers, and
nothing of what containers are made of inside."""
import collections
import gc
import io
import pickle
import re


class Plain:
    pass


class Slots:
    __slots__ = ("a",)


class List(list):
    pass


class Error(Exception):
    pass


for kind in (Plain, Slots, List, Error):
    one = kind()
    print(kind.__name__, kind in gc.get_referents(one), one in gc.get_referrers(kind), sum(type(o) is kind for o in gc.get_referrers(kind)))
print(gc.get_referents(Plain()) == [Plain], gc.get_referents(1, "a", b"b"), gc.get_referrers(object()))

things = [collections.OrderedDict(a=[]), collections.deque([[]]), {1: []}, {()}, frozenset([()]), pickle.Pickler(io.BytesIO()),
          pickle.Unpickler(io.BytesIO()), re.compile("a"), set(), {}, Plain]
names, seen, todo = set(), {}, list(things)
while todo and len(seen) < 20000:
    one = todo.pop()
    if id(one) not in seen:
        seen[id(one)] = one
        names.add(type(one).__name__)
        todo += gc.get_referents(one)
print([any(type(o) is list for o in gc.get_referents(thing)) for thing in things[:3]])
names |= {type(o).__name__ for o in gc.get_objects()} | {c.__name__ for c in object.__subclasses__()}
print([name for name in names if name.endswith(("_table", "_memo", "_order")) or name == "shape"])
