# What futures and tasks of asyncio do: results, exceptions, cancellation, wrong awaits.
import asyncio


async def value(x):
    await asyncio.sleep(0)
    return x


async def failing():
    await asyncio.sleep(0)
    raise ValueError("failed")


class Yields:
    def __init__(self, what):
        self.what = what

    def __await__(self):
        yield self.what


async def wrong(what):
    await Yields(what)


async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.gather(*(value(i) for i in range(5))))
    try:
        await asyncio.gather(value(1), failing())
    except ValueError as e:
        print("gather:", e)
    future = loop.create_future()
    loop.call_soon(future.set_result, 7)
    print(await future, future.done(), future._state)
    try:
        future.set_result(8)
    except asyncio.InvalidStateError as e:
        print("InvalidStateError:", e)
    task = asyncio.create_task(asyncio.sleep(10), name="sleeper")
    await asyncio.sleep(0)
    print(task.get_name(), task.cancel("enough"), task.cancelling())
    try:
        await task
    except asyncio.CancelledError as e:
        print("cancelled:", e.args, task.cancelled())
    for what in (1, iter("ab"), (i for i in ()), loop.create_future()):
        try:
            await asyncio.create_task(wrong(what))
        except RuntimeError as e:
            print("RuntimeError:", str(e).split(" in task")[0].split(": <")[0])
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout")
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(value(i)) for i in "abc"]
    print([t.result() for t in tasks])
    print(len(asyncio.all_tasks()), asyncio.current_task() in asyncio.all_tasks())


asyncio.run(main())
for bad in (lambda: asyncio.Future(1), lambda: asyncio.get_running_loop()):
    try:
        bad()
    except (TypeError, RuntimeError) as e:
        print(type(e).__name__, e)
