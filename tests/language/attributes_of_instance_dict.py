# Attributes of instances that have a dict of their own, because somebody asked for it or much was taken away, are found like
# others: whatever changes in that dict, in the class, or in which dict it is.
class Point:
    kind = "point"

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return abs(self.x) + abs(self.y)


def look(o):
    return o.x, o.y, o.kind, o.norm()


def look_often(o):
    for _ in range(100):
        result = look(o)
    return result


def attempt(o):
    try:
        return look_often(o)
    except AttributeError as e:
        return str(e)


p = Point(1, 2)
p.__dict__
print(look_often(p))
p.__dict__["x"] = 5
print(look_often(p))
p.x = 6
print(look_often(p))
del p.x
print(attempt(p))
p.x = 7  # at another place in the dict
print(look_often(p), list(p.__dict__))
for i in range(50):
    setattr(p, f"more{i}", i)  # the table grows
print(look_often(p))
p.__dict__["norm"] = lambda: "own"
print(look_often(p))
del p.norm
p.kind = "own kind"
print(look_often(p))

# Another dict, of another order, a subclass, an empty one.
p.__dict__ = {"y": 1, "x": 2}
print(look_often(p))


class Shouting(dict):
    def __getitem__(self, key):
        return "never asked"


p.__dict__ = Shouting(x=3, y=4)
print(look_often(p))
p.__dict__ = {}
print(attempt(p))
p.__dict__.clear()
p.x = p.y = 9
print(look_often(p))
p.__dict__ = {"x": 1, "y": 2, 3: 4, "norm": len}
try:
    look_often(p)
except TypeError as e:
    print(e)
del p.__dict__["norm"]

# A class that gets what goes before the dict, and loses it.
Point.x = property(lambda self: "computed")
try:
    look_often(p)
except TypeError as e:
    print(e)
del Point.x
print(look_often(p))
Point.norm = lambda self: "another"
print(look_often(p))


class Hidden(Point):
    def norm(self):
        return "hidden"


p.__class__ = Hidden
print(look_often(p))

# Much is taken away and given again, as objects do that are used for one file after the other.
q = Point(3, 4)
for i in range(60):
    q.current = i
    assert q.current == i and look(q) == (3, 4, "point", "another")
    del q.current
    try:
        q.current
    except AttributeError as e:
        last = str(e)
print(last, look_often(q), vars(q))

# Two at one site: a dict each, of different orders, and one without.
a, b, c = Point(1, 2), Point(3, 4), Point(5, 6)
a.__dict__
b.__dict__ = {"extra": 0, "y": 8, "x": 7}
print([(o.x, o.y, o.norm()) for _ in range(40) for o in (a, b, c)][-3:])
