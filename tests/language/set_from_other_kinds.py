"""Sets from dicts, texts, ranges and tuples; min and max of sets; lru_cache with several arguments, which may be anything."""
import functools
import gc

# What follows an item without a hash has not been taken.
it = iter([1, [], 2])
try:
    set(it)
except TypeError as error:
    print(error, next(it))

for count in 0, 1, 5, 20, 100, 300, 600, 1200:
    d = dict.fromkeys(i * 7 % 1009 for i in range(count))
    texts = "".join(chr(97 + i % 26) for i in range(count))
    r = iter(range(0, count * 3, 3))
    first = next(r, None)
    print(count, list(set(d)), list(set(range(count)))[-3:], list(set(r))[:3], next(r, "end"), sorted(set(texts))[-3:],
          list(set((i % 50, i % 3) for i in range(count))) == list({(i % 50, i % 3) for i in range(count)}),
          len(set([(i % 50, str(i % 3)) for i in range(count)])), list(set(tuple((i,) for i in range(count))))[:2] == list({(i,) for i in range(count)})[:2])
s = {1, 2}
s.update({5: 1, 1: 2})
print(s)
s = {1, 2, 3, 40}
s -= {1, 2, 3}
s.update({8: 0, 16: 0, 40: 1})
print(s)
s = set()
s.update(dict.fromkeys(range(7)))
s.clear()
s.update({1: 1}, "", (), range(0), {})
print(s, sorted(set("hello w\u00f6rld \U0001f600")), set(""), sorted(set("x" * 1000)))
print(set([(1, 2), (1, 2), ("a", 1), (), (1, 2.0), (True, 2)]) == set(((1, 2), ("a", 1), ())))

print(min({5, 3, 9}), max({5, 3, 9}), min(frozenset({5, -3})), max({1.5, 2}), max({True, 0}), min({10**30, 4}), min(set(), default=3),
      min({5, 3}, key=lambda x: -x), max({"b", "a"}), min(range(3), {4}, key=len) if 0 else "")
for f in min, max:
    try:
        f(set())
    except ValueError as error:
        print(error)


class Adding:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        changing.add(object())
        return self.value < other.value


changing = {Adding(1), Adding(2), Adding(3)}
try:
    min(changing)
except RuntimeError as error:
    print(error)


@functools.lru_cache(maxsize=3)
def bounded(*args, **named):
    return args, tuple(named.items())


for _ in range(3):
    for args in (1, 2), (1, 2, 3), (1, 2, 3, 4), (1, 2, 3, 4, 5), (), (1,), ("a",), ([], []), (1.0, 2), (True, 2), ((1, 2), 3):
        try:
            print(bounded(*args), bounded.cache_info()[:2])
        except TypeError as error:
            print(error)
print(bounded(1, b=2), bounded(1, 2, b=3), bounded.cache_info())


class Clearing:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return 5

    def __eq__(self, other):
        bounded.cache_clear()
        gc.collect()
        return self.value == other.value


print(bounded(Clearing(1), 2) == bounded(Clearing(1), 2), bounded(Clearing(1), 2) == bounded(Clearing(2), 2))


@functools.lru_cache(None)
def unbounded(a, b):
    return a + b


print([unbounded(i % 7, i % 3) for i in range(100)][-5:], unbounded.cache_info())


@functools.lru_cache(typed=True)
def typed(a, b):
    return type(a).__name__


print(typed(1, 2), typed(1.0, 2), typed(True, 2))
