"""One asynchronous generator, driven, closed and looked at."""
import gc

from support.together import together


async def ag():
    for i in range(5):
        try: yield i
        finally: pass
cur = [ag()]
def drive(c):
    try:
        while True: c.send(None)
    except (StopIteration, StopAsyncIteration, GeneratorExit): pass
def step(): drive(cur[0].__anext__())
def send(): drive(cur[0].asend(None))
def close(): drive(cur[0].aclose()); cur[0] = ag()
def ask(): g = cur[0]; g.ag_frame and g.ag_frame.f_locals; g.ag_running; g.ag_await; g.ag_code; drive(g.athrow(ValueError)); gc.collect(0)
together(step, send, close, ask)
