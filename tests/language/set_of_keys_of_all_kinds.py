# A set of a list is what adding its items one by one gives, whatever hashes them.
import datetime

log = []


class Hashed:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        log.append(("hash", self.n))
        return self.n

    def __eq__(self, other):
        log.append(("eq", self.n, getattr(other, "n", type(other).__name__)))
        return isinstance(other, Hashed) and other.n == self.n


class Float(float):
    def __hash__(self):
        log.append(("float", float(self)))
        return super().__hash__()


class Plain:
    pass


class Zone(datetime.tzinfo):
    def utcoffset(self, moment):
        log.append("utcoffset")
        return datetime.timedelta(hours=1)


def keys():
    day = datetime.datetime(2020, 1, 2, 3, 4, 5, 6)
    plain = Plain()
    return [
        1, 1.0, True, 1 + 0j, "a", b"a", b"a" * 5000, (1, 2.5), (1, (2, b"x")), (1.0, 2.5), 2.5, -1.0, -1, float("inf"),
        10 ** 30, 1e30, frozenset((1, 2)), frozenset((2, 1)), None, ..., Plain, plain, plain, len, day,
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6), day.date(), day.time(), day.replace(tzinfo=Zone()),
        day.replace(tzinfo=datetime.timezone.utc), datetime.timedelta(1, 2), datetime.timedelta(1, 2), Hashed(3), 3, Hashed(3),
        (4, Hashed(4)), (4, Hashed(4)), Float(2.5), Float(7), 7, range(3), range(3), tuple(range(20)), tuple(range(20)),
    ]


def show(keys):
    # Addresses decide about the order of some.
    return len(keys), sorted(map(type, keys), key=lambda t: t.__name__).__repr__(), sorted(k for k in keys if type(k) in (int, float))


for rotate in range(len(keys())):
    items = keys()
    items = items[rotate:] + items[:rotate]
    log.clear()
    one_by_one = set()
    for item in items:
        one_by_one.add(item)
    log.clear()
    at_once = set(items)
    assert len(at_once) == len(one_by_one), rotate
    assert set(tuple(items)) == one_by_one == at_once == frozenset(items) == {*items}
    assert all(k in at_once for k in items)
    if not rotate:
        print(show(at_once), log.count("utcoffset"), len(log))

for bad in [], {}, set(), ([],), (1, {}):
    for before in [], [1.5], [b"x", Plain(), "s"]:
        try:
            set(before + [bad])
        except TypeError as e:
            print(e)

# The hash of a float is its value modulo 2 ** 61 - 1.
print([hash(x) for x in (0.0, -0.0, 5e-324, -5e-324, 2.0 ** 61, 2.0 ** 60, -2.0 ** 61, -1.0, 1e308, 0.1, -0.1, 2.2250738585072014e-308,
                         float("inf"), -float("inf"))], hash(1.5 - 2j))
