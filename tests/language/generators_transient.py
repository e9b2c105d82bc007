"""Generators that only a loop or an await holds are like others: seen through frames, gc and cr_await."""
import asyncio
import gc
import sys
import types


def numbers(n):
    for i in range(n):
        yield i


def loop():
    total = 0
    for i in numbers(5):
        for j in numbers(i):
            total += j
    return total


print([loop() for _ in range(30)][-1])


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right

    async def __aiter__(self):
        if self.left:
            async for i in self.left:
                yield i
        yield self.value
        if self.right:
            async for i in self.right:
                yield i


def tree(values):
    if not values:
        return None
    i = len(values) // 2
    return Tree(tree(values[:i]), values[i], tree(values[i + 1:]))


print(list(tree(range(20))), [i for _ in range(5) for i in tree(range(7))])


async def collect(t):
    return [i async for i in t]


async def fibonacci(n):
    return n if n < 2 else await fibonacci(n - 1) + await fibonacci(n - 2)


print(asyncio.run(collect(tree(range(15)))), asyncio.run(fibonacci(12)))


# A frame outlives the generator that it lies in.
def keeps_frame(kept):
    kept.append(sys._getframe())
    yield 1
    yield 2


def frames():
    kept = []
    for _ in range(3):
        for _ in keeps_frame(kept):
            pass
    return [f.f_code.co_name for f in kept], len(set(map(id, kept)))


print(frames())


# What awaits is seen from outside while it is suspended, and stays what it is.
@types.coroutine
def pause():
    yield


async def inner():
    await pause()
    return 5


async def outer():
    return [await inner() for _ in range(4)], await inner()


def watch():
    seen, coroutine = [], outer()
    try:
        while True:
            coroutine.send(None)
            seen.append(coroutine.cr_await)
    except StopIteration as stop:
        print(stop.value)
    print(len(set(map(id, seen))), [(c.__name__, c.cr_frame) for c in seen])
    try:
        seen[0].send(None)
    except RuntimeError as error:
        print(error)


watch()


class Target:
    pass


def holds(target):
    yield [r for r in gc.get_referrers(target) if isinstance(r, types.GeneratorType)]


def referrers():
    kept = []
    for _ in range(3):
        for found in holds(Target()):
            kept += found
    return all(k.gi_frame is None for k in kept)


print(referrers())


# Errors leave nothing behind.
def fails(n):
    yield n
    raise ValueError(n)


def errors():
    out = []
    for i in range(4):
        try:
            for x in fails(i):
                out.append(x)
        except ValueError as error:
            out.append(error.args)
    return out


print(errors())


async def afails(n):
    yield n
    if n % 2:
        raise KeyError(n)


async def aerrors():
    out = []
    for i in range(5):
        generator = afails(i)
        try:
            async for x in generator:
                out.append(x)
        except KeyError as error:
            out.append(error)
        out.append(generator.ag_running)
        try:
            out.append(await generator.__anext__())
        except StopAsyncIteration:
            out.append("over")
    return out


print(asyncio.run(aerrors()))


async def apauses(n):
    for i in range(n):
        await pause()
        yield i
        await asyncio.sleep(0)


async def paused():
    return [x async for x in apauses(4)]


print(asyncio.run(paused()))


async def throws():
    async for x in apauses(3):
        print("got", x)


coroutine = throws()
coroutine.send(None)
coroutine.send(None)
try:
    coroutine.throw(ZeroDivisionError("here"))
except ZeroDivisionError as error:
    print(repr(error), coroutine.cr_frame)
