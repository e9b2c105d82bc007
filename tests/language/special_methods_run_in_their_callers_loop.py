# Operators, comparisons, `in`, len(), calls, loops and property setters on instances of Python classes, at sites
# that have seen them often: what the methods return, raise or refuse means what it means in the language reference.
import sys
import traceback


class Number:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Number({self.value})"

    def __add__(self, other):
        if isinstance(other, Number):
            return Number(self.value + other.value)
        return NotImplemented

    def __radd__(self, other):
        return ("radd", other, self.value)

    def __sub__(self, other):
        return NotImplemented

    def __iadd__(self, other):
        if other == 3:
            return NotImplemented
        self.value += other.value if isinstance(other, Number) else 1
        return self

    def __lt__(self, other):
        if isinstance(other, Number):
            return self.value < other.value
        return NotImplemented

    def __eq__(self, other):
        if isinstance(other, Number):
            return self.value == other.value
        return NotImplemented

    def __contains__(self, item):
        if item == "error":
            raise LookupError(item)
        return [item] if item == self.value else ""

    def __len__(self):
        return self.value

    def __call__(self, *args, **kwargs):
        return (self.value, args, kwargs)

    def __matmul__(self, other):
        yield self.value
        yield other


class Derived(Number):
    def __radd__(self, other):
        return "derived first"

    def __gt__(self, other):
        return "derived greater"


class Reflecting:
    def __repr__(self):
        return "reflecting"

    def __radd__(self, other):
        return ("reflected", other.value)

    def __rsub__(self, other):
        return ("rsub", other.value)

    def __gt__(self, other):
        return ("gt", other.value)


class Simple:
    def __call__(self, a, b=2):
        return a * b

    def __len__(self):
        return self.length


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        lines = [f"{entry.name}:{entry.line}" for entry in traceback.extract_tb(error.__traceback__)][1:]
        return f"{type(error).__name__}: {error} {lines}"


def add(a, b):
    return a + b


def subtract(a, b):
    return a - b


def add_in_place(a, b):
    a += b
    return a


def less(a, b):
    return a < b


def equal(a, b):
    if a == b:
        return "equal"
    return "different"


def unequal(a, b):
    return a != b


def contains(a, b):
    if b in a:
        return "in"
    return b not in a


def length(a):
    return len(a)


def product(a, b):
    return list(a @ b)


one, two, derived, reflecting = Number(1), Number(2), Derived(5), Reflecting()
for function, pairs in [
    (add, [(one, two), (two, one), (one, derived), (derived, one), (one, reflecting), (one, 5), (5, one), (1, 2),
           ("a", "b"), (one, two)]),
    (subtract, [(one, two), (one, reflecting), (one, 3), (5, 3)]),
    (add_in_place, [(one, two), (one, 2), (one, 3), (1, 2)]),
    (less, [(one, two), (two, one), (one, derived), (one, reflecting), (one, 3), (3, one), (3, 4)]),
    (equal, [(one, two), (one, one), (one, 4), (4, one), ("a", "a"), (Number(4), one)]),
    (unequal, [(one, two), (one, one), (one, 4), (Number(4), one)]),
    (contains, [(one, 4), (one, 1), (one, "error"), ("abc", "b"), ([1], 2), (3, 3)]),
    (product, [(one, two), (one, 3)]),
]:
    for i in range(40):
        for a, b in pairs:
            if function is add_in_place and isinstance(a, Number):
                a = Number(4)
            result = attempt(function, a, b)
            if i in (0, 39):
                print(function.__name__, a, b, result)

for i in range(40):
    for value in [3, 0, 2 ** 70, -1, "x", True]:
        o = Number(value)
        result = attempt(length, o)
        if i in (0, 39):
            print("len", value, result)
    for value in [[1], (1, 2), "abc", {1: 2}, {1, 2, 3}, b"abcd", range(9), 3]:
        result = attempt(length, value)
        if i in (0, 39):
            print("len", value, result)


def call(f, *args):
    if len(args) == 1:
        return f(args[0])
    if args:
        return f(args[0], b=args[1])
    return f()


for i in range(40):
    for f in [one, Simple(), abs, lambda a=1, b=2: (a, b)]:
        for args in [(), (4,), (4, 5)]:
            result = attempt(call, f, *args)
            if i in (0, 39) and f is not abs:
                print("call", args, result)


class Countdown:
    def __init__(self, n, error=None):
        self.n, self.error = n, error

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise self.error or StopIteration
        self.n -= 1
        return self.n


def loop(iterable):
    found = []
    for item in iterable:
        found.append(item)
    else:
        found.append("else")
    return found


for i in range(20):
    for make in [lambda: Countdown(4), lambda: Countdown(2, KeyError("k")), lambda: Countdown(1, StopIteration(7)),
                 lambda: [1, 2], lambda: (c for c in "ab")]:
        result = attempt(loop, make())
        if i in (0, 19):
            print("loop", result)


class Guarded:
    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if value == 13:
            raise ValueError("unlucky")
        self._x = value
        return "dropped"

    @property
    def y(self):
        return 1


def assign(o, value):
    o.x = value
    return o.x


def assign_y(o, value):
    o.y = value


guarded = Guarded()
for i in range(30):
    for value in [1, 13, 2]:
        result = attempt(assign, guarded, value)
    if i in (0, 29):
        print("setter", result, attempt(assign, guarded, 13), attempt(assign_y, guarded, 1))


# Frames of such methods are frames like others: seen by sys._getframe, by tracers and by the recursion limit.
class Looking:
    def __add__(self, other):
        frame = sys._getframe()
        return [frame.f_code.co_name, frame.f_back.f_code.co_name, frame.f_back.f_lineno - frame.f_back.f_code.co_firstlineno]

    def __lt__(self, other):
        return self < other

    def __len__(self):
        sys._getframe(1).f_locals
        return 3


looking = Looking()
for i in range(20):
    seen = add(looking, 1), length(looking)
print(seen, attempt(less, looking, looking)[:60])

events = []


def tracer(frame, event, arg):
    events.append((frame.f_code.co_name, event))
    return tracer


for traced in (False, True):
    sys.settrace(tracer if traced else None)
    add(one, two), contains(one, 1), length(one), assign(guarded, 3), loop(Countdown(1))
    sys.settrace(None)
print(len(events), events[:12])


class Switching:
    def __add__(self, other):
        sys.settrace(tracer)
        return 4

    def __lt__(self, other):
        sys.settrace(None)
        return True


events.clear()
switching = Switching()
for i in range(10):
    add(switching, 1), less(switching, 1)
print(events[:8])
print(isinstance(one, Number), isinstance(derived, (int, Number)), isinstance(one, int), isinstance(1, (str, list)))
