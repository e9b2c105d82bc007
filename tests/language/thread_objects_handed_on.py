# A container, iterator or generator that one thread has used alone for long belongs to all when others come: no update
# is lost, no item given twice, whether the first thread goes on or has ended.
import collections, functools, threading

OWN, ROUNDS = 20000, 5


def together(*works):
    threads = [threading.Thread(target=w) for w in works]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def intrude(prepare, step, count):
    """The owner does `step` alone at first; then three others come, and all go on."""
    made, come = [], threading.Event()

    def owner():
        warm = []
        for i in range(OWN):
            warm.append(i)  # so that the thread counts as one that stays
        o = prepare()
        for i in range(500):
            step(o, i)
        made.append(o)
        come.set()
        for i in range(500, 1500):
            step(o, i)

    def guest(k):
        come.wait()
        for i in range(1000):
            step(made[0], k * 1000 + i)

    together(owner, *(functools.partial(guest, k) for k in (2, 3, 4)))
    return count(made[0])


for _ in range(ROUNDS):
    print(intrude(list, lambda o, i: o.append(i), lambda o: (len(o), sum(o))))
    print(intrude(dict, lambda o, i: o.__setitem__(i, i), lambda o: (len(o), sum(o.values()))))
    print(intrude(set, lambda o, i: o.add(i), lambda o: (len(o), sum(o))))
    print(intrude(collections.deque, lambda o, i: o.append(i), lambda o: (len(o), sum(o))))
    print(intrude(lambda: functools.lru_cache(None)(abs), lambda o, i: o(i), lambda o: sum(o.cache_info()[:2])))
    print(intrude(lambda: functools.lru_cache(16)(abs), lambda o, i: o(i % 7), lambda o: sum(o.cache_info()[:2])))

# Each item once, whoever asks.
for make in (
    lambda: iter(range(30000)),
    lambda: iter(list(range(30000))),
    lambda: iter(tuple(range(30000))),
    lambda: iter(dict.fromkeys(range(30000))),
    lambda: iter(set(range(30000))),
    lambda: iter(b"ab" * 15000),
    lambda: iter("ab" * 15000),
    lambda: iter("a\u20ac" * 15000),
):
    made, come, taken = [], threading.Event(), []

    def owner():
        it, mine = make(), []
        for n, item in enumerate(it):
            mine.append(item)
            if n == 1000:
                made.append(it)
                come.set()
        taken.append(mine)

    def guest():
        come.wait()
        mine = []
        for item in made[0]:
            mine.append(item)
        taken.append(mine)

    together(owner, guest, guest)
    counted = collections.Counter()
    for mine in taken:
        counted.update(mine)
    print(sum(counted.values()), len(counted), set(counted.values()))


# A generator that is handed on, and one that many ask at once.
def count(n):
    for i in range(n):
        yield i


def hand_on(n):
    passed = [count(n)]
    got = []

    def work():
        g = passed[0]
        for _ in range(100):
            got.append(next(g))

    for _ in range(n // 100):
        together(work)
    return got == list(range(n))


print(hand_on(2000))
shared, got = count(20000), []


def ask():
    while True:
        try:
            got.append(next(shared))
        except ValueError:  # already executing
            continue
        except StopIteration:
            return


for _ in range(500):
    got.append(next(shared))
together(ask, ask, ask)
print(sorted(got) == list(range(20000)))

# What a thread has left behind.
left = []


def leave():
    rows = [[] for _ in range(100)]
    for i in range(OWN):
        rows[i % 100].append(i)
    left.append((rows, iter(rows), {i: i for i in range(100)}))


together(leave)
rows, iterator, table = left[0]
for row in iterator:
    row.append(-1)
table[100] = 100
print(sum(map(len, rows)), len(table))
