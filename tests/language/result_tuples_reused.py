# An iterator makes its result tuple in the same memory again when nobody kept the last one, and never when somebody did.
import gc
import threading
from itertools import combinations, pairwise, permutations, product, starmap, zip_longest
from operator import itemgetter

MAKERS = {
    "enumerate": lambda: enumerate(range(300, 2300)),
    "zip": lambda: zip("abcdef", range(6)),
    "zip3": lambda: zip("abcdef", range(6), "ghijkl"),
    "zip_longest": lambda: zip_longest("abc", range(6)),
    "items": lambda: dict.fromkeys(range(50)).items(),
    "product": lambda: product("abc", "def"),
    "permutations": lambda: permutations("abcd", 3),
    "combinations": lambda: combinations("abcde", 3),
}
for name, make in MAKERS.items():
    kept = list(make())
    print(name, len(set(map(id, make()))), len(set(map(id, kept))) == len(kept), list(map(list, make())) == [list(t) for t in kept])

# What a function returns or keeps stays as it is.
print(list(map(max, zip("ab", "ba"))), list(map(itemgetter(1), enumerate("xy"))))
print(list(map(itemgetter(slice(None)), zip("ab", "cd"))), list(map(itemgetter(slice(None), 0), zip("ab", "cd"))))
print(list(map(tuple, zip("ab", "cd"))), list(map(lambda t: t, zip("ab", "cd"))))
print(list(starmap(lambda *a: a, zip("ab", "cd"))), list(starmap(max, product([1, 5], [2, 3]))))
print(list(pairwise(map(sum, zip(range(4), range(4))))))


# A tuple that the collector showed to a program is not changed behind its back.
class Nosy:
    def __init__(self, n):
        self.n = n

    def __radd__(self, other):
        seen.append([t for t in gc.get_referrers(self) if type(t) is tuple and len(t) == 2])
        return other + self.n


seen, items = [], [Nosy(i) for i in range(4)]
print(list(map(sum, zip(items, range(10, 14)))))
print([[t[0].n for t in found] for found in seen], gc.get_referents(zip())[:0])


# Two threads that share one iterator, and one that shares a map.
def work(iterator):
    for item in iterator:
        results.append(item)


results = []
for shared in map(sum, zip(range(4000), range(4000))), map(list, enumerate(range(4000))), starmap(pow, zip(range(4000), [1] * 4000)):
    results.clear()
    threads = [threading.Thread(target=work, args=(shared,)) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print(len(results), sum(map(sum, results)) if results and type(results[0]) is list else sum(results))
