import asyncio, threading

async def f():
    loop = asyncio.get_running_loop()
    fut = loop.create_future()

    def w():
        for i in range(500):
            for op in (lambda: fut.set_result(1), lambda: fut.cancel(), lambda: fut.add_done_callback(print if 0 else lambda f: 0),
                    lambda: fut.result(), lambda: repr(fut), lambda: fut.set_exception(ValueError()), lambda: fut.exception(),
                    lambda: fut.remove_done_callback(5), lambda: t.cancel(), lambda: repr(t), lambda: t.get_stack(), lambda: t.uncancel(),
                    lambda: t._step if 0 else t.get_coro()):
                try:
                    op()
                except BaseException:
                    pass

    async def g():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            pass
    t = asyncio.create_task(g())
    ts = [threading.Thread(target=w) for i in range(4)]
    [x.start() for x in ts]
    await asyncio.sleep(0.05)
    await asyncio.to_thread(lambda: [x.join() for x in ts])
try:
    asyncio.run(f())
except BaseException as e:
    print(type(e))
print('ok')
