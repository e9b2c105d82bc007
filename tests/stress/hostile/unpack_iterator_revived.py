# An iterator over a mapped file's structures, brought back by a finalizer when its buffer was given back.
import mmap, gc, struct
class K:
    def __del__(self):
        kept.append(self.v)
kept = []
def make():
    m = mmap.mmap(-1, 4096); m[:3] = b'abc'
    k = K(); k.v = struct.iter_unpack('4s', m); k.me = k
for i in range(50):
    make()
gc.collect(); gc.collect()
for v in kept: list(v)
print('ok')
