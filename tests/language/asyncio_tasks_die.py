# Tasks that are done do not wait for a full collection: event loops drop a handle in each turn, behind which one lies.
import asyncio
from asyncio import tasks


async def nothing():
    pass


async def many():
    for _ in range(20):
        for task in [asyncio.create_task(nothing()) for _ in range(50)]:
            await task


for _ in range(6):
    asyncio.run(many())
print(len(tasks._all_tasks.data) < 4000)
