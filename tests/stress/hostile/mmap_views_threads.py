# Memoryviews of a mapped file that other threads read, release and close, and that finalizers bring back after it.
import gc
import mmap, threading, time
end = time.monotonic() + 2
class Box: pass
box = Box()
def fresh():
    m = mmap.mmap(-1, 8192); box.v = memoryview(m); box.m = m
fresh()
def close():
    while time.monotonic() < end:
        m, v = box.m, box.v
        fresh()
        for i in range(3):
            try:
                v.release(); m.close(); break
            except BufferError: pass
def use():
    while time.monotonic() < end:
        for f in (lambda v: v.tobytes(), lambda v: v[5000], lambda v: v.__setitem__(5000, 3), lambda v: v == bytes(8192),
                  lambda v: v.tolist(), lambda v: list(v[8000:]), lambda v: v.__setitem__(slice(0, 8192), bytes(8192)), lambda v: bytes(v), lambda v: hash(v.toreadonly())):
            v = box.v
            try: f(v)
            except ValueError: pass
def export():
    while time.monotonic() < end:
        m = box.m
        try:
            with memoryview(m) as v:
                for i in range(0, 8192, 512): v[i]
                v[:100].tobytes()
        except (ValueError, BufferError): pass
ts = [threading.Thread(target=f) for f in (close, use, export, use)]
[t.start() for t in ts]
[t.join() for t in ts]
class K:
    def __del__(self):
        kept.append(self.v)
kept = []
def make():
    m = mmap.mmap(-1, 4096); m[:3] = b'abc'
    k = K(); k.v = memoryview(m); k.me = k
for i in range(50):
    make()
gc.collect(); gc.collect()
n = 0
for v in kept:
    try: assert bytes(v[:3]) == b'abc'; n += 1
    except ValueError: pass
print("ok")
