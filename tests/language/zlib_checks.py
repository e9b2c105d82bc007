"""Checksums, and what decompressors say of wrong ones."""
import binascii
import hashlib
import random
import zlib

random.seed(3)
data = random.randbytes(70000) + b"\xff" * 80000
# Checksums of all short lengths, and of some long ones; values that are none to begin with.
out = []
for start in (None, 0, 1, 0xffffffff, 0x12345678, 0xfff0fff0):
    a = () if start is None else (start,)
    for n in [*range(0, 200), 1000, 4095, 4096, 4097, 32767, 32768, 32769, 65536 + 33, 140000]:
        for o in (0, 1, 7):
            piece = data[o:o + n]
            out.append((zlib.crc32(piece, *a), zlib.adler32(piece, *a), binascii.crc32(piece, *a)))
print(len(out), hashlib.sha1(repr(out).encode()).hexdigest())
ones = b"\xff" * (1 << 20)
print(zlib.adler32(ones), zlib.adler32(ones, 0xfff0fff0), zlib.crc32(ones))
for n in (0, 1, 2, 3): print([zlib.adler32(ones[:n], v) for v in (0, 1, 0xffff, 0xffffffff, 0xffff0000)])

# Checks at the end of the formats: wrong ones, missing ones, in pieces of all sizes.
def report(f, *a, **k):
    try:
        r = f(*a, **k)
        return len(r), zlib.crc32(r)
    except Exception as e:
        return type(e).__name__, str(e)


plain = b"".join(b"line %d\n" % (i * i) for i in range(5000))
for bits in 9, 12, 15, -15, 31:
    c = zlib.compressobj(6, zlib.DEFLATED, bits)
    good = c.compress(plain) + c.flush()
    for read in (bits, 0, 15, 47):
        print(bits, read, report(zlib.decompress, good, read), report(zlib.decompress, good + b"tail", read))
        for broken in (1, 2, 3, 4, 5, 8, 9, 10):
            bad = bytearray(good); bad[-broken] ^= 4
            print(broken, report(zlib.decompress, bad, read), report(zlib.decompress, good[:-broken], read))
            for size in (1, 3, 1000, 10 ** 6):
                d = zlib.decompressobj(read); parts = []
                for i in range(0, len(bad), size):
                    r = report(d.decompress, bytes(bad[i:i + size]))
                    if isinstance(r[0], str): parts.append(r)
                    if len(parts) > 3: break
                print(size, parts, d.eof, d.unused_data, report(d.flush), d.eof, report(d.decompress, b"more"), d.unused_data)
for size in (1, 2, 5, 7, 100):
    good = zlib.compress(plain)
    d = zlib.decompressobj(); n = 0
    for i in range(0, len(good), size):
        n = zlib.crc32(d.decompress(good[i:i + size]), n)
        if i == size * 3: copy = d.copy(); rest = good[i + size:]
    print(n, d.eof, d.unused_data, report(copy.decompress, rest + b"xy"), copy.eof, copy.unused_data)
    d = zlib.decompressobj(); n = 0; left = good
    while left: n = zlib.crc32(d.decompress(left, size * 50), n); left = d.unconsumed_tail
    print(n, d.eof, report(d.flush))
words = b"the quick brown fox " * 10
c = zlib.compressobj(zdict=words); packed = c.compress(words * 3) + c.flush()
print(report(zlib.decompress, packed), report(zlib.decompressobj(zdict=words).decompress, packed), report(zlib.decompressobj(zdict=b"no").decompress, packed))
bad = bytearray(packed); bad[-1] ^= 1
print(report(zlib.decompressobj(zdict=words).decompress, bad))
for cut in range(0, 12): print(cut, report(zlib.decompress, good[:cut]))
for first in range(256): print(first, report(zlib.decompress, bytes([first]) + good[1:]), report(zlib.decompress, good[:1] + bytes([first]) + good[2:]))

# What is left over when an error is found, and flush, which gives what came out before it.
good = zlib.compress(plain)
for at in 0, 1, 2, 50, 3000, 8000, len(good) - 1:
    bad = bytearray(good)
    bad[at] ^= 0x55
    for limit in 1, 100, 20000:
        d = zlib.decompressobj()
        print(at, limit, report(d.decompress, bad, limit), len(d.unconsumed_tail), report(d.flush), d.eof, d.unused_data, len(d.unconsumed_tail),
              report(d.flush), report(d.decompress, b"x"))
    d = zlib.decompressobj()
    print(at, report(d.decompress, bad), report(d.flush))
    d = zlib.decompressobj(31)
    print(at, report(d.decompress, good, 1), report(d.flush))
for k in {}, {"zdict": b"no"}, {"zdict": words}:
    for limit in 1, 3, 1000:
        for cut in 1, 5, 6, len(packed) - 1, len(packed):
            d = zlib.decompressobj(**k)
            print(k, limit, cut, report(d.decompress, packed[:cut], limit), d.unconsumed_tail, report(d.flush), d.eof, d.unconsumed_tail,
                  report(d.flush), report(d.decompress, b"x"))
