# A jump back where callbacks of collections, or handlers of signals, run first is a line event all the same.
import gc
import signal
import sys


def computes(n):
    total = 0.5
    for i in range(n):
        total += 1.5
    while n:
        n -= 1.0
    return total


def lines_of(function, *arguments):
    counts = {}

    def trace(frame, event, argument):
        if frame.f_code is not function.__code__:
            return None
        if event == "line":
            line = frame.f_lineno - function.__code__.co_firstlineno
            counts[line] = counts.get(line, 0) + 1
        return trace

    sys.settrace(trace)
    try:
        function(*arguments)
    finally:
        sys.settrace(None)
    return counts


gc.callbacks.append(lambda phase, info: None)
print(lines_of(computes, 40000))
gc.callbacks.clear()
handled = []
signal.signal(signal.SIGALRM, lambda number, frame: handled.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
print(lines_of(computes, 40000))
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(handled) > 0)
