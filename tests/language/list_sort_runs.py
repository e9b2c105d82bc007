"""Lists of a few ordered runs, with ties: the order and stability are those of any stable sort."""
import random
random.seed(9)


class Key:
    pass


total = 0
for runs in 1, 2, 3, 5, 9, 10, 30:
    for n in 50, 300, 2000:
        for make in int, float, str, lambda k: (k % 7, str(k)), lambda k: k << 70, lambda k: str(k).encode():
            data = []
            for r in range(runs):
                data += sorted((make(random.randrange(n // 3 + 1)) for _ in range(n // runs)), key=lambda v: v)
            for reverse in False, True:
                got = sorted(data, reverse=reverse)
                pairs = sorted(enumerate(data), key=lambda p: p[1], reverse=reverse)
                assert [v for _, v in pairs] == got
                for (i, a), (j, b) in zip(pairs, pairs[1:]):
                    assert i < j if a == b else (a > b if reverse else a < b)
                total = (total * 31 + sum(i * k for k, (i, _) in enumerate(pairs))) & 0xffffffff
print(total)
