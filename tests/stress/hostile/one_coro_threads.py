import threading

class Aw:

    def __await__(s):
        yield 1
        yield 2

async def c():
    while 1:
        await Aw()

async def ag():
    while 1:
        await Aw()
        yield 5
x = c()
y = ag()

def w():
    for i in range(2000):
        for op in (lambda: x.send(None), lambda: x.throw(KeyError) if i == 1999 else 0, lambda: x.cr_await,
                lambda: y.asend(None).send(None), lambda: y.athrow(KeyError).send(None) if i == 1990 else 0,
                lambda: y.aclose().send(None) if i > 1995 else 0, lambda: y.__anext__().send(None), lambda: y.ag_frame.f_locals):
            try:
                op()
            except (ValueError, StopIteration, RuntimeError, KeyError, StopAsyncIteration, AttributeError):
                pass
ts = [threading.Thread(target=w) for i in range(6)]
[t.start() for t in ts]
[t.join() for t in ts]
print('ok')
