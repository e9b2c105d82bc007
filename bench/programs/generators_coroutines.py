"""generators: coroutines on asyncio's loop."""
import asyncio

async def worker(queue, out):
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0)
        out.append(item * 2)

async def main():
    queue, out = asyncio.Queue(10), []
    tasks = [asyncio.create_task(worker(queue, out)) for _ in range(5)]
    for i in range(1500):
        await queue.put(i)
    for _ in tasks:
        await queue.put(None)
    await asyncio.gather(*tasks)
    return sum(out), len(out)

def run():
    return asyncio.run(main())
