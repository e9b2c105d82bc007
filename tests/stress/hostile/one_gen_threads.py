import threading

def g():
    while 1:
        try:
            yield 1
        except KeyError:
            pass
x = g()
next(x)

def w():
    for i in range(3000):
        for op in (lambda: next(x), lambda: x.send(1), lambda: x.throw(KeyError), lambda: x.gi_frame.f_locals,
                lambda: x.gi_frame.f_lineno, lambda: x.gi_yieldfrom, lambda: repr(x), lambda: x.gi_frame.clear()):
            try:
                op()
            except (ValueError, StopIteration, AttributeError, RuntimeError, KeyError):
                pass
ts = [threading.Thread(target=w) for i in range(6)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
