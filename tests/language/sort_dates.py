"""Dates, datetimes and time deltas are sorted by words that stand in their order: like comparisons would, errors included."""
import random
import zlib
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta, timezone, tzinfo

random.seed(9)
total = 0
calls = 0


class Zone(tzinfo):
    def utcoffset(self, when):
        global calls
        calls += 1
        return timedelta(hours=self.hours)


class Day(date):
    def __lt__(self, other):
        return date.__gt__(self, other)


class Moment(datetime):
    pass


def zone(hours):
    z = Zone()
    z.hours = hours
    return z


def moment(tz=None):
    year = random.choice([MINYEAR, 1969, 1970, 2024, 2024, 2024, MAXYEAR])
    return datetime(year, random.randint(1, 12), random.randint(1, 28), random.randrange(24), random.randrange(60),
                    random.randrange(60), random.choice([0, 1, 255, 256, 65535, 65536, 999999]), tz, fold=random.randrange(2))


def check(values):
    global total
    for reverse in False, True:
        pairs = list(enumerate(values))
        one = sorted(pairs, key=lambda p: p[1], reverse=reverse)
        for (i, a), (k, b) in zip(one, one[1:]):
            assert (a > b or a == b and i < k) if reverse else (a < b or a == b and i < k)
        two = sorted(values, reverse=reverse)
        assert all(a is b for a, (_, b) in zip(two, one))
        total = zlib.crc32(repr(two).encode(), total)


for n in 2, 39, 40, 41, 300:
    check([moment() for _ in range(n)])
    check([moment().replace(year=2024, month=5, day=6, hour=7) for _ in range(n)])
    check([random.choice([datetime.min, datetime.max, datetime(2000, 1, 1)]) for _ in range(n)])
    check([moment(timezone.utc) for _ in range(n)])
    check([datetime(2024, 1, 2, 3, i % 60, tzinfo=random.choice([timezone.utc, timezone(timedelta(hours=i % 3))])) for i in range(n)])
    check([moment().date() for _ in range(n)])
    check([Moment(2000, 1, i % 28 + 1) for i in range(n)])
    check([Moment(2000, 1, i % 28 + 1) if i % 2 else datetime(2000, 1, 28 - i % 28) for i in range(n)])
    check([timedelta(random.randint(-3, 3), random.randint(0, 3), random.randint(0, 3)) for _ in range(n)])
    check([random.choice([timedelta.min, timedelta.max, timedelta(10 ** 8), timedelta(-10 ** 8), timedelta(1)]) for _ in range(n)])
print(total)

# The same zone is not asked, another one is.
z = zone(1)
sorted([datetime(2000, 1, i % 28 + 1, tzinfo=z) for i in range(100)])
print(calls)
sorted([datetime(2000, 1, i % 28 + 1, tzinfo=z if i else zone(2)) for i in range(100)])
print(calls > 0)
print([d.day for d in sorted([Day(2000, 1, i % 28 + 1) for i in range(60)])][:5])


def mixed(values):
    try:
        print(sorted(values)[:2])
    except TypeError as e:
        print(e)


mixed([datetime(2000, 1, 1)] * 50 + [datetime(2000, 1, 1, tzinfo=timezone.utc)] * 50)
mixed([datetime(2000, 1, 1)] * 50 + [date(2000, 1, 1)] * 50)
mixed([date(2000, 1, 1)] * 50 + [datetime(2000, 1, 1)] * 50)
mixed([date(2000, 1, 2)] * 50 + [Day(2000, 1, 1)] * 50)
mixed([timedelta(1)] * 50 + [1])
mixed([date(2000, 1, 1)] * 50 + [None])
