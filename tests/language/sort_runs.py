"""Lists that are in order but for a few places, or falling, are sorted stably, whatever they hold."""
import random


class Key:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return self.value < other.value


def shaped(items, shape):
    n, some = len(items), random.randrange(len(items))
    if shape in ("rising", "rotated"):
        items.sort()
    if shape == "falling":
        items.sort(reverse=True)
    if shape == "appended":
        items[:some] = sorted(items[:some])
    if shape == "runs":
        for start in range(0, n, n // 4):
            items[start:start + n // 4] = sorted(items[start:start + n // 4])
    return items[some:] + items[:some] if shape == "rotated" else items


random.seed(1)
kinds = {"int": int, "float": float, "str": str, "tuple": lambda x: (x % 7, x), "bytes": lambda x: b"%d" % x,
         "long": lambda x: x << 70, "prefix": lambda x: f"common/prefix/{x}", "wide": lambda x: f"{x}\u4e2d"}
for name, convert in kinds.items():
    for shape in "random", "rising", "falling", "appended", "runs", "rotated":
        for bound in 20, 10 ** 6:
            items = shaped([convert(random.randrange(-bound, bound)) for _ in range(300)], shape)
            for reverse in False, True:
                order = sorted(range(len(items)), key=lambda i: Key(items[i]), reverse=reverse)
                result = sorted(items, reverse=reverse)
                same = all(x is items[i] for x, i in zip(result, order))
                by_key = sorted(range(len(items)), key=items.__getitem__, reverse=reverse)
                if not same or by_key != order:
                    print(name, shape, bound, reverse, "is not stable")
    print(name)
