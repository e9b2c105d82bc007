def gen(n, name="g"):
    try:
        for i in range(n):
            yield i
    finally:
        print("closed", name)

def outer(n):
    for x in gen(n, "inner"):
        yield x

class T:
    def __iter__(self):
        try:
            yield from range(5)
        finally:
            print("T closed")

def by_break():
    for x in gen(5):
        if x == 2:
            break
    print("after break")
    for x in T():
        break
    print("after T")
    for x in outer(3):
        break
    print("after outer")

def by_return(value):
    for x in gen(5, "a"):
        for y in gen(5, "b"):
            return value or x
def bare():
    for x in gen(3):
        return
def raising():
    try:
        for x in gen(5):
            raise KeyError(x)
    except KeyError as e:
        print("caught", e)
def leaving():
    for x in gen(3, "l1"):
        for x in T():
            1 / 0
def kept():
    g = gen(5, "kept")
    for x in g:
        break
    print("still", next(g))
    g.close()
def with_with():
    import contextlib
    @contextlib.contextmanager
    def cm():
        print("enter")
        try:
            yield
        finally:
            print("exit")
    def lines():
        with cm():
            yield 1
            yield 2
    for l in lines():
        print(l); break
    print("end")
def error_in_close():
    def bad():
        try: yield 1
        finally: raise ValueError("in close")
    for x in bad(): break
    print("went on")
def ignoring():
    def bad():
        while True:
            try: yield 1
            except GeneratorExit: print("ignored")
    import sys
    old = sys.unraisablehook
    sys.unraisablehook = lambda a: print(a.exc_value)
    for x in bad(): break
    sys.unraisablehook = old
def in_handler():
    import sys
    def g():
        try: yield 1
        finally: print(sys.exc_info()[1])
    try: raise TypeError("outer")
    except TypeError:
        for x in g(): break
    try:
        for x in g(): raise OSError("flight")
    except OSError as e: print(repr(e.__context__))
def loops():
    n = 0
    for i in range(3):
        for x in gen(4, i):
            if x == 1: break
        else: print("no")
        n += x
    return n
for i in range(3):
    by_break(); print(by_return(0), by_return("v"), bare()); raising(); kept(); with_with(); in_handler(); print(loops())
    try: leaving()
    except ZeroDivisionError: print("ZD")
import sys
sys.unraisablehook = lambda a: print("unraisable", repr(a.exc_value))
error_in_close(); ignoring()
for x in gen(3, "module"): break
print("end")
