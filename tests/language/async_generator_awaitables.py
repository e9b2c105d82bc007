# What the awaitables of an asynchronous generator do when they are sent to, thrown into and closed, in any order.
import os
import sys
import types


@types.coroutine
def wait(value):
    return (yield value)


async def numbers(stubborn):
    try:
        await wait(1)
        yield 2
        await wait(3)
        yield 4
    except BaseException as e:
        print('in', repr(e))
        if stubborn:
            await wait(5)
        if stubborn == 2:
            yield 6
        raise
    finally:
        if stubborn:
            await wait(7)


def step(name, function, *args):
    try:
        print(name, function(*args))
    except BaseException as e:
        print(name, repr(e), repr(e.__context__))


def act(awaitable, name):
    if name == 'send':
        step(name, awaitable.send, None)
    elif name == 'close':
        step(name, awaitable.close)
    else:
        step(name, awaitable.throw, ValueError(2) if name == 'throw' else GeneratorExit())


MAKERS = {
    'athrow': lambda g: g.athrow(KeyError(1)),
    'athrow end': lambda g: g.athrow(StopAsyncIteration),
    'aclose': lambda g: g.aclose(),
    'asend': lambda g: g.asend(None),
    'anext': lambda g: g.__anext__(),
}
SCRIPTS = [
    ('send', 'send', 'send'),
    ('send', 'throw', 'send'),
    ('throw', 'send', 'close'),
    ('exit', 'throw', 'send'),
    ('close', 'send', 'exit'),
]
kept = []  # the time when they are finalized is not asked here
for stubborn in 0, 1, 2:
    for started in 0, 1, 2:
        for kind, make in MAKERS.items():
            for script in SCRIPTS:
                print(stubborn, started, kind, script)
                g = numbers(stubborn)
                kept.append(g)
                if started:
                    first = g.__anext__()
                    for _ in range(started):
                        step('start', first.send, None)
                awaitable = make(g)
                for name in script:
                    act(awaitable, name)
                print(g.ag_running, g.ag_await is None, g.ag_frame is None)
                for make_again in MAKERS.values():
                    for name in 'send', 'throw', 'send':
                        act(make_again(g), name)
sys.stdout.flush()
os._exit(0)
