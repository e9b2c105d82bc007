import asyncio, sys

class AW:

    def __init__(s, v):
        s.v = v

    def __await__(s):
        return s.v

async def f(v):
    return await v
for v in (5, None, AW(5), AW(None), AW([1]), AW(AW(5)), AW(f(1)), (x for x in [1])):
    c = f(v)
    try:
        c.send(None)
    except BaseException as e:
        print(type(e).__name__, end=' ')

class AI:

    def __aiter__(s):
        return 5

class AI2:

    def __aiter__(s):
        return s

    def __anext__(s):
        return 5

async def g(x):
    async for i in x:
        pass

async def h(x):
    async with x:
        pass
for x in (AI(), AI2(), 5, None):
    for q in (g, h):
        try:
            q(x).send(None)
        except BaseException as e:
            print(type(e).__name__, end=' ')

async def ag():
    try:
        while 1:
            yield (yield 1)
    finally:
        await AW(iter([1, 2]))
        yield 5
a = ag()
for m in ('asend', 'athrow', 'aclose', '__anext__'):
    for args in ((), (1,), (ValueError,), (ValueError, 5, 5)):
        try:
            w = getattr(a, m)(*args)
        except TypeError:
            continue
        for n in ('send', 'throw', 'close', '__next__'):
            for b in ((), (None,), (KeyError,)):
                try:
                    getattr(w, n)(*b)
                except BaseException:
                    pass
sys.set_asyncgen_hooks(lambda x: 1 / 0, lambda x: x)
try:
    ag().__anext__().send(None)
except BaseException as e:
    print(type(e).__name__)
sys.set_asyncgen_hooks(None, lambda x: x.aclose().send(None))
b = ag()
try:
    b.asend(None).send(None)
except BaseException as e:
    print(type(e).__name__)
del b
import gc
gc.collect()
sys.set_coroutine_origin_tracking_depth(2 ** 31 - 1)
f(1)
gc.collect()
