# A released view that is still referred to does not keep what other views, dead by now, had exported.
import mmap
from multiprocessing import shared_memory

mapping = mmap.mmap(-1, 10)
view = kept = memoryview(mapping)


def slices():
    view[:4] = b"abcd"
    return [bytes(view[:5]), len(view[2:]), view[1:3].tolist()]


print(slices())
try:
    with memoryview(mapping) as other:
        mapping.close()
except BufferError as error:
    print(error)
view.release()
mapping.close()
print(mapping.closed)
for use in (kept.tobytes, kept.toreadonly, lambda: kept[0], lambda: memoryview(kept), lambda: kept.nbytes, lambda: kept.cast("B")):
    try:
        print(use())
    except ValueError as error:
        print(error)
print(kept.release(), kept == kept, kept == view, kept == b"abcd")

first = shared_memory.SharedMemory(create=True, size=10)
buffer = first.buf
buffer[:4] = bytearray([22, 33, 44, 55])
second = shared_memory.SharedMemory(first.name)
second.buf[:5] = b"howdy"
print(bytes(first.buf[:5]))
second.close()
first.close()
first.unlink()
