# UTF-8 is decoded and encoded in blocks: every kind of sequence at every place of them, broken ones too, and ascii() and
# repr() of the same texts.
import random
import zlib

random.seed(11)
ranges = {"ascii": (0x20, 0x7f), "latin": (0x80, 0x100), "two": (0x100, 0x800), "three": (0x800, 0xd800),
          "private": (0xe000, 0x10000), "four": (0x10000, 0x110000)}


def text(n, names, stay):
    out, name = [], names[0]
    for _ in range(n):
        if random.random() > stay:
            name = random.choice(names)
        out.append(chr(random.randrange(*ranges[name])))
    return "".join(out)


mixtures = [["ascii", "latin"], ["ascii", "two"], ["latin", "two"], ["ascii", "three"], ["two", "three", "private"],
            ["ascii", "four"], ["two", "four"], ["ascii", "latin", "two", "three", "four"], ["four"], ["latin"], ["two"],
            ["three"]]
total = 0
for names in mixtures:
    for n in [*range(0, 300, 7), *range(250, 266), 1000, 3000]:
        for stay in 0.0, 0.7, 0.95:
            s = text(n, names, stay)
            b = s.encode()
            assert b == b"".join(c.encode() for c in s), (names, n, stay)
            assert b.decode() == s, (names, n, stay)
            assert b"".join([b]).decode("utf-8", "replace") == s
            total = zlib.crc32(b, total)
            total = zlib.crc32(ascii(s).encode(), total)
            total = zlib.crc32(repr(s).encode(), total)
print(total)

broken = [b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc2", b"\xc3\xc3\xa9", b"\xdf", b"\xe0\x80\x80", b"\xe0\x9f\xbf",
          b"\xe2\x82", b"\xe2\x28\xa1", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf",
          b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"\xfe", b"\xf0\x9f\x98A", b"\x80" * 100,
          b"\xc3" * 100, b"\xe2\x82" * 50, b"\xf0\x9f" * 50]
for names in ["ascii"], ["latin"], ["two"], ["three"], ["four"], ["ascii", "latin"], ["ascii", "three"], ["ascii", "four"]:
    for before in [*range(0, 70), 127, 128, 129, 200]:
        start, end = text(before, names, 0.5).encode(), text(200, names, 0.5).encode()
        for piece in broken:
            data = start + piece + end
            try:
                data.decode()
                total += 1
            except UnicodeDecodeError as e:
                total = zlib.crc32(f"{e.start} {e.end} {e.reason}".encode(), total)
            total = zlib.crc32(data.decode(errors="replace").encode(), total)
            total = zlib.crc32(data.decode(errors="surrogateescape").encode("utf-8", "surrogateescape"), total)
print(total)

for quotes in "", "'", '"', "'\"", "\\", "\n", "\x7f", "\xa0", "\xad", "\x85":
    for fill in "a", "\xe9", "\u4e2d", "\U0001f389", "\u0378":
        s = fill * 40 + quotes + "b" * 30 + fill
        total = zlib.crc32((repr(s) + ascii(s)).encode(), total)
print(total)
