"""Which results a bounded lru_cache keeps, beside its Python twin; clearing, recursion and equality amid a call; threads."""
import _functools
import functools
import gc
import random
import sys
import threading

# The same class in Python.
native = sys.modules.pop("_functools")
sys.modules["_functools"] = None
twin_module = type(sys)("functools_in_python")
exec(compile(open(functools.__file__).read(), functools.__file__, "exec"), twin_module.__dict__)
sys.modules["_functools"] = native

rng = random.Random(5)
for most in (1, 2, 3, 7, 8, 50, 300):
    logs = []
    for lru_cache in (functools.lru_cache, twin_module.lru_cache):
        rng.seed(most)
        log = []

        @lru_cache(most)
        def function(*args, **keywords):
            log.append((args, tuple(keywords)))
            return args and args[0]

        for step in range(5000):
            n = rng.randrange(most * 2 + 1)
            kind = rng.randrange(40)
            if kind == 0 and rng.random() < 0.05:
                function.cache_clear()
            elif kind < 5:
                function(n, str(n))
            elif kind < 10:
                function(float(n) + 0.5)
            elif kind < 12:
                function(k=n)
            elif kind < 30:
                function(n)
            else:
                function(rng.randrange(3))
            if step % 1000 == 0:
                log.append(function.cache_info()[:])
                gc.collect()
        log.append(function.cache_info()[:])
        logs.append(log)
    print(most, logs[0] == logs[1], logs[0][-1])


@functools.lru_cache(5)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(fibonacci(80), fibonacci.cache_info()[1:])


@functools.lru_cache(3)
def clears(n):
    if n % 5 == 0:
        clears.cache_clear()
    return clears(n - 1) if n % 3 else n


print([clears(i) for i in range(30)], clears.cache_info()[2:])


class Key:
    hashes = 0

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        Key.hashes += 1
        return 1

    def __eq__(self, other):
        if self.n == 9:
            raise KeyError("not comparable")
        if self.n == 7:
            held.cache_clear()
        return self.n == other.n


@functools.lru_cache(4)
def held(key):
    return key.n


for n in (1, 2, 3, 1, 4, 5, 2, 1, 5, 7, 1, 9, 3):
    try:
        print(n, held(Key(n)), held.cache_info()[2:])
    except KeyError as error:
        print(n, error)
print(Key.hashes)

# Threads: never a wrong result, and no more entries than the bound when all is over.
@functools.lru_cache(20)
def shared(n, m=0):
    return n * 3 + m


def work(seed):
    rng = random.Random(seed)
    for i in range(3000):
        n = rng.randrange(30)
        if shared(n) != n * 3 or i % 5 == 0 and shared(n, 1) != n * 3 + 1:
            failures.append(n)
        if seed == 0 and i % 50 == 0:
            shared.cache_clear()


failures = []
threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for n in range(100, 140):
    shared(n)
print(failures, shared.cache_info().currsize)
before = shared.cache_info().hits
for n in range(120, 140):
    shared(n)
print(shared.cache_info().hits - before)
