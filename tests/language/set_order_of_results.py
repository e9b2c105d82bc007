"""The order of a set is that of its history: how it was built, grown, and what was taken out."""


class Same:
    """Equal to its kind, all with one hash: deciding that takes Python code."""

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return self.value % 3

    def __eq__(self, other):
        return isinstance(other, Same) and self.value == other.value

    def __repr__(self):
        return f"S{self.value}"


def numbers(count, stride):
    # Many of them begin at the same place of the table.
    return [(i * stride) % 100003 for i in range(count)]


def show(name, result):
    items = list(result)
    print(name, len(items), sum(i * hash(x) for i, x in enumerate(items, 1)) % 1000003, items[:7])


for count in 0, 1, 4, 5, 18, 19, 20, 60, 75, 76, 77, 130, 306, 307, 308, 700, 5000:
    for stride in 1, 8, 64, 1024, 12345:
        items = numbers(count, stride)
        for kind in set, frozenset:
            a, b = kind(items), kind(items[count // 2:] + numbers(count // 3, stride + 8))
            show("list", a)
            show("repeated", kind(items + items[::-1]))
            show("tuple", kind(tuple(items)))
            show("generator", kind(x for x in items))
            show("texts", kind(map(len, map(str, items))))
            show("copy", kind(a))
            show("or", a | b)
            show("and", a & b)
            show("sub", a - b)
            show("xor", a ^ b)
            show("few", a - kind(items[:3]))
            show("list and", a.intersection(items[::2]))
            show("list sub", a.difference(items[::2]))
            show("dict sub", a.difference(dict.fromkeys(items[::2])))
            print(a <= b, a >= b, a == b, a < a | b, a.isdisjoint(b), b.isdisjoint(a - b), a.issuperset(items))
        c = set(items)
        for item in items[::3]:
            c.discard(item)
        show("discarded", c)
        show("copied", set(c))
        show("mixed", c | set(items[1::4]))
        c.update(items[::5])
        show("updated", c)
        c.update(tuple(items))
        show("updated again", c)
        for last in c:
            pass

# Keys that take Python code, among others that do not.
for count in 3, 10, 30, 100:
    mixed = [Same(i) if i % 4 == 3 else i * 8 for i in range(count)]
    a, b = set(mixed), frozenset([Same(i) if i % 4 == 3 else i * 8 for i in range(count // 2, count + 5)])
    for result in a, b, a | b, a & b, b & a, a - b, b - a, a ^ b, set(tuple(mixed)), a - {Same(3)}, {Same(7)} & a:
        show("mixed", result)
    print(a <= b, b <= a, a == set(mixed), a.isdisjoint(b))


# A comparison that changes the sets while they are compared.
class Changing(Same):
    __hash__ = Same.__hash__

    def __eq__(self, other):
        for changed in victims:
            changed.discard(1)
            changed.add(1001)
        return self is other


victims = []
left, right = {0, 1, 6, Changing(3), 9, 12}, {6, Changing(3), 15, 0, 1, 19}
victims = [left, right]
for result in left - right, left & right, left | right, left <= right, left.isdisjoint({Changing(0)}):
    print(len(result) if isinstance(result, set) else result)

# What is iterated over may not change its size, and says so once.
s = set(range(5))
it = iter(s)
print(next(it), it.__length_hint__())
s.add(100)
for _ in range(2):
    try:
        next(it)
    except RuntimeError as error:
        print(error)
it = iter(set())
print(list(it), list(it))
for x in s:
    for y in s:
        if x == y == 100:
            print("found")


def over(container):
    return [x for x in container]


for _ in range(40):
    over({1, 2, 3})
print(over({5}), over([6]), over(frozenset([7])), over(iter({8})), over(()), over({}))
