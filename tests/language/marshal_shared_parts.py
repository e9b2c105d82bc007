# What is one object before marshalling is one after it, wherever it lies in memory, and what is not is not.
import marshal
import random

random.seed(11)


def shape(o, seen, out):
    """The number of each object in the order in which it is met."""
    number = seen.setdefault(id(o), len(seen))
    out.append((number, type(o).__name__))
    if isinstance(o, dict):
        for k, v in o.items():
            shape(k, seen, out)
            shape(v, seen, out)
    elif isinstance(o, (list, tuple)):
        for item in o:
            shape(item, seen, out)
    else:
        out.append(o)


def parts(count):
    pool = []
    for i in range(count):
        kind = random.randrange(8)
        some = [random.choice(pool) for _ in range(random.randrange(4))] if pool else []
        pool.append([1000 + i, i + 0.5, "text %d" % i, b"bytes %d" % i, 10 ** 20 + i, list(some) + [i], tuple(some) + (i,),
                     {"key %d" % i: some}][kind])
        if random.random() < 0.1:
            random.shuffle(pool)
    return pool


for count in (1, 5, 9, 50, 300, 3000):
    for _ in range(4 if count < 1000 else 1):
        pool = parts(count)
        whole = [pool, pool[::2], pool[::-1]] if count < 300 else pool[-40:]
        again = marshal.loads(marshal.dumps(whole))
        first, second = [], []
        keep = whole, again
        shape(whole, {}, first)
        shape(again, {}, second)
        assert first == second, count
numbers = list(range(1000, 51000)) * 2
again = marshal.loads(marshal.dumps(numbers))
print(again == numbers, all(again[i] is again[i + 50000] for i in range(50000)), len(set(map(id, again))))
texts = [str(i) for i in range(20000)]
random.shuffle(texts)
again = marshal.loads(marshal.dumps((texts, texts[::-1], texts)))
print(again[0] is again[2], again[0] is not again[1], all(a is b for a, b in zip(again[0], reversed(again[1]))))
for version in range(5):
    print(marshal.loads(marshal.dumps((numbers[:3], [1.5] * 3, "a", b"b", None, {1: 2}), version)))
