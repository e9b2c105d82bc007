import asyncio

class L:

    def __getattr__(s, n):
        raise KeyError(n)

    def get_debug(s):
        return False

    def call_soon(s, *a, **k):
        a[0](*a[1:]) if n.append(1) or len(n) < 10 else None
n = []

async def c():
    return 1
for f in (lambda: asyncio.Future(loop=L()), lambda: asyncio.Task(c(), loop=L()), lambda: asyncio.Task(5, loop=L()),
        lambda: asyncio.Future(loop=5), lambda: asyncio.Future(loop=L()).set_result(1),
        lambda: asyncio.Future.__new__(asyncio.Future).result(), lambda: asyncio.Task.__new__(asyncio.Task).cancel(),
        lambda: repr(asyncio.Task.__new__(asyncio.Task)), lambda: asyncio.Task.__new__(asyncio.Task).get_stack(),
        lambda: list(asyncio.Future.__new__(asyncio.Future)), lambda: asyncio.Future(loop=L()).__init__(loop=L()),
        lambda: asyncio.Future(loop=L()).__await__().throw(5)):
    try:
        f()
    except BaseException as e:
        print(type(e).__name__)
