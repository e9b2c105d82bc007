"""What two workers gain over one, beside what the machine can give.

Usage: parallel.py COLUBER [--only NAME,...] [--rounds N] [--seconds S]

Each case is a pure-Python function that runs a number of times, about S seconds of it in all: by one worker, then by
two. `threads` computes, `stores` fills its own lists, dicts and instances, `allocates` builds and drops trees; each by
threading.Thread. `executor` and `pool` give the first one's work to ThreadPoolExecutor and multiprocessing.Pool, in
sixteen parts. `processes` is the machine's own limit: two processes that know nothing of each other. One and two
workers take turns, and the median of the rounds' ratios counts, because processors change their clock. python3.11 stands
beside it, where threads gain nothing. `busy` is the share of two processors that two workers kept at work in the best
round (of `pool`: without its children).
Exit status 1: a case of Coluber's below its bar and below 0.95 of what `processes` gives.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import threading
import time

ORACLE = os.environ.get("ORACLE", "/usr/bin/python3.11")
BARS = {"threads": 1.8, "stores": 1.7, "executor": 1.8, "pool": 1.8}
PARTS = 16


def computes(n):
    total = 0
    for i in range(n):
        total += i * i % 7
        if total & 1:
            total -= 1
    return total


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


def stores(n):
    items, table, point = [0] * 100, {}, Point(0, 0)
    for i in range(n // 3):
        items[i % 100] = i
        table[i % 1000] = i
        point.x = i
        point.y = items[i % 50]
    return len(items) + len(table)


def tree(depth):
    return (tree(depth - 1), tree(depth - 1)) if depth else None


def allocates(n):
    for _ in range(max(n // 20000, 1)):
        tree(10)


def by_threads(function, n, workers):
    """All parts, divided among threads of their own."""
    def work():
        for _ in range(PARTS // workers):
            function(n)
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def runs(name, n):
    """Two functions without arguments: the work by one worker, and by two."""
    if name in ("executor", "pool"):
        parts = [n] * PARTS
        if name == "pool":
            one, two = multiprocessing.Pool(1), multiprocessing.Pool(2)
            return lambda: one.map(computes, parts), lambda: two.map(computes, parts)
        one, two = (concurrent.futures.ThreadPoolExecutor(k) for k in (1, 2))
        return lambda: list(one.map(computes, parts)), lambda: list(two.map(computes, parts))
    if name == "processes":
        def separate(workers):
            children = [subprocess.Popen([sys.executable, "-S", __file__, "--part", str(n), str(PARTS // workers)])
                        for _ in range(workers)]
            assert not any(c.wait() for c in children)
        return lambda: separate(1), lambda: separate(2)
    function = computes if name == "threads" else globals()[name]
    return lambda: by_threads(function, n, 1), lambda: by_threads(function, n, 2)


def measure(name, rounds, seconds):
    function = globals().get(name, computes)
    function(2000)
    n, took = 2000, 0
    while took < 0.01:
        n *= 2
        start = time.perf_counter()
        function(n)
        took = time.perf_counter() - start
    n = int(n * seconds / PARTS / took)
    best, busy, ratios = [1e9, 1e9], 0, []
    one, two = runs(name, n)
    for _ in range(rounds):
        times = []
        for i, run in enumerate((one, two)):
            start, used = time.perf_counter(), time.process_time()
            run()
            took, used = time.perf_counter() - start, time.process_time() - used
            if took < best[i]:
                best[i] = took
                if i == 1:
                    busy = used / took / 2
            times.append(took)
        ratios.append(times[0] / times[1])
    return *best, busy, statistics.median(ratios)


def main():
    if sys.argv[1:2] == ["--part"]:
        for _ in range(int(sys.argv[3])):
            computes(int(sys.argv[2]))
        return 0
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))), flush=True)
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--only", default="processes,threads,stores,allocates,executor,pool")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3)
    options = parser.parse_args()
    limit, failed, count = 2.0, [], 0
    for name in options.only.split(","):
        ratios = {}
        for interpreter, python in (("python3.11", ORACLE), ("coluber", os.path.abspath(options.coluber))):
            out = subprocess.run([python, __file__, "--measure", name, str(options.rounds), str(options.seconds)],
                                 stdout=subprocess.PIPE, check=True).stdout
            one, two, busy, ratios[interpreter] = json.loads(out)
            print(f"  {name}, {interpreter}: one {one:.3f} s, two {two:.3f} s at best, {ratios[interpreter]:.2f}x, "
                  f"{busy:.0%} busy", flush=True)
        if name == "processes":
            limit = max(ratios.values())
        count += 1
        if ratios["coluber"] < min(BARS.get(name, 0), 0.95 * limit):
            failed.append(name)
            print("FAILED", f"{name}: two workers gain {ratios['coluber']:.2f}x")
    print(f"{count - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
