# Tracers that set themselves or each other again, amid frames that began before, since and within a tracer.
import sys

events = []


def note(letter, frame, event):
    if frame.f_code.co_filename == __file__:
        events.append(f"{letter}{event[0]}{frame.f_lineno}{frame.f_code.co_name}")


def a(frame, event, arg):
    note("a", frame, event)
    sys.settrace(b)
    return a


def b(frame, event, arg):
    note("b", frame, event)
    sys.settrace(a)
    return b


def p(frame, event, arg):
    if not event.startswith("c_"):
        note("p", frame, event)


def nested(frame, event, arg):
    note("n", frame, event)
    if event == "call" and frame.f_code.co_name == "leaf":
        sys.settrace(nested)
        sys.call_tracing(inner, ())
    return nested


def inner():
    sys.settrace(nested)
    other(1)
    sys.settrace(nested)


def other(x):
    return x + 1


def leaf(x):
    y = x * 2
    return y


def produce():
    yield 1
    yield leaf(2)


def deep(n, set_, *args):
    if n:
        x = deep(n - 1, set_, *args)
        return x + 1
    set_(*args)
    return leaf(n)


def show(what):
    sys.settrace(None)
    sys.setprofile(None)
    print(what, len(events), *events)
    events.clear()


old = produce()
next(old)
deep(3, sys.settrace, a)
leaf(1)
list(old)
show("by turns")
sys._getframe().f_trace = a
deep(2, sys.settrace, a)
deep(2, sys.setprofile, p)
leaf(1)
deep(2, sys.settrace, None)
deep(2, sys.settrace, b)
leaf(1)
show("both")
sys.setprofile(p)
old = produce()
next(old)
sys.setprofile(None)
deep(2, sys.setprofile, p)
sys.settrace(nested)
list(old)
show("within")


def many(n):
    sys.settrace(many_tracer)
    return many(n - 1) + 1 if n else 0


def many_tracer(frame, event, arg):
    return many_tracer


sys.settrace(many_tracer)
print(many(800))
sys.settrace(None)
