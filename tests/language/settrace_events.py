from sys import settrace
def tracer(frame, event, arg):
    if frame.f_code.co_name in ("skip",): return None
    log.append((frame.f_code.co_name, event, frame.f_lineno - base, repr(arg)[:40] if event != "exception" else arg[0].__name__))
    return tracer
base = 0
def run(f, *a):
    global log, base
    log = []
    base = f.__code__.co_firstlineno
    settrace(tracer)
    try: f(*a)
    except Exception as e: log.append(("exc", repr(e)))
    finally: settrace(None)
    for l in log: print(l)
def simple(x):
    y = x + 1
    for i in range(2):
        y += i
    return y
def raising():
    try:
        1/0
    except ZeroDivisionError:
        z = 1
    return [q for q in range(2)]
def gen():
    yield 1
    yield 2
def usegen():
    for v in gen():
        pass
def unh():
    skip()
    raise KeyError(1)
def skip(): pass
def whl():
    i = 0
    while i < 2:
        i += 1
    with CM():
        x = 1
class CM:
    def __enter__(self): return 1
    def __exit__(self, *a): return False
for f, a in ((simple, (1,)), (raising, ()), (usegen, ()), (unh, ()), (whl, ())): print(f.__name__); run(f, *a)
