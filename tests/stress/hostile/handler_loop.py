# Code whose handler raises at itself, and one whose loop is a jump that does not look for signals: they can be stopped.
import dis
import gc
import signal
import threading
import time
import types


def varint(value, first):
    parts = [value & 63]
    while value > 63:
        value >>= 6
        parts.append(value & 63)
    parts = [p | 64 for p in reversed(parts[1:])] + [parts[0]]
    if first:
        parts[0] |= 128
    return bytes(parts)

def entry(start, size, target, depth, lasti=False):
    return varint(start, True) + varint(size, False) + varint(target, False) + varint(depth << 1 | lasti, False)

op = dis.opmap
def f(): pass

def code(units, table=b""):
    return f.__code__.replace(co_code=bytes(units), co_exceptiontable=table, co_stacksize=9)

raiser = code([op["RESUME"], 0, op["LOAD_CONST"], 0, op["RAISE_VARARGS"], 1],
              entry(2, 1, 2, 0))
jumper = code([op["RESUME"], 0, op["NOP"], 0, op["JUMP_BACKWARD_NO_INTERRUPT"], 2])
class Stop(Exception): pass
def alarm(*_): raise Stop
signal.signal(signal.SIGALRM, alarm)
for c in (raiser, jumper):
    g = types.FunctionType(c, {})
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        g()
    except Stop:
        print("stopped")
    # and a collection does not wait for it
    threading.Thread(target=g, daemon=True).start()
    time.sleep(0.05)
    gc.collect()
    print("collected")
