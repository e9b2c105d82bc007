"""A tour of what Coluber runs: source text to bytecode, the language, its objects, its memory, its threads, its speed.

What it prints equals python3.11's output; what differs from run to run (timings, lost updates) goes to standard error.
"""
import abc
import ast
import contextlib
import dis
import gc
import json
import os
import subprocess
import sys
import threading
import time
import weakref


def title(text):
    print()
    print(text)
    print("-" * len(text))


def aside(text):
    """Prints what no two runs have in common."""
    print("  ", text, file=sys.stderr)


title("From source text to bytecode")
source = "total = price * 3 + 1"
print("source:  ", source)
print("tree:    ", ast.dump(ast.parse(source).body[0].value))
code = compile(source, "<tour>", "exec")
print("bytecode:", code.co_code.hex(" ", 8))
dis.dis(code)
space = {"price": 13}
exec(code, space)
print("exec: total =", space["total"], "  eval:", eval("total // 4", space))


def counter(start):
    count = start

    def step():
        nonlocal count
        count += 1
        return count
    return step


step = counter(5)
print("a closure counts", step(), step(), "in its cell:", step.__closure__[0].cell_contents)


def prefix(text):
    """Evaluates a formula that is written operator first."""
    operators = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}
    tokens = iter(text.split())

    def value():
        match next(tokens):
            case operator if operator in operators:
                return operators[operator](value(), value())
            case number:
                return int(number)
    return value()


for formula in "+ 1 2", "* + 1 2 - 9 4":
    print(f"{formula:>16} = {prefix(formula)}")

title("Iterators, sequences, generators")


class Countdown:
    """An iterator written by hand."""

    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return self

    def __next__(self):
        if self.start == 0:
            raise StopIteration
        self.start -= 1
        return self.start + 1


class Squares:
    """A sequence by __getitem__ alone."""

    def __getitem__(self, index):
        if index >= 5:
            raise IndexError(index)
        return index * index


def primes():
    found = []
    candidate = 2
    while True:
        if all(candidate % p for p in found):
            found.append(candidate)
            yield candidate
        candidate += 1


print("Countdown:", list(Countdown(3)))
print("Squares:  ", list(Squares()), 9 in Squares())
stream = primes()
print("primes:   ", [next(stream) for _ in range(10)])

title("Descriptors and properties")


class Celsius:
    """A data descriptor that checks what is stored."""

    def __set_name__(self, owner, name):
        self.slot = "_" + name

    def __get__(self, instance, owner):
        return self if instance is None else getattr(instance, self.slot)

    def __set__(self, instance, value):
        if value < -273.15:
            raise ValueError(f"{value} is below absolute zero")
        setattr(instance, self.slot, value)


class Oven:
    inside = Celsius()

    def __init__(self, inside):
        self.inside = inside

    @property
    def fahrenheit(self):
        return self.inside * 9 / 5 + 32


oven = Oven(180)
print("Oven:   ", oven.inside, oven.fahrenheit, vars(oven))
try:
    oven.inside = -300
except ValueError as error:
    print("refused:", error)

title("Abstract classes and isinstance")


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        ...


class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side ** 2


@Shape.register
class Circle:
    """Counts as a shape without being derived from it."""


print("Square(3).area() =", Square(3).area())
print("isinstance:", isinstance(Square(3), Shape), isinstance(Circle(), Shape), isinstance(3, Shape))
try:
    Shape()
except TypeError as error:
    print("refused:", error)

title("Decorators: a function and a class with __call__")


def counted(function):
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


class Memoized:
    def __init__(self, function):
        self.function, self.known = function, {}

    def __call__(self, argument):
        if argument not in self.known:
            self.known[argument] = self.function(argument)
        return self.known[argument]


@counted
def greet(name="world"):
    return f"hello, {name}"


@Memoized
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(greet(), "|", greet(name="snake"), "| calls:", greet.calls)
print("fibonacci(90) =", fibonacci(90), "| remembered:", len(fibonacci.known))

title("with, and what goes wrong inside")


class Section:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, value, traceback):
        print("leave", self.name, "with", kind.__name__ if kind else None)
        return kind is ZeroDivisionError


@contextlib.contextmanager
def quoted(mark):
    print(mark, end="")
    yield
    print(mark)


with Section("outer"), Section("inner"):
    1 / 0
with quoted("'"):
    print("by a generator", end="")

title("Matching")


def describe(value):
    match value:
        case {"kind": "point", "at": (x, y)}:
            return f"a point at {x}, {y}"
        case [first, *rest]:
            return f"{first!r} and {len(rest)} more"
        case int() | float():
            return f"the number {value}"
        case _:
            return "something else"


for value in ({"kind": "point", "at": (1, 2)}, ["a", "b", "c"], 2.5, None):
    print(f"{value!r:>32}  is {describe(value)}")

title("Memory by itself")


class Node:
    """Refers to itself: no count of references ever falls to zero."""

    def __init__(self):
        self.other = self


def watch(count):
    """Makes cycles; returns weak references to them."""
    return [weakref.ref(Node()) for _ in range(count)]


def leave_a_note(notes):
    node = Node()
    weakref.finalize(node, notes.append, "the node is gone")


watched, notes = watch(1000), []
leave_a_note(notes)
gc.collect()
print("of a thousand cycles are left:", sum(reference() is not None for reference in watched))
print("a finalizer says:", *notes)
print("integers of any size: 3 ** 100 =", 3 ** 100)

title("Threads")


def run_all(jobs):
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Counter:
    def __init__(self):
        self.count, self.lock = 0, threading.Lock()

    def race(self):
        for _ in range(20_000):
            seen = self.count
            self.count = seen + 1

    def take_turns(self):
        for _ in range(20_000):
            with self.lock:
                self.count += 1


racing, locked = Counter(), Counter()
run_all([racing.race] * 4)
run_all([locked.take_turns] * 4)
print("four threads, one counter, no lock: never more than 80000:", racing.count <= 80_000)
aside(f"this time it was {racing.count}: two threads that read the same count lose one of their steps")
print("four threads, one counter, a lock:", locked.count)


def additions():
    total = 0
    for i in range(2_000_000):
        total += i & 3
    return total


def timed(function, *args):
    """Seconds that a call takes."""
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


alone = timed(additions) + timed(additions)
together = timed(run_all, [additions, additions])
print("two jobs, two threads: done")
aside(f"one after the other {alone * 1000:.0f} ms, side by side {together * 1000:.0f} ms: {alone / together:.2f} x as fast")

title("The same loops by python3.11")
LOOPS = """
import json, time

def additions():
    total = 0
    for i in range(500_000):
        total += i & 3

def floats():
    x = 0.5
    for _ in range(500_000):
        x = 3.9 * x * (1.0 - x)

def calls():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)
    fib(22)

def objects():
    class Point:
        def __init__(self, x):
            self.x = x
    sum(point.x for point in [Point(i) for i in range(100_000)])

def dictionary():
    squares = {i: i * i for i in range(200_000)}
    sum(squares[i] for i in range(0, 200_000, 3))

def seconds(loop):
    start = time.perf_counter()
    loop()
    return time.perf_counter() - start

LOOPS = additions, floats, calls, objects, dictionary
best = {loop.__name__: min(seconds(loop) for _ in range(5)) for loop in LOOPS}
"""


def other_python():
    """The path of a python3.11 that is not the one at work; None where there is none."""
    paths = "/usr/bin/python3.11", "/usr/local/bin/python3.11"
    return next((path for path in paths if os.access(path, os.X_OK)), None)


here = {}
exec(LOOPS, here)
print("measured:", *here["best"])
if python := other_python():
    program = LOOPS + "print(json.dumps(best))"
    there = json.loads(subprocess.run([python, "-c", program], stdout=subprocess.PIPE, check=True).stdout)
    for name, seconds in here["best"].items():
        aside(f"{name:10} {seconds * 1000:6.1f} ms, python3.11 {there[name] * 1000:6.1f} ms:"
              f" {there[name] / seconds:.1f} x as fast")
else:
    aside("There is no python3.11 to compare with: apt install python3.11")
