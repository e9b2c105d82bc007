import sys

def g():
    try:
        x = (yield 1)
        yield from x
    finally:
        try:
            yield 2
        finally:
            me[0].close() if me else 0
me = []
for args in ((ValueError,), (ValueError, 5), (ValueError, 5, 5), (5,), (ValueError(), 5), (ValueError, ValueError(), None), (type,),
        (None,)):
    me = []
    x = g()
    me = [x]
    next(x)
    try:
        x.throw(*args)
    except BaseException as e:
        print(type(e).__name__, end=' ')
    try:
        x.close()
    except BaseException as e:
        print(type(e).__name__, end=' ')

class I:

    def __iter__(s):
        return s

    def __next__(s):
        return x.send(None)

    def throw(s, *a):
        return x.throw(*a)

    def close(s):
        x.close()
    send = 5
for how in (lambda: x.send(I()), lambda: x.throw(KeyError), lambda: x.close(), lambda: x.send(5), lambda: next(x),
        lambda: x.gi_yieldfrom.throw(5)):
    x = g()
    me = [x]
    next(x)
    try:
        x.send(I())
    except BaseException as e:
        print(type(e).__name__, end=' ')
    try:
        how()
    except BaseException as e:
        print(type(e).__name__, end=' ')

def rec():
    try:
        yield 1
    except GeneratorExit:
        for i in range(3):
            yield from rec()
y = rec()
next(y)
try:
    y.close()
except RuntimeError as e:
    print(e)
z = (lambda: (yield))()
z.gi_frame.f_locals
z.__name__ = 'a'
z.__qualname__ = 'b'
try:
    z.__name__ = 5
except TypeError:
    pass
f = z.gi_frame
next(z)
f.clear()
try:
    next(z)
except StopIteration:
    print('s')
try:
    del z.gi_frame
except AttributeError:
    pass
