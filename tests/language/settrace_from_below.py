# Tracing that is switched on several calls deeper than the frames that are to be traced.
import functools
import sys


def tracer(frame, event, arg):
    print(frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno)
    return tracer


def begin(*ignored):
    frame = sys._getframe(1)
    while frame:
        if frame.f_code.co_filename == __file__:
            frame.f_trace = tracer
        frame = frame.f_back
    sys.settrace(tracer)


def by_breakpoint():
    breakpoint()
    x = 1
    return x


def by_key():
    x = sorted([1], key=begin)
    return x


def by_two_natives():
    x = list(map(lambda i: sorted([i], key=begin), [1, 2]))
    x = 2
    return x


class Odd:
    def __add__(self, other):
        return max([1], key=begin)

    def __getattr__(self, name):
        return functools.partial(begin)()

    def __getitem__(self, key):
        return min([1], key=begin)

    def __eq__(self, other):
        return any(map(begin, [1]))

    def __iter__(self):
        yield min([1], key=begin)
        yield 2

    def __enter__(self):
        return functools.reduce(begin, [1, 2])

    def __exit__(self, *exception):
        sorted([1], key=begin)
        return True


def by_add():
    x = Odd() + 1
    x = 2
    return x


def by_attribute():
    x = Odd().name
    x = 2
    return x


def by_item():
    x = Odd()[1]
    x = 2
    return x


def by_comparison():
    x = [Odd()] == [3]
    x = 2
    return x


def by_loop():
    for i in Odd():
        x = i
    return x


def by_unpacking():
    x, y = Odd()
    return x


def by_with():
    with Odd() as x:
        y = 1
    return x


def by_exit():
    with Odd() as x:
        sys.settrace(None)
        raise ValueError
    y = 2
    return y


def by_generator():
    def inner():
        yield breakpoint()
        yield 2

    x = [i for i in inner()]
    return x


def by_call_of_call():
    x = functools.partial(functools.partial(sorted, [1]), key=begin)()
    y = x
    return y


def by_error():
    try:
        sorted([1, 2], key=begin)
    except TypeError:
        x = 2
    return x


def first_instructions():
    def lasti(frame, event, arg):
        print(frame.f_code.co_name, event, frame.f_lasti)
        return lasti

    def generator():
        yield cell

    cell = 1
    sys.settrace(lasti)
    list(generator())
    (lambda: 1)()
    [x for x in [1]]
    sys.settrace(None)


def by_profile():
    list(map(lambda i: sys.setprofile(lambda frame, event, arg: print("profile", event, getattr(arg, "__name__", arg))), [1]))
    len("")
    sys.setprofile(None)


sys.breakpointhook = begin
for name, function in list(globals().items()):
    if name.startswith("by_"):
        print("--", name)
        try:
            print(function())
        except TypeError as error:
            print(error)
        sys.settrace(None)
first_instructions()
