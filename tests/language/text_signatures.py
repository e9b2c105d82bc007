# __text_signature__ of built-in functions, methods and types, and of classes whose doc string has one.
import _pickle
import io
import operator

for owner, names in ((str, ("maketrans", "split", "__len__", "join")), (dict, ("get", "fromkeys", "update")),
                     (io.BufferedReader, ("close", "peek")), (operator, ("attrgetter", "call", "add")),
                     (bytes, ("hex", "fromhex"))):
    for name in names:
        print(owner.__name__, name, getattr(owner, name).__text_signature__)
for kind in (int, str, io.BufferedReader, _pickle.Pickler, range, object, type):
    print(kind.__name__, kind.__text_signature__)


class Point:
    """Point(x, y=0)
--

A place in the plane."""


class Other:
    """Point(x, y)
--

Not its own name."""


print(Point.__text_signature__, Other.__text_signature__, type("Sub", (Point,), {}).__text_signature__)
