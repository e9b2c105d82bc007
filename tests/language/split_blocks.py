"""split, rsplit and splitlines look at text 64 units at a time: pieces of all lengths at every place of such a block, in
bytes, bytearray and all kinds of text; and repr of bytes with what is plain in front."""
import random
import zlib

random.seed(7)
total = 0


def note(*values):
    global total
    total = zlib.crc32(repr(values).encode("utf-8", "surrogatepass"), total)


class B(bytes):
    pass


class S(str):
    pass


lengths = [0, 1, 2, 15, 16, 17, 63, 64, 65, 100, 128, 129, 511, 512, 513, 577]
for n in lengths:
    for letters in b"abcdefgh,", bytes(range(97, 123)) * 3 + b",", b"abcdef,\n\r", b"abcd \t\n\v", b"x":
        data = bytes(random.choices(letters, k=n))
        for value in data, bytearray(data), B(data):
            for most in -1, 0, 1, 20:
                for separator in b",", bytearray(b","), memoryview(b","), b"ab", None:
                    one, two = value.split(separator, most), value.rsplit(separator, most)
                    assert {type(p) for p in one + two} <= {type(value) if type(value) is not B else bytes}
                    note(one, two)
            for keep in False, True:
                note(value.splitlines(keep))
        note(data, bytearray(data))
        for extra in "", "\xe9", "\u4e2d", "\U0001f389":
            text = data.decode() + extra + "\x1c\x85" + data.decode()[:70]
            for t in text, S(text):
                for most in -1, 1, 20:
                    one, two = t.split(",", most), t.rsplit(",", most)
                    assert {type(p) for p in one + two} == {str}
                    note(one, two)
                for keep in False, True:
                    note(t.splitlines(keep))
for letters in b"a,", b"abcdef \n", b"abcdefgh,\r":
    data = bytes(random.choices(letters, k=5000))
    note(data.split(b","), data.split(), data.splitlines(), data.decode().split(","), data.decode().splitlines())
print(total)

# Every byte and every ASCII character at every place of a block: which of them end a line?
for c in range(256):
    for at in 0, 15, 16, 63, 64, 100:
        data = b"x" * at + bytes([c]) + b"y" * 30
        note(data.splitlines(), data.split(b"\n"), data.decode("latin-1").splitlines(True), data.decode("latin-1").split("\n"))
print(total)
for at in range(130):
    for end in "\r\n", "\n\r", "\r\r\n", "\n", "\r":
        for rest in "", "z" * 80:
            t = "x" * at + end + rest
            note(t.splitlines(), t.splitlines(True), t.encode().splitlines(), t.encode().splitlines(True))
print(total)

# The whole comes back as it is.
whole = b"x" * 600
print(whole.split(b",")[0] is whole, B(whole).split(b",")[0] is whole, whole.rsplit(b",", 3)[0] is whole)
text = "x" * 600
print(text.split(",")[0] is text, text.splitlines()[0] is text, type(S(text).split(",")[0]))
for empty in b"", bytearray(), memoryview(b""):
    for value in b"abc", bytearray(1000):
        try:
            value.split(empty)
        except ValueError as e:
            print(e)
for bad in "x", 5:
    try:
        (b"x," * 500).split(bad)
    except TypeError as e:
        print(e)

# repr: plain in front, then one byte of each kind.
for n in 0, 7, 255, 256, 257:
    for c in range(256):
        for more in b"", b"'", b'"':
            data = b"p" * n + bytes([c]) + more
            note(data, bytearray(data), str(bytearray(data)))
print(total)
