"""split and splitlines of text beyond ASCII, which look at 64 characters at a time: every space, line end and separator at
every place of such a block, and what only looks like one."""
import zlib

total = 0


def note(*values):
    global total
    total = zlib.crc32(repr(values).encode("utf-8", "surrogatepass"), total)


some = [*range(0x20, 0x22), *range(9, 14), *range(27, 33), 0x84, 0x85, 0x86, 0xa0, 0x167f, 0x1680, 0x1681, 0x1fff, *range(0x2000, 0x200c),
        0x2027, 0x2028, 0x2029, 0x202a, 0x202e, 0x202f, 0x205e, 0x205f, 0x2060, 0x3000, 0x3001, 0x8009, 0x8020, 0x8085,
        0xff0a, 0xff85, 0x1000a, 0x10020, 0x12028, 0x13000, 0x10ffff]
for fill in "\xe9", "\u0416", "\u4e2d", "\U0001f389":
    for c in map(chr, some):
        for at in 0, 1, 7, 8, 15, 16, 63, 64, 65, 100:
            text = fill * at + c + "x" * (at % 3) + "\n" * (at % 2) + c + fill * (101 - at)
            note(text.split(), text.rsplit(), text.splitlines(), text.splitlines(True), text.split(c), text.rsplit(c), text.split("x"))
print(total)
for fill in "\xe9", "\u0416", "\U0001f389":
    for n in range(0, 140, 3):
        for end in "\r\n", "\n\r", "\r", "\x85", "\u2028":
            text = fill * n + end + "ab" + fill + end
            note(text.splitlines(), text.splitlines(True), text.split(), text.split(end), text.split(fill))
print(total)
text = "\u0416" * 100
print(text.split("x")[0] is text, text.split()[0] is text, text.splitlines()[0] is text)
print([w.isascii() for w in ("ab \xe9 cd \u4e2d ef\xe9 " * 20).split()][:5])
