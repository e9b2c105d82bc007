"""bytes and bytearray: replace, translate and cases."""
import random

random.seed(2)
for kind in bytes, bytearray:
    for alphabet in b"ab", b"abc AZ[`@{z", bytes(range(256)):
        for n in *range(5), 40, 300:
            data = kind(random.choices(alphabet, k=n))
            print(data.title(), data.swapcase(), data.capitalize(), data.upper(), data.lower())
            for old in b"a", b"b", b"ab", b"", b"A":
                for new in b"", b"x", b"xy", b"b", b"a":
                    print(data.replace(old, new), data.replace(old, new, 1))
            for table in None, bytes(range(256)), bytes(range(255, -1, -1)), bytes([97]) * 256:
                for removed in b"", b"a", b"abc", bytes(range(256)):
                    r = data.translate(table, removed)
                    print(type(r), r, r is data)
data = b"a" * 100 + b"b" + b"a" * 100
print(data.replace(b"a", b""), data.translate(None, b"a"), (b"a" * 50).replace(b"a", b""))


class Mine(bytes):
    pass


m = Mine(b"abab")
print(type(m.translate(None, b"a")), type(m.translate(None)), type(m.replace(b"a", b"")), type(m.replace(b"x", b"y")), type(m.replace(b"a", b"x")))
