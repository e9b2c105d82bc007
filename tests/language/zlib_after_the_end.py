# A decompressor at its end: what comes behind is unused, a copy and a flush go on as before.
import zlib
data = b"some text " * 1000
p = zlib.compress(data)
d = zlib.decompressobj()
print(d.decompress(p + b"rest") == data, d.eof, d.unused_data, d.unconsumed_tail)
print(d.decompress(b"more"), d.decompress(p, 5), len(d.unused_data), d.unconsumed_tail, d.eof)
c = d.copy()
print(c.eof, len(c.unused_data), c.decompress(b"!"), c.unused_data[-3:], d.unused_data[-3:])
print(d.decompress(b""), d.flush(), d.flush(), d.unused_data[:8], d.eof)
for f in (lambda: d.decompress(b"x"), lambda: d.copy(), lambda: c.flush(5), lambda: c.decompress(b"x"), lambda: c.copy()):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
d = zlib.decompressobj()
out = d.decompress(p, 100)
while not d.eof: out += d.decompress(d.unconsumed_tail, 100)
print(out == data, d.unconsumed_tail, d.unused_data, d.flush())
d = zlib.decompressobj()
out = d.decompress(p[:20]); print(d.eof, d.copy().decompress(p[20:]) + b"" == data[len(out):])
out += d.flush(); print(len(out), d.eof)
d = zlib.decompressobj(); d.decompress(p, 10); x = d.flush(); print(len(x), d.eof, d.unused_data, d.unconsumed_tail)
