"""What two workers gain over one, beside what the machine can give.

Usage: parallel.py COLUBER [--only NAME,...] [--rounds N] [--seconds S]

Each case is a pure-Python function that runs a number of times, about S seconds of it in all: by one worker, then by
two. `threads` computes, `stores` fills its own lists, dicts and instances, `allocates` builds and drops trees; each by
threading.Thread. `executor` and `pool` give the first one's work to ThreadPoolExecutor and multiprocessing.Pool, in
sixteen parts. One and two workers take turns with one and two processes that do the same work and know nothing of each
other: what they gain is the machine's limit. A rented machine has seconds in which both processors, or one, run at
two thirds of their speed, so gains are taken within a round: their median, and their upper quartile in brackets.
python3.11 stands beside it, where threads gain nothing. `busy` is the share of two processors that two workers kept at
work (of `pool`: without its children).
Exit status 1: a case of Coluber's whose quartile is below its bar and below 0.95 of the limit's.
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
    function = computes if name == "threads" else globals()[name]
    return lambda: by_threads(function, n, 1), lambda: by_threads(function, n, 2)


class Processes:
    """Two forked children, each of which calls function(n) as often as it is told."""
    def __init__(self, function, n):
        self.tell, self.done = zip(*(self.child(function, n) for _ in range(2)))

    @staticmethod
    def child(function, n):
        told, tell = os.pipe()
        done, say = os.pipe()
        if os.fork() == 0:
            os.close(tell)
            while times := os.read(told, 1):
                for _ in range(times[0]):
                    function(n)
                os.write(say, b"x")
            os._exit(0)
        os.close(told)
        return tell, done

    def run(self, workers):
        for i in range(workers):
            os.write(self.tell[i], bytes([PARTS // workers]))
        for i in range(workers):
            assert os.read(self.done[i], 1)


def measure(name, rounds, seconds):
    """Of each round the times in seconds of one worker and of two, of one process and of two, and the share of two
    processors that the two workers used."""
    function = globals().get(name, computes)
    function(2000)
    n, took = 2000, 0
    while took < 0.01:
        n *= 2
        start = time.perf_counter()
        function(n)
        took = time.perf_counter() - start
    n = int(n * seconds / PARTS / took)
    processes = Processes(function, n)
    one, two = runs(name, n)
    taken = []
    for _ in range(rounds):
        times = []
        for run in (one, two, lambda: processes.run(1), lambda: processes.run(2)):
            start, used = time.perf_counter(), time.process_time()
            run()
            times.append(time.perf_counter() - start)
            if run is two:
                busy = (time.process_time() - used) / times[-1] / 2
        taken.append((*times, busy))
    return taken


def quartiles(values):
    """Median and upper quartile."""
    return statistics.quantiles(values, n=4)[1:]


def main():
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))), flush=True)
        return 0
    parser = argparse.ArgumentParser()
    parser.add_argument("coluber")
    parser.add_argument("--only", default="threads,stores,allocates,executor,pool")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=0.1)
    options = parser.parse_args()
    failed, count = [], 0
    for name in options.only.split(","):
        for interpreter, python in (("python3.11", ORACLE), ("coluber", os.path.abspath(options.coluber))):
            out = subprocess.run([python, __file__, "--measure", name, str(options.rounds), str(options.seconds)],
                                 stdout=subprocess.PIPE, check=True).stdout
            taken = json.loads(out)
            one, two, _, _, busy = (statistics.median(column) for column in zip(*taken))
            usual, gain = quartiles([r[0] / r[1] for r in taken])
            usual_limit, limit = quartiles([r[2] / r[3] for r in taken])
            print(f"  {name}, {interpreter}: one {one:.3f} s, two {two:.3f} s, {usual:.2f}x ({gain:.2f}x), {busy:.0%} busy; "
                  f"two processes {usual_limit:.2f}x ({limit:.2f}x)", flush=True)
        count += 1
        if gain < min(BARS.get(name, 0), 0.95 * limit):
            failed.append(name)
            print("FAILED", f"{name}: two workers gain {gain:.2f}x, two processes {limit:.2f}x")
    print(f"{count - len(failed)} passed, {len(failed)} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
