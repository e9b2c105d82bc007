# How C functions say that they were called wrongly depends on how they take their arguments.
import array
import heapq
import io
import queue
import stat
import time
import zlib
import _codecs
import _md5
import _sha3

CALLS = [
    (array.array("i").extend, (), {}), (array.array("i").extend, (1, 2), {}), (array.array("i").extend, (), {"x": 1}),
    (array.array("i").fromfile, (), {}), (array.array("i").fromfile, (1, 2, 3), {}),
    (zlib.compressobj().compress, (), {}), (zlib.compressobj().copy, (1,), {}), 
    (zlib.decompressobj().flush, (), {"x": 1}), (zlib.decompressobj().flush, (1, 2), {}),
    (_md5.md5().copy, (1,), {}), (_sha3.sha3_256().copy, (1,), {}), (queue.SimpleQueue().get_nowait, (1,), {}),
    ("a".encode, (), {"x": 1}),
    (time.gmtime, (1, 2), {}), (time.gmtime, (), {"x": 1}), (time.asctime, (1, 2), {}), (time.get_clock_info, (), {}),
    (time.get_clock_info, (None,), {}), (heapq.heapify, (None,), {}), (heapq.heappush, (None, 1), {}), (stat.S_ISDIR, (None,), {}),
    (_codecs.utf_8_encode, (None,), {}), (_codecs.utf_8_decode, (None, 3), {}), (_codecs.utf_8_decode, (b"", 3), {}),
    (io.StringIO().write, (None,), {}), ("a".join, (None,), {}), (array.array, (None,), {}), (b"".fromhex, (None,), {}),
]
for function, arguments, keywords in CALLS:
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(f"{function.__name__}{arguments}{keywords or ''}: {type(error).__name__}: {error}")
