# Output of every size comes back whole: one that fits the first room, one that makes it grow many times, one with a limit.
import gzip
import random
import threading
import zlib


some_text = b"".join(b"%d: %d\n" % (i, i * i) for i in range(30000))
some_noise = random.Random(1).randbytes(400000)


def text(n):
    return some_text[:n]


def noise(n):
    return some_noise[:n]


sizes = [0, 1, 2, 100, 16384, 16385, 32768, 32769, 65536, 100000, 262144, 350000]


def check():
    for make in text, noise, bytes:
        for n in sizes:
            data = make(n)
            packed = zlib.compress(data, 1)
            assert zlib.decompress(packed) == data
            for first in 1, 1000, n + 1, 1 << 20:
                assert zlib.decompress(packed, bufsize=first) == data
            assert gzip.decompress(gzip.compress(data, 1)) == data
            for limit in 50000, 1 << 19:
                d, parts, rest = zlib.decompressobj(), [], packed
                while not d.eof:
                    parts.append(d.decompress(rest, limit))
                    assert len(parts[-1]) <= limit
                    rest = d.unconsumed_tail
                assert b"".join(parts) == data
            # What has come so far is kept when later results grow.
            d = zlib.decompressobj()
            parts = [d.decompress(packed[i:i + 5000]) for i in range(0, len(packed), 5000)]
            assert b"".join(parts) + d.flush() == data and d.eof
            c = zlib.compressobj(0)
            parts = [c.compress(data[i:i + 70000]) for i in range(0, n, 70000)] + [c.flush()]
            assert zlib.decompress(b"".join(parts)) == data


failures = []


def in_thread():
    try:
        check()
    except BaseException as e:
        failures.append(e)


check()
sizes = sizes[5::2]
threads = [threading.Thread(target=in_thread) for _ in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(failures)
for broken in zlib.compress(noise(100000))[:-10], zlib.compress(text(100000))[:2000] + b"xxxx" * 1000:
    try:
        zlib.decompress(broken)
    except zlib.error as e:
        print(str(e)[:40])
