"""map() of a pure built-in over zip, enumerate and combinatoric iterators makes one tuple; what was seen elsewhere stays."""
import gc
import itertools
import threading

for make in (lambda: zip("abc", "def"), lambda: enumerate("abc"), lambda: itertools.zip_longest("ab", "c"),
             lambda: itertools.combinations("abcd", 3), lambda: itertools.permutations("abc"),
             lambda: itertools.product("ab", repeat=3), lambda: itertools.combinations_with_replacement("ab", 2)):
    kept = list(make())
    print(len(set(map(id, make()))), len(set(map(id, list(make())))) == len(kept), list(map(len, make()))[:2])
    print(kept == list(make()), sorted(map(str, make())) == sorted(map(str, kept)))

source = [(1, 2), (3, 4), (5, 6)]
print(len(set(map(id, source))), source)
print(len(set(map(id, map(lambda t: t, source)))), source)


def inner():
    for i in range(4):
        gc.get_objects()
        yield i


print(list(map(len, zip(inner(), inner()))), list(zip(inner(), inner())))
shared = map(id, zip(range(3000), range(3000)))
counts = []
threads = [threading.Thread(target=lambda: counts.append(sum(1 for _ in shared))) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sum(counts) >= 3000)
