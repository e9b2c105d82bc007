"""A tour of what Coluber runs: source text to bytecode, the language, its objects, its memory, its threads.

The same output as python3.11's, timings aside.
"""
import _thread
import ast
import dis
import gc
import sys
import time


def title(text):
    print()
    print(text)
    print("-" * len(text))


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


title("Objects and protocols")


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


print("Countdown:", list(Countdown(3)))
print("Squares:  ", list(Squares()), 9 in Squares())


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
print("Oven:     ", oven.inside, oven.fahrenheit, vars(oven))
try:
    oven.inside = -300
except ValueError as error:
    print("Refused:  ", error)

title("Decorators and closures")


def counted(function):
    calls = 0

    def wrapper(*args, **kwargs):
        nonlocal calls
        calls += 1
        wrapper.calls = calls
        return function(*args, **kwargs)

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

title("Generators and with")


def primes():
    found = []
    candidate = 2
    while True:
        if all(candidate % p for p in found):
            found.append(candidate)
            yield candidate
        candidate += 1


stream = primes()
print([next(stream) for _ in range(10)])


class Section:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, value, traceback):
        print("leave", self.name, "with", kind.__name__ if kind else None)
        return kind is ZeroDivisionError


with Section("outer"), Section("inner"):
    1 / 0

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

title("Memory without counting")


class Node:
    def __init__(self):
        self.other = self


for _ in range(1000):
    Node()
gc.collect()
print("a thousand cycles made and collected:", not any(type(o) is Node for o in gc.get_objects()))
print("integers of any size:", 3 ** 100)

title("Threads")


def run_all(jobs):
    locks = []
    for job in jobs:
        lock = _thread.allocate_lock()
        lock.acquire()

        def run(job=job, lock=lock):
            try:
                job()
            finally:
                lock.release()

        locks.append(lock)
        _thread.start_new_thread(run, ())
    for lock in locks:
        lock.acquire()


counter, guard = [0], _thread.allocate_lock()


def count_with_lock():
    for _ in range(10_000):
        with guard:
            counter[0] += 1


run_all([count_with_lock] * 4)
print("four threads, one counter, a lock:", counter[0])


def work():
    total = 0
    for i in range(1_000_000):
        total += i & 3
    return total


start = time.perf_counter()
work()
work()
alone = time.perf_counter() - start
start = time.perf_counter()
run_all([work, work])
together = time.perf_counter() - start
print("two jobs by two threads: done")
print(f"one thread {alone * 1000:.0f} ms, two threads {together * 1000:.0f} ms:"
      f" {alone / together:.2f} x", file=sys.stderr)
