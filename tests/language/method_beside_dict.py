"""Methods of built-in types whose instances keep their own attributes in a dict."""
import functools
import io
import os
import random
import tempfile


def tells(objects):
    return [o.tell() for o in objects]


# an own attribute comes, hides the method, and goes
plain, hiding = io.StringIO("ab"), io.StringIO("abc")
hiding.read(2)
for _ in range(20):
    assert tells([plain, hiding]) == [0, 2]
hiding.other = 1
print(tells([plain, hiding, plain]))
hiding.tell = lambda: "own"
for _ in range(20):
    found = tells([plain, hiding, plain])
print(found)
del hiding.tell
print(tells([plain, hiding, plain]), vars(hiding))
hiding.__dict__["tell"] = lambda: "by __dict__"
print(tells([plain, hiding, plain]))
hiding.__dict__.clear()
print(tells([plain, hiding, plain]))

# `open` gives text files an attribute
with tempfile.TemporaryDirectory() as folder:
    files = [open(os.path.join(folder, str(i)), "w") for i in range(3)]
    for i in range(300):
        files[i % 3].write("é")
    files[1].write = "x".join
    print([(f.mode, f.write(["a", "b"])) if i == 1 else (f.mode, f.write("ab")) for i, f in enumerate(files)])
    for f in files:
        f.close()
    print([os.path.getsize(f.name) for f in files])


# keys that have to be asked
class Same(str):
    __hash__ = str.__hash__

    def __eq__(self, other):
        return str.__eq__(self, other)


asked = io.BytesIO(b"abc")
asked.__dict__[Same("tell")] = lambda: "found by asking"
for _ in range(10):
    found = tells([asked, plain])
print(found)


# several types at one place, and a class that changes
class Reader(io.StringIO):
    pass


class Slotted(io.StringIO):
    __slots__ = ("x",)


several = [io.StringIO("q"), io.BytesIO(b"qq"), Reader("qqq"), Slotted("s"), io.BytesIO(), Reader()]
for _ in range(20):
    found = [o.getvalue() for o in several]
print(found)
Reader.getvalue = lambda self: "class's own"
print([o.getvalue() for o in several])
several[2].getvalue = lambda: "instance's own"
print([o.getvalue() for o in several])


def wrap(partials):
    return [p.__reduce__()[2][0] is p.func for p in partials]


for _ in range(20):
    found = wrap([functools.partial(len), functools.partial(abs, 1)])
print(found)
rng = random.Random(3)
rng.random()
print([rng.getrandbits(8) for _ in range(3)], [e.with_traceback(None) for e in [KeyError(1), ValueError(2)] * 3])
