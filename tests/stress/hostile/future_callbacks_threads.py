import asyncio, threading, time
loop = asyncio.new_event_loop()

class Callback:
    def __call__(self, future):
        called.append(future)
    def __eq__(self, other):
        return [self] == other
end = time.time() + 2
while time.time() < end:
    future, called = asyncio.Future(loop=loop), []
    def add():
        for i in range(200):
            future.add_done_callback(Callback())
    def remove():
        for i in range(100):
            future.add_done_callback(remove)
            future.remove_done_callback(remove)
    threads = [threading.Thread(target=f) for f in (add, add, remove)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    future.set_result(1)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert len(called) == 400, len(called)
print('ok')
