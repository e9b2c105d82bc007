"""Which characters repr() escapes, of all there are, alone and amid others."""
import zlib

total = 0
for start in range(0, 0x110000, 0x400):
    page = [chr(c) for c in range(start, start + 0x400)]
    text = "".join(page)
    for shown in repr(text), repr("'" + text), repr(text[::7] + "'\"\n"), "".join(c for c in page if c.isprintable()):
        total = zlib.crc32(shown.encode("utf-8", "surrogatepass"), total)
print(total)
for start in (*range(0, 0x3500, 3), 0x9ffe, 0x9fff, 0xa000, 0xabff, 0xac00, 0xd7a3, 0xd7a4, 0xd800, 0xe000, 0xffff, 0x10000, 0x10ffff):
    total = zlib.crc32(repr(chr(start)).encode("utf-8", "surrogatepass"), total)
print(total)
