"""Stands in for the pyperf package when run_one.py runs a program of pyperformance.

The programs say through it what is to be timed. This one calls that until the time is up, and keeps the times of
single calls in `times` (when a program has several benchmarks: of each in turn, added up in rounds).
"""
import argparse
import asyncio
import time

VERSION = (2, 6, 0)
__version__ = "2.6.0"
perf_counter = time.perf_counter
seconds = 1.0
times = []


def python_implementation():
    import sys
    return sys.implementation.name


def _add(measured):
    """Rounds of a program's several benchmarks become one number each."""
    if not times:
        times.extend(measured)
        return
    count = min(len(times), len(measured))
    times[:] = [a + b for a, b in zip(times[:count], measured)]


def _repeat(once):
    measured, end = [], perf_counter() + seconds
    while True:
        measured.append(once())
        if perf_counter() >= end and (len(measured) >= 3 or not seconds):
            return _add(measured)


class Runner:
    def __init__(self, values=None, processes=None, loops=0, min_time=0.1, metadata=None, show_name=True,
                 program_args=None, add_cmdline_args=None, _argparser=None, warmups=None):
        self.metadata = metadata if metadata is not None else {}
        self.argparser = _argparser or argparse.ArgumentParser()
        self.args = None

    def parse_args(self, args=None):
        if self.args is None:
            self.args = self.argparser.parse_args(args)
            for name in ("quiet", "verbose", "worker", "loops", "affinity", "output"):
                if not hasattr(self.args, name):
                    setattr(self.args, name, None)
        return self.args

    def bench_time_func(self, name, function, *args, inner_loops=None, metadata=None):
        self.parse_args()
        _repeat(lambda: function(1, *args))

    def bench_func(self, name, function, *args, inner_loops=None, metadata=None):
        self.parse_args()
        def once():
            start = perf_counter()
            function(*args)
            return perf_counter() - start
        _repeat(once)

    def bench_async_func(self, name, function, *args, inner_loops=None, metadata=None, loop_factory=None):
        self.parse_args()
        def once():
            async def main():
                start = perf_counter()
                await function(*args)
                return perf_counter() - start
            return asyncio.run(main())
        _repeat(once)

    def bench_command(self, name, command, metadata=None):
        import subprocess
        self.bench_func(name, lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    def timeit(self, name, stmt=None, setup="pass", teardown="pass", inner_loops=None, duplicate=None, metadata=None,
               globals=None):
        import timeit
        timer = timeit.Timer(stmt or name, setup, globals=globals)
        self.bench_func(name, lambda: timer.timeit(1000))
