# Tasks, groups, timeouts, subprocesses, signals, threads, sockets and queues on one loop, while another thread collects.
import asyncio
import contextlib
import gc
import os
import signal
import threading
import time


async def subprocesses():
    limit = asyncio.Semaphore(4)

    async def run(i):
        async with limit:
            process = await asyncio.create_subprocess_exec(
                "/bin/sh", "-c", f"cat; echo {i}; exit {i % 7}", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            output, _ = await process.communicate(b"x" * i * 10000)
            return output == b"x" * i * 10000 + b"%d\n" % i, process.returncode

    return await asyncio.gather(*(run(i) for i in range(9)))


async def killed_subprocess():
    process = await asyncio.create_subprocess_exec("sleep", "60")
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(process.wait(), 0.01)
    process.kill()
    return await process.wait()


async def groups():
    done, caught = [], 0

    async def good():
        await asyncio.sleep(0)
        done.append("good")

    async def bad(r):
        await asyncio.sleep(0.001)
        raise ValueError(r)

    async def stuck():
        try:
            await asyncio.sleep(100)
        finally:
            done.append("cancelled")

    for r in range(20):
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(5):
                    group.create_task(good())
                group.create_task(stuck())
                group.create_task(bad(r))
        except* ValueError as errors:
            caught += len(errors.exceptions)
    return caught, done.count("cancelled"), done.count("good")


async def timeouts():
    async def late():
        try:
            async with asyncio.timeout(0.002):
                await asyncio.sleep(100)
        except TimeoutError:
            return "late"

    async def early():
        async with asyncio.timeout(100):
            await asyncio.sleep(0)
        return "early"

    results = await asyncio.gather(*(f() for _ in range(100) for f in (late, early)))
    return results.count("late"), results.count("early")


async def signals():
    loop, arrived, count = asyncio.get_running_loop(), asyncio.Event(), 0

    def handler():
        nonlocal count
        count += 1
        arrived.set()

    loop.add_signal_handler(signal.SIGUSR1, handler)
    for _ in range(30):
        arrived.clear()
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(arrived.wait(), 60)
    return count, loop.remove_signal_handler(signal.SIGUSR1)


async def threads():
    loop, count, complete = asyncio.get_running_loop(), 0, asyncio.Event()

    def step():
        nonlocal count
        count += 1
        if count == 800:
            complete.set()

    def call():
        for _ in range(100):
            loop.call_soon_threadsafe(step)

    callers = [threading.Thread(target=call) for _ in range(8)]
    for t in callers:
        t.start()
    await asyncio.wait_for(complete.wait(), 60)
    for t in callers:
        t.join()
    squares = await asyncio.gather(*(asyncio.to_thread(lambda i=i: i * i) for i in range(50)))
    futures = [asyncio.run_coroutine_threadsafe(asyncio.sleep(0, i), loop) for i in range(20)]
    return count, sum(squares), sum(await asyncio.gather(*map(asyncio.wrap_future, futures)))


async def sockets():
    async def serve(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while data := await reader.readexactly(100):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def ask(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for k in range(5):
            writer.write(bytes([k]) * 100)
            assert await reader.readexactly(100) == bytes([k]) * 100
        writer.close()
        await writer.wait_closed()
        return k

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    total = sum(await asyncio.gather(*(ask(port) for _ in range(20))))
    server.close()
    await server.wait_closed()
    return total


async def queues():
    queue, lock, got = asyncio.Queue(5), asyncio.Lock(), []

    async def produce(k):
        for i in range(50):
            await queue.put((k, i))

    async def consume():
        while True:
            item = await queue.get()
            async with lock:
                got.append(item)
            queue.task_done()

    consumers = [asyncio.create_task(consume()) for _ in range(4)]
    await asyncio.gather(*(produce(k) for k in range(4)))
    await queue.join()
    for c in consumers:
        c.cancel()
    ends = await asyncio.gather(*consumers, return_exceptions=True)
    return len(got), len(set(got)), {type(e).__name__ for e in ends}


async def generators():
    total = 0

    async def count(n):
        for i in range(n):
            await asyncio.sleep(0)
            yield i

    for k in range(50):
        async for x in count(10):
            total += x
            if x == k % 10:
                break
    return total


async def main():
    for part in (subprocesses, killed_subprocess, groups, timeouts, signals, threads, sockets, queues, generators):
        print(part.__name__, await asyncio.wait_for(part(), 120))


def collect():
    while not over:
        start = time.monotonic()
        gc.collect()
        time.sleep(max(0.005, time.monotonic() - start))  # leaves the loop half of the time where this is slow


over = False
collector = threading.Thread(target=collect)
collector.start()
asyncio.run(main())
over = True
collector.join()
