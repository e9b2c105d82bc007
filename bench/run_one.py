"""Runs one benchmark in this process and prints what it took as JSON. bench.py starts it, by every interpreter.

Usage: run_one.py FILE SECONDS [ARGUMENT ...]

FILE either has a function run(), whose result is part of the report and must not depend on the interpreter, or is a
program of the pyperformance package; those get bench/stand_in/pyperf.py in the place of the pyperf package, so that
one process at a time measures, by turns, and the first result is timed as well as the steady state. BENCH_CLOCK=processor
in the environment measures processor time, that of all threads and of children that have ended, in the place of elapsed time.
"""
import os
import time


def processor_time():
    """Seconds, to the microsecond."""
    from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
    return sum(usage.ru_utime + usage.ru_stime for usage in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


if os.environ.get("BENCH_CLOCK") == "processor":
    time.perf_counter = processor_time
begin = time.perf_counter()

import json
import resource
import sys


def measure(function, seconds):
    """Times of single calls: at least three, at most until the time is up."""
    times, result = [], None
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        result = function()
        now = time.perf_counter()
        times.append(now - start)
        if now >= end and (len(times) >= 3 or not seconds):
            return times, result


def report(times, result, begin=begin):
    json.dump({"first": begin_to_first(begin, times), "times": times, "result": repr(result),
               "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}, sys.stdout)
    sys.stdout.flush()


def begin_to_first(begin, times):
    return finished - begin - sum(times[1:])


finished = begin


def main():
    global finished
    path, seconds = sys.argv[1], float(sys.argv[2])
    sys.path[0] = os.path.dirname(path)
    if os.path.basename(path) == "run_benchmark.py":
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "stand_in"))
        import pyperf
        pyperf.seconds = seconds
        sys.argv[:] = [path] + sys.argv[3:]
        import runpy
        output, sys.stdout = sys.stdout, open(os.devnull, "w")
        try:
            runpy.run_path(path, run_name="__main__")
        finally:
            sys.stdout = output
        finished = time.perf_counter()
        report(pyperf.times, None)
        return
    module = {"__name__": "program", "__file__": path}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), module)
    times, result = measure(module["run"], seconds)
    finished = time.perf_counter()
    report(times, result)


if __name__ == "__main__":
    main()
